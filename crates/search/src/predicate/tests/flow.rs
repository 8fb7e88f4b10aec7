//! Stages that rewrite, as columns of records and as an answer see them.

use logql::Pipeline;

use super::super::label::RowReader;
use super::*;

fn pipeline(stages: &str) -> Pipeline {
    match logql::Query::parse(&format!("{{}} {stages}")) {
        Ok(logql::Query::Logs(pipeline)) => pipeline,
        other => panic!("{stages}: {other:?}"),
    }
}

/// What a record of a shop becomes, in columns and out of them; `None` where it does not pass.
fn through(stages: &str, line: &str, shown: &[&str]) -> Option<String> {
    let (pipeline, cancel) = (pipeline(stages), Cancel::default());
    let record = record(json!({"app": "shop", "level": "warn", "http": {"status": 502}, "message": line}));
    let parsers = Parsers::of(&pipeline);
    let read = |in_rest: bool| {
        let columns = shred(std::slice::from_ref(&record), &|_, _| in_rest);
        let source = parsers.rows(shown.iter().copied(), true);
        let needed = source.columns(&columns.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>());
        let rows = columns.rows();
        let needed = Columns::new(
            rows,
            columns.iter().filter(|(key, _)| needed.contains(key)).map(|(k, a)| (k.clone(), a.clone())).collect(),
        );
        let mut reader = RowReader::new(&source, &needed, &cancel);
        reader.go_to(0);
        let label = |at: usize| format!(" {}={}", shown[at], reader.label(at, &mut String::new()));
        let text = format!("{}{}", reader.line(), (0..shown.len()).map(label).collect::<String>());
        Predicate::of_pipeline(&pipeline).evaluate(&columns, &cancel).value(0).then_some(text)
    };
    let found = read(false);
    assert_eq!(read(true), found, "{stages} in the rest");
    let of_record = |name: &str| match name {
        "app" => "shop".to_owned(),
        "level" | "detected_level" => "warn".to_owned(),
        "http_status" => "502".to_owned(),
        _ => String::new(),
    };
    if let (Some(found), Some((line, changed))) =
        (&found, parsers.rewrite((&parsers.shown(line), record.timestamp), &of_record, &["app", "level", "http_status"], &cancel))
    {
        let now = |name: &&str| {
            let known = if *name == "detected_level" { "level" } else { name };
            let text = changed.iter().find(|(changed, _)| changed == known).map(|(_, text)| text.clone());
            format!(" {name}={}", text.unwrap_or_else(|| of_record(name)))
        };
        assert_eq!(format!("{line}{}", shown.iter().map(now).collect::<String>()), *found, "{stages} in an answer");
    }
    found
}

#[track_caller]
fn check(stages: &str, line: &str, shown: &[&str], expected: &str) {
    assert_eq!(through(stages, line, shown).as_deref(), Some(expected), "{stages}");
}

#[test]
fn a_line_and_labels_are_written_anew() {
    check("| line_format \"{{.app}}: {{__line__}}\"", "a", &["app"], "shop: a app=shop");
    check("| label_format who=app, app=\"<{{.app}}>\"", "a", &["who", "app"], "a who=shop app=<>");
    check("| label_format a=\"1\", b=\"{{.a}}{{.app}}\", c=app, d=\"{{.app}}\"", "x", &["b", "c", "d"], "x b=shop c=shop d=shop");
    check("| label_format lvl=detected_level", "a", &["lvl", "level", "detected_level"], "a lvl=warn level= detected_level=");
    check("| label_format a=\"{{.app}}\" | line_format \"{{.a}}\" |= \"hop\"", "x", &[], "shop");
    assert_eq!(through("| line_format \"{{.app}}\" |= \"x\"", "x", &[]), None);
    assert_eq!(through("| label_format app=\"x\" | app=\"shop\"", "x", &[]), None);
    let grown = "| label_format a=\"0123456789\"".to_owned() + &" | label_format a=\"{{.a}}{{.a}}{{.a}}{{.a}}\"".repeat(20);
    let failed = through(&grown, "x", &["__error__"]).unwrap();
    assert_eq!(failed, "x __error__=TemplateFormatErr");
}

#[test]
fn labels_are_kept_or_dropped_by_their_texts() {
    check("| keep app", "x", &["app", "level", "http_status"], "x app=shop level= http_status=");
    check("| keep app=\"web\", level", "x", &["app", "detected_level"], "x app= detected_level=warn");
    check("| drop app=\"web\", level=~\"w.*\"", "x", &["app", "level"], "x app=shop level=");
    check("| drop app | label_format b=\"{{.app}}\"", "x", &["b"], "x b=");
    check("| keep app | label_format b=\"1\" | keep b", "x", &["b", "app"], "x b=1 app=");
    check("| line_format \"{{.app}}\" | drop app", "x", &["app"], "shop app=");
    check("| drop app | line_format \"<{{.app}}>\"", "x", &["app"], "<> app=");
    check(
        "| line_format \"{{.detected_level}} {{.level}}\"",
        "x",
        &["level", "detected_level"],
        "warn warn level=warn detected_level=warn",
    );
    check("| line_format \"a\" | detected_level=\"warn\"", "x", &[], "a");
}

#[test]
fn members_are_named() {
    let line = r#"{"a":{"b":["x",{"c d":7}]},"t":"é","n":null}"#;
    let stages = "| json x=\"a.b[0]\", y=\"a.b[1][\\\"c d\\\"]\", all=\"a\", t, n";
    check(stages, line, &["x", "y", "t", "n", "__error__"], &format!("{line} x=x y=7 t=é n= __error__="));
    check("| json s=\"http.status\"", "words", &["s", "__error__"], "words s=502 __error__=JSONParserErr");
    check("| logfmt took=\"duration\", app", "duration=5ms app=web", &["took", "app"], "duration=5ms app=web took=5ms app=web");
    check("| logfmt s=\"http.status\"", "a=b", &["s"], "a=b s=502");
}

#[test]
fn formats_read_lines_that_were_made() {
    let packed = r#"{"_entry":"{\"m\":{\"n\":5},\"level\":\"x\"}","pod":"p"}"#;
    check("| decolorize | unpack | json", packed, &["m_n", "level"], r#"{"m":{"n":5},"level":"x"} m_n=5 level=x"#);
    check("| line_format \"k={{.app}} j=1\" | logfmt", "x", &["k", "j"], "k=shop j=1 k=shop j=1");
    check("| line_format \"no\" | json", "{}", &["__error__"], "no __error__=JSONParserErr");
    check("| line_format \"a\" | regexp \"(?P<l>[a-z])\"", "7", &["l"], "a l=a");
    check("| line_format \"{}\" | json | level=\"WARNING\"", "x", &[], "{}");
    check(
        "| keep app | json",
        r#"{"app":"other","b":{"c":1}}"#,
        &["app", "b_c", "level"],
        r#"{"app":"other","b":{"c":1}} app=shop b_c=1 level="#,
    );
    check("| drop app | decolorize | logfmt", "app=other", &["app"], "app=other app=other");
    check(
        "| decolorize | logfmt | keep b, c | line_format \"{{.b}}\" | logfmt",
        "a=1 b=c=2 c=0",
        &["a", "b", "c"],
        "c=2 a= b=c=2 c=2",
    );
}

#[test]
fn a_line_within_has_a_level_of_its_own() {
    let outer = "| line_format `level=ERROR status=500 app=other` | logfmt";
    check(
        &format!("{outer} | level=\"error\""),
        "x",
        &["level", "status"],
        "level=ERROR status=500 app=other level=error status=500",
    );
    check(&format!("{outer} | detected_level=\"ERROR\""), "x", &["app"], "level=ERROR status=500 app=other app=shop");
    assert_eq!(through(&format!("{outer} | level=\"warn\""), "x", &[]), None);
    check(
        &format!("{outer} | label_format level=\"low\" | level=\"low\""),
        "x",
        &["level"],
        "level=ERROR status=500 app=other level=low",
    );
    check("| keep app | json | level=\"error\"", r#"{"level":"error"}"#, &["level"], r#"{"level":"error"} level=error"#);
    // What a line is without stays without; the whole line is the message of words alone.
    check("| logfmt m=\"msg\"", "a=1", &["m"], "a=1 m=");
    check("| json m=\"message\"", "{\"a\":1}", &["m"], "{\"a\":1} m=");
    check("| json sev=\"level\", m=\"message\"", "words", &["sev", "m"], "words sev=warn m=words");
    let line = r#"{"tags":["a"],"e":{},"resource":{"name":"x"},"n":1}"#;
    check(
        "| decolorize | json",
        line,
        &["tags", "e", "resource_name", "name", "n"],
        &format!("{line} tags= e= resource_name=x name= n=1"),
    );
    let both = "| line_format `a=1 b=1` | logfmt | line_format `a=2` | logfmt";
    check(both, "x", &["a", "b"], "a=2 a=2 b=1");
}

#[test]
fn colours_are_taken_out() {
    check("| decolorize", "\u{1b}[31;1mred\u{1b}[0m \u{1b}[x \u{1b}[K\u{1b}[2J\u{1b}[38;5;196mé\u{9b}0m", &[], "red \u{1b}[x é");
    check("| decolorize", "plain", &[], "plain");
}

#[test]
fn deep_lines_are_read_as_deep_as_records_are() {
    let deep = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    for line in [deep(10_000), deep(1_000)] {
        for stages in
            ["| decolorize | json", "| decolorize | json b=\"a\"", "| decolorize | json b=\"c\"", "| decolorize | unpack"]
        {
            let read = through(stages, &line, &["c", "__error__"]).unwrap();
            assert_eq!(read.strip_prefix(line.as_str()), Some(" c= __error__="), "{stages}");
        }
    }
    let read = through("| decolorize | json", &deep(100_000), &["__error__"]).unwrap();
    assert!(read.ends_with(" __error__=ReadLimitErr"));
    let made = "| line_format \"{{ __line__ | replace `x` `{\\\"a\\\":` | replace `y` `}` }}\" | json";
    let read = through(made, &format!("{}1{}", "x".repeat(10_000), "y".repeat(10_000)), &["a", "__error__"]).unwrap();
    assert_eq!(read, format!("{} a= __error__=", deep(10_000)));
    let name = "a_".repeat(30);
    let labels = format!("{name}a");
    check("| decolorize | json", &deep(31), &[&labels], &format!("{} {labels}=1", deep(31)));
}

#[test]
fn what_parsers_read_of_a_record_is_bounded() {
    let line = format!("{{\"x\":{:?}}}", "y".repeat(400_000));
    let limit = |stages: &str, line: &str| through(stages, line, &["__error__"]).unwrap().ends_with(" __error__=ReadLimitErr");
    let names = |count: usize, of: &str| (0..count).map(|i| format!("a{i}=\"{of}\"")).collect::<Vec<_>>().join(", ");
    assert!(!limit(&format!("| json {}", names(30, "x")), &line));
    assert!(limit(&format!("| json {}", names(900, "x")), &line));
    assert!(limit(&format!("| json {}", names(900, "x.y")), &format!("{{\"x\":{line}}}")));
    assert!(!limit(&format!("| json {}", names(900, "z")), &line));
    assert!(limit(&format!("| logfmt {}", names(900, "x")), &format!("x={line}")));
    let group =
        format!("| decolorize | regexp `{}.*{}`", (0..50).map(|i| format!("(?P<a{i}>")).collect::<String>(), ")".repeat(50));
    assert!(limit(&group, &line));
    assert!(limit(&format!("| decolorize {}", "| json".repeat(30)), &format!("{{\"x\":{:?}}}", "y".repeat(1_000_000))));
    let members: String = (0..5_000).map(|i| format!("\"m{i}\":1,")).collect();
    let many = format!("{{{members}\"z\":1}}");
    assert!(limit("| decolorize | json", &many));
    assert!(limit("| decolorize | logfmt", &(0..5_000).map(|i| format!("m{i}=1 ")).collect::<String>()));
    check("| decolorize | json", "{\"a\":1}", &["a", "__error__"], "{\"a\":1} a=1 __error__=");
}

#[test]
fn a_stopped_query_passes_nothing_on() {
    let cancel = Cancel::default();
    cancel.stop(crate::cancel::Cancelled::Abandoned);
    let record = record(json!({"message": "x"}));
    let columns = shred(std::slice::from_ref(&record), &|_, _| false);
    for stages in ["|= \"x\"", "| line_format \"x\" |= \"x\""] {
        assert!(!Predicate::of_pipeline(&pipeline(stages)).evaluate(&columns, &cancel).value(0), "{stages}");
    }
}
