//! Splunk's HTTP Event Collector: JSON objects one after another, each an envelope around one event, or lines of text.
//!
//! | envelope | record |
//! |---|---|
//! | `event` that is text | `message` |
//! | `event` that is an object | its members |
//! | any other `event` | `event` |
//! | `time` | the time, before whatever the event says of time |
//! | `host`, `source`, `sourcetype`, `index`, members of `fields` | fields at the top level; where the event has the name itself, the event's stands |
//!
//! Always holds: a request is taken whole or refused whole, with the place of the first event that is at fault.

use std::collections::BTreeSet;

use model::{Timestamp, limits};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::elements::{self, invalid_json, invalid_utf8};
use crate::metadata::is_shallow;
use crate::times::Times;
use crate::{DecodeError, Metadata, NormalBody, json, members, text};

/// Of these the first two are looked at before any other name of a time.
const TIME: &str = "timestamp";
const TIME_BEFORE: &str = "dt";

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    time: Option<&'a RawValue>,
    #[serde(borrow, default)]
    host: Option<&'a RawValue>,
    #[serde(borrow, default)]
    source: Option<&'a RawValue>,
    #[serde(borrow, default)]
    sourcetype: Option<&'a RawValue>,
    #[serde(borrow, default)]
    index: Option<&'a RawValue>,
    #[serde(borrow, default)]
    event: Option<&'a RawValue>,
    #[serde(borrow, default)]
    fields: Option<&'a RawValue>,
}

struct Events<'a> {
    body: &'a str,
    out: Vec<u8>,
    records: usize,
    times: Times,
}

/// What the address of a request says of each line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Origin {
    pub host: Option<String>,
    pub source: Option<String>,
    pub sourcetype: Option<String>,
    pub index: Option<String>,
}

/// Decodes the body of `/services/collector/event`.
pub fn decode_events(body: &[u8]) -> Result<NormalBody, DecodeError> {
    let body = std::str::from_utf8(body).map_err(|error| invalid_utf8(error.valid_up_to()))?;
    let mut events = Events { body, out: Vec::with_capacity(body.len()), records: 0, times: Times::default() };
    for value in serde_json::Deserializer::from_str(body).into_iter::<&RawValue>() {
        let value = value.map_err(|error| invalid_json(body, body, &error).record(events.records))?;
        match value.get().as_bytes().first() {
            Some(b'[') => elements::each(body, Some(value), |envelope| events.take(envelope))?,
            _ => events.take(value)?,
        }
    }
    if events.records == 0 {
        return Err(DecodeError::bad("no_data", "the request holds no event"));
    }
    let (records, known_by) = (Some(events.records), events.times.delivery(body.as_bytes(), ""));
    Ok(NormalBody { bytes: events.out.into(), records, known_by, ..NormalBody::default() })
}

/// Decodes the body of `/services/collector/raw`: each line is an event, and each of several JSON objects.
pub fn decode_lines(body: &[u8], origin: &Origin, arrived: Timestamp) -> Result<NormalBody, DecodeError> {
    let apart = objects_apart(body);
    let lines = text::decode(apart.as_deref().unwrap_or(body), origin.metadata(), arrived)?;
    if lines.records == Some(0) {
        return Err(DecodeError::bad("no_data", "the request holds no event"));
    }
    Ok(lines)
}

/// Objects that follow one another without the end of a line between them, as Vector sends them, in a line each; `None` where
/// the body is anything else.
fn objects_apart(body: &[u8]) -> Option<Vec<u8>> {
    memchr::memmem::find(body, b"}{")?;
    let body = std::str::from_utf8(body).ok()?;
    let mut out = Vec::with_capacity(body.len() + body.len() / 16);
    for object in serde_json::Deserializer::from_str(body).into_iter::<&RawValue>() {
        let object = object.ok()?.get();
        if !object.starts_with('{') {
            return None;
        }
        // Within an object the end of a line is white space.
        out.extend(object.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
        out.push(b'\n');
    }
    Some(out)
}

// === impl Events ===

impl<'a> Events<'a> {
    fn take(&mut self, envelope: &'a RawValue) -> Result<(), DecodeError> {
        let (index, at) = (self.records, elements::offset(self.body, envelope.get()));
        if !envelope.get().starts_with('{') {
            return Err(DecodeError::not_an_object(at).record(index));
        }
        let refused = |text: &str, error: &serde_json::Error| invalid_json(self.body, text, error).record(index);
        let parts: Envelope<'_> = serde_json::from_str(envelope.get()).map_err(|error| refused(envelope.get(), &error))?;
        let event = parts.event.ok_or_else(|| DecodeError::bad("event_missing", "an event is required").at(at).record(index))?;
        if event.get() == "\"\"" {
            return Err(DecodeError::bad("event_blank", "an event must not be blank").at(at).record(index));
        }
        // Before anything is copied, and again behind it: names may take more bytes as they are written here.
        if envelope.get().len() > limits::RECORD_BYTES_MAX {
            return Err(DecodeError::record_too_large(index).at(at));
        }
        if !is_shallow(envelope.get()) {
            return Err(DecodeError::too_deep(at).record(index));
        }
        let start = self.out.len();
        let written = parts.write(event, &mut self.out);
        written.map_err(|(text, error)| invalid_json(self.body, text, &error).record(index))?;
        self.records += 1;
        parts.told().into_iter().for_each(|time| self.times.add(time));
        if self.out.len() - start > limits::RECORD_BYTES_MAX {
            return Err(DecodeError::record_too_large(index).at(at));
        }
        if self.records > limits::RECORDS_PER_BATCH_MAX {
            return Err(DecodeError::too_many_records());
        }
        if self.out.len() > limits::BODY_BYTES_MAX {
            return Err(DecodeError::body_too_large(limits::BODY_BYTES_MAX));
        }
        Ok(())
    }
}

// === impl Envelope ===

impl<'a> Envelope<'a> {
    /// Writes the record. An error comes with the piece that it is in.
    fn write(&self, event: &'a RawValue, out: &mut Vec<u8>) -> Result<(), (&'a str, serde_json::Error)> {
        let mut taken = BTreeSet::new();
        out.push(b'{');
        match event.get().as_bytes().first() {
            Some(b'{') => {
                let note = |name: &str, _: &RawValue| {
                    taken.insert(name.to_owned());
                };
                members::copy(event.get(), out, note).map_err(|error| (event.get(), error))?;
            }
            Some(b'"') => write_member("message", event, &mut taken, out),
            _ => write_member("event", event, &mut taken, out),
        }
        if let Some(fields) = self.fields {
            let mut added = Vec::new();
            let note = |name: &str, value: &RawValue| {
                if !taken.contains(name) {
                    json::key(&mut added, name.as_bytes());
                    added.extend_from_slice(value.get().as_bytes());
                }
            };
            members::copy(fields.get(), &mut Vec::new(), note).map_err(|error| (fields.get(), error))?;
            if !added.is_empty() && out.last() != Some(&b'{') {
                out.push(b',');
            }
            out.extend_from_slice(&added);
        }
        let named = [("host", self.host), ("source", self.source), ("sourcetype", self.sourcetype), ("index", self.index)];
        for (name, value) in named {
            if let Some(value) = value {
                write_member(name, value, &mut taken, out);
            }
        }
        self.write_time(&taken, out);
        out.extend_from_slice(b"}\n");
        Ok(())
    }

    fn told(&self) -> Option<Timestamp> {
        let text = self.time?.get().trim_matches('"');
        Timestamp::parse(text).ok()
    }

    fn write_time(&self, taken: &BTreeSet<String>, out: &mut Vec<u8>) {
        let Some(time) = self.time else { return };
        let name = match (taken.contains(TIME), taken.contains(TIME_BEFORE)) {
            (false, false) => TIME,
            (true, false) => TIME_BEFORE,
            (_, true) => return,
        };
        if let Some(time) = self.told() {
            json::key(out, name.as_bytes());
            json::timestamp(out, time);
        } else if !taken.contains("time") {
            json::key(out, b"time");
            out.extend_from_slice(time.get().as_bytes());
        }
    }
}

fn write_member(name: &str, value: &RawValue, taken: &mut BTreeSet<String>, out: &mut Vec<u8>) {
    if taken.insert(name.to_owned()) {
        json::key(out, name.as_bytes());
        out.extend_from_slice(value.get().as_bytes());
    }
}

// === impl Origin ===

impl Origin {
    fn metadata(&self) -> Option<Metadata> {
        let named = [("host", &self.host), ("source", &self.source), ("sourcetype", &self.sourcetype), ("index", &self.index)];
        let mut object = vec![b'{'];
        for (name, value) in named {
            if let Some(value) = value {
                json::key(&mut object, name.as_bytes());
                json::string(&mut object, value);
            }
        }
        object.push(b'}');
        (object.len() > 2).then(|| Metadata::read(std::str::from_utf8(&object).ok()?)).flatten()
    }
}

#[cfg(test)]
mod tests;
