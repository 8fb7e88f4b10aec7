use proptest::prelude::*;
use serde_json::{Value, json as value};

use super::*;
use crate::tests::records;

fn arrived() -> Timestamp {
    Timestamp::parse("2026-01-31T12:00:00Z").unwrap()
}

fn nanos(time: &str) -> i64 {
    Timestamp::parse(time).unwrap().nanos()
}

fn written(line: &[u8]) -> (LineFormat, Value) {
    let mut out = Vec::new();
    let format = LineParser::new(arrived()).write(line, &mut out);
    (format, serde_json::from_slice(&out).unwrap())
}

fn check(line: &str, format: LineFormat, expected: Value) {
    assert_eq!(written(line.as_bytes()), (format, expected), "{line}");
}

#[test]
fn a_plain_line_is_the_message() {
    for line in [
        "hello",
        "  at Foo.bar (Foo.java:12)",
        "Error connecting to db",
        "Notice the gap",
        "2026-01-31 is a date",
        "2026-01-31T12:00:00Zulu time",
        "key=value alone is no logfmt",
        "{not json",
        "<script>alert(1)</script>",
        "<999>no priority",
        "information",
        "INFOBOX",
        "[core] x",
        "2026-01-31T12:00:00Z ERROR boom",
        "INFO {}",
        "a=1 b=2",
        "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 1",
    ] {
        check(line, LineFormat::Plain, value!({"message": line}));
    }
    check("with return\r", LineFormat::Plain, value!({"message": "with return"}));
}

#[test]
fn a_blank_line_is_no_record() {
    for line in ["", " ", "\t", "\r"] {
        let mut out = Vec::new();
        assert_eq!((LineParser::new(arrived()).write(line.as_bytes(), &mut out), out.len()), (LineFormat::Blank, 0));
    }
}

#[test]
fn invalid_utf8_is_replaced() {
    assert_eq!(written(b"caf\xe9 \xff").1, value!({"message": "caf\u{fffd} \u{fffd}"}));
}

#[test]
fn a_json_object_goes_in_as_it_is() {
    let line = r#"  {"level":"info","n":12345678901234567890123,"a":{"b":[1,2]}} "#;
    let mut out = Vec::new();
    assert_eq!(LineParser::new(arrived()).write(line.as_bytes(), &mut out), LineFormat::Json);
    assert_eq!(out, line.trim().as_bytes());
    let deep = format!("{}1{}", "{\"a\":".repeat(65), "}".repeat(65));
    check(&deep, LineFormat::Plain, value!({"message": deep}));
}

#[test]
fn trailing_metadata_is_merged() {
    check(
        r#"Sent 200 @metadata {"dt":"2026-01-31T12:00:00.000000Z","level":"info","context":{"http":{"method":"GET"}}}"#,
        LineFormat::Plain,
        value!({"message": "Sent 200", "dt": "2026-01-31T12:00:00.000000Z", "level": "info", "context": {"http": {"method": "GET"}}}),
    );
    check(r#"ERROR hi @timber.io {"level":"warn"}"#, LineFormat::Plain, value!({"level": "warn", "message": "ERROR hi"}));
    check(
        r#"no @metadata {here} but @metadata {"a":1} @metadata {"b":" @timber.io {","c":2}"#,
        LineFormat::Plain,
        value!({"message": r#"no @metadata {here} but @metadata {"a":1}"#, "b": " @timber.io {", "c": 2}),
    );
    check("mail me @metadata {no}", LineFormat::Plain, value!({"message": "mail me @metadata {no}"}));
}

/// A line whose end is read anew from each mark takes hours.
#[test]
fn many_marks_of_metadata_take_no_longer() {
    let line = format!("{}x}}", " @metadata {}".repeat(1 << 17));
    check(&line, LineFormat::Plain, value!({"message": line}));
}

#[test]
fn rfc_5424_lines_are_read() {
    let time = nanos("2003-10-11T22:14:15.003Z");
    let line = r#"<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="App \"x\" \] \\"][e@1 a="b"] BOMAn event"#
        .replace("BOM", "\u{feff}");
    check(
        &line,
        LineFormat::Syslog,
        value!({
            "message": "An event", "timestamp": time, "level": "notice", "facility": "local4", "host": "mymachine.example.com",
            "service": "evntslog", "msg_id": "ID47",
            "structured_data": {"exampleSDID@32473": {"iut": "3", "eventSource": "App \"x\" ] \\"}, "e@1": {"a": "b"}},
        }),
    );
    let repeated = |data: &str| written(format!("<34>1 - - - - - {data} hi").as_bytes()).1["structured_data"].clone();
    assert_eq!(
        repeated(r#"[origin ip="192.0.2.1" ip="192.0.2.129" software="x" ip="a\"b"][e a="1"]"#),
        value!({"origin": {"ip": ["192.0.2.1", "192.0.2.129", "a\"b"], "software": "x"}, "e": {"a": "1"}})
    );
    assert_eq!(repeated(r#"[e a="1"][f][e b="2"]"#), value!({"e": [{"a": "1"}, {"b": "2"}], "f": {}}));
    check("<34>1 - - - - - -", LineFormat::Syslog, value!({"message": "", "level": "critical", "facility": "auth"}));
}

#[test]
fn credentials_in_structured_data_are_never_written() {
    // As rsyslog sends it with the documented template.
    let rsyslog =
        "<156>1 2026-01-31T12:00:00.123456+00:00 vm app - - [authentication@51576 source_id=\"42\" api_key=\"KEY\"] text";
    let expected = value!({
        "message": "text", "timestamp": nanos("2026-01-31T12:00:00.123456Z"), "level": "warn", "facility": "local3", "host": "vm",
        "service": "app",
    });
    check(rsyslog, LineFormat::Syslog, expected);
    for line in [
        "<156>1 - vm app - - [a@1 b=\"c\"][authentication@51576 api_key=\"KEY\"] text",
        "<156>1 - vm app - - [authentication@51576 api_key=\"KEY\"][a@1 b=\"c\"] text",
        "<156>1 broken [authentication@51576 api_key=\"KEY\"] text",
        "<156>1 broken [authentication@51576 api_key=\"KEY\"",
        "plain [authentication@51576 api_key=\"KEY\"] [authentication@51576 api_key=\"KEY\"]",
        "{\"message\":\"[authentication@51576 api_key=\\\"KEY\\\"] text\"}",
    ] {
        let (_, record) = written(line.as_bytes());
        assert!(!record.to_string().contains("KEY"), "{record}");
    }
    assert_eq!(
        written(b"<156>1 - vm app - - [a@1 b=\"c\"][authentication@51576 api_key=\"KEY\"] text").1["structured_data"],
        value!({"a@1": {"b": "c"}})
    );
}

/// Text that is counted anew for each element takes hours.
#[test]
fn many_elements_of_credentials_take_no_longer() {
    let line = format!("<13>1 {}{}", "a ".repeat(1 << 20), "[authentication@51576] ".repeat(1 << 16));
    let (format, record) = written(line.as_bytes());
    assert_eq!(format, LineFormat::Syslog);
    assert!(!record.to_string().contains("authentication"));
}

#[test]
fn rfc_3164_lines_are_read() {
    check(
        "<34>Jan 31 11:14:15 mymachine su[42]: 'su root' failed",
        LineFormat::Syslog,
        value!({
            "message": "'su root' failed", "timestamp": nanos("2026-01-31T11:14:15Z"), "level": "critical", "facility": "auth",
            "host": "mymachine", "service": "su", "proc_id": "42",
        }),
    );
    check(
        "<13>2026-01-31T12:00:00.5+01:00 vm app: hi",
        LineFormat::Syslog,
        value!({
            "message": "hi", "timestamp": nanos("2026-01-31T11:00:00.5Z"), "level": "notice", "facility": "user", "host": "vm",
            "service": "app",
        }),
    );
    check(
        "<13>no header at all",
        LineFormat::Syslog,
        value!({"message": "no header at all", "level": "notice", "facility": "user"}),
    );
    check(
        "Jan  2 03:04:05 vm kernel: [    0.1] up",
        LineFormat::Syslog,
        value!({"message": "[    0.1] up", "timestamp": nanos("2026-01-02T03:04:05Z"), "host": "vm", "service": "kernel"}),
    );
    check(
        "2026-01-31T12:00:00.123456+00:00 vm systemd[1]: Started.",
        LineFormat::Syslog,
        value!({
            "message": "Started.", "timestamp": nanos("2026-01-31T12:00:00.123456Z"), "host": "vm", "service": "systemd",
            "proc_id": "1",
        }),
    );
}

#[test]
fn a_time_without_year_is_the_latest_that_is_not_ahead() {
    let year_of = |line: &str| Timestamp::from_nanos(written(line.as_bytes()).1["timestamp"].as_i64().unwrap()).to_string();
    assert_eq!(year_of("Dec 31 23:59:59 vm a: x"), "2025-12-31T23:59:59Z");
    assert_eq!(year_of("Feb  1 11:00:00 vm a: x"), "2026-02-01T11:00:00Z");
    assert_eq!(year_of("Feb  2 11:00:00 vm a: x"), "2025-02-02T11:00:00Z");
}

#[test]
fn json_in_a_syslog_message_keeps_its_own_fields() {
    check(
        r#"<13>Jan 31 11:00:00 vm app: {"level":"error","host":"inner","message":"hi"}"#,
        LineFormat::Syslog,
        value!({
            "level": "error", "host": "inner", "message": "hi", "timestamp": nanos("2026-01-31T11:00:00Z"), "facility": "user",
            "syslog_host": "vm", "service": "app",
        }),
    );
    check(
        r#"<13>Jan 31 11:00:00 vm app: {"@t":"2026-01-31T11:00:01Z","@l":"Error","@mt":"hi"}"#,
        LineFormat::Syslog,
        value!({
            "@t": "2026-01-31T11:00:01Z", "@l": "Error", "@mt": "hi", "timestamp": nanos("2026-01-31T11:00:01Z"), "level": "error",
            "facility": "user", "host": "vm", "service": "app",
        }),
    );
}

proptest! {
    #[test]
    fn any_lines_are_objects(line in proptest::collection::vec(any::<u8>(), 1..200)) {
        records(&decode(&line, None, arrived()).unwrap());
    }

    #[test]
    fn a_line_that_looks_like_something_is_an_object(
        start in proptest::sample::select(vec![
            "", "<13>1 - h a p m [", "<13>Jan 31 11:00:00 ", "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"", "a=1 b=",
            "2026-01-31T12:00:00", "{\"a\":", "[authentication@51576 ", "x @metadata {",
        ]),
        rest in "[ a1=:\"\\\\\\[\\]{}<>@.é-]{0,40}",
    ) {
        records(&decode(format!("{start}{rest}").as_bytes(), None, arrived()).unwrap());
    }
}
