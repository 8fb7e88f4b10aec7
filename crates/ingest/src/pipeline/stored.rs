//! A record as search gives it, back in normal form: what rules are tried on.

use model::RecordPart;

use super::node::text_of;
use crate::json;
use crate::records::Records;

/// The record's id, and the record with its fields at the top; `None` where it is none that search gives.
#[must_use]
pub fn as_sent(record: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut members = Vec::new();
    Records::new(record).next(&mut members).ok()??;
    let value =
        |key: &str| members.iter().find(|member| member.has_key(record, &[key])).map(|member| &record[member.value.clone()]);
    let id = value("id")?.strip_prefix(b"\"")?.strip_suffix(b"\"").and_then(text_of)?.into_owned();
    let attributes = value("attributes")?;
    let mut out = Vec::with_capacity(record.len());
    out.push(b'{');
    for part in [RecordPart::Timestamp, RecordPart::Level, RecordPart::Message].map(RecordPart::as_str) {
        if let Some(value) = value(part).filter(|value| *value != b"null") {
            json::key(&mut out, part.as_bytes());
            out.extend_from_slice(value);
        }
    }
    let mut fields = Vec::new();
    Records::new(attributes).next(&mut fields).ok()??;
    for field in fields {
        let key = text_of(&attributes[field.key.clone()])?;
        // A field may have the name of what the record has of its own, which was sent under another.
        if RecordPart::of_key(&key).is_none_or(|part| part.as_str() != key) {
            json::key(&mut out, key.as_bytes());
            out.extend_from_slice(&attributes[field.value.clone()]);
        }
    }
    out.push(b'}');
    Some((id, out))
}
