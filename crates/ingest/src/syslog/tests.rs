use model::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

const ELEMENT: &str = "[authentication@51576 source_id=\"42\" api_key=\"bh_KEY\"]";

fn parser() -> LineParser {
    LineParser::new(Timestamp::parse("2026-01-31T12:00:00Z").unwrap())
}

/// Every message of a stream, as if it came at once, and what ended it.
fn messages(mut bytes: &[u8]) -> (Vec<Vec<u8>>, Option<FramingError>) {
    let mut found = Vec::new();
    loop {
        match next_message(bytes) {
            Ok(Some((message, read))) => {
                found.push(message.to_vec());
                bytes = &bytes[read..];
            }
            Ok(None) => {
                found.extend(last_message(bytes).map(<[u8]>::to_vec));
                return (found, None);
            }
            Err(error) => return (found, Some(error)),
        }
    }
}

fn check(stream: &str, expected: &[&str]) {
    assert_eq!(
        messages(stream.as_bytes()),
        (expected.iter().map(|message| message.as_bytes().to_vec()).collect(), None),
        "{stream:?}"
    );
}

fn read(message: &str) -> (Value, Option<(String, Option<String>)>) {
    let mut out = Vec::new();
    let element = element(&parser(), message.as_bytes());
    write(&parser(), message.as_bytes(), &mut out);
    let record = serde_json::from_slice(&out).unwrap();
    (record, element.map(|element| (element.key, element.source)))
}

#[test]
fn messages_are_told_apart_by_their_length_or_their_end() {
    check("5 <1>ab6 <1>abc", &["<1>ab", "<1>abc"]);
    check("<1>a\n<1>b\r\n<1>c\0<1>d\r<1>e\n\r<1>f", &["<1>a", "<1>b", "<1>c", "<1>d", "<1>e", "<1>f"]);
    check("5 <1>ab<1>c\n6 <1>d\nx\n\n<1>e\n", &["<1>ab", "<1>c", "<1>d\nx", "<1>e"]);
    check("6 <1>ab\n7 <1>ab\r\n", &["<1>ab", "<1>ab"]);
    check("", &[]);
    check("12 <1>cut", &[]);
}

#[test]
fn where_neither_fits_nothing_is_guessed() {
    for (stream, whole, error) in [
        ("hello\n", 0, FramingError::Unframed),
        ("<1>a\n{\"b\":1}\n", 1, FramingError::Unframed),
        ("12<1>a", 0, FramingError::Unframed),
        ("0 <1>a", 0, FramingError::Unframed),
        ("123456 <1>a", 0, FramingError::TooLong),
        ("GET / HTTP/1.1\r\n", 0, FramingError::Unframed),
    ] {
        let (found, ended) = messages(stream.as_bytes());
        assert_eq!((found.len(), ended), (whole, Some(error)), "{stream:?}");
    }
    let long = format!("<1>{}", "x".repeat(limits::SYSLOG_MESSAGE_BYTES_MAX));
    assert_eq!(messages(long.as_bytes()).1, Some(FramingError::TooLong));
    assert_eq!(messages(format!("{long}\n").as_bytes()).1, Some(FramingError::TooLong));
    let counted = format!("99999 <1>{}", "x".repeat(99_996));
    assert_eq!(messages(counted.as_bytes()).0[0].len(), 99_999);
}

#[test]
fn the_key_is_found_where_a_header_ends_and_stored_nowhere() {
    let key = Some(("bh_KEY".to_owned(), Some("42".to_owned())));
    let header = "<165>1 2026-01-31T12:00:00Z host app 7 ID";
    for message in [
        format!("{header} {ELEMENT} hello"),
        format!("{header} {ELEMENT}[a@1 k=\"v\"] hello"),
        format!("{header} [a@1 k=\"v]\\\"\"]{ELEMENT} hello"),
        format!("<13>Jan 31 12:00:00 host app[7]: {ELEMENT} hello"),
        format!("<13>{ELEMENT} hello"),
    ] {
        let (record, element) = read(&message);
        assert_eq!((&record["message"], element), (&Value::from("hello"), key.clone()), "{message}");
        let text = record.to_string();
        assert!(!text.contains("bh_KEY") && !text.contains("authentication@51576"), "{text}");
    }
    let (record, _) = read(&format!("{header} [a@1 k=\"v\"]{ELEMENT}[b@1 k=\"w\"] hello"));
    assert_eq!(record["structured_data"], serde_json::json!({"a@1": {"k": "v"}, "b@1": {"k": "w"}}));
    let (record, element) = read(&format!("{header} [authentication@51576 api_key=\"bh_KEY\"] hello"));
    assert_eq!((&record["message"], element), (&Value::from("hello"), Some(("bh_KEY".to_owned(), None))));
}

#[test]
fn what_somebody_wrote_into_a_text_names_no_source_and_is_not_stored_either() {
    for message in [
        format!("<165>1 2026-01-31T12:00:00Z host app 7 ID - hello {ELEMENT}"),
        format!("<165>1 2026-01-31T12:00:00Z host app 7 ID [a@1 k=\"v\"] {ELEMENT}"),
        format!("<13>Jan 31 12:00:00 host app[7]: hello {ELEMENT}"),
        format!("hello {ELEMENT}"),
        "<13>1 - - - - - [authentication@51576 source_id=\"a\\]\" api_key=\"bh_KEY\" hello".to_owned(),
    ] {
        let (record, element) = read(&message);
        assert_eq!(element, None, "{message}");
        assert!(!record.to_string().contains("bh_KEY"), "{record}");
    }
    // A bracket in a value does not end the element.
    let (record, element) = read("<13>1 - - - - - [authentication@51576 source_id=\"a\\]b\" api_key=\"bh_KEY\"] hello");
    assert_eq!((&record["message"], element), (&Value::from("hello"), Some(("bh_KEY".to_owned(), Some("a]b".to_owned())))));
    assert!(!record.to_string().contains("bh_KEY"), "{record}");
}

#[test]
fn a_key_is_not_printed() {
    let element = Element { key: "bh_KEY".to_owned(), source: None };
    assert_eq!(format!("{element:?}"), "Element(..)");
}

proptest! {
    #[test]
    fn any_stream_is_read_in_any_pieces(stream in "(<1>|[0-9]|[ \\n\\r\0]|a|é){0,60}", cut in 0_usize..60) {
        let bytes = stream.as_bytes();
        let (whole, ended) = messages(bytes);
        let cut = cut.min(bytes.len());
        // A stream that was cut says less, and nothing else.
        let (part, _) = messages(&bytes[..cut]);
        for (place, message) in part.iter().enumerate() {
            if let Some(there) = whole.get(place) {
                prop_assert!(there.starts_with(message));
            } else {
                prop_assert!(ended.is_some());
            }
        }
    }

    #[test]
    fn counted_messages_come_back(texts in proptest::collection::vec("[^\\n\\r\0][a-z\\n]{0,20}x", 0..10)) {
        let stream: String = texts.iter().map(|text| format!("{} {text}", text.len())).collect();
        let texts: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
        prop_assert_eq!(messages(stream.as_bytes()), (texts, None));
    }

    #[test]
    fn any_bytes_become_at_most_a_record(message in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut out = Vec::new();
        write(&parser(), &message, &mut out);
        prop_assert!(out.is_empty() || serde_json::from_slice::<Value>(&out).unwrap().is_object());
    }
}
