use proptest::prelude::*;

use crate::{Query, parse_bytes, parse_duration};

/// What a query is understood as, in its own language.
#[track_caller]
fn check(text: &str, understood: &str) {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("`{text}`: {error}"));
    assert_eq!(query.to_string(), understood, "{query:?}");
    assert_eq!(Query::parse(understood).as_ref(), Ok(&query));
}

#[track_caller]
fn check_same(text: &str) {
    check(text, text);
}

#[track_caller]
fn check_refused(text: &str, code: &str, place: &str, said: &str) {
    let error = Query::parse(text).map(|query| query.to_string()).unwrap_err();
    assert_eq!((error.code, &text[error.at..error.at + error.len]), (code, place), "`{text}`: {error}");
    assert_eq!(error.to_string(), said, "`{text}`");
}

#[test]
fn a_selector_names_labels() {
    check_same("{}");
    check(r#"{app="shop"}"#, r#"{app="shop"}"#);
    check("{ app = `sh\"op`,\n  env!=\"prod\", }", r#"{app="sh\"op", env!="prod"}"#);
    check_same(r#"{a=~"x|y", b!~".+"}"#);
    check("{a=\"\\x41\\u00e9\\n\\101\"} # a comment", "{a=\"Aé\\u000aA\"}");
    check("({a=\"b\"})", r#"{a="b"}"#);
}

#[test]
fn stages_follow_a_selector() {
    check("{a=\"b\"} |= `x` != \"y\"|~`z+`!~ \"w\"", r#"{a="b"} |= "x" != "y" |~ "z+" !~ "w""#);
    check_same(r#"{} |= "x" or "y" != "z""#);
    check_same(r#"{} | json | logfmt | drop __error__, a |= "x""#);
    check_same(r#"{} | a="x" and b!="y""#);
    check("{} | a=\"x\", b=\"y\" or c=~\"z\"", r#"{} | a="x" and b="y" or c=~"z""#);
    check("{} | (a=\"x\" or b=\"y\") and (c=\"z\")", r#"{} | (a="x" or b="y") and c="z""#);
    check("{}|status>=500|a==1|b=2|c!=-1.5", "{} | status >= 500 | a == 1 | b == 2 | c != -1.5");
    check("{} | took > 1m30s | size <= 20KiB | x < 1.5h", "{} | took > 90s | size <= 20480B | x < 90m");
    check_same(r#"{} | regexp "(?P<took>[0-9]+)ms" | took > 5"#);
    check("{}|pattern `<ip> \"<_>\"`", r#"{} | pattern "<ip> \"<_>\"""#);
    check("{} | ip=\"10.0.0.1\"", r#"{} | ip="10.0.0.1""#);
}

#[test]
fn stages_rewrite_lines_and_labels() {
    check("{}|line_format`{{.a}} \"x\"`", r#"{} | line_format "{{.a}} \"x\"""#);
    check("{}|label_format a=b,c=`{{.d | upper}}`", r#"{} | label_format a=b, c="{{.d | upper}}""#);
    check("{}|decolorize|keep a,b=\"c\"|drop d!~`e`,f", r#"{} | decolorize | keep a, b="c" | drop d!~"e", f"#);
    check("{}|json a=\"b.c[0]\",d|logfmt e=\"f\"", r#"{} | json a="b.c[0]", d="d" | logfmt e="f""#);
    check("{} | unpack | json | logfmt", "{} | unpack | json | logfmt");
    check_same(r#"{} | drop a | label_format a=b | a="c""#);
}

#[test]
fn labels_become_numbers() {
    check_same("sum_over_time({} | unwrap took [1m])");
    check("rate({}|unwrap bytes(size)[1m])", "rate({} | unwrap bytes(size) [1m])");
    check("max_over_time({}|unwrap duration_seconds(t)[1m]) by (a)", "max_over_time by (a) ({} | unwrap duration(t) [1m])");
    check(
        "quantile_over_time(0.95,{}|unwrap t|__error__=\"\"[1m] offset 1h)by()",
        r#"quantile_over_time by () (0.95, {} | __error__="" | unwrap t [1m] offset 1h)"#,
    );
    check_same("absent_over_time({a=\"b\"} [1m])");
    check_same("stddev (avg_over_time without (a) ({} | unwrap t [1m]))");
    check_same("sort_desc(sum by (a) (rate({} [1m])))");
    check_same(r#"label_replace(rate({} [1m]), "to", "$1-x", "from", "(.*)")"#);
    check("rate({}[1m])/on(a)rate({}[5m])", "rate({} [1m]) / on (a) rate({} [5m])");
    check("vector(1)>bool ignoring(a)group_left(b)vector(2)", "vector(1) > bool ignoring (a) group_left (b) vector(2)");
    check("vector(1)*on()group_right vector(2)", "vector(1) * on () group_right () vector(2)");
}

#[test]
fn numbers_are_counted_over_time() {
    check("vector(1)+vector(1)", "vector(1) + vector(1)");
    check("count_over_time({a=\"b\"}[5m])", r#"count_over_time({a="b"} [5m])"#);
    check("rate({} [1m] |= `x`)", r#"rate({} |= "x" [1m])"#);
    check("rate(({} |= `x`)[1m])", r#"rate({} |= "x" [1m])"#);
    check("sum by (a,b) (bytes_rate({}[1h]))", "sum by (a, b) (bytes_rate({} [1h]))");
    check("sum(bytes_over_time({}[1500ms])) by (a)", "sum by (a) (bytes_over_time({} [1500ms]))");
    check("max without(a)(rate({}[1d])) / 60", "max without (a) (rate({} [24h])) / 60");
    check("1 + 2 * 3 ^ 2 ^ 2 - (4 - 5)", "1 + 2 * 3 ^ 2 ^ 2 - (4 - 5)");
    check("(1 + 2) % 3 - -4e1", "(1 + 2) % 3 - -40");
    check("avg(min by () (count(rate({}[1s]))))", "avg (min (count (rate({} [1s]))))");
    check("(2^3)^2", "(2 ^ 3) ^ 2");
    check("topk(3,rate({}[1m]))", "topk (3, rate({} [1m]))");
    check("bottomk by(a)(1, sum by (a) (rate({}[1m])))", "bottomk by (a) (1, sum by (a) (rate({} [1m])))");
    check("rate({}[1m])>5", "rate({} [1m]) > 5");
    check("sum(rate({}[1m]))>=bool 5*2", "sum (rate({} [1m])) >= bool 5 * 2");
    check("(rate({}[1m])>5)*2", "(rate({} [1m]) > 5) * 2");
    check(
        "rate({}[1m]) or vector(0) and vector(1) unless vector(2)",
        "rate({} [1m]) or vector(0) and vector(1) unless vector(2)",
    );
    check("(vector(0) or vector(1)) and vector(2)", "(vector(0) or vector(1)) and vector(2)");
    check("rate({}[1m] offset 1h30m) / rate(({})[1m] offset -5m)", "rate({} [1m] offset 90m) / rate({} [1m] offset -5m)");
}

#[test]
fn what_is_not_understood_is_refused_at_its_place() {
    let invalid = |text, place, said| check_refused(text, "logql_invalid", place, said);
    invalid("", "", "parse error at line 1, col 1: syntax error: unexpected end of query, expecting a number");
    invalid("{a=\"b\"", "", "parse error at line 1, col 7: syntax error: unexpected end of query, expecting `,` or `}`");
    invalid("{a=\"b}", "\"b}", "parse error at line 1, col 4: syntax error: literal not terminated");
    invalid("{a=b}", "b", "parse error at line 1, col 4: syntax error: unexpected `b`, expecting a text in quotes");
    invalid("{}\n |= é", "é", "parse error at line 2, col 5: syntax error: unexpected `é`, expecting a text in quotes");
    invalid("{a=\"\\q\"}", "\\q", "parse error at line 1, col 5: there is no such escape in a text");
    invalid("{a=\"\\xff\"}", "\"\\xff\"", "parse error at line 1, col 4: this text is not UTF-8");
    invalid("rate({})", ")", "parse error at line 1, col 8: syntax error: unexpected `)`, expecting a range such as `[5m]`");
    invalid("rate({}[5])", "5", "parse error at line 1, col 9: `5` is no duration");
    invalid("{} | a > 5x", "5x", "parse error at line 1, col 10: `5x` is no number, duration or size");
    let group = "parse error at line 1, col 13: at least one group is named, as `(?P<status>…)`";
    invalid("{} | regexp \"a+\"", "\"a+\"", group);
    let name = "parse error at line 1, col 13: `a.b` is no name of a label";
    invalid("{} | regexp \"(?P<a.b>c)\"", "\"(?P<a.b>c)\"", name);
    let between = "parse error at line 1, col 14: there has to be text between two captures";
    invalid("{} | pattern \"<a><b>\"", "\"<a><b>\"", between);
    let capture = "parse error at line 1, col 14: at least one capture is named, as `<status>`";
    invalid("{} | pattern \"a\"", "\"a\"", capture);
    invalid("{} | drop a | a=\"b\"", "a", "parse error at line 1, col 15: `a` was dropped before");
    invalid(
        "{} | a == \"b\"",
        "=",
        "parse error at line 1, col 8: syntax error: unexpected `=`, expecting `=`, `!=`, `=~` or `!~` before a text",
    );
    let rank = "parse error at line 1, col 6: `0` is no whole number from 1 to 500";
    invalid("topk(0, rate({}[1m]))", "0", rank);
    let numbers = "parse error at line 1, col 14: `or` stands between series, not numbers";
    invalid("vector(1) or 1", "1", numbers);
    let first = "parse error at line 1, col 24: `}}` is missing here";
    invalid("{} | line_format `{{.a é`", "é", first);
    let path = "parse error at line 1, col 16: `b[x]` is no path such as `a.b[0]`";
    invalid("{} | json a=\"b[x]\"", "x", path);
    let twice = "parse error at line 1, col 24: `a` can be assigned once in a stage";
    invalid("{} | label_format a=b, a=c", "a", twice);
    let unwrap = "parse error at line 1, col 1: `unwrap` stands in a function over a range, as `sum_over_time`";
    invalid("{} | unwrap a", "{} | unwrap a", unwrap);
    let behind = "parse error at line 1, col 26: only filters of labels stand behind `unwrap`";
    invalid("sum_over_time({}|unwrap a|json[1m])", "|json", behind);
    let needs = "parse error at line 1, col 14: this function needs an `unwrap`";
    invalid("sum_over_time({}[1m])", "({}[1m])", needs);
    let by = "parse error at line 1, col 5: grouping is not allowed for this function; fold it: `sum by (a) (…)`";
    invalid("rate({}[1m]) by (a)", "({}[1m]) by (a)", by);
    let group = "parse error at line 1, col 20: no grouping allowed for set operations";
    invalid("vector(1) and on() group_left vector(1)", "group_left ", group);
    let at = "parse error at line 1, col 5: bad regular expression: unclosed group";
    check_refused("{a=~\"(\"}", "bad_regex", "(", &at.replace("col 5", "col 6"));
}

#[test]
fn what_is_not_done_is_refused_by_name() {
    let refused = |text: &str, name: &str| {
        let error = Query::parse(text).map(|query| query.to_string()).unwrap_err();
        assert_eq!(error.code, "logql_unsupported", "`{text}`: {error}");
        assert!(error.message.starts_with(&format!("`{name}")), "`{text}`: {error}");
    };
    refused("{} | distinct a", "distinct");
    refused("{} | logfmt --strict", "logfmt with flags");
    refused("{} | line_format `{{ if .a }}x{{ end }}`", "if");
    refused("{} | line_format `{{ .a | sha1sum }}`", "sha1sum");
    refused("rate({} | unwrap hours(a) [1m])", "hours of an unwrapped label");
    refused("rate_counter({} | unwrap a [1m])", "rate_counter");
    refused("{} |> `<_>`", "|>");
    refused("{} |= ip(`10.0.0.0/8`)", "ip");
    refused("{} | a = ip(`10.0.0.0/8`)", "ip");
    refused("approx_topk(5, rate({}[1m]))", "approx_topk");
    refused("rate({}[1m]) offset 5m", "offset outside of a range");
}

#[test]
fn a_query_is_bounded() {
    let refused = |text: &str, code: &str| assert_eq!(Query::parse(text).unwrap_err().code, code, "{}", text.len());
    refused(&"x".repeat(20_000), "query_too_long");
    refused(&format!("{{a=\"{}\"}}", "x".repeat(1_025)), "query_too_long");
    refused(&format!("{{}}{}", "|=\"\"".repeat(1_025)), "query_too_long");
    refused(&format!("{{}}{}", "|~\"a\"".repeat(17)), "query_too_long");
    refused(&format!("{{}}{}", "|regexp \"(?P<a>b)\"".repeat(17)), "query_too_long");
    refused("{}|regexp \"(?P<a>(\\\\pL{100}){100})\"", "bad_regex");
    refused(&"(".repeat(65), "query_too_deep");
    refused(&format!("{{}} | {}", "(".repeat(65)), "query_too_deep");
    refused(&"1+".repeat(100), "query_too_deep");
    refused(&"1^".repeat(100), "query_too_deep");
    refused("{a=~\"(((a{100}){100}){100})\"}", "bad_regex");
}

#[test]
fn units_are_read_as_go_writes_them() {
    assert_eq!(parse_duration("1h2m3s4ms5us6ns"), Some(3_723_004_005_006));
    assert_eq!(parse_duration("-1.5s"), Some(-1_500_000_000));
    for none in ["", "5", "s", "5x", "1.2.3s", "300y", "-", "5 s"] {
        assert_eq!(parse_duration(none), None, "{none}");
    }
    assert_eq!(
        ["1024", "5KB", "5kb", "1.5MiB", "2 GB", "3k"].map(parse_bytes).map(Option::unwrap),
        [1_024, 5_000, 5_000, 1_572_864, 2_000_000_000, 3_000]
    );
    for none in ["", "KB", "-5KB", "5ib", "5xb", "20EB20"] {
        assert_eq!(parse_bytes(none), None, "{none}");
    }
}

/// Pieces that queries are made of, in any order.
fn fragments() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "a",
        "=",
        "!=",
        "=~",
        "!~",
        "==",
        ">",
        "<=",
        "\"x\"",
        "`y`",
        "\"\\u00e9\"",
        ",",
        "|",
        "|=",
        "|~",
        "json",
        "drop",
        "and",
        "or",
        "(",
        ")",
        "5",
        "1.5",
        "5m",
        "20KB",
        "[5m]",
        "rate",
        "sum",
        "by",
        "without",
        "vector",
        "+",
        "-",
        "*",
        "^",
        "/",
        " ",
        "\n",
        "#",
        "é",
        "{a=\"b\"}",
        "rate({}[5m])",
        "vector(1)",
        "count_over_time(",
        "topk(3,",
        "offset",
        "unless",
        "bool",
        "line_format",
        "label_format",
        "`{{.a}}`",
        "`{{`",
        "unwrap",
        "keep",
        "on(a)",
        "group_left",
        "sum_over_time({}",
        "a=b",
        "label_replace(",
        "!=",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_query_is_read_as_it_is_shown(text in fragments()) {
        match Query::parse(&text) {
            Ok(query) => prop_assert_eq!(Query::parse(&query.to_string()), Ok(query)),
            Err(error) => prop_assert!(text.get(error.at..error.at + error.len).is_some()),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Err(error) = Query::parse(&text) {
            prop_assert!(text.get(error.at..error.at + error.len).is_some());
        }
    }
}
