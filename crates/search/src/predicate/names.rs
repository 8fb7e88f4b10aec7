//! Which stored names a field's name in a query stands for.

use store::ColumnKey;

/// Under these a sender's fields may lie though the name in the query leaves them out.
const PREFIXES: [&str; 4] = ["context.", "event.", "resource.", "attributes."];
/// Pairs of names for the same thing, either of which finds the other.
const ALIASES: [(&str, &str); 2] = [("service", "service.name"), ("host", "host.name")];

/// The names of a record's own parts, which are not among its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Timestamp,
    Level,
    Message,
}

// === impl Part ===

impl Part {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "timestamp" | "dt" => Some(Self::Timestamp),
            "level" => Some(Self::Level),
            "message" => Some(Self::Message),
            _ => None,
        }
    }
}

/// The dotted names of fields that `name` finds: itself, with each prefix, and the same of its alias.
/// A record passes a test if any of these fields does.
#[must_use]
pub fn field_candidates(name: &str) -> Vec<String> {
    let mut bases = vec![name];
    bases.extend(ALIASES.iter().find_map(|(short, long)| match name {
        name if name == *short => Some(*long),
        name if name == *long => Some(*short),
        _ => None,
    }));
    // An answer shows the fields under `attributes`, so that their names may be copied from there.
    bases.extend(name.strip_prefix("attributes.").filter(|rest| !rest.is_empty()));
    let mut names = Vec::with_capacity(bases.len() * (1 + PREFIXES.len()));
    for base in bases {
        names.push(base.to_owned());
        names.extend(PREFIXES.iter().map(|prefix| format!("{prefix}{base}")));
    }
    names.dedup();
    names
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_itself_its_alias_and_what_lies_under_a_prefix() {
        assert_eq!(field_candidates("a.b"), ["a.b", "context.a.b", "event.a.b", "resource.a.b", "attributes.a.b"]);
        let service = field_candidates("service");
        assert!(service.contains(&"service.name".to_owned()) && service.contains(&"resource.service.name".to_owned()));
        assert!(field_candidates("service.name").contains(&"service".to_owned()));
        assert!(field_candidates("attributes.user").contains(&"user".to_owned()));
    }
}
