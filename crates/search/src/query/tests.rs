use proptest::prelude::*;

use super::*;

/// Both texts are understood, and alike; the second is how the first displays.
fn check(text: &str, canonical: &str) {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert_eq!(query.to_string(), canonical, "{text}");
    assert_eq!(Query::parse(canonical).unwrap().expr(), query.expr(), "{text}");
}

/// The text is refused, and the error points at `place`, which a `^` under each of its characters marks.
fn check_error(text: &str, marks: &str, code: &str) {
    let error = match Query::parse(text) {
        Err(error) => error,
        Ok(query) => panic!("{text}: understood as {query}"),
    };
    let start = text[..error.at].chars().count();
    let length = text[error.at..error.at + error.len].chars().count();
    assert_eq!(" ".repeat(start) + &"^".repeat(length), marks, "{text}: {error:?}");
    assert_eq!(error.code, code, "{text}: {error:?}");
}

fn check_explained(text: &str, expected: &str) {
    assert_eq!(Query::parse(text).unwrap().explain(), expected, "{text}");
}

fn check_note(text: &str, code: &str, part: &str) {
    let query = Query::parse(text).unwrap();
    let [note] = query.notes() else { panic!("{text}: {:?}", query.notes()) };
    assert_eq!((note.code, &text[note.at..note.at + note.len]), (code, part), "{text}");
}

#[test]
fn conditions_join_by_and_unless_or_stands_between() {
    check("", "*");
    check("  * ", "*");
    check("a b", "a AND b");
    check("a AND b OR c d", "a AND b OR c AND d");
    check("a (b OR c) d", "a AND (b OR c) AND d");
    check("((a))", "a");
    check("(a b) (c (d e))", "a AND b AND c AND d AND e");
    check("a && b || c", "a AND b OR c");
    check("a OR * ", "*");
    check("a *", "a");
    check("\"AND\" and", "\"AND\" AND and");
}

#[test]
fn what_is_negated_stands_right_after_the_sign() {
    check("-a", "-a");
    check("!a", "-a");
    check("NOT a b", "-a AND b");
    check("NOT NOT a", "NOT -a");
    check("-(a OR b)", "-(a OR b)");
    check("-\"two words\"", "-\"two words\"");
    check("-f:v", "-f:v");
    check("f:-v", "-f:v");
    check("f:!=v", "-f:v");
    check("-*", "-*");
    check("connection-reset", "connection-reset");
    check("\\-a", "\"-a\"");
}

#[test]
fn text_may_be_quoted_escaped_and_hold_wildcards() {
    check("\"Two \\\"quoted\\\" words\"", "\"Two \\\"quoted\\\" words\"");
    check("\"C:\\dir\\\\x*\"", "\"C:\\\\dir\\\\x*\"");
    check("two\\ words", "\"two words\"");
    check("a**b??", "a*b??");
    check("*\"a b\"*", "*a\\ b*");
    check("\"a*\"", "\"a*\"");
    check("a\\*", "\"a*\"");
    check("grüße", "\"grüße\"");
    check("a=b", "\"a=b\"");
    check("/api/users", "\"/api/users\"");
    check("/tmp", "\"/tmp\"");
    check("/var/log/", "\"/var/log/\"");
    check("//", "\"//\"");
    check("a\u{a0}b", "a AND b");
}

#[test]
fn patterns_stand_between_slashes() {
    check("/time(out|r) \\/x/", "/time(out|r) \\/x/");
    check("f:/^a.c$/", "f:/^a.c$/");
    check("message:/a/", "/a/");
    check("(/a/)", "/a/");
}

#[test]
fn fields_take_values_comparisons_and_ranges() {
    check("status:500", "status:500");
    check("user.id:7", "user.id:7");
    check("f:\"two words\"", "f:\"two words\"");
    check("f:*part*", "f:*part*");
    check("f:a:b", "f:\"a:b\"");
    check("f:=v", "f:v");
    check("status:>=500", "status:>=500");
    check("f:<-5", "f:<\"-5\"");
    check("f:[1 TO 5]", "f:[1 TO 5]");
    check("f:{1 TO 5]", "f:{1 TO 5]");
    check("f:[\"a b\" TO *]", "f:>=\"a b\"");
    check("f:[* TO 5}", "f:<5");
    check("f:[* TO *]", "has:f");
    check("f:5..10", "f:[5 TO 10]");
    check("f:5..", "f:>=5");
    check("f:..5", "f:<=5");
    check("f:../etc", "f:\"../etc\"");
    check("f:a..b", "f:\"a..b\"");
    check("level:warn..error", "level:[warn TO error]");
    check("timestamp:now-1h..now", "timestamp:[now-1h TO now]");
    check("dt:>2026-01-31T12:00", "timestamp:>\"2026-01-31T12:00\"");
    check("f:/api/users", "f:\"/api/users\"");
    check("\"my field\":v", "\"my field\":v");
    check("\"a\\\"b\":v", "\"a\\\"b\":v");
    check("größe:5", "größe:5");
    check("\"12\":5", "\"12\":5");
    check("\"has\":5", "\"has\":5");
    check("f:AND", "f:\"AND\"");
    check("f:\"\"", "f:\"\"");
}

#[test]
fn a_field_takes_a_group_of_values() {
    check("f:(a OR b)", "f:a OR f:b");
    check("f:(a OR b) c", "(f:a OR f:b) AND c");
    check("f:(a -b)", "f:a AND -f:b");
    check("f:-(a b)", "-(f:a AND f:b)");
    check("f:(>5 <=10)", "f:>5 AND f:<=10");
    check("f:(g:v)", "f:\"g:v\"");
    check("f:(12:30 OR /x/ OR [1 TO 2])", "f:\"12:30\" OR f:/x/ OR f:[1 TO 2]");
}

#[test]
fn presence_is_asked_by_name() {
    check("has:f", "has:f");
    check("f:*", "has:f");
    check("-has:a.b", "-has:a.b");
    check("missing:\"my field\"", "missing:\"my field\"");
    check("has:dt", "has:timestamp");
}

#[test]
fn the_message_is_a_field_like_a_bare_word() {
    check("message:timeout", "timeout");
    check("message:(a OR \"b c\")", "a OR \"b c\"");
    check("message:*", "has:message");
}

#[test]
fn an_operator_without_its_operand_is_pointed_at() {
    check_error("a AND", "  ^^^", "dangling_operator");
    check_error("OR a", "^^", "dangling_operator");
    check_error("a AND OR b", "      ^^", "dangling_operator");
    check_error("a OR OR b", "     ^^", "dangling_operator");
    check_error("a OR", "  ^^", "dangling_operator");
    check_error("(a OR) b", "   ^^", "dangling_operator");
    check_error("NOT", "^^^", "dangling_operator");
    check_error("NOT AND a", "^^^", "dangling_operator");
    check_error("größe - a", "      ^", "dangling_operator");
    check_error("-AND a", "^", "dangling_operator");
    check_error("--flag", "^^", "double_negation");
    check_error("f:--a", "  ^^", "double_negation");
}

#[test]
fn unbalanced_signs_are_pointed_at() {
    check_error("a \"b c", "  ^", "unclosed_quote");
    check_error("f:\"b", "  ^", "unclosed_quote");
    check_error("a (b", "  ^", "unclosed_parenthesis");
    check_error("((a)", "^", "unclosed_parenthesis");
    check_error("a) b", " ^", "unmatched_parenthesis");
    check_error(")", "^", "unmatched_parenthesis");
    check_error("main()", "    ^", "parenthesis_in_word");
    check_error("a ()", "  ^^", "empty_group");
    check_error("f:()", "  ^^", "empty_group");
    check_error("a\"b\"", " ^", "quote_in_word");
    check_error("\"a\"b", "   ^", "after_quote");
    check_error("\"a\"~2", "   ^", "after_quote");
    check_error("\"a\"\"b\"", "   ^", "quote_in_word");
    check_error("ab\\", "  ^", "dangling_escape");
    check_error("a C\\d", "   ^^", "bad_escape");
    check_error("\"\"", "^^", "empty_text");
}

#[test]
fn a_name_that_cannot_be_one_is_pointed_at() {
    check_error("http://x.org/a", "^^^^^^^", "address_as_field");
    check_error("tokio::run", "      ^", "double_colon");
    check_error("a error: b", "  ^^^^^^", "missing_value");
    check_error("(f:)", " ^^", "missing_value");
    check_error(":v", "^", "missing_name");
    check_error("\"\":v", "^^", "missing_name");
    check_error("a/b:v", " ^", "bad_name");
    check_error("a*:v", " ^", "bad_name");
    check_error("at 12:30:01", "   ^^", "bad_name");
    check_error("has:a*", "    ^^", "bad_name");
    check_error("has:(a b)", "    ^", "bad_name");
}

#[test]
fn a_bad_comparison_or_range_is_pointed_at() {
    check_error("status >= 500", "       ^^", "bad_comparison");
    check_error("a != b", "  ^^", "bad_comparison");
    check_error("status:>= 500", "       ^^", "missing_value");
    check_error("status:=> 500", "       ^^", "bad_comparison");
    check_error("status:>>500", "       ^^", "bad_comparison");
    check_error("status:>5*", "        ^^", "wildcard_in_bound");
    check_error("f:[1 TO 2", "  ^", "unclosed_range");
    check_error("f:[1", "  ^", "unclosed_range");
    check_error("f:[1 to 2]", "     ^^", "bad_range");
    check_error("f:[1 2]", "     ^", "bad_range");
    check_error("f:[1]", "    ^", "bad_range");
    check_error("f:[1 TO ]", "        ^", "bad_range");
    check_error("f:[1 TO 2 3]", "          ^", "bad_range");
    check_error("f:[1 TO 2]x", "          ^", "bad_range");
    check_error("f:[5 TO 1]", "  ^^^^^^^^", "bad_range");
    check_error("f:9..3", "  ^^^^", "bad_range");
    check_error("f:-5..5", "  ^^^^^", "bad_range");
    check_error("level:[error TO debug]", "      ^^^^^^^^^^^^^^^^", "bad_range");
    check_error("timestamp:[now TO now-1h]", "          ^^^^^^^^^^^^^^^", "bad_range");
    check_error("level:>=loud", "        ^^^^", "unknown_level");
    check_error("timestamp:>soon", "           ^^^^", "bad_time");
    check_error("timestamp:2026*", "          ^^^^^", "bad_time");
    check_error("message:>a", "         ^", "no_order");
}

#[test]
fn a_bad_pattern_is_pointed_at_inside() {
    check_error("a /b(c/", "    ^", "bad_regex");
    check_error("f:/ab[z-a]/", "      ^^^", "bad_regex");
    check_error("f:/a{999999}/", "   ^^^^^^^^^", "regex_too_large");
}

#[test]
fn everything_has_a_limit() {
    check_error(&"x ".repeat(limits::QUERY_BYTES_MAX), &(" ".repeat(16_384) + &"^".repeat(16_384)), "query_too_long");
    let terms = "x ".repeat(limits::QUERY_TERMS_MAX + 1);
    check_error(&terms, &(" ".repeat(2_048) + "^"), "query_too_long");
    let deep = "(".repeat(limits::QUERY_DEPTH_MAX + 1) + "x";
    assert_eq!(Query::parse(&deep).unwrap_err().code, "query_too_deep");
    let negations = "NOT ".repeat(limits::QUERY_DEPTH_MAX + 1) + "x";
    assert_eq!(Query::parse(&negations).unwrap_err().code, "query_too_deep");
    let long = "x".repeat(limits::QUERY_TEXT_BYTES_MAX + 1);
    check_error(&long, &"^".repeat(long.len()), "query_too_long");
    let patterns = "/x/ ".repeat(limits::QUERY_REGEXES_MAX + 1);
    assert_eq!(Query::parse(&patterns).unwrap_err().code, "query_too_long");
}

#[test]
fn what_may_have_been_meant_otherwise_is_noted() {
    check_note("a and b", "operator_as_word", "and");
    check_note("f:-5", "negated_number", "-5");
    check_note("f:(-5)", "negated_number", "-5");
    check_note("status>=500", "comparison_as_word", "status>=500");
    check_note("/a/b+/", "pattern_as_word", "/a/b+/");
    assert!(Query::parse("a -b f:-c /var/log \"and\"").unwrap().notes().is_empty());
}

#[test]
fn a_query_is_explained_in_words() {
    check_explained("", "every record");
    check_explained("level:error timeout", "level = \"error\" AND message has the word \"timeout\"");
    check_explained("\"two words\" OR -f:5*", "message has \"two words\", cut at words OR NOT f is like \"5\"*");
    check_explained("*part* f:[1 TO 5}", "message contains \"part\" AND f >= \"1\" and < \"5\"");
    check_explained("-(has:a OR missing:b) f:/x/", "NOT (a is present OR b is missing) AND f matches /x/");
}

/// Text made of the language's own parts, which gets further into the parser than any text does.
fn language() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "(",
            ")",
            "\"",
            "\\",
            "*",
            "?",
            "-",
            "!",
            ":",
            "/",
            "[",
            "]",
            "{",
            "}",
            " TO ",
            " AND ",
            " OR ",
            " NOT ",
            " ",
            "..",
            ">=",
            "<",
            "=",
            "a",
            "b2",
            "level",
            "timestamp",
            "message",
            "error",
            "has:",
            "missing:",
            "now",
            "-15m",
            "5",
            "2026-01-31",
            "é",
            "\u{a0}",
            "f:",
            "f:[",
            "f:(",
            "\n",
            "&&",
            "||",
            "\"x y\"",
            "/r+/",
            "\"n m\":",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

/// A query, or an error that lies within the text.
fn check_any(text: &str) {
    match Query::parse(text) {
        Ok(query) => {
            let canonical = query.to_string();
            let again = Query::parse(&canonical).unwrap_or_else(|error| panic!("{text:?} as {canonical:?}: {error:?}"));
            assert_eq!(again.expr(), query.expr(), "{text:?} as {canonical:?}");
            assert_eq!(again.to_string(), canonical, "{text:?}");
            assert!(!query.explain().is_empty());
            query.notes().iter().for_each(|note| assert!(text.get(note.at..note.at + note.len).is_some(), "{text:?} {note:?}"));
        }
        Err(error) => assert!(text.get(error.at..error.at + error.len).is_some(), "{text:?}: {error:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_understood_and_displayed_or_refused_in_place(text in language()) {
        check_any(&text);
    }

    #[test]
    fn any_characters_are_understood_or_refused(text in any::<String>()) {
        check_any(&text);
    }
}
