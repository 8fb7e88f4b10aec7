//! What a tenant may write.

use super::*;

const SOURCE: &str = "0123456789abcdef";

fn check(json: &str, expected: Result<(), DraftError>) {
    match (Draft::read(json.as_bytes()).map(drop), expected) {
        (Err(DraftError::Syntax(_)), Err(DraftError::Syntax(_))) => {}
        (found, expected) => assert_eq!(found, expected, "{json}"),
    }
}

fn sentence(sentence: &str, bound: &str) -> Result<(), &'static str> {
    match Draft::read(written("OWN-A", "A title", sentence, bound).as_bytes()) {
        Ok(_) => Ok(()),
        Err(DraftError::Words { code, .. }) => Err(code),
        Err(DraftError::Text(field)) => Err(field),
        Err(error) => panic!("{error}"),
    }
}

fn evidence(rest: &str) -> String {
    format!(r#"{{"kind": "evidence", "source": "{SOURCE}", "query": "a:b", {rest}}}"#)
}

fn sequence(trigger: &str, burst: u32, within: u32, answer: u32) -> String {
    format!(
        r#"{{"kind": "sequence", "source": "{SOURCE}", "trigger": "{trigger}", "burst": {burst}, "withinSeconds": {within},
            "follows": "b", "answerSeconds": {answer}, "windowMinutes": 60}}"#
    )
}

fn bound(bound: &str, expected: Result<(), DraftError>) {
    check(&written("OWN-A", "A title", "A backup is finished once a day.", bound), expected);
}

#[test]
fn a_draft_has_bounds_for_everything() {
    let number = |field| Err(DraftError::Number(field));
    bound(&evidence(r#""windowMinutes": 60, "atLeast": 1"#), Ok(()));
    bound(&evidence(r#""windowMinutes": 10080, "atLeast": 1, "atMost": 1"#), Ok(()));
    bound(&evidence(r#""windowMinutes": 59, "atLeast": 1"#), number("windowMinutes"));
    bound(&evidence(r#""windowMinutes": 10081, "atLeast": 1"#), number("windowMinutes"));
    bound(&evidence(r#""windowMinutes": 60"#), Err(DraftError::NoBound));
    bound(&evidence(r#""windowMinutes": 60, "atLeast": 2, "atMost": 1"#), Err(DraftError::NoBound));
    bound(&evidence(r#""windowMinutes": 60, "atMost": 1000000001"#), number("bound"));
    bound(&sequence("a", 5, 60, 60), Ok(()));
    bound(&sequence("a", 1, 60, 60), number("burst"));
    bound(&sequence("a", 1001, 60, 60), number("burst"));
    bound(&sequence("a", 5, 0, 60), number("withinSeconds"));
    bound(&sequence("a", 5, 60, 601), number("answerSeconds"));
    bound(&sequence("b", 5, 60, 60), Err(DraftError::SameQuery));
    bound(&sequence("", 5, 60, 60), Err(DraftError::Text("trigger")));
    bound(r#"{"kind": "probe", "host": "app.acme.com", "kinds": ["tls"]}"#, Ok(()));
    bound(r#"{"kind": "probe", "host": "app.acme.com", "kinds": []}"#, Err(DraftError::NoProbe));
    check(&" ".repeat(40_000), Err(DraftError::TooLarge));
}

#[test]
fn at_least_none_is_no_bound() {
    bound(&evidence(r#""windowMinutes": 60, "atLeast": 0"#), Err(DraftError::NoBound));
}

#[test]
fn what_is_not_known_is_refused() {
    let syntax = || Err(DraftError::Syntax(String::new()));
    bound(&evidence(r#""windowMinutes": 60, "atLeast": 1, "atLast": 1"#), syntax());
    bound(r#"{"kind": "promise"}"#, syntax());
    bound(r#"{"kind": "probe", "host": "10.0.0.1", "kinds": ["tls"]}"#, syntax());
    bound(r#"{"kind": "evidence", "source": "x", "query": "a", "windowMinutes": 60, "atLeast": 1}"#, syntax());
}

#[test]
fn an_id_begins_with_own_and_so_is_none_of_the_library() {
    let bound = evidence(r#""windowMinutes": 60, "atLeast": 1"#);
    let with = |id: &str| written(id, "A title", "A backup is finished once a day.", &bound);
    check(&with("OWN-BACKUP-2"), Ok(()));
    for id in ["TIM-TLS-1", "OWN-", "OWN-a", "OWN--A", "OWN-A-", "OWN-A.B", &format!("OWN-{}", "A".repeat(40))] {
        check(&with(id), Err(DraftError::Id));
    }
}

#[test]
fn words_that_cannot_be_kept_are_refused() {
    let bound = evidence(r#""windowMinutes": 60, "atLeast": 1"#);
    assert_eq!(sentence("A backup is finished once a day.", &bound), Ok(()));
    assert_eq!(sentence("We use military-grade encryption.", &bound), Err("lint.superlative"));
    assert_eq!(sentence("All backups are finished.", &bound), Err("lint.absolute"));
    for text in
        ["A {key_hours} hour.", "See https://acme.com.", "A <b>backup</b>.", "No full stop", " Spaces.", "Back\u{202e}up."]
    {
        assert_eq!(sentence(text, &bound), Err("sentence"), "{text}");
    }
}

#[test]
fn an_absolute_is_for_what_is_counted() {
    assert_eq!(sentence("Every burst is answered within 60 seconds.", &sequence("a", 5, 60, 60)), Ok(()));
    let bound = evidence(r#""windowMinutes": 60, "atLeast": 1"#);
    assert_eq!(sentence("Every burst is answered within 60 seconds.", &bound), Err("lint.absolute"));
}

#[test]
fn a_persons_word_is_never_taken_for_a_measurement() {
    let attested = r#"{"kind": "attested", "maxDays": 90}"#;
    let evidence = evidence(r#""windowMinutes": 60, "atLeast": 1"#);
    let with = |class, bound| written_as(class, "OWN-A", "A title", "A backup is finished once a day.", bound);
    check(&with("organisational", attested), Ok(()));
    check(&with("software", attested), Err(DraftError::Class));
    check(&with("organisational", &evidence), Err(DraftError::Class));
    check(&with("inherited", &evidence), Err(DraftError::Class));
}

#[test]
fn the_example_of_the_documentation_is_a_draft() {
    let text = include_str!("../../../../../docs/own-claims.md");
    let (_, json) = text.split_once("```json\n").unwrap();
    check(json.split_once("```").unwrap().0, Ok(()));
}
