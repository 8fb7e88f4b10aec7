//! The data keys of a tenant's sources, for `blockhouse tenant data-keys`: on which UTC day each seals, and what is under it.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, printable};
use super::table;
use super::tenant;
use super::units;

#[derive(Deserialize)]
struct DataKeys {
    sources: Vec<OfSource>,
    whole: usize,
}

#[derive(Deserialize)]
struct OfSource {
    id: String,
    name: String,
    older: usize,
    oldest: Option<String>,
    keys: Vec<DataKey>,
}

#[derive(Deserialize)]
struct DataKey {
    id: String,
    day: String,
    state: String,
    parts: u64,
    records: u64,
    raw_bytes: u64,
    sealed_bytes: u64,
}

pub(super) fn print(answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
    let DataKeys { sources, whole } = tenant::read(answer)?;
    let rows: Vec<Vec<Value>> = sources.iter().flat_map(OfSource::rows).collect();
    if rows.is_empty() {
        return output.line("no data keys: a source has one of each UTC day on which it sealed something");
    }
    table::print(&["source", "day", "state", "parts", "records", "raw", "sealed", "key"], &rows, output)?;
    output.flush()?;
    for OfSource { id, name, older, oldest, .. } in sources.iter().filter(|one| one.older > 0) {
        let oldest = oldest.as_deref().map(|day| format!(", from {} on", printable(day))).unwrap_or_default();
        let name = printable(name);
        output.aside(&format!("{name} ({}): {} not shown{oldest}", printable(id), units::counted(*older as u64, "older key")));
    }
    if whole > sources.len() {
        output.aside(&format!("{} of {whole} sources are shown", sources.len()));
    }
    Ok(())
}

// === impl OfSource ===

impl OfSource {
    fn rows(&self) -> Vec<Vec<Value>> {
        let row = |key: &DataKey| {
            let (raw, sealed) = (units::bytes(key.raw_bytes), units::bytes(key.sealed_bytes));
            let [name, day, state, id] = [&self.name, &key.day, &key.state, &key.id].map(|text| json!(text));
            vec![name, day, state, json!(key.parts), json!(key.records), json!(raw), json!(sealed), id]
        };
        self.keys.iter().map(row).collect()
    }
}
