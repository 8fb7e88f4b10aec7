//! Reads a push request in JSON: `{"streams":[{"stream":{…},"values":[["nanoseconds","line",{…}]]}]}`.

use std::fmt;

use model::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::writer::Writer;
use crate::elements::{self, invalid_json, invalid_utf8};
use crate::{DecodeError, NormalBody};

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow, default)]
    streams: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Stream<'a> {
    #[serde(borrow, default)]
    stream: Option<&'a RawValue>,
    #[serde(borrow, default)]
    values: Option<&'a RawValue>,
}

/// Entries of a stream.
struct Values<'w> {
    writer: &'w mut Writer,
    failed: &'w mut Option<DecodeError>,
}

struct Entry<'w>(&'w mut Writer);

/// An object of texts: labels of the stream, or metadata of the entry.
enum Pairs<'w> {
    Labels(&'w mut Writer),
    Metadata(&'w mut Writer),
}

/// Nanoseconds, as text or as a number.
struct Nanos;
struct Line<'w>(&'w mut Writer);

/// Decodes the body of `POST /loki/api/v1/push`.
pub fn decode_json(body: &[u8]) -> Result<NormalBody, DecodeError> {
    let body = std::str::from_utf8(body).map_err(|error| invalid_utf8(error.valid_up_to()))?;
    let mut writer = Writer::with_capacity(body.len() + body.len() / 2);
    if body.trim_ascii().is_empty() {
        return Ok(writer.finish(body.as_bytes()));
    }
    if !body.trim_ascii_start().starts_with('{') {
        return Err(DecodeError::bad("invalid_json", "the body is not a JSON object").at(0));
    }
    let push: Push<'_> = serde_json::from_str(body).map_err(|error| invalid_json(body, body, &error))?;
    elements::each(body, push.streams, |stream| group(body, &stream, &mut writer))?;
    Ok(writer.finish(body.as_bytes()))
}

fn group<'a>(body: &'a str, stream: &Stream<'a>, writer: &mut Writer) -> Result<(), DecodeError> {
    writer.begin_stream();
    if let Some(labels) = stream.stream {
        let read = Pairs::Labels(writer).deserialize(&mut serde_json::Deserializer::from_str(labels.get()));
        read.map_err(|error| invalid_json(body, labels.get(), &error).record(writer.index()))?;
    }
    let Some(values) = stream.values else { return Ok(()) };
    let mut failed = None;
    let read = Values { writer, failed: &mut failed }.deserialize(&mut serde_json::Deserializer::from_str(values.get()));
    match failed {
        Some(error) => Err(error),
        None => read.map_err(|error| invalid_json(body, values.get(), &error).record(writer.index())),
    }
}

// === impl Values ===

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_element_seed(Entry(self.writer))?.is_some() {
            if let Err(error) = self.writer.end() {
                *self.failed = Some(error);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

// === impl Entry ===

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time, a line and structured metadata")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<(), A::Error> {
        let Self(writer) = self;
        writer.begin();
        let time = parts.next_element_seed(Nanos)?.ok_or_else(|| A::Error::custom("no time"))?;
        writer.time(time);
        parts.next_element_seed(Line(writer))?.ok_or_else(|| A::Error::custom("no line"))?;
        if parts.next_element_seed(Pairs::Metadata(writer))?.is_some() {
            while parts.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(())
    }
}

// === impl Nanos ===

impl<'de> DeserializeSeed<'de> for Nanos {
    type Value = Timestamp;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Timestamp, D::Error> {
        source.deserialize_any(self)
    }
}

impl Visitor<'_> for Nanos {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nanoseconds")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        text.parse().map(Timestamp::from_nanos).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, nanos: i64) -> Result<Timestamp, E> {
        Ok(Timestamp::from_nanos(nanos))
    }

    fn visit_u64<E: Error>(self, nanos: u64) -> Result<Timestamp, E> {
        i64::try_from(nanos).map(Timestamp::from_nanos).map_err(E::custom)
    }
}

// === impl Line ===

impl<'de> DeserializeSeed<'de> for Line<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_str(self)
    }
}

impl Visitor<'_> for Line<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line")
    }

    fn visit_str<E: Error>(self, line: &str) -> Result<(), E> {
        self.0.line(line.as_bytes());
        Ok(())
    }
}

// === impl Pairs ===

impl<'de> DeserializeSeed<'de> for Pairs<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pairs<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        match self {
            Self::Labels(writer) => {
                while let Some((name, value)) = map.next_entry::<String, String>()? {
                    writer.label(name.as_bytes(), value.as_bytes());
                }
            }
            Self::Metadata(writer) => {
                while let Some((name, value)) = map.next_entry::<String, String>()? {
                    writer.metadata(name.as_bytes(), value.as_bytes());
                }
            }
        }
        Ok(())
    }
}
