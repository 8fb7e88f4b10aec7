//! Reads a protobuf `PushRequest` in place. The field numbers are those of Loki's `push.proto`.

use model::Timestamp;

use super::labels;
use super::writer::Writer;
use crate::protobuf::{Fields, Malformed, Value};
use crate::{DecodeError, NormalBody};

/// Small, since every step through a message may give one.
enum Trouble {
    Malformed(usize),
    Labels,
    Time,
    Refused(Box<DecodeError>),
}

/// Decodes the body of `POST /loki/api/v1/push`, decompressed.
pub fn decode_protobuf(body: &[u8]) -> Result<NormalBody, DecodeError> {
    let mut writer = Writer::with_capacity(body.len() + body.len() / 2);
    request(Fields::of(body), &mut writer).map_err(|trouble| match trouble {
        Trouble::Malformed(at) => {
            DecodeError::bad("invalid_protobuf", "the body is not a protobuf push request").record(writer.index()).at(at)
        }
        Trouble::Labels => {
            DecodeError::bad("invalid_labels", "a stream's labels are not {name=\"value\", …}").record(writer.index())
        }
        Trouble::Time => DecodeError::bad("invalid_timestamp", "an entry's time is out of range").record(writer.index()),
        Trouble::Refused(error) => *error,
    })?;
    Ok(writer.finish(body))
}

impl From<Malformed> for Trouble {
    fn from(Malformed(at): Malformed) -> Self {
        Self::Malformed(at)
    }
}

impl From<DecodeError> for Trouble {
    fn from(error: DecodeError) -> Self {
        Self::Refused(Box::new(error))
    }
}

fn request(mut request: Fields<'_>, writer: &mut Writer) -> Result<(), Trouble> {
    while let Some((field, value)) = request.next()? {
        if let (1, Value::Bytes(stream)) = (field, value) {
            self::stream(stream, writer)?;
        }
    }
    Ok(())
}

/// `StreamAdapter`
fn stream(mut stream: Fields<'_>, writer: &mut Writer) -> Result<(), Trouble> {
    writer.begin_stream();
    if let Some(text) = stream.message(1)?.filter(|text| !text.is_empty()) {
        let text = std::str::from_utf8(text.bytes()).map_err(|_| Trouble::Labels)?;
        labels::each(text, |name, value| writer.label(name.as_bytes(), value.as_bytes())).ok_or(Trouble::Labels)?;
    }
    while let Some((field, value)) = stream.next()? {
        if let (2, Value::Bytes(entry)) = (field, value) {
            self::entry(entry, writer)?;
        }
    }
    Ok(())
}

/// `EntryAdapter`
fn entry(mut entry: Fields<'_>, writer: &mut Writer) -> Result<(), Trouble> {
    let (mut time, mut line) = (Timestamp::from_nanos(0), None);
    writer.begin();
    while let Some((field, value)) = entry.next()? {
        match (field, value) {
            (1, Value::Bytes(found)) => time = timestamp(found)?,
            (2, Value::Bytes(found)) => line = Some(found),
            (3, Value::Bytes(pair)) => metadata(pair, writer)?,
            _ => {}
        }
    }
    writer.time(time);
    writer.line(line.map_or(&[], |line| line.bytes()));
    writer.end()?;
    Ok(())
}

/// `google.protobuf.Timestamp`
fn timestamp(mut time: Fields<'_>) -> Result<Timestamp, Trouble> {
    let (mut seconds, mut nanos) = (0, 0);
    while let Some((field, value)) = time.next()? {
        match (field, value) {
            (1, Value::Varint(number)) => seconds = number as i64,
            (2, Value::Varint(number)) => nanos = i64::from(number as i32),
            _ => {}
        }
    }
    let nanos = seconds.checked_mul(1_000_000_000).and_then(|whole| whole.checked_add(nanos));
    nanos.map(Timestamp::from_nanos).ok_or(Trouble::Time)
}

/// `LabelPairAdapter`
fn metadata(mut pair: Fields<'_>, writer: &mut Writer) -> Result<(), Trouble> {
    let (mut name, mut text) = (&[][..], &[][..]);
    while let Some((field, value)) = pair.next()? {
        match (field, value) {
            (1, Value::Bytes(found)) => name = found.bytes(),
            (2, Value::Bytes(found)) => text = found.bytes(),
            _ => {}
        }
    }
    writer.metadata(name, text);
    Ok(())
}
