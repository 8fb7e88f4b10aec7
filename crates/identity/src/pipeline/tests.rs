use super::*;

#[track_caller]
fn check(then: &str, refused: Option<&str>) {
    check_rule(&format!(r#"{{"name":"x","then":{then}}}"#), refused);
}

/// Whether one condition can be asked.
#[track_caller]
fn check_when(when: &str, refused: Option<&str>) {
    check_rule(&format!(r#"{{"name":"x","when":[{when}],"then":{{"drop":true}}}}"#), refused);
}

#[track_caller]
fn check_rule(rule: &str, refused: Option<&str>) {
    let specs = serde_json::from_str(&format!("[{rule}]")).unwrap();
    match (Pipeline::new(specs), refused) {
        (Ok(_), None) => {}
        (Err(error), Some(part)) => {
            let told = error.to_string();
            assert!(told.starts_with("rule 1: ") && told.contains(part), "{rule}: {told}");
        }
        (made, _) => panic!("{rule}: {made:?}"),
    }
}

#[test]
fn a_condition_has_one_test_that_fits_its_field() {
    for when in [
        r#"{"field":"a.b","is":"x"}"#,
        r#"{"field":"a","is":""}"#,
        r#"{"field":"a","is_not":5}"#,
        r#"{"field":"message","contains":"x"}"#,
        r#"{"field":"message","matches":"^\\d{3} [a-z]+$"}"#,
        r#"{"field":"level","at_least":"warn"}"#,
        r#"{"field":"level","is":50}"#,
        r#"{"field":"n","less_than":-2.5}"#,
        r#"{"field":"n","exists":false}"#,
    ] {
        check_when(when, None);
    }
    check_when(r#"{"field":"a"}"#, Some("exactly one test"));
    check_when(r#"{"field":"a","is":1,"exists":true}"#, Some("exactly one test"));
    check_when(r#"{"field":"timestamp","exists":true}"#, Some("not tested"));
    check_when(r#"{"field":"","is":1}"#, Some("name of a field"));
    check_when(r#"{"field":"a..b","is":1}"#, Some("name of a field"));
    check_when(r#"{"field":"a","matches":"("}"#, Some("unclosed group"));
    check_when(r#"{"field":"a","matches":"(a{1000}){1000}"}"#, Some("too large"));
    check_when(r#"{"field":"a","matches":"(?=a)"}"#, Some("look-around"));
    check_when(r#"{"field":"a","contains":""}"#, Some("1 to 1024 bytes"));
    check_when(r#"{"field":"level","at_least":3}"#, Some("name of one"));
    check_when(r#"{"field":"level","at_least":"loud"}"#, Some("name of one"));
    check_when(r#"{"field":"n","at_least":"warn"}"#, Some("a bound is a number"));
}

#[test]
fn an_action_leaves_a_record_what_it_has_of_its_own() {
    for then in [
        r#"{"parse":{"as":"json"}}"#,
        r#"{"parse":{"field":"a","pattern":"(?<b.c>.*)","into":"x"}}"#,
        r#"{"parse":{"pattern":"(?<timestamp>\\S+) (?<level>\\S+) (?<message>.*)"}}"#,
        r#"{"rename":{"from":"a","to":"message"}}"#,
        r#"{"set":{"field":"level","value":"WARN"}}"#,
        r#"{"set":{"field":"timestamp","value":"2026-01-31T12:00:00Z"}}"#,
        r#"{"set":{"field":"a","value":""}}"#,
        r#"{"remove":{"field":"a"}}"#,
        r#"{"mask":{"pattern":"\\d+","name":"order id-2"}}"#,
        r#"{"route":{"stream":"errors"}}"#,
    ] {
        check(then, None);
    }
    check(r#"{"parse":{}}"#, Some("either `as` or `pattern`"));
    check(r#"{"parse":{"as":"json","pattern":"(?<a>.)"}}"#, Some("either `as` or `pattern`"));
    check(r#"{"parse":{"pattern":"(a)"}}"#, Some("no named group"));
    check(r#"{"parse":{"field":"level","as":"json"}}"#, Some("the level of a record is not parsed"));
    check(r#"{"parse":{"pattern":"(?<msg>.)"}}"#, Some("say `message`"));
    check(r#"{"parse":{"pattern":"(?<level>.)","into":"log"}}"#, Some("say `level`"));
    check(r#"{"rename":{"from":"message","to":"a"}}"#, Some("the message of a record is not renamed"));
    check(r#"{"rename":{"from":"a","to":"severity"}}"#, Some("say `level`"));
    check(r#"{"remove":{"field":"dt"}}"#, Some("the timestamp of a record is not removed"));
    check(r#"{"set":{"field":"@timestamp","value":1}}"#, Some("say `timestamp`"));
    check(r#"{"set":{"field":"timestamp","value":"soon"}}"#, Some("no time"));
    check(r#"{"set":{"field":"message","value":5}}"#, Some("a message is a text"));
    check(r#"{"set":{"field":"level","value":""}}"#, Some("a level is a text"));
    check(r#"{"mask":{"field":"level","pattern":"a","name":"x"}}"#, Some("the level of a record is not masked"));
    check(r#"{"mask":{"pattern":"a*","name":"x"}}"#, Some("empty text"));
    for name in ["", "a]", " a", "größe", &"x".repeat(33)] {
        check(&format!(r#"{{"mask":{{"pattern":"a","name":"{name}"}}}}"#), Some("the name of a mask"));
    }
    check(r#"{"drop":false}"#, Some("`drop` is `true`"));
    check(r#"{"route":{"stream":" "}}"#, Some("the name of a stream"));
}

#[test]
fn a_pipeline_is_bounded_and_its_rules_have_names_of_their_own() {
    let rule = |name: &str| serde_json::from_str(&format!(r#"{{"name":"{name}","then":{{"drop":true}}}}"#)).unwrap();
    let many = |count: usize| (0..count).map(|at| rule(&format!("r{at}"))).collect();
    assert!(Pipeline::new(many(limits::PIPELINE_RULES_MAX)).is_ok());
    assert_eq!(Pipeline::new(many(limits::PIPELINE_RULES_MAX + 1)), Err(PipelineError::TooMany));
    let asking = |at: usize, patterns: usize| {
        let asked = vec![r#"{"field":"a","matches":"x"}"#; patterns].join(",");
        serde_json::from_str(&format!(r#"{{"name":"r{at}","when":[{asked}],"then":{{"mask":{{"pattern":"y","name":"z"}}}}}}"#))
            .unwrap()
    };
    let with =
        |patterns: &[usize]| Pipeline::new(patterns.iter().enumerate().map(|(at, patterns)| asking(at, *patterns)).collect());
    assert_eq!(limits::PIPELINE_PATTERNS_MAX, 50);
    assert!(with(&[8, 8, 8, 8, 8, 4]).is_ok());
    assert_eq!(with(&[8, 8, 8, 8, 8, 5]), Err(PipelineError::TooManyPatterns));
    assert!(matches!(Pipeline::new(vec![rule("a"), rule("a")]), Err(PipelineError::Rule { rule: 2, .. })));
    assert!(matches!(Pipeline::new(vec![rule("")]), Err(PipelineError::Rule { rule: 1, .. })));
}

#[test]
fn patterns_that_people_write_are_within_the_limits() {
    for pattern in [
        r#"^(?<client.address>\S+) \S+ (?<user.name>\S+) \[(?<timestamp>[^\]]+)\] "(?<http.request.method>[A-Z]+) (?<url.path>[^ "]*)[^"]*" (?<http.response.status_code>\d{3}) (?<http.response.body.size>\d+|-) "(?<referer>[^"]*)" "(?<user_agent.original>[^"]*)"$"#,
        r"(?i)\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}\b",
        r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        r"^(?<a>\w+) (?<b>\w+) (?<c>\w+) (?<d>\w+) (?<e>\w+) took (?<took>\d+)ms",
    ] {
        assert!(Pattern::new(pattern).is_ok(), "{pattern}: {:?}", Pattern::new(pattern));
    }
}
