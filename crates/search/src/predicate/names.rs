//! Which stored names a field's name in a query stands for.

pub(super) use model::RecordPart as Part;
pub use model::field_candidates;
use store::ColumnKey;

/// The columns among `available` that hold the values of a field.
#[must_use]
pub fn resolve(name: &str, available: &[ColumnKey]) -> Vec<ColumnKey> {
    match Part::named(name) {
        Some(Part::Timestamp) => vec![ColumnKey::Timestamp],
        Some(Part::Level) => vec![ColumnKey::Level],
        Some(Part::Message) => vec![ColumnKey::Message],
        None => {
            let names = field_candidates(name);
            let is_it = |key: &&ColumnKey| matches!(key, ColumnKey::Field(path, _) if names.contains(&path.name()));
            available.iter().filter(is_it).cloned().collect()
        }
    }
}
