//! The columns that a query sees: one for each field name, whatever types its values have in which part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder, new_null_array};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{cast, is_not_null};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimeUnit, TimestampNanosecondType};
use model::{RecordId, Timestamp};
use store::{ColumnKey, Columns, Kind, View};

use super::rewrite::Named;

/// Fields that every record has a name for.
pub(super) const FIXED: [&str; 4] = ["timestamp", "level", "message", "id"];
/// The time's other name, as Timber has it, unless records have a field of that name.
pub(super) const OTHER_TIME: &str = "dt";
/// `select *` shows this many of the other fields, the most frequent ones.
const WILDCARD_FIELDS: usize = 200;

/// The schema of the fields that the query names.
pub(super) fn schema(view: &View, named: &Named) -> SchemaRef {
    let mut kinds: BTreeMap<String, (BTreeSet<Kind>, usize)> = BTreeMap::new();
    let mut add = |key: &ColumnKey, rows: usize| {
        if let ColumnKey::Field(path, kind) = key {
            let name = path.name();
            let name = if FIXED.contains(&name.as_str()) { format!("attributes.{name}") } else { name };
            if named.everything || named.names.contains(&name) {
                let entry = kinds.entry(name).or_default();
                entry.0.insert(*kind);
                entry.1 += rows;
            }
        }
    };
    for fresh in &view.fresh {
        fresh.columns().iter().for_each(|(key, rows)| add(key, *rows));
    }
    for part in view.parts.iter().filter_map(|part| part.open().ok()) {
        part.index().columns().for_each(|(key, rows)| add(key, rows));
    }
    let other_time = named.names.contains(OTHER_TIME) && !kinds.contains_key(OTHER_TIME);
    let mut frequent: Vec<(String, BTreeSet<Kind>, usize)> =
        kinds.into_iter().map(|(name, (kinds, rows))| (name, kinds, rows)).collect();
    frequent.sort_by_key(|(name, _, rows)| (!named.names.contains(name), std::cmp::Reverse(*rows)));
    frequent.truncate(WILDCARD_FIELDS.max(named.names.len()));
    let time = |name: &str| Field::new(name, DataType::Timestamp(TimeUnit::Nanosecond, None), false);
    let mut fields = vec![
        time("timestamp"),
        Field::new("level", DataType::Utf8View, true),
        Field::new("message", DataType::Utf8View, true),
        Field::new("id", DataType::Utf8View, false),
    ];
    fields.extend(other_time.then(|| time(OTHER_TIME)));
    fields.extend(frequent.into_iter().map(|(name, kinds, _)| Field::new(name, logical_type(&kinds), true)));
    // A name that no record has reads as null, as it would for records that lack it.
    Arc::new(Schema::new(fields))
}

/// The type that holds every value of the kinds without loss.
fn logical_type(kinds: &BTreeSet<Kind>) -> DataType {
    let only = |allowed: &[Kind]| kinds.iter().all(|kind| allowed.contains(kind));
    if only(&[Kind::Int]) {
        DataType::Int64
    } else if only(&[Kind::Int, Kind::Float]) {
        DataType::Float64
    } else if only(&[Kind::Bool]) {
        DataType::Boolean
    } else {
        DataType::Utf8View
    }
}

/// The physical columns among `available` that make up a field.
pub(super) fn sources<'a>(name: &str, available: impl Iterator<Item = &'a ColumnKey>) -> Vec<ColumnKey> {
    match name {
        "timestamp" => vec![ColumnKey::Timestamp],
        "level" => vec![ColumnKey::Level],
        "message" => vec![ColumnKey::Message],
        "id" => vec![ColumnKey::Timestamp, ColumnKey::Sequence],
        name => {
            let of_time = (name == OTHER_TIME).then_some(ColumnKey::Timestamp);
            let plain = name.strip_prefix("attributes.").filter(|plain| FIXED.contains(plain)).unwrap_or(name);
            let fields = available.filter(|key| matches!(key, ColumnKey::Field(path, _) if path.name() == plain)).cloned();
            fields.chain(of_time).collect()
        }
    }
}

/// One field's values for a batch, in the type of the schema.
pub(super) fn array(field: &Field, columns: &Columns) -> Result<ArrayRef, arrow::error::ArrowError> {
    let rows = columns.rows();
    match field.name().as_str() {
        "timestamp" | OTHER_TIME if is_time(field) => {
            let Some(times) = columns.get(&ColumnKey::Timestamp) else { return Ok(new_null_array(field.data_type(), rows)) };
            let times = times.as_primitive::<Int64Type>();
            return Ok(Arc::new(times.reinterpret_cast::<TimestampNanosecondType>()));
        }
        "level" => return Ok(fixed(columns, &ColumnKey::Level)),
        "message" => return Ok(fixed(columns, &ColumnKey::Message)),
        "id" => return Ok(ids(columns)),
        _ => {}
    }
    let mut merged: Option<ArrayRef> = None;
    for key in sources(field.name(), columns.iter().map(|(key, _)| key)) {
        let Some(array) = columns.get(&key).filter(|_| key != ColumnKey::Timestamp) else { continue };
        let array = if array.data_type() == field.data_type() { Arc::clone(array) } else { cast(array, field.data_type())? };
        merged = Some(match merged {
            None => array,
            Some(first) => {
                let present = is_not_null(&first)?;
                zip(&present, &first, &array)?
            }
        });
    }
    Ok(merged.unwrap_or_else(|| new_null_array(field.data_type(), rows)))
}

fn is_time(field: &Field) -> bool {
    matches!(field.data_type(), DataType::Timestamp(..))
}

fn fixed(columns: &Columns, key: &ColumnKey) -> ArrayRef {
    columns.get(key).map_or_else(|| new_null_array(&DataType::Utf8View, columns.rows()), Arc::clone)
}

fn ids(columns: &Columns) -> ArrayRef {
    let keys = (columns.get(&ColumnKey::Timestamp), columns.get(&ColumnKey::Sequence));
    let (Some(times), Some(sequences)) = keys else { return new_null_array(&DataType::Utf8View, columns.rows()) };
    let (times, sequences) = (times.as_primitive::<Int64Type>().values(), sequences.as_primitive::<Int64Type>().values());
    let mut builder = StringViewBuilder::with_capacity(columns.rows());
    for (time, sequence) in times.iter().zip(sequences) {
        let id = RecordId { timestamp: Timestamp::from_nanos(*time), sequence: *sequence as u64 };
        builder.append_value(id.to_string());
    }
    Arc::new(builder.finish())
}
