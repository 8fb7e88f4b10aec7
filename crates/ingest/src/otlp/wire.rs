//! Reads a protobuf `ExportLogsServiceRequest` in place. The field numbers are those of opentelemetry-proto 1.x.

use model::limits;

use super::record::{LeftOut, Members, RecordWriter};
use crate::protobuf::{Fields, Malformed, Value};
use crate::{DecodeError, NormalBody, json};

/// The depth of a container that is an attribute's value, at most: record, `resource` or `attributes`, itself.
const VALUE_DEPTH: usize = 3;

/// Small, since every step through a message may give one.
#[derive(Debug)]
enum Trouble {
    Malformed(usize),
    LeftOut(LeftOut),
    Refused(Box<DecodeError>),
}

/// Decodes the body of `POST /v1/logs`, or of one gRPC message.
pub fn decode_protobuf(body: &[u8]) -> Result<NormalBody, DecodeError> {
    let mut writer = RecordWriter::with_capacity(body.len() + body.len() / 2);
    request(Fields::of(body), &mut writer).map_err(|trouble| match trouble {
        Trouble::Malformed(at) => {
            DecodeError::bad("invalid_protobuf", "the body is not a protobuf logs request").record(writer.index()).at(at)
        }
        // Only a resource or a scope gets here: records are left out one by one.
        Trouble::LeftOut(LeftOut::TooDeep) => DecodeError::too_deep(0).record(writer.index()),
        Trouble::LeftOut(LeftOut::TooLarge) => DecodeError::record_too_large(writer.index()),
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

fn request(mut request: Fields<'_>, writer: &mut RecordWriter) -> Result<(), Trouble> {
    while let Some((field, value)) = request.next()? {
        if let (1, Value::Bytes(resource_logs)) = (field, value) {
            group(resource_logs, writer)?;
        }
    }
    Ok(())
}

/// `ResourceLogs`
fn group(mut logs: Fields<'_>, writer: &mut RecordWriter) -> Result<(), Trouble> {
    writer.resource.clear();
    if let Some(resource) = logs.message(1)? {
        check_size(resource)?;
        object_of_attributes(resource, 1, writer.resource.member(b"resource"))?;
        if writer.resource.ends_with(b"{}") {
            writer.resource.clear();
        }
    }
    while let Some((field, value)) = logs.next()? {
        if let (2, Value::Bytes(scope_logs)) = (field, value) {
            scope_group(scope_logs, writer)?;
        }
    }
    Ok(())
}

/// `ScopeLogs`
fn scope_group(mut logs: Fields<'_>, writer: &mut RecordWriter) -> Result<(), Trouble> {
    writer.scope.clear();
    if let Some(scope) = logs.message(1)? {
        check_size(scope)?;
        write_scope(scope, writer.scope.member(b"scope"))?;
        if writer.scope.ends_with(b"{}") {
            writer.scope.clear();
        }
    }
    while let Some((field, value)) = logs.next()? {
        let (2, Value::Bytes(log_record)) = (field, value) else { continue };
        writer.begin();
        match check_size(log_record).and_then(|()| record(log_record, writer)) {
            Ok(()) => writer.end()?,
            Err(Trouble::LeftOut(why)) => writer.leave_out(why)?,
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(())
}

fn check_size(message: Fields<'_>) -> Result<(), Trouble> {
    if message.bytes().len() > limits::RECORD_BYTES_MAX { Err(Trouble::LeftOut(LeftOut::TooLarge)) } else { Ok(()) }
}

/// `InstrumentationScope`
fn write_scope(mut scope: Fields<'_>, out: &mut Vec<u8>) -> Result<(), Trouble> {
    let whole = scope;
    out.push(b'{');
    let mut has_attributes = false;
    while let Some((field, value)) = scope.next()? {
        match (field, value) {
            (1, Value::Bytes(name)) if !name.is_empty() => json::text(out.member(b"name"), name.bytes()),
            (2, Value::Bytes(version)) if !version.is_empty() => json::text(out.member(b"version"), version.bytes()),
            (3, Value::Bytes(_)) => has_attributes = true,
            _ => {}
        }
    }
    if has_attributes {
        object_of_attributes(whole, 3, out.member(b"attributes"))?;
    }
    out.push(b'}');
    Ok(())
}

/// The attributes in field `number` of a message, as an object.
fn object_of_attributes(mut message: Fields<'_>, number: u64, out: &mut Vec<u8>) -> Result<(), Trouble> {
    out.push(b'{');
    while let Some((field, value)) = message.next()? {
        if let (true, Value::Bytes(attribute)) = (field == number, value) {
            key_value(attribute, out, VALUE_DEPTH)?;
        }
    }
    out.push(b'}');
    Ok(())
}

/// `LogRecord`
fn record(mut log_record: Fields<'_>, writer: &mut RecordWriter) -> Result<(), Trouble> {
    while let Some((field, value)) = log_record.next()? {
        match (field, value) {
            (1, Value::Fixed64(nanos)) => writer.time(nanos),
            (2, Value::Varint(number)) => writer.severity_number(number as i32),
            (3, Value::Bytes(text)) => writer.severity_text(text.bytes()),
            (5, Value::Bytes(any)) => match any.message(1)? {
                Some(text) => json::text(writer.own("message"), text.bytes()),
                None if any.is_empty() => {}
                None => any_value(any, writer.own("body"), VALUE_DEPTH)?,
            },
            (6, Value::Bytes(attribute)) => key_value(attribute, writer, VALUE_DEPTH)?,
            (7, Value::Varint(count)) => writer.count("dropped_attributes_count", count),
            (8, Value::Fixed32(flags)) => writer.count("flags", u64::from(flags)),
            (9, Value::Bytes(id)) => write_id("trace_id", id.bytes(), writer),
            (10, Value::Bytes(id)) => write_id("span_id", id.bytes(), writer),
            (11, Value::Fixed64(nanos)) => writer.observed_time(nanos),
            (12, Value::Bytes(name)) => writer.text("event_name", name.bytes()),
            _ => {}
        }
    }
    Ok(())
}

/// An id of zeros means none.
fn write_id(key: &str, id: &[u8], writer: &mut RecordWriter) {
    if id.iter().any(|byte| *byte != 0) {
        let out = writer.own(key);
        out.push(b'"');
        json::hex(out, id);
        out.push(b'"');
    }
}

/// `KeyValue`
fn key_value(mut pair: Fields<'_>, members: &mut impl Members, depth: usize) -> Result<(), Trouble> {
    let (mut key, mut value) = (&[][..], None);
    while let Some((field, found)) = pair.next()? {
        match (field, found) {
            (1, Value::Bytes(text)) => key = text.bytes(),
            (2, Value::Bytes(any)) => value = Some(any),
            _ => {}
        }
    }
    let out = members.member(key);
    match value {
        Some(value) => any_value(value, out, depth),
        None => {
            out.extend_from_slice(b"null");
            Ok(())
        }
    }
}

/// `AnyValue`; if it is a container, it is at `depth`.
fn any_value(mut any: Fields<'_>, out: &mut Vec<u8>, depth: usize) -> Result<(), Trouble> {
    // Of several values the last holds, as protobuf has it for a oneof.
    let mut last = None;
    while let Some(found) = any.next()? {
        last = Some(found);
    }
    match last {
        Some((1, Value::Bytes(text))) => json::text(out, text.bytes()),
        Some((2, Value::Varint(number))) => json::plain(out, number != 0),
        Some((3, Value::Varint(number))) => json::plain(out, number as i64),
        Some((4, Value::Fixed64(bits))) => json::float(out, f64::from_bits(bits)),
        Some((5, Value::Bytes(array))) => array_value(array, out, depth)?,
        Some((6, Value::Bytes(list))) => key_value_list(list, out, depth)?,
        Some((7, Value::Bytes(bytes))) => {
            out.push(b'"');
            json::base64(out, bytes.bytes());
            out.push(b'"');
        }
        _ => out.extend_from_slice(b"null"),
    }
    Ok(())
}

/// `ArrayValue`
fn array_value(mut array: Fields<'_>, out: &mut Vec<u8>, depth: usize) -> Result<(), Trouble> {
    check_depth(depth)?;
    out.push(b'[');
    while let Some((field, value)) = array.next()? {
        if let (1, Value::Bytes(any)) = (field, value) {
            if out.last() != Some(&b'[') {
                out.push(b',');
            }
            any_value(any, out, depth + 1)?;
        }
    }
    out.push(b']');
    Ok(())
}

/// `KeyValueList`
fn key_value_list(mut list: Fields<'_>, out: &mut Vec<u8>, depth: usize) -> Result<(), Trouble> {
    check_depth(depth)?;
    out.push(b'{');
    while let Some((field, value)) = list.next()? {
        if let (1, Value::Bytes(pair)) = (field, value) {
            key_value(pair, out, depth + 1)?;
        }
    }
    out.push(b'}');
    Ok(())
}

fn check_depth(depth: usize) -> Result<(), Trouble> {
    if depth > limits::JSON_DEPTH_MAX { Err(Trouble::LeftOut(LeftOut::TooDeep)) } else { Ok(()) }
}
