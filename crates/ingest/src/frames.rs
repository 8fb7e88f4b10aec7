//! `POST /sources/{id}/frames`: a batch of records, in whatever the content type names.
//!
//! JSON goes through unread unless metadata must be merged into each record; everything else is written anew.

use bytes::Bytes;
use model::{Timestamp, limits};
use serde_json::value::RawValue;

use crate::elements::{self, invalid_json, invalid_utf8};
use crate::{DecodeError, Metadata, NormalBody, msgpack, text};

/// The drain of Heroku.
pub const LOGPLEX: &str = "application/logplex-1";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ContentType {
    Json,
    MessagePack,
    Text,
    Logplex,
    /// None given, or one that clients send when nobody chose: the first byte decides.
    Unsaid,
}

/// Rewrites a JSON body with metadata in every record.
struct Rewrite<'a> {
    body: &'a str,
    metadata: &'a Metadata,
    out: Vec<u8>,
    records: usize,
}

/// Turns a decompressed body into normal form.
pub fn decode(
    content_type: Option<&str>,
    metadata_override: Option<&str>,
    body: Bytes,
    arrived: Timestamp,
) -> Result<NormalBody, DecodeError> {
    let content_type = ContentType::parse(content_type.unwrap_or(""))?;
    let metadata = metadata_override.map(Metadata::parse).transpose()?;
    match content_type.of_body(&body) {
        ContentType::Json => match metadata {
            None => Ok(hand_through(body)),
            Some(metadata) => rewrite(&body, &metadata),
        },
        ContentType::MessagePack => {
            let records = msgpack::decode(&body)?;
            match metadata {
                None => Ok(records),
                Some(metadata) => rewrite(&records.bytes, &metadata),
            }
        }
        ContentType::Logplex => text::logplex::decode(&body, metadata, arrived),
        ContentType::Text | ContentType::Unsaid => text::decode(&body, metadata, arrived),
    }
}

fn hand_through(mut body: Bytes) -> NormalBody {
    if body.starts_with(BYTE_ORDER_MARK) {
        body = body.slice(BYTE_ORDER_MARK.len()..);
    }
    let records = body.iter().all(u8::is_ascii_whitespace).then_some(0);
    NormalBody { bytes: body, records, ..NormalBody::default() }
}

fn rewrite(body: &[u8], metadata: &Metadata) -> Result<NormalBody, DecodeError> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let body = std::str::from_utf8(body).map_err(|error| invalid_utf8(error.valid_up_to()))?;
    let mut rewrite = Rewrite { body, metadata, out: Vec::with_capacity(body.len() * 2), records: 0 };
    for value in serde_json::Deserializer::from_str(body).into_iter::<&RawValue>() {
        let value = value.map_err(|error| invalid_json(body, body, &error))?;
        match value.get().as_bytes().first() {
            Some(b'[') => elements::each(body, Some(value), |element| rewrite.record(element))?,
            _ => rewrite.record(value)?,
        }
    }
    Ok(NormalBody { bytes: rewrite.out.into(), records: Some(rewrite.records), ..NormalBody::default() })
}

// === impl ContentType ===

impl ContentType {
    fn parse(header: &str) -> Result<Self, DecodeError> {
        let name = header.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        Ok(match name.as_str() {
            "application/json" | "text/json" => Self::Json,
            "application/ndjson" | "application/x-ndjson" | "application/jsonl" | "application/x-jsonl" => Self::Json,
            "application/jsonlines" | "application/x-jsonlines" | "application/json-lines" => Self::Json,
            "application/msgpack" | "application/x-msgpack" | "application/vnd.msgpack" => Self::MessagePack,
            "text/plain" => Self::Text,
            LOGPLEX => Self::Logplex,
            "" | "application/octet-stream" | "application/x-www-form-urlencoded" => Self::Unsaid,
            _ => {
                let detail = "content-type must be one of application/json, application/ndjson, application/msgpack, text/plain, \
                              application/logplex-1";
                return Err(DecodeError::bad("unsupported_content_type", detail));
            }
        })
    }

    fn of_body(self, body: &[u8]) -> Self {
        if self != Self::Unsaid {
            return self;
        }
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{' | b'[') => Self::Json,
            _ => Self::Text,
        }
    }
}

// === impl Rewrite ===

impl Rewrite<'_> {
    fn record(&mut self, object: &RawValue) -> Result<(), DecodeError> {
        let (index, from, start) = (self.records, elements::offset(self.body, object.get()), self.out.len());
        if !object.get().starts_with('{') {
            return Err(DecodeError::not_an_object(from).record(index));
        }
        if object.get().len() > limits::RECORD_BYTES_MAX {
            return Err(DecodeError::record_too_large(index).at(from));
        }
        let merged = self.metadata.merge_into(object.get(), &mut self.out);
        merged.map_err(|error| invalid_json(self.body, object.get(), &error).record(index))?;
        self.records += 1;
        if self.out.len() - start > limits::RECORD_BYTES_MAX {
            return Err(DecodeError::record_too_large(index).at(from));
        }
        self.out.push(b'\n');
        if self.records > limits::RECORDS_PER_BATCH_MAX {
            return Err(DecodeError::too_many_records());
        }
        if self.out.len() > limits::BODY_BYTES_MAX {
            return Err(DecodeError::body_too_large(limits::BODY_BYTES_MAX));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
