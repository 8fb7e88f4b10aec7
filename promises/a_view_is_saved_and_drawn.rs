//! A view is a question to one source that somebody saved for the others: it is there for whoever may read that source,
//! allows nothing, and what it draws is counted as whoever asks.

use std::process::Command;

use serde_json::{Value, json};

use crate::clock::unix_seconds;
use crate::house::House;
use crate::person::{Founded, Person, text};

fn series(source: &str, parameters: &str) -> String {
    format!("/v1/sources/{source}/series?{parameters}")
}

#[test]
fn a_view_is_seen_by_whoever_reads_its_source_and_allows_nothing() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let views = format!("/v1/tenants/{tenant}/views");
    let asked = json!({
        "name": "Slow", "source": access.source_id, "query": "status:>=500", "columns": ["status", "path"], "from": "now-1h",
        "graph": { "shape": "line", "measure": "percentile", "field": "ms", "percentile": 99 },
    });
    let saved = owner.does("POST", &views, &asked);
    let path = format!("{views}/{}", text(&saved["id"]));
    for name in ["name", "source", "query", "columns", "from"] {
        assert_eq!(saved[name], asked[name], "{name}");
    }
    assert_eq!((&saved["graph"]["percentile"], &saved["keeper"]["kind"]), (&json!(99.0), &json!("person")));
    for (change, code) in [
        (json!({ "query": "status:(" }), "query_syntax"),
        (json!({ "from": "whenever" }), "time_invalid"),
        (json!({ "graph": { "shape": "line", "measure": "avg" } }), "field_invalid"),
        (json!({ "columns": [""] }), "columns_invalid"),
        (json!({ "source": "0000000000000000" }), "source_unknown"),
        (json!({ "colour": "red" }), "invalid_json"),
    ] {
        let mut wrong = asked.clone();
        wrong.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, refused) = owner.refused("PUT", &path, &wrong);
        assert!(matches!(status, 400 | 422), "{change}: {status}");
        assert!(refused == code || change["query"].is_string(), "{change}: {refused}");
    }

    // Somebody who looks after views, and reads another source.
    let other = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "other" }))["id"]);
    let role = json!({ "name": "views", "permissions": ["views:view", "views:manage"] });
    let role = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/roles"), &role)["id"]);
    let roles = json!([{ "role": role }, { "role": "read-only", "source": other }]);
    let mut ben = Person::invited(&house, &mut owner, &tenant, "ben@example.com", &roles);
    assert_eq!(ben.reads(&views)["views"], json!([]));
    for method in ["GET", "DELETE"] {
        assert_eq!(ben.refused(method, &path, &Value::Null), (404, "not_found".to_owned()), "{method}");
    }
    let (status, code) = ben.refused("GET", &series(&access.source_id, "measure=count"), &Value::Null);
    assert!(matches!(status, 403 | 404), "{status} {code}");
    let his = json!({ "name": "His", "source": other });
    let his = text(&ben.does("POST", &views, &his)["id"]);
    assert_eq!(owner.reads(&views)["views"].as_array().unwrap().len(), 2);
    assert_eq!(owner.ask("DELETE", &format!("{views}/{his}"), &Value::Null).status, 204);
    let entries = house.run(&["audit", "entries", "--tenant", "Acme", "--event", "view_removed"]);
    assert_eq!(entries[0]["event"]["view"], json!(his));
}

#[test]
fn a_graph_says_what_the_numbers_are() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    // Two hours with known numbers: 1 to 100, and 1,000 once; a text and a null are no numbers.
    let hour = unix_seconds() / 3_600 * 3_600 - 3 * 3_600;
    let line = |at: u64, ms: Value| json!({ "timestamp": at, "message": "x", "ms": ms }).to_string() + "\n";
    let mut lines: String = (1..=100).map(|ms| line(hour + ms, json!(ms))).collect();
    lines += &(line(hour + 3_600, json!(1_000.5)) + &line(hour + 3_601, json!("n/a")) + &line(hour + 3_602, Value::Null));
    access.send(&mut house.client(&access), &lines);
    let source = &access.source_id;
    let ask = |owner: &mut Person, measure: &str| {
        let range = format!("from={hour}&to={}&buckets=2", hour + 7_200);
        owner.reads(&series(source, &format!("{range}&{measure}")))
    };
    let values = |answer: &Value| -> Vec<Value> {
        answer["points"].as_array().unwrap().iter().map(|point| point["value"].clone()).collect()
    };
    for (measure, expected, whole) in [
        ("measure=count", json!([100, 3]), json!(103)),
        ("measure=min&field=ms", json!([1.0, 1_000.5]), json!(1.0)),
        ("measure=max&field=ms", json!([100.0, 1_000.5]), json!(1_000.5)),
        ("measure=avg&field=ms", json!([50.5, 1_000.5]), json!(6_050.5 / 101.0)),
        ("measure=sum&field=ms", json!([5_050.0, 1_000.5]), json!(6_050.5)),
    ] {
        let answer = ask(&mut owner, measure);
        assert_eq!((json!(values(&answer)), &answer["value"]), (expected, &whole), "{measure}: {answer}");
        assert_eq!((&answer["count"], &answer["precision"]), (&json!(103), &json!("exact")), "{measure}");
    }
    // The whole time that was asked for has its steps, also where there is nothing; without records too.
    for (query, expected) in [("", json!([null, 50.5, 1_000.5, null])), ("nothing", json!([null, null, null, null]))] {
        let range = format!("q={query}&from={}&to={}&buckets=4", hour - 3_600, hour + 3 * 3_600);
        let answer = owner.reads(&series(source, &format!("{range}&measure=avg&field=ms")));
        assert_eq!((json!(values(&answer)), &answer["step_seconds"]), (expected, &json!(3_600.0)), "{query}: {answer}");
    }
    let answer = ask(&mut owner, "measure=percentile&field=ms&percentile=50");
    let middle = values(&answer)[0].as_f64().unwrap();
    assert!((middle - 50.5).abs() < 1.0, "{answer}");
    for (wrong, code) in [
        ("measure=median", "measure_invalid"),
        ("measure=avg", "field_invalid"),
        ("measure=percentile&field=ms", "percentile_invalid"),
        ("measure=percentile&field=ms&percentile=NaN", "percentile_invalid"),
    ] {
        assert_eq!(owner.refused("GET", &series(source, wrong), &Value::Null).1, code, "{wrong}");
    }

    // The command saves one, and asks what it asks.
    let run = |words: &[&str]| -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.args(words).env("BLOCKHOUSE_KEY", &owner.token).env("BLOCKHOUSE_CA", house.ca_file());
        command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", house.address().port()));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let total = ["--graph", "counter", "--measure", "sum", "--field", "ms"];
    let made = run(&[&["view", "save", "Total", "--source", source, "--json"][..], &total].concat());
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!(run(&["view", "run", &text(&made["id"])]).trim(), "6050.5");
    assert!(run(&["view", "list", "--tenant", &tenant]).contains("Total"));
    assert_eq!(run(&["view", "remove", &text(&made["id"])]).trim(), "forgotten");
}
