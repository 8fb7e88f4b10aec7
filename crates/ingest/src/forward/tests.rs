use std::io::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::NormalBody;

/// 2026-01-31T12:00:00.5Z as an EventTime.
const EVENT_TIME: &[u8] = b"\xd7\x00\x69\x7d\xee\xc0\x1d\xcd\x65\x00";
const NANOS: i64 = 1_769_860_800_500_000_000;

fn text(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    encode::write_str(&mut out, text).unwrap();
    out
}

fn binary(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode::write_bin(&mut out, bytes).unwrap();
    out
}

/// `{"n": n}`
fn map(n: u8) -> Vec<u8> {
    [b"\x81\xa1n".as_slice(), &[n]].concat()
}

fn array(values: &[&[u8]]) -> Vec<u8> {
    [&[0x90 | values.len() as u8], values.concat().as_slice()].concat()
}

fn entry(n: u8) -> Vec<u8> {
    array(&[EVENT_TIME, &map(n)])
}

fn options(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let inside: Vec<u8> = pairs.iter().flat_map(|(key, value)| [text(key), value.to_vec()].concat()).collect();
    [&[0x80 | pairs.len() as u8], inside.as_slice()].concat()
}

fn read(message: &[u8]) -> (Vec<Value>, Option<Vec<u8>>) {
    let delivery = decode(&Bytes::copy_from_slice(message)).unwrap();
    let body = NormalBody { bytes: delivery.records.into(), records: Some(delivery.count), ..NormalBody::default() };
    (crate::tests::records(&body), delivery.ack)
}

fn records(message: &[u8]) -> Vec<Value> {
    read(message).0
}

#[track_caller]
fn check_refused(message: &[u8], code: &str) {
    let error = decode(&Bytes::copy_from_slice(message)).unwrap_err();
    assert_eq!(error.code, code, "{error:?}");
}

fn record(n: u8) -> Value {
    json!({"n": n, "_fluent_date": NANOS, "tag": "app"})
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_mode_gives_the_same_records() {
    let (tag, two) = (text("app"), [entry(1), entry(2)].concat());
    let both = [record(1), record(2)];
    assert_eq!(records(&array(&[&tag, EVENT_TIME, &map(1)])), both[..1]);
    assert_eq!(records(&array(&[&tag, EVENT_TIME, &map(1), b"\xc0"])), both[..1]);
    assert_eq!(records(&array(&[&tag, &array(&[&entry(1), &entry(2)])])), both);
    assert_eq!(records(&array(&[&tag, &binary(&two), b"\x80"])), both);
    let zipped = options(&[("compressed", &text("gzip"))]);
    assert_eq!(records(&array(&[&tag, &binary(&gzip(&two)), &zipped])), both);
    let members = [gzip(&entry(1)), gzip(&entry(2))].concat();
    assert_eq!(records(&array(&[&tag, &binary(&members), &zipped])), both, "as Fluentd joins chunks");
    let zstd = zstd::encode_all(two.as_slice(), 3).unwrap();
    assert_eq!(records(&array(&[&tag, &binary(&zstd), &options(&[("compressed", &text("zstd"))])])), both);
    // Packed as text, as Fluentd has it.
    let mut as_text = vec![0xd9, two.len() as u8];
    as_text.extend_from_slice(&two);
    assert_eq!(records(&array(&[&tag, &as_text])), both);
}

#[test]
fn a_time_is_an_event_time_an_integer_or_missing() {
    let tag = text("app");
    let at = |time: &[u8]| records(&array(&[&tag, time, &map(1)]))[0].get("_fluent_date").cloned();
    assert_eq!(at(b"\xce\x69\x7d\xee\xc0"), Some(json!(1_769_860_800_000_000_000_i64)));
    assert_eq!(at(EVENT_TIME), Some(json!(NANOS)));
    assert_eq!(at(b"\xc0"), None);
    assert_eq!(at(b"\xc7\x08\x00\x69\x7d\xee\xc0\x1d\xcd\x65\x00"), Some(json!(NANOS)), "in the long form of an extension");
}

#[test]
fn metadata_and_groups_are_kept_beside_their_records() {
    let tag = text("app");
    let metadata = b"\x81\xa1k\xa1v";
    let with_metadata = array(&[&array(&[EVENT_TIME, metadata]), &map(1)]);
    let expected = json!({"n": 1, "_fluent_date": NANOS, "tag": "app", "_metadata": {"k": "v"}});
    assert_eq!(records(&array(&[&tag, &array(&[&with_metadata])])), std::slice::from_ref(&expected));
    let message = array(&[&tag, EVENT_TIME, &map(1), &options(&[("metadata", metadata)])]);
    assert_eq!(records(&message), [expected]);
    let empty = array(&[&array(&[EVENT_TIME, b"\x80"]), &map(1)]);
    assert_eq!(records(&array(&[&tag, &array(&[&empty])])), [record(1)]);
    let mark = |seconds: &[u8], map: &[u8]| {
        let time = [b"\xd7\x00".as_slice(), seconds, &[0; 4]].concat();
        array(&[&array(&[&time, b"\x80"]), map])
    };
    let (begins, ends) = (mark(&[0xff; 4], b"\x81\xa8resource\x80"), mark(&[0xff, 0xff, 0xff, 0xfe], b"\x80"));
    let packed = [entry(1), begins, entry(2), ends, entry(3)].concat();
    let mut grouped = record(2);
    grouped["_group"] = json!({"resource": {}});
    assert_eq!(records(&array(&[&tag, &binary(&packed)])), [record(1), grouped, record(3)]);
}

#[test]
fn a_tag_of_the_record_itself_stays() {
    let own = b"\x81\xa3tag\xa1x";
    let expected = json!({"tag": "x", "_fluent_date": NANOS, "_fluent_tag": "app"});
    assert_eq!(records(&array(&[&text("app"), EVENT_TIME, own])), [expected]);
    let nested = b"\x81\xa1a\x81\xa3tag\xa1x";
    assert_eq!(records(&array(&[&text("app"), EVENT_TIME, nested]))[0]["tag"], "app");
}

#[test]
fn a_chunk_is_acknowledged_as_it_was_named() {
    for name in [text("p8n9gmxTQVC8/nh2wlKKeQ=="), binary(b"\xff\x00\n")] {
        let message = |tag: &str| {
            let asks = options(&[("size", b"\x01"), ("chunk", &name)]);
            array(&[&text(tag), &array(&[&entry(1)]), &asks])
        };
        assert_eq!(read(&message("app")).1.unwrap(), [b"\x81\xa3ack".as_slice(), &name].concat());
        let named = |tag: &str| decode(&Bytes::from(message(tag))).unwrap().name.unwrap();
        assert_eq!(named("app"), named("app"));
        assert_ne!(named("app"), named("other"), "Fluent Bit names a chunk by its content");
    }
    assert_eq!(read(&array(&[&text("app"), &array(&[]), &options(&[("size", b"\x00")])])), (vec![], None));
    assert_eq!(read(b"\xc0"), (vec![], None), "a sign of life");
}

#[test]
fn messages_that_want_no_acknowledgement_are_stored_together() {
    let one = |n| Bytes::from(array(&[&text("app"), EVENT_TIME, &map(n)]));
    let asked = Bytes::from(array(&[&text("app"), EVENT_TIME, &map(3), &options(&[("chunk", &text("a"))])]));
    let (deliveries, read, trouble) = decode_some(&[one(1), one(2), asked.clone(), one(4), Bytes::from_static(b"\x01"), one(5)]);
    assert_eq!(
        deliveries.iter().map(|one| (one.count, one.ack.is_some())).collect::<Vec<_>>(),
        [(2, false), (1, true), (1, false)]
    );
    assert_eq!((read, trouble.unwrap().code), (4, "forward_invalid"));
    assert_eq!(decode_some(&[asked.clone(), asked]).0.len(), 2);
}

#[test]
fn messages_are_decoded_as_far_as_a_body_may_go() {
    let large = [b"\x81".as_slice(), &text("message"), &text(&"x".repeat(3 << 20))].concat();
    let messages = vec![Bytes::from(array(&[&text("app"), EVENT_TIME, &large])); 12];
    let (deliveries, read, trouble) = decode_some(&messages);
    assert_eq!((deliveries.iter().map(|one| one.count).sum::<usize>(), read, trouble), (11, 11, None));
    let (rest, read, trouble) = decode_some(&messages[read..]);
    assert_eq!((rest.len(), read, trouble), (1, 1, None));
}

#[test]
fn what_is_no_message_is_refused() {
    let (tag, long) = (text("app"), text(&"x".repeat(2_000)));
    for message in [
        b"\x01".to_vec(),
        b"\x80".to_vec(),
        array(&[]),
        array(&[&tag]),
        array(&[&tag, EVENT_TIME]),
        array(&[b"\x01", EVENT_TIME, &map(1)]),
        array(&[&long, EVENT_TIME, &map(1)]),
        array(&[&tag, EVENT_TIME, &map(1), b"\x01"]),
        array(&[&tag, EVENT_TIME, &map(1), &options(&[("chunk", b"\x01")])]),
        array(&[&tag, EVENT_TIME, &map(1), &options(&[("chunk", &long)])]),
        array(&[&tag, &binary(b""), &options(&[("fluent_signal", b"\x01")])]),
        array(&[&tag, EVENT_TIME, &map(1), b"\xc0", b"\xc0"]),
    ] {
        check_refused(&message, "forward_invalid");
    }
    for map in [b"\x01".as_slice(), b"\xc0", b"\x90"] {
        check_refused(&array(&[&tag, EVENT_TIME, map]), "not_an_object");
        check_refused(&array(&[&tag, &array(&[&array(&[EVENT_TIME, map])])]), "not_an_object");
    }
    check_refused(&array(&[&tag, &tag, &map(1), b"\xc0"]), "not_an_object");
    check_refused(&array(&[&tag, &binary(b"\x01")]), "not_an_object");
    check_refused(&array(&[&tag, &binary(&entry(1)[..5])]), "invalid_msgpack");
    check_refused(&array(&[&tag, &binary(b"x"), &options(&[("compressed", &text("lz4"))])]), "unsupported_encoding");
    check_refused(&array(&[&tag, &binary(&[b'x'; 20]), &options(&[("compressed", &text("gzip"))])]), "invalid_encoding");
    let bomb = gzip(&vec![0; 64 << 20]);
    check_refused(&array(&[&tag, &binary(&bomb), &options(&[("compressed", &text("gzip"))])]), "decompression_bomb");
    let deep = [vec![0x91; 70], vec![0xc0]].concat();
    check_refused(&array(&[&tag, EVENT_TIME, &[b"\x81\xa1a".as_slice(), &deep].concat()]), "too_deep");
}

#[test]
fn what_is_claimed_is_refused_before_it_is_read() {
    for claim in [
        b"\xc6\xff\xff\xff\xff".as_slice(),
        b"\xdb\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x00",
        b"\x93\xa1a\xdc\xff\xff",
    ] {
        assert_eq!(Framer::new(1_000).whole(claim).unwrap_err().code, "forward_message_too_large", "{claim:?}");
    }
    assert_eq!(Framer::new(1_000).whole(b"\x91\xc1").unwrap_err().code, "invalid_msgpack");
    assert_eq!(Framer::new(4).whole(b"\xa3abc"), Ok(Some(4)));
    assert!(Framer::new(3).whole(b"\xa3abc").is_err());
}

#[test]
fn the_greeting_is_as_the_protocol_has_it() {
    assert_eq!(helo(b"no", b"au"), b"\x92\xa4HELO\x83\xa5nonce\xc4\x02no\xa4auth\xc4\x02au\xa9keepalive\xc3");
    assert_eq!(pong("me", Ok("ab")), b"\x95\xa4PONG\xc3\xa0\xa2me\xa2ab");
    assert_eq!(pong("me", Err("key_unknown")), b"\x95\xa4PONG\xc2\xabkey_unknown\xa0\xa0");
    let ping = array(&[&text("PING"), &text("host"), &binary(b"\xff\x00"), &text("digest"), &text("user"), &text("")]);
    let expected = Ping { hostname: b"host", salt: b"\xff\x00", proof: b"digest", username: b"user" };
    assert_eq!(Ping::parse(&ping), Ok(expected));
    for other in [
        &ping[..ping.len() - 1],
        b"\x91\xa4PING",
        b"\x96\xa4PONG\xa0\xa0\xa0\xa0\xa0",
        b"\x96\xa4PING\x01\xa0\xa0\xa0\xa0",
        b"\xc0",
    ] {
        assert!(Ping::parse(other).is_err(), "{other:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&Bytes::from(bytes.clone()));
        let _ = Ping::parse(&bytes);
        let _ = Framer::new(200).whole(&bytes);
    }

    #[test]
    fn a_stream_in_pieces_has_the_messages_that_were_sent(
        sent in proptest::collection::vec((any::<u8>(), "[a-z]{0,40}", any::<bool>()), 1..6),
        pieces in proptest::collection::vec(1_usize..30, 1..40),
    ) {
        let messages: Vec<_> = sent.iter().map(|(n, tag, packed)| {
            let entry = array(&[EVENT_TIME, &[b"\x81\xa1n\xcc".as_slice(), &[*n]].concat()]);
            array(&[&text(tag), &if *packed { binary(&entry) } else { array(&[&entry]) }])
        }).collect();
        let stream = messages.concat();
        let (mut framer, mut read, mut at, mut found) = (Framer::new(1_000), Vec::new(), 0, Vec::new());
        for piece in pieces.iter().cycle() {
            while let Some(bytes) = framer.whole(&read).unwrap() {
                found.push(read.drain(..bytes).collect::<Vec<u8>>());
            }
            if at == stream.len() {
                break;
            }
            let end = stream.len().min(at + piece);
            read.extend_from_slice(&stream[at..end]);
            at = end;
        }
        prop_assert!(read.is_empty());
        prop_assert_eq!(&found, &messages);
        for (message, (n, tag, _)) in found.iter().zip(&sent) {
            prop_assert_eq!(records(message), [json!({"n": n, "_fluent_date": NANOS, "tag": tag})]);
        }
    }
}
