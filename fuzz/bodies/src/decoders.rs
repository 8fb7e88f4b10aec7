//! Wire formats: whatever a decoder accepts is JSON objects that the store takes.

use bytes::Bytes;
use identity::pipeline::RuleSpec;
use identity::{DropFilter, ImportCompression, ImportFormat, ImportFound, ImportLayout, Pipeline, Redaction, Treatment};
use ingest::encoding::{BodyLimits, ContentEncoding, decompress};
use ingest::forward::{self, Framer, Ping};
use ingest::hec::{self, Origin};
use ingest::import::{ImportBatch, Reader};
use ingest::journal::Decoder;
use ingest::otlp::{decode_json, decode_protobuf};
use ingest::text::LineParser;
use ingest::{DecodeError, NormalBody, bulk, datadog, frames, loki, syslog};
use model::{DisplayName, Timestamp};
use store::{Durable, ShredError, ShredReason};

use crate::shredder::check_normal_form;

/// What senders put their keys into.
const ELEMENT: &[u8] = b"authentication@51576";
const BYTES_MAX: usize = 1 << 16;
/// One of each kind.
const RULES: &str = r#"[
    {"name":"1","then":{"parse":{"as":"any","into":"p"}}},
    {"name":"2","then":{"parse":{"pattern":"(?<a.b>\\d+)(?<message>.*)"}}},
    {"name":"3","then":{"rename":{"from":"http.status","to":"n"}}},
    {"name":"4","then":{"rename":{"from":"t","to":"timestamp"}}},
    {"name":"5","then":{"set":{"field":"a","value":"4242 4242 4242 4242"}}},
    {"name":"6","when":[{"field":"level","at_least":"debug"}],"then":{"remove":{"field":"http"}}},
    {"name":"7","then":{"mask":{"pattern":"[a-f]+","name":"x"}}},
    {"name":"8","when":[{"field":"message","contains":"a"},{"field":"n","exists":true}],"then":{"drop":true}},
    {"name":"9","when":[{"field":"n","is_not":1}],"then":{"route":{"stream":"s"}}}
]"#;
const ARRIVED: Timestamp = Timestamp::from_nanos(1_767_312_000_000_000_000);

pub fn otlp(data: &[u8]) {
    check(data, decode_protobuf(data));
    check(data, decode_json(data));
}

pub fn msgpack(data: &[u8]) {
    check(data, frames::decode(Some("application/msgpack"), None, Bytes::copy_from_slice(data), ARRIVED));
    check(data, frames::decode(Some("application/msgpack"), Some("{\"host\":\"a\"}"), Bytes::copy_from_slice(data), ARRIVED));
}

/// Messages of a stream: none is read past what is there, each becomes one record at most, and none keeps its element.
pub fn syslog(data: &[u8]) {
    let parser = LineParser::new(ARRIVED);
    let (mut rest, mut out, mut messages) = (data, Vec::new(), 0);
    while let Ok(Some((message, read))) = syslog::next_message(rest) {
        assert!(read > 0 && read <= rest.len() && message.len() <= read);
        let start = out.len();
        drop(syslog::element(&parser, message));
        syslog::write(&parser, message, &mut out);
        let kept = out[start..].windows(ELEMENT.len()).any(|window| window == ELEMENT);
        assert!(!kept, "a key may be kept of {:?}", message.escape_ascii().to_string());
        messages += 1;
        rest = &rest[read..];
    }
    let records = out.split(|&b| b == b'\n').filter(|line| !line.is_empty()).count();
    assert!(records <= messages, "{records} records of {messages} messages");
    check_normal_form(&out, Some(records));
}

/// Messages of a stream: they end where they end in pieces, and what is decoded is acknowledged by its name alone.
pub fn forward(data: &[u8]) {
    let (mut framer, mut pieces, mut rest) = (Framer::new(BYTES_MAX), Framer::new(BYTES_MAX), data);
    drop(Ping::parse(data));
    loop {
        let whole = framer.whole(rest);
        let piecewise = (0..=rest.len()).map(|bytes| pieces.whole(&rest[..bytes])).find(|found| !matches!(found, Ok(None)));
        assert_eq!(whole, piecewise.unwrap_or(Ok(None)));
        let Ok(Some(bytes)) = whole else { return };
        assert!(bytes > 0 && bytes <= rest.len().min(BYTES_MAX));
        match forward::decode(&Bytes::copy_from_slice(&rest[..bytes])) {
            Ok(delivery) => {
                assert_eq!(delivery.ack.is_some(), delivery.name.is_some());
                check_normal_form(&delivery.records, Some(delivery.count));
            }
            Err(error) => assert!(!error.code.is_empty(), "{error:?}"),
        }
        rest = &rest[bytes..];
    }
}

/// In pieces it is the same as whole.
pub fn journal_upload(data: &[u8]) {
    let read = |pieces: &[&[u8]]| {
        let mut decoder = Decoder::default();
        pieces.iter().try_for_each(|piece| decoder.feed(piece))?;
        decoder.finish()?;
        Ok((decoder.take(), decoder.left_out()))
    };
    let (half, whole) = (data.len() / 2, read(&[data]));
    let pieces = read(&[&data[..half], &data[half..]]);
    assert_eq!(
        pieces.as_ref().map(|(body, left_out)| (&body.bytes, left_out)),
        whole.as_ref().map(|(body, left_out)| (&body.bytes, left_out))
    );
    check(data, whole.map(|(body, _)| body));
}

pub fn hec(data: &[u8]) {
    check(data, hec::decode_events(data));
    let origin = Origin { host: Some("a".to_owned()), ..Origin::default() };
    check(data, hec::decode_lines(data, &origin, ARRIVED));
}

pub fn datadog(data: &[u8]) {
    for content_type in ["application/json", "text/plain"] {
        check(data, datadog::decode(content_type, data, &datadog::Origin::default(), ARRIVED));
    }
}

pub fn logplex(data: &[u8]) {
    check(data, frames::decode(Some(frames::LOGPLEX), None, Bytes::copy_from_slice(data), ARRIVED));
    check(data, frames::decode(Some(frames::LOGPLEX), Some("{\"a\":1}"), Bytes::copy_from_slice(data), ARRIVED));
}

pub fn loki(data: &[u8]) {
    check(data, loki::decode_protobuf(data));
    check(data, loki::decode_json(data));
}

/// Whatever becomes of the documents, the answer is JSON with an item for each action.
pub fn bulk(data: &[u8]) {
    check(
        data,
        bulk::decode(data, None).map(|(body, items)| {
            let answer = bulk::answer(&items, 0, &Durable { records: items.len(), last_sequence: None, is_first: true }, None);
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

/// What is read out of records and masked in them leaves JSON JSON, with as many records or fewer, and refuses nothing that
/// `store` would have taken but for its limits.
pub fn enrich(data: &[u8]) {
    let all = Redaction { cards: true, secrets: true, emails: true, ip_addresses: true };
    let treatment = Treatment { redaction: all, ..Treatment::default() };
    let limit = |error: ShredError| matches!(error.reason, ShredReason::RecordTooLarge | ShredReason::TooDeep);
    let sound = store::refusal(data).is_none_or(limit);
    let body = NormalBody { bytes: Bytes::copy_from_slice(data), ..NormalBody::default() };
    if let Ok(treated) = ingest::treat(&body, &treatment, ARRIVED) {
        let refused = store::refusal(treated.bytes());
        assert_eq!(sound, refused.is_none_or(limit), "{refused:?}: {}", String::from_utf8_lossy(treated.bytes()));
    }
    // What is unsound is refused whatever would be dropped.
    let name = DisplayName::parse("noise").expect("a name");
    let filters = vec![DropFilter::new(name, "a").expect("a text")];
    if let Ok(treated) = ingest::treat(&body, &Treatment { filters, ..treatment }, ARRIVED) {
        let refused = store::refusal(treated.bytes());
        assert_eq!(sound, refused.is_none_or(limit), "{refused:?}: {}", String::from_utf8_lossy(treated.bytes()));
    }
}

/// Rules on the first line, and a body behind it that they are done to; where the rules are none, some of every kind are. A
/// body stays sound or unsound, and a trial of its first record does not differ from what is done to it.
pub fn pipeline(data: &[u8]) {
    let (first, rest) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let said = serde_json::from_slice::<Vec<RuleSpec>>(first).ok().and_then(|rules| Pipeline::new(rules).ok());
    let (pipeline, body) = match said {
        Some(pipeline) => (pipeline, rest),
        None => (Pipeline::new(serde_json::from_str(RULES).expect("rules")).expect("rules within the limits"), data),
    };
    let redaction = Redaction { cards: true, secrets: true, emails: true, ip_addresses: true };
    let limit = |error: ShredError| matches!(error.reason, ShredReason::RecordTooLarge | ShredReason::TooDeep);
    let sound = store::refusal(body).is_none_or(limit);
    let sent = NormalBody { bytes: Bytes::copy_from_slice(body), ..NormalBody::default() };
    drop(ingest::pipeline::try_on(body, &pipeline, redaction, ARRIVED));
    if let Ok(treated) = ingest::treat(&sent, &Treatment { redaction, pipeline, ..Treatment::default() }, ARRIVED) {
        let refused = store::refusal(treated.bytes());
        assert_eq!(sound, refused.is_none_or(limit), "{refused:?}: {}", String::from_utf8_lossy(treated.bytes()));
    }
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

/// A file in whatever pieces gives the same batches, each line is a record or an exception at its place, and what stands in
/// lines is JSON that the store takes.
pub fn import(data: &[u8]) {
    for format in [ImportFormat::Auto, ImportFormat::Ndjson, ImportFormat::Json, ImportFormat::Plain, ImportFormat::Syslog] {
        let (batches, found, is_whole) = imported(format, data, data.len().max(1));
        // What says how it is compressed has to come at once. How much of a damaged archive is found is another matter.
        let pieces = imported(format, data, 7);
        assert!(!is_whole || pieces.0 == batches, "{batches:?}, in pieces {pieces:?}");
        for batch in batches {
            assert!(batch.refused.iter().all(|exception| exception.line > 0 && !exception.code.is_empty()), "{batch:?}");
            if found.is_some_and(|found| found.layout == ImportLayout::Lines) {
                let body = batch.body(0..batch.records(), &[]);
                check_normal_form(&body.bytes, body.records);
            }
        }
    }
}

fn imported(format: ImportFormat, data: &[u8], piece: usize) -> (Vec<ImportBatch>, Option<ImportFound>, bool) {
    let (mut reader, mut batches, mut whole) = (Reader::new(format, ImportCompression::Auto, ARRIVED), Vec::new(), true);
    loop {
        batches.extend(std::iter::from_fn(|| reader.next()));
        let at = reader.uploaded() as usize;
        assert!(at <= data.len(), "{at}");
        let rest = &data[at..(at + piece).min(data.len())];
        if rest.is_empty() && reader.is_thirsty() {
            break;
        }
        if reader.read(rest).is_err() {
            whole = false;
            break;
        }
    }
    whole &= reader.finish().is_ok();
    batches.extend(std::iter::from_fn(|| reader.next()));
    (batches, reader.found(), whole)
}

fn check(data: &[u8], decoded: Result<NormalBody, DecodeError>) {
    match decoded {
        Ok(body) => check_normal_form(&body.bytes, body.records),
        Err(error) => {
            assert!(!error.code.is_empty() && error.at.is_none_or(|at| at <= data.len()), "{error:?}");
        }
    }
}
