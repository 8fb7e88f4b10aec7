//! Reads a JSON `ExportLogsServiceRequest`: ids are hexadecimal, integers may be text, unknown fields are passed over.
//!
//! Its values nest about 40 levels deep at most, since each takes three levels of JSON.

mod integer;
mod value;
mod walk;

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::record::{Members, RecordWriter};
use crate::elements::{self, invalid_utf8};
use crate::{DecodeError, NormalBody, json};
use integer::Integer;
use value::{Any, Pairs, TOO_DEEP, Wrote};

const SERDE_TOO_DEEP: &str = "recursion limit exceeded";
/// As in protobuf: record, `resource` or `attributes`, itself.
const VALUE_DEPTH: usize = 3;

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum RequestField {
    #[serde(alias = "resource_logs")]
    ResourceLogs,
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum ResourceField {
    Resource,
    #[serde(alias = "scope_logs")]
    ScopeLogs,
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ScopeLogs<'a> {
    #[serde(borrow, default)]
    scope: Option<Scope<'a>>,
    #[serde(borrow, default, rename = "logRecords", alias = "log_records")]
    log_records: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Scope<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum RecordField {
    #[serde(alias = "time_unix_nano")]
    TimeUnixNano,
    #[serde(alias = "observed_time_unix_nano")]
    ObservedTimeUnixNano,
    #[serde(alias = "severity_number")]
    SeverityNumber,
    #[serde(alias = "severity_text")]
    SeverityText,
    Body,
    Attributes,
    #[serde(alias = "dropped_attributes_count")]
    DroppedAttributesCount,
    Flags,
    #[serde(alias = "trace_id")]
    TraceId,
    #[serde(alias = "span_id")]
    SpanId,
    #[serde(alias = "event_name")]
    EventName,
    #[serde(other)]
    Unknown,
}

/// The whole body, for places in it.
struct Source<'a> {
    body: &'a str,
}

struct Records<'w> {
    writer: &'w mut RecordWriter,
    failed: &'w mut Option<DecodeError>,
}
struct Record<'w>(&'w mut RecordWriter);

/// Decodes the body of `POST /v1/logs`.
pub fn decode_json(body: &[u8]) -> Result<NormalBody, DecodeError> {
    let body = std::str::from_utf8(body).map_err(|error| invalid_utf8(error.valid_up_to()))?;
    let mut writer = RecordWriter::with_capacity(body.len());
    let source = Source { body };
    if !body.trim_start().starts_with('{') {
        // An array would be taken for the fields of the request in order.
        return Err(DecodeError::bad("invalid_json", "the body is not a JSON object").at(0));
    }
    walk::all(&source, &mut writer)?;
    Ok(writer.finish(body.as_bytes()))
}

// === impl Source ===

impl<'a> Source<'a> {
    fn resource(&self, resource: Option<Resource<'a>>, writer: &mut RecordWriter) -> Result<(), DecodeError> {
        writer.resource.clear();
        if let Some(attributes) = resource.and_then(|resource| resource.attributes) {
            let out = writer.resource.member(b"resource");
            self.object(attributes, out)?;
            if out.ends_with(b"{}") {
                writer.resource.clear();
            }
        }
        Ok(())
    }

    fn scope_group(&self, logs: ScopeLogs<'a>, writer: &mut RecordWriter) -> Result<(), DecodeError> {
        self.scope(logs.scope, &mut writer.scope)?;
        let Some(records) = logs.log_records else { return Ok(()) };
        let mut failed = None;
        let read = Records { writer, failed: &mut failed }.deserialize(&mut serde_json::Deserializer::from_str(records.get()));
        match failed {
            Some(error) => Err(error),
            None => read.map_err(|error| self.refused(records.get(), &error).record(writer.index())),
        }
    }

    fn scope(&self, scope: Option<Scope<'a>>, member: &mut Vec<u8>) -> Result<(), DecodeError> {
        member.clear();
        let Some(scope) = scope else { return Ok(()) };
        let out = member.member(b"scope");
        out.push(b'{');
        for (key, text) in [("name", scope.name), ("version", scope.version)] {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                json::string(out.member(key.as_bytes()), &text);
            }
        }
        if let Some(attributes) = scope.attributes {
            let before = out.len();
            self.object(attributes, out.member(b"attributes"))?;
            if out.ends_with(b"{}") {
                out.truncate(before);
            }
        }
        out.push(b'}');
        if out.ends_with(b"{}") {
            member.clear();
        }
        Ok(())
    }

    /// A list of pairs as an object.
    fn object(&self, pairs: &'a RawValue, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        out.push(b'{');
        let read = Pairs(out, VALUE_DEPTH).deserialize(&mut serde_json::Deserializer::from_str(pairs.get()));
        read.map_err(|error| self.refused(pairs.get(), &error))?;
        out.push(b'}');
        Ok(())
    }

    fn refused(&self, text: &str, error: &serde_json::Error) -> DecodeError {
        let place = elements::invalid_json(self.body, text, error);
        let reason = error.to_string();
        if reason.starts_with(TOO_DEEP) || reason.starts_with(SERDE_TOO_DEEP) {
            DecodeError::too_deep(place.at.unwrap_or(0))
        } else {
            place
        }
    }
}

// === impl Records ===

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of log records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut records: A) -> Result<(), A::Error> {
        while records.next_element_seed(Record(self.writer))?.is_some() {
            if let Err(error) = self.writer.end() {
                *self.failed = Some(error);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

// === impl Record ===

impl<'de> DeserializeSeed<'de> for Record<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        self.0.begin();
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Record<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a log record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let writer = self.0;
        let mut text = Vec::new();
        while let Some(field) = map.next_key()? {
            text.clear();
            match field {
                RecordField::TimeUnixNano => writer.time(map.next_value::<Integer>()?.saturated()),
                RecordField::ObservedTimeUnixNano => writer.observed_time(map.next_value::<Integer>()?.saturated()),
                RecordField::SeverityNumber => {
                    let number = map.next_value::<Integer>()?.0;
                    writer.severity_number(i32::try_from(number).unwrap_or(i32::MAX));
                }
                RecordField::SeverityText => writer.severity_text(text_or_null(&mut map)?.as_bytes()),
                RecordField::Body => match map.next_value_seed(Any(&mut text, VALUE_DEPTH))? {
                    Wrote::Nothing => {}
                    Wrote::Text => writer.own("message").extend_from_slice(&text),
                    Wrote::Other => writer.own("body").extend_from_slice(&text),
                },
                RecordField::Attributes => map.next_value_seed(Pairs(writer, VALUE_DEPTH))?,
                RecordField::DroppedAttributesCount => {
                    writer.count("dropped_attributes_count", map.next_value::<Integer>()?.saturated());
                }
                RecordField::Flags => writer.count("flags", map.next_value::<Integer>()?.saturated()),
                RecordField::TraceId => write_id("trace_id", &text_or_null(&mut map)?, writer),
                RecordField::SpanId => write_id("span_id", &text_or_null(&mut map)?, writer),
                RecordField::EventName => writer.text("event_name", text_or_null(&mut map)?.as_bytes()),
                RecordField::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

fn text_or_null<'de, A: MapAccess<'de>>(map: &mut A) -> Result<String, A::Error> {
    Ok(map.next_value::<Option<String>>()?.unwrap_or_default())
}

/// An id of zeros means none.
fn write_id(key: &str, id: &str, writer: &mut RecordWriter) {
    if id.bytes().any(|byte| byte != b'0') {
        writer.text(key, id.to_ascii_lowercase().as_bytes());
    }
}
