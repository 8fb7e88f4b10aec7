//! Wire formats: whatever a decoder accepts is JSON objects that the store takes.

use bytes::Bytes;
use identity::{Redaction, Treatment};
use ingest::encoding::{BodyLimits, ContentEncoding, decompress};
use ingest::otlp::{decode_json, decode_protobuf};
use ingest::{DecodeError, NormalBody, frames};
use model::Timestamp;
use store::{ShredError, ShredReason};

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

/// What is read out of records and masked in them leaves JSON JSON, with as many records or fewer, and refuses nothing that
/// `store` would have taken but for its limits.
pub fn enrich(data: &[u8]) {
    let all = Redaction { cards: true, secrets: true, emails: true, ip_addresses: true };
    let treatment = Treatment { redaction: all, ..Treatment::default() };
    let body = |bytes: &[u8]| NormalBody { bytes: Bytes::copy_from_slice(bytes), records: None, refused: Vec::new() };
    let limit = |error: ShredError| matches!(error.reason, ShredReason::RecordTooLarge | ShredReason::TooDeep);
    let sound = store::refusal(data).is_none_or(limit);
    let joined = ingest::stack_traces(body(data), ARRIVED);
    if let Ok(enriched) = ingest::enrich(joined, &treatment, ARRIVED) {
        let refused = store::refusal(&enriched.body.bytes);
        assert_eq!(sound, refused.is_none_or(limit), "{refused:?}: {}", String::from_utf8_lossy(&enriched.body.bytes));
    }
}

/// A body never becomes larger than allowed, whichever way it was compressed.
pub fn encoding(data: &[u8]) {
    let limits = BodyLimits { bytes_max: 1 << 20, ratio_max: 50 };
    for encoding in [ContentEncoding::Gzip, ContentEncoding::Deflate, ContentEncoding::Zstd, ContentEncoding::Identity] {
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
