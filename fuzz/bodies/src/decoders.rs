//! Wire formats: whatever a decoder accepts is JSON objects that the store takes.

use bytes::Bytes;
use ingest::encoding::{BodyLimits, ContentEncoding, decompress};
use ingest::otlp::{decode_json, decode_protobuf};
use ingest::{DecodeError, NormalBody, bulk, frames, loki};
use model::Timestamp;

use crate::shredder::check_normal_form;

const ARRIVED: Timestamp = Timestamp::from_nanos(1_767_312_000_000_000_000);

pub fn otlp(data: &[u8]) {
    check(data, decode_protobuf(data));
    check(data, decode_json(data));
}

pub fn msgpack(data: &[u8]) {
    check(data, frames::decode(Some("application/msgpack"), None, Bytes::copy_from_slice(data), ARRIVED));
    check(data, frames::decode(Some("application/msgpack"), Some("{\"host\":\"a\"}"), Bytes::copy_from_slice(data), ARRIVED));
}

pub fn loki(data: &[u8]) {
    check(data, loki::decode_protobuf(data));
    check(data, loki::decode_json(data));
}

/// Whatever becomes of the documents, the answer is JSON with an item for each action.
pub fn bulk(data: &[u8]) {
    check(
        data,
        bulk::decode(data).map(|(body, items)| {
            let answer = bulk::answer(&items, 0, None, None);
            assert!(serde_json::from_slice::<serde_json::Value>(&answer).is_ok(), "{answer:?}");
            assert_eq!(body.records, Some(items.iter().filter(|item| item.refused.is_none()).count()));
            body
        }),
    );
}

/// Text is never refused for its content: each line that is not blank becomes a record.
pub fn text_lines(data: &[u8]) {
    let decoded = frames::decode(Some("text/plain"), None, Bytes::copy_from_slice(data), ARRIVED);
    let lines = data.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    if let Ok(body) = &decoded {
        assert!(body.records.is_some_and(|records| records <= lines), "{:?} records of {lines} lines", body.records);
    }
    check(data, decoded);
    check(data, frames::decode(Some("text/plain"), Some("{\"a\":{\"b\":1}}"), Bytes::copy_from_slice(data), ARRIVED));
}

/// A body never becomes larger than allowed, whichever way it was compressed.
pub fn encoding(data: &[u8]) {
    let limits = BodyLimits { bytes_max: 1 << 20, ratio_max: 50 };
    let compressed = [ContentEncoding::Gzip, ContentEncoding::Deflate, ContentEncoding::Snappy, ContentEncoding::Zstd];
    for encoding in compressed.into_iter().chain([ContentEncoding::Identity]) {
        if let Ok(body) = decompress(encoding, Bytes::copy_from_slice(data), limits) {
            assert!(body.len() <= limits.bytes_max, "{} bytes", body.len());
        }
    }
}

fn check(data: &[u8], decoded: Result<NormalBody, DecodeError>) {
    match decoded {
        Ok(body) => check_normal_form(&body.bytes, body.records),
        Err(error) => {
            assert!(!error.code.is_empty() && error.at.is_none_or(|at| at <= data.len()), "{error:?}");
        }
    }
}
