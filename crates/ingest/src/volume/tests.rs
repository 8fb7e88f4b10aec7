use super::*;

#[track_caller]
fn check(json: &str, bytes: u64) {
    assert_eq!(of(json.as_bytes()), bytes, "{json}");
}

#[test]
fn the_worked_example_of_timber_is_counted_as_timber_did() {
    let first = r#"{"level":"info","message":"This is the first log line"}"#;
    let second = r#"{"level":"error","message":"This is the second log line","key":"val"}"#;
    check(first, 47);
    check(second, 57);
    check(&format!("{first}\n{second}\n"), 104);
    check(&format!("{first}{second}"), 104);
    check(&format!(" [ {first} , {second} ] "), 104);
}

#[test]
fn every_form_has_the_size_that_msgpack_gives_it() {
    for (value, bytes) in [
        ("null", 1),
        ("true", 1),
        ("false", 1),
        ("0", 1),
        ("127", 1),
        ("128", 2),
        ("255", 2),
        ("256", 3),
        ("65535", 3),
        ("65536", 5),
        ("4294967295", 5),
        ("4294967296", 9),
        ("18446744073709551615", 9),
        ("18446744073709551616", 9),
        ("-1", 1),
        ("-32", 1),
        ("-33", 2),
        ("-128", 2),
        ("-129", 3),
        ("-32768", 3),
        ("-32769", 5),
        ("-2147483648", 5),
        ("-2147483649", 9),
        ("1.5", 9),
        ("1e3", 9),
        ("\"\"", 1),
        ("[]", 1),
        ("{}", 1),
        ("[1,[2,\"x\"],{}]", 1 + 1 + 1 + 1 + 2 + 1),
        (r#""a\n\"\\""#, 1 + 4),
        (r#""\u0041\u00e9\u20ac\ud83d\ude00""#, 1 + 1 + 2 + 3 + 4),
        ("\"\u{e9}\"", 1 + 2),
    ] {
        check(&format!("{{\"a\":{value}}}"), 1 + 2 + bytes);
    }
    for (length, bytes) in [(31, 1), (32, 2), (255, 2), (256, 3), (65_535, 3), (65_536, 5)] {
        check(&format!("{{\"a\":\"{}\"}}", "x".repeat(length as usize)), 1 + 2 + bytes + length);
    }
    for (entries, bytes) in [(15, 1), (16, 3), (65_535, 3), (65_536, 5)] {
        let items = vec!["0"; entries as usize].join(",");
        check(&format!("{{\"a\":[{items}]}}"), 1 + 2 + bytes + entries);
        let pairs = vec!["\"b\":0"; entries as usize].join(",");
        check(&format!("{{{pairs}}}"), bytes + 3 * entries);
    }
}

#[test]
fn nothing_that_is_no_json_ends_in_a_panic() {
    for text in
        ["", "]", "}}", "{\"a", "{\"a\\", "{\"a\\u", "{\"a\\ud83d\\u", "-", "{\"a\":-", "nul", "\u{0}", "[[[", "\"\\u12\u{e9}\""]
    {
        of(text.as_bytes());
    }
    of("[".repeat(1 << 20).as_bytes());
}
