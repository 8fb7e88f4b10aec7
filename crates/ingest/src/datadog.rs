//! Datadog's log intake: an object or an array of them, or lines of text.
//!
//! | Datadog | record |
//! |---|---|
//! | every attribute | as it was sent |
//! | `status` that names a level, where there is no `level` | `level` as well |
//! | `hostname`, where there is no `host` | `host` as well |
//! | `ddtags`, `env:prod,team:core`, where there are no `tags` | `tags.env`, `tags.team` as well |
//! | `ddtags`, `ddsource`, `service`, `hostname` of the address, where a record does not have them | as if it had |
//! | an object without members, which the agent asks with whether anybody is there | nothing |

use bytes::Bytes;
use model::{Level, Timestamp, limits};
use serde_json::value::RawValue;

use crate::elements::{self, invalid_json, invalid_utf8};
use crate::metadata::is_shallow;
use crate::reserved::{LEVEL_KEYS, TIME_KEYS};
use crate::times::Times;
use crate::{DecodeError, NormalBody, frames, json, members, text};

/// What the address of a request says of records that do not say it themselves.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub ddtags: Option<String>,
    pub ddsource: Option<String>,
    pub service: Option<String>,
    pub hostname: Option<String>,
}

struct Records<'a> {
    body: &'a str,
    origin: &'a Origin,
    out: Vec<u8>,
    records: usize,
    times: Times,
}

/// What is looked at of a record's own.
#[derive(Default)]
struct Seen {
    members: usize,
    level: bool,
    host: bool,
    tags: bool,
    service: bool,
    ddsource: bool,
    names_host: bool,
    names_tags: bool,
    status: Option<Level>,
    hostname: Option<Box<str>>,
    ddtags: Option<Box<str>>,
    /// The first that it says.
    time: Option<Timestamp>,
}

/// Decodes the body of `/api/v2/logs`. What it is, is told by its first byte: clients say many things of it.
pub fn decode(content_type: &str, body: &[u8], origin: &Origin, arrived: Timestamp) -> Result<NormalBody, DecodeError> {
    let lines = if content_type.eq_ignore_ascii_case(frames::LOGPLEX) {
        text::logplex::decode(body, None, arrived)?
    } else {
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => return Ok(NormalBody { records: Some(0), ..NormalBody::default() }),
            Some(b'{' | b'[') if !is_text(content_type) => return records(body, origin),
            Some(_) => text::decode(body, None, arrived)?,
        }
    };
    if origin.is_silent() { Ok(lines) } else { records(&lines.bytes, origin) }
}

fn is_text(content_type: &str) -> bool {
    content_type.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("text/plain")
}

fn records(body: &[u8], origin: &Origin) -> Result<NormalBody, DecodeError> {
    let body = std::str::from_utf8(body).map_err(|error| invalid_utf8(error.valid_up_to()))?;
    let mut records = Records { body, origin, out: Vec::with_capacity(body.len()), records: 0, times: Times::default() };
    for value in serde_json::Deserializer::from_str(body).into_iter::<&RawValue>() {
        let value = value.map_err(|error| invalid_json(body, body, &error).record(records.records))?;
        match value.get().as_bytes().first() {
            Some(b'[') => elements::each(body, Some(value), |object| records.take(object))?,
            _ => records.take(value)?,
        }
    }
    let known_by = records.times.delivery(body.as_bytes(), &origin.words());
    Ok(NormalBody { bytes: Bytes::from(records.out), records: Some(records.records), known_by, ..NormalBody::default() })
}

// === impl Origin ===

impl Origin {
    fn all(&self) -> [&Option<String>; 4] {
        [&self.ddtags, &self.ddsource, &self.service, &self.hostname]
    }

    fn is_silent(&self) -> bool {
        self.all().into_iter().all(|said| said_by(said).is_none())
    }

    /// All that it says, as one text.
    fn words(&self) -> String {
        self.all().map(|said| said.as_deref().unwrap_or_default()).join("\0")
    }
}

fn said_by(said: &Option<String>) -> Option<&str> {
    said.as_deref().filter(|text| !text.is_empty())
}

// === impl Records ===

impl Records<'_> {
    fn take(&mut self, object: &RawValue) -> Result<(), DecodeError> {
        let (index, at, start) = (self.records, elements::offset(self.body, object.get()), self.out.len());
        if !object.get().starts_with('{') {
            return Err(DecodeError::not_an_object(at).record(index));
        }
        if object.get().len() > limits::RECORD_BYTES_MAX {
            return Err(DecodeError::record_too_large(index).at(at));
        }
        if !is_shallow(object.get()) {
            return Err(DecodeError::too_deep(at).record(index));
        }
        let mut seen = Seen::default();
        self.out.push(b'{');
        let copied = members::copy(object.get(), &mut self.out, |name, value| seen.note(name, value));
        copied.map_err(|error| invalid_json(self.body, object.get(), &error).record(index))?;
        if seen.members == 0 {
            self.out.truncate(start);
            return Ok(());
        }
        if let Some(time) = seen.time.filter(|_| !self.times.tell_apart()) {
            self.times.add(time);
        }
        seen.write(self.origin, &mut self.out);
        self.out.extend_from_slice(b"}\n");
        self.records += 1;
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

// === impl Seen ===

impl Seen {
    fn note(&mut self, name: &str, value: &RawValue) {
        let text = || serde_json::from_str::<Box<str>>(value.get()).ok();
        self.members += 1;
        self.level |= LEVEL_KEYS.contains(&name);
        if self.time.is_none() && TIME_KEYS.contains(&name) {
            self.time = Timestamp::parse(value.get().trim_matches('"')).ok();
        }
        match name {
            "host" => self.host = true,
            "tags" => self.tags = true,
            "service" => self.service = true,
            "ddsource" => self.ddsource = true,
            "status" => self.status = text().and_then(|status| Level::from_name(&status)),
            "hostname" => (self.names_host, self.hostname) = (true, text()),
            "ddtags" => (self.names_tags, self.ddtags) = (true, text()),
            _ => {}
        }
    }

    fn write(mut self, origin: &Origin, out: &mut Vec<u8>) {
        let lacks = [
            ("ddtags", &origin.ddtags, self.names_tags),
            ("ddsource", &origin.ddsource, self.ddsource),
            ("service", &origin.service, self.service),
            ("hostname", &origin.hostname, self.names_host),
        ];
        for (name, said, is_there) in lacks {
            if let (Some(text), false) = (said_by(said), is_there) {
                json::key(out, name.as_bytes());
                json::string(out, text);
            }
        }
        if !self.names_tags {
            self.ddtags = said_by(&origin.ddtags).map(Into::into);
        }
        if !self.names_host {
            self.hostname = said_by(&origin.hostname).map(Into::into);
        }
        if let (Some(level), false) = (self.status, self.level) {
            json::key(out, b"level");
            json::string(out, level.as_str());
        }
        if let (Some(hostname), false) = (&self.hostname, self.host) {
            json::key(out, b"host");
            json::string(out, hostname);
        }
        if let (Some(tags), false) = (&self.ddtags, self.tags) {
            let pairs = tags.split(',').filter_map(|tag| tag.trim().split_once(':'));
            let mut object = vec![b'{'];
            for (name, value) in pairs.filter(|(name, _)| !name.is_empty()) {
                json::key(&mut object, name.as_bytes());
                json::string(&mut object, value);
            }
            if object.len() > 1 {
                json::key(out, b"tags");
                out.extend_from_slice(&object);
                out.push(b'}');
            }
        }
    }
}

#[cfg(test)]
mod tests;
