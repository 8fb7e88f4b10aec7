//! Records as Loki's entries: a line, the labels of its stream, and structured metadata.

use std::collections::BTreeMap;

use logql::Pipeline;
use model::{RecordId, Timestamp, limits};
use search::predicate::PACKED_LINE;
use search::predicate::label::{DETECTED_LEVEL, LEVEL, label_name, label_order};
use search::{Cancel, Parsers, ScanError};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::problem::Problem;

type Labels = BTreeMap<String, String>;

/// A record as an answer of `search` gives it.
#[derive(Deserialize)]
struct Record<'a> {
    id: String,
    level: Option<String>,
    message: Option<String>,
    #[serde(borrow)]
    attributes: &'a RawValue,
}

pub(super) struct Entry {
    nanos: i64,
    line: String,
    labels: Labels,
    pub(super) metadata: Labels,
    pub(super) parsed: Labels,
}

/// What a pipeline says of the labels of an answer.
pub(super) struct Shown {
    parsers: Parsers,
    /// Those that it is without.
    dropped: Vec<String>,
}

/// Puts records into streams.
pub(super) struct Streams<'a> {
    /// The names of labels; the other fields are structured metadata.
    labels: &'a [String],
    shown: &'a Shown,
    categories: bool,
    found: Vec<(Labels, Vec<Value>)>,
    places: BTreeMap<Labels, usize>,
    /// Of lines and labels: stages make them longer than they are in records.
    bytes: usize,
    /// What holding them takes, roughly.
    held: usize,
    cancel: &'a Cancel,
}

/// What a line, and a label of it, takes beyond its text.
const HELD_OF_LINE: usize = 128;
const HELD_OF_LABEL: usize = 192;
/// A line may have many labels of few bytes.
pub(super) const HELD_MAX: usize = 4 * limits::PAGE_BYTES_MAX;

// === impl Entry ===

impl Entry {
    fn bytes(&self) -> usize {
        let labels = [&self.labels, &self.metadata, &self.parsed].into_iter().flatten();
        self.line.len() + labels.map(|(name, text)| name.len() + text.len()).sum::<usize>()
    }

    fn held(&self) -> usize {
        let labels = self.labels.len() + self.metadata.len() + self.parsed.len();
        self.bytes() + HELD_OF_LINE + labels * HELD_OF_LABEL
    }
}

// === impl Shown ===

impl Shown {
    pub(super) fn of(pipeline: &Pipeline) -> Self {
        let parsers = Parsers::of(pipeline);
        // Stages that rewrite drop what they drop in their order.
        let dropped = if parsers.rewrites() { Vec::new() } else { pipeline.dropped() };
        Self { parsers, dropped }
    }

    /// Whether there may be much to do for a line.
    pub(super) fn rewrites(&self) -> bool {
        self.parsers.rewrites()
    }
}

// === impl Streams ===

impl<'a> Streams<'a> {
    pub(super) fn new(labels: &'a [String], shown: &'a Shown, categories: bool, cancel: &'a Cancel) -> Self {
        Self { labels, shown, categories, found: Vec::new(), places: BTreeMap::new(), bytes: 0, held: 0, cancel }
    }

    /// Whether there was a place for the record; for the first there always is.
    pub(super) fn add(&mut self, record: &[u8]) -> Result<bool, Problem> {
        let entry = self.entry(record)?;
        self.bytes += entry.bytes();
        self.held += entry.held();
        if (self.bytes > limits::PAGE_BYTES_MAX || self.held > HELD_MAX) && !self.found.is_empty() {
            return Ok(false);
        }
        let Entry { nanos, line, mut labels, metadata, parsed } = entry;
        let mut value = vec![json!(nanos.to_string()), json!(line)];
        if self.categories {
            let kinds = [("structuredMetadata", metadata), ("parsed", parsed)];
            value.push(
                kinds.into_iter().filter(|(_, labels)| !labels.is_empty()).map(|(kind, labels)| (kind, json!(labels))).collect(),
            );
        } else {
            labels.extend(metadata);
            labels.extend(parsed);
        }
        let place = match self.places.get(&labels) {
            Some(place) => *place,
            None => {
                self.places.insert(labels.clone(), self.found.len());
                self.found.push((labels, Vec::new()));
                self.found.len() - 1
            }
        };
        self.found[place].1.push(Value::Array(value));
        Ok(true)
    }

    pub(super) fn finish(self) -> Vec<Value> {
        self.found.into_iter().map(|(labels, values)| json!({"stream": labels, "values": values})).collect()
    }

    pub(super) fn entry(&self, record: &[u8]) -> Result<Entry, Problem> {
        self.cancel.check().map_err(ScanError::from)?;
        let entry = self.shown_entry(record).map_err(|error| Problem::internal(&error))?;
        // Of a stopped question, not all stages ran.
        self.cancel.check().map_err(ScanError::from)?;
        Ok(entry)
    }

    fn shown_entry(&self, record: &[u8]) -> Result<Entry, serde_json::Error> {
        let record: Record<'_> = serde_json::from_slice(record)?;
        let mut fields = Vec::new();
        flatten(record.attributes, &mut String::new(), &mut fields)?;
        fields.sort_by(|(a_label, a, _), (b_label, b, _)| {
            (a_label, label_order(a_label, a)).cmp(&(b_label, label_order(b_label, b)))
        });
        let (mut labels, mut metadata) = (Labels::new(), Labels::new());
        labels.extend(record.level.filter(|level| !level.is_empty()).map(|level| (LEVEL.to_owned(), level)));
        for (label, _, text) in fields {
            let among = if self.labels.binary_search(&label).is_ok() { &mut labels } else { &mut metadata };
            if !text.is_empty() {
                among.entry(label).or_insert(text);
            }
        }
        let line = record.message.unwrap_or_default();
        let read = self.shown.parsers.read(&line, |name| labels.contains_key(name) || metadata.contains_key(name));
        let mut parsed: Labels = read.into_iter().collect();
        labels.retain(|name, _| !parsed.contains_key(name));
        metadata.retain(|name, _| !parsed.contains_key(name));
        for name in &self.shown.dropped {
            let name = if name == DETECTED_LEVEL { LEVEL } else { name };
            labels.remove(name);
            metadata.remove(name);
            parsed.remove(name);
        }
        if self.shown.parsers.unpack() {
            labels.remove(PACKED_LINE);
            metadata.remove(PACKED_LINE);
        }
        let time = record.id.parse::<RecordId>().map_or(Timestamp::from_nanos(0), |id| id.timestamp);
        let mut line = self.shown.parsers.shown(&line).into_owned();
        let before = |name: &str| [&parsed, &labels, &metadata].into_iter().find_map(|all| all.get(name)).cloned();
        let names: Vec<&str> = [&parsed, &labels, &metadata].into_iter().flat_map(BTreeMap::keys).map(String::as_str).collect();
        if let Some((written, changed)) =
            self.shown.parsers.rewrite((&line, time), &|name| before(name).unwrap_or_default(), &names, self.cancel)
        {
            line = written;
            for (name, text) in changed {
                labels.remove(&name);
                metadata.remove(&name);
                parsed.remove(&name);
                if !text.is_empty() {
                    parsed.insert(name, text);
                }
            }
        }
        let nanos = time.nanos();
        Ok(Entry { nanos, line, labels, metadata, parsed })
    }
}

/// Each field's label, dotted name and text; `path` is the dotted name of the object and a dot.
fn flatten(object: &RawValue, path: &mut String, out: &mut Vec<(String, String, String)>) -> Result<(), serde_json::Error> {
    let outer = path.len();
    for (key, value) in serde_json::from_str::<BTreeMap<String, &RawValue>>(object.get())? {
        path.push_str(&key);
        let raw = value.get();
        if raw.starts_with('{') && raw[1..].trim_start() != "}" {
            path.push('.');
            flatten(value, path, out)?;
        } else if raw != "null" {
            let text = if raw.starts_with('"') { serde_json::from_str(raw)? } else { raw.to_owned() };
            out.push((label_name(path), path.clone(), text));
        }
        path.truncate(outer);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use logql::Query;

    use super::*;

    const RECORD: &[u8] = br#"{"id":"0-1","timestamp":"x","level":"warn","message":"hi","attributes":
        {"app":"shop","http":{"status":502,"path":"/"},"http_path":"first","tags":["a",1.50],"none":null,"empty":{},"big":1e400}}"#;

    fn entry(record: &str, categories: bool) -> Value {
        let labels = ["app".to_owned(), "level".to_owned()];
        let Ok(Query::Logs(pipeline)) = Query::parse("{} | regexp `(?P<http_path>h)(?P<second>.)` | drop tags") else { panic!() };
        let shown = Shown::of(&pipeline);
        let cancel = Cancel::default();
        let mut streams = Streams::new(&labels, &shown, categories, &cancel);
        streams.add(record.as_bytes()).unwrap();
        streams.finish().remove(0)
    }

    #[test]
    fn a_packed_line_is_shown_without_what_it_was_packed_in() {
        let id = RecordId { timestamp: Timestamp::from_nanos(7), sequence: 1 };
        let line = r#"{"pod":"a","_entry":"hi"}"#;
        let record = json!({"id": id.to_string(), "level": null, "message": line, "attributes": {"pod": "a", "_entry": "hi"}});
        let Ok(Query::Logs(pipeline)) = Query::parse("{} | unpack") else { panic!() };
        let (shown, labels) = (Shown::of(&pipeline), ["pod".to_owned()]);
        let cancel = Cancel::default();
        let mut streams = Streams::new(&labels, &shown, false, &cancel);
        streams.add(record.to_string().as_bytes()).unwrap();
        assert_eq!(streams.finish(), [json!({"stream": {"pod": "a"}, "values": [["7", "hi"]]})]);
    }

    #[test]
    fn fields_are_labels_or_metadata() {
        let id = RecordId { timestamp: Timestamp::from_nanos(7), sequence: 1 };
        let record = String::from_utf8_lossy(RECORD).replace("0-1", &id.to_string());
        let metadata = json!({"http_status": "502", "empty": "{}", "big": "1e400"});
        let kinds = json!({"structuredMetadata": metadata, "parsed": {"http_path": "h", "second": "i"}});
        let apart = json!({"stream": {"app": "shop", "level": "warn"}, "values": [["7", "hi", kinds]]});
        assert_eq!(entry(&record, true), apart);
        let together = entry(&record, false);
        assert_eq!((&together["stream"]["app"], &together["stream"]["big"]), (&json!("shop"), &json!("1e400")));
        assert_eq!(together["values"], json!([["7", "hi"]]));
    }
}
