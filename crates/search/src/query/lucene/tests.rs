use proptest::prelude::*;

use super::*;

/// How the text is understood, in our language.
#[track_caller]
fn check(text: &str, ours: &str) {
    check_joined(text, Joiner::Or, ours);
}

#[track_caller]
fn check_joined(text: &str, joiner: Joiner, ours: &str) {
    let query = Query::parse_lucene(text, joiner).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert_eq!(query.to_string(), ours, "{text}");
    assert_eq!(Query::parse(ours).unwrap().expr(), query.expr(), "{text}");
}

/// The text is refused, and the error points at `place`, which a `^` under each of its characters marks.
#[track_caller]
fn check_error(text: &str, marks: &str, code: &str) {
    let error = match Query::parse_lucene(text, Joiner::Or) {
        Err(error) => error,
        Ok(query) => panic!("{text}: understood as {query}"),
    };
    let start = text[..error.at].chars().count();
    let length = text[error.at..error.at + error.len].chars().count();
    assert_eq!(" ".repeat(start) + &"^".repeat(length), marks, "{text}: {error:?}");
    assert_eq!(error.code, code, "{text}: {error:?}");
}

#[test]
fn clauses_are_weighed_as_lucene_weighs_them() {
    check("a", "a");
    check("a b", "a OR b");
    check("+a b", "a");
    check("+a -b c", "a AND -b");
    check("-a", "-a");
    check("-a b", "b AND -a");
    check("a AND b", "a AND b");
    check("a AND b OR c", "a AND b");
    check("a OR b AND c", "b AND c");
    check("a OR (b AND c)", "a OR b AND c");
    check("a && !b || NOT c", "a AND -b AND -c");
    check("(a b) AND (c OR d)", "(a OR b) AND (c OR d)");
    check("NOT (a b)", "-(a OR b)");
    check("*", "*");
    check("*:*", "*");
    check("-*", "-*");
    check("  ", "-*");
    check("and or not TO", "and OR or OR not OR \"TO\"");
    check_joined("a b", Joiner::And, "a AND b");
    check_joined("a OR b c", Joiner::And, "c");
    check_joined("a OR b", Joiner::And, "a OR b");
    check_joined("a b -c", Joiner::And, "a AND b AND -c");
}

#[test]
fn fields_have_values_ranges_and_groups() {
    check("status:500", "status:500");
    check("service:\"two words\"", "service:\"two words\"");
    check("service:web-*", "service:web\\-*");
    check("level:(warn OR error)", "level:warn OR level:error");
    check("level:(warn error) AND -service:api", "(level:warn OR level:error) AND -service:api");
    check("status:>=500", "status:>=500");
    check("status:(>=400 AND <500)", "status:>=400 AND status:<500");
    check("status:[400 TO 500}", "status:[400 TO 500}");
    check("status:{* TO 500]", "status:<=500");
    check("n:[-5 TO \"5\"]", "n:[\"-5\" TO 5]");
    check("_exists_:user.id", "has:user.id");
    check("user:*", "has:user");
    check("NOT _exists_:user", "-has:user");
    check("message:\"connection reset\"", "\"connection reset\"");
    check("message:(time* OR *out)", "time* OR *out");
    check("path:\\/api\\/users", "path:\"/api/users\"");
    check("my\\ field:v", "\"my field\":v");
    check("a\\:b", "\"a:b\"");
    check("foo:\"-5\"", "foo:\"-5\"");
    check("_id:x", "id:x");
}

#[test]
fn times_are_elasticsearchs() {
    check("@timestamp:>=1769860800000", "timestamp:>=\"2026-01-31T12:00:00.000Z\"");
    check("@timestamp:[1769860800123 TO *]", "timestamp:>=\"2026-01-31T12:00:00.123Z\"");
    check("@timestamp:[2026-01-31T12:00:00Z TO 2026-02-01}", "timestamp:[\"2026-01-31T12:00:00Z\" TO 2026-02-01}");
    check("@timestamp:>now-15m", "timestamp:>now-15m");
    check("@timestamp:2026-01-31", "timestamp:2026-01-31");
    check_error("@timestamp:>now-1M", "            ^^^^^^", "bad_time");
    check_error("@timestamp:>now/d", "            ^^^^^", "bad_time");
    check_error("@timestamp:yesterday", "           ^^^^^^^^^", "bad_time");
    check_error("@timestamp:2026", "           ^^^^", "bad_time");
}

#[test]
fn what_is_not_done_is_refused_where_it_stands() {
    check_error("a~", " ^", "lucene_unsupported");
    check_error("\"a b\"~2", "     ^", "lucene_unsupported");
    check_error("a^2", " ^", "lucene_unsupported");
    check_error("(a b)^2", "     ^", "lucene_unsupported");
    check_error("/a.*/", "^", "lucene_unsupported");
    check_error("name:/a/", "     ^", "lucene_unsupported");
    check_error("b*:x", "^^", "lucene_unsupported");
    check_error("_index:x", "^^^^^^", "lucene_unsupported");
    check_error("_exists_:a*", "^^^^^^^^^^^", "lucene_unsupported");
    check_error("[1 TO 2]", "^", "missing_name");
}

#[test]
fn what_is_broken_is_refused_where_it_breaks() {
    check_error("AND a", "^^^", "dangling_operator");
    check_error("a AND", "  ^^^", "dangling_operator");
    check_error("a OR ", "  ^^", "dangling_operator");
    check_error("a NOT ", "  ^^^", "dangling_operator");
    check_error("- a", "^", "dangling_operator");
    check_error("+-a", "^^", "double_sign");
    check_error("(a", "^", "unclosed_parenthesis");
    check_error("a)", " ^", "unmatched_parenthesis");
    check_error("()", "^^", "empty_group");
    check_error("\"a", "^", "unclosed_quote");
    check_error("a\\", "^^", "dangling_escape");
    check_error("a:", "^^", "missing_value");
    check_error("a:b:c", "   ^", "misplaced_colon");
    check_error("a/b", " ^", "misplaced_character");
    check_error("a:-b", "  ^", "misplaced_character");
    check_error("\"a\"b", "   ^", "misplaced_character");
    check_error("s:[1 TO 2", "  ^", "unclosed_range");
    check_error("s:[1 2]", "     ^", "bad_range");
    check_error("s:[5 TO 1]", "  ^^^^^^^^", "bad_range");
    check_error("level:>=loud", "      ^^^^^^", "unknown_level");
    check_error("message:\"\"", "        ^^", "empty_text");
}

#[test]
fn depth_and_number_are_bounded() {
    let nested = |depth: usize| "(".repeat(depth) + "a" + &")".repeat(depth);
    assert!(Query::parse_lucene(&nested(limits::QUERY_DEPTH_MAX), Joiner::Or).is_ok());
    let deep = Query::parse_lucene(&nested(limits::QUERY_DEPTH_MAX + 1), Joiner::Or).unwrap_err();
    assert_eq!(deep.code, "query_too_deep");
    let many = Query::parse_lucene(&"a ".repeat(limits::QUERY_TERMS_MAX + 1), Joiner::Or).unwrap_err();
    assert_eq!(many.code, "query_too_long");
}

proptest! {
    /// Whatever comes is refused in its place or understood as something that can be said in our language.
    #[test]
    fn nothing_panics(text in r#"[-+!()\[\]{}:"\\/*?~^<>=&|. a-cTO0-9]{0,40}|(a|b:|AND |OR |NOT |\(|\)|"|-|\[1 TO |\]|_exists_:|@timestamp:>| ){0,20}"#) {
        for joiner in [Joiner::Or, Joiner::And] {
            match Query::parse_lucene(&text, joiner) {
                Ok(query) => {
                    let shown = query.to_string();
                    let again = Query::parse(&shown).map_err(|error| TestCaseError::fail(format!("`{text}` became `{shown}`: {error}")))?;
                    prop_assert_eq!(again.to_string(), shown);
                }
                Err(error) => prop_assert!(text.get(error.at..error.at + error.len).is_some(), "{text}: {error:?}"),
            }
        }
    }
}
