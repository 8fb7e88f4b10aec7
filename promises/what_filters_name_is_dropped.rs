//! A record whose message holds the text of one of its source's filters is dropped before anything of it is kept, whatever
//! it came by, and is counted; its neighbours are there, and other sources are not touched.

use serde_json::{Value, json};

use crate::client::Client;
use crate::clock::unix_seconds;
use crate::house::{Access, House};
use crate::person::{Founded, text};

#[track_caller]
fn post(client: &mut Client, access: &Access, (path, kind, body): (&str, &str, &str)) -> Value {
    let response = client.post(path, &access.write_key, kind, body.as_bytes()).unwrap();
    assert!(response.status < 300, "{path}: {} {}", response.status, response.text());
    serde_json::from_str(&response.text()).unwrap_or_default()
}

#[test]
fn what_is_named_is_dropped_and_its_neighbours_are_kept() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let mut client = house.client(&access);
    let path = format!("/v1/sources/{}/filters", access.source_id);
    let empty = json!({ "filters": [], "dropped": 0 });
    assert_eq!(owner.reads(&path), empty);
    let other = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "other" }))["id"]);
    let filters = json!([{ "name": "health", "contains": "GET /Health" }, { "name": "debug", "contains": "cache hit" }]);
    owner.does("PUT", &path, &json!({ "filters": filters }));
    assert_eq!(owner.reads(&format!("/v1/sources/{other}/filters")), empty);

    let lines = "kept one\nget /health 200\nkept two\n";
    post(&mut client, &access, (&access.frames_path(), "text/plain", lines));
    let array = r#"[{"message":"CACHE HIT for 7"},{"message":"kept three","path":"GET /health"}]"#;
    post(&mut client, &access, (&access.frames_path(), "application/json", array));
    let bulk = "{\"create\":{}}\n{\"message\":\"cache hit\"}\n{\"create\":{}}\n{\"message\":\"kept four\"}\n";
    let answer = post(&mut client, &access, ("/_bulk", "application/x-ndjson", bulk));
    let statuses: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["create"]["status"]).collect();
    assert_eq!(statuses, [201, 201], "{answer}");
    let at = format!("{}000000000", unix_seconds());
    let loki = json!({ "streams": [{ "stream": {}, "values": [[at, "GET /health"], [at, "cache hit"]] }] }).to_string();
    post(&mut client, &access, ("/loki/api/v1/push", "application/json", &loki));

    let mut found: Vec<String> = access.search(&mut client, "").iter().map(|record| text(&record["message"])).collect();
    found.sort();
    assert_eq!(found, ["kept four", "kept one", "kept three", "kept two"]);
    assert_eq!(owner.reads(&path), json!({ "filters": filters, "dropped": 5 }));

    owner.does("PUT", &path, &json!({ "filters": [] }));
    post(&mut client, &access, (&access.frames_path(), "text/plain", lines));
    assert_eq!(access.search(&mut client, "health").len(), 1);
    let entries = owner.reads(&format!("/v1/tenants/{tenant}/audit"));
    let changes = entries["entries"].as_array().unwrap().iter().filter(|entry| entry["event"]["type"] == "filters_changed");
    let named: Vec<&Value> = changes.map(|entry| &entry["event"]["filters"]).collect();
    assert_eq!(named, [&json!([]), &json!(["health", "debug"])]);
}

#[test]
fn a_filter_that_would_drop_all_or_is_not_understood_is_refused() {
    let (house, link) = House::open_empty();
    let Founded { access, mut owner, .. } = Founded::by(&house, &link, "ada@example.com");
    let path = format!("/v1/sources/{}/filters", access.source_id);
    let one = |name: &str, contains: &str| json!({ "name": name, "contains": contains });
    let cases = [
        (json!([one("x", "")]), (422, "filter_invalid")),
        (json!([one("x", "  ")]), (422, "filter_invalid")),
        (json!([one("x", &"y".repeat(513))]), (422, "filter_invalid")),
        (json!([one("x", "y"), one("x", "z")]), (422, "filter_invalid")),
        (json!((0..51).map(|at| one(&format!("f{at}"), "y")).collect::<Vec<_>>()), (422, "filter_invalid")),
        (json!([{ "name": "x", "contain": "y" }]), (400, "invalid_json")),
    ];
    for (filters, (status, code)) in cases {
        assert_eq!(owner.refused("PUT", &path, &json!({ "filters": filters })), (status, code.to_owned()), "{filters}");
    }
    assert_eq!(owner.reads(&path), json!({ "filters": [], "dropped": 0 }));
}

#[test]
fn the_shell_sets_filters_too() {
    let (house, access) = House::open();
    let of = ["admin", "filters", "--tenant", "acme", "--source", "first"];
    let told = house.run(&[of.as_slice(), &["--add", "noise=tick = tock"]].concat());
    assert_eq!(told["filters"], json!([{ "name": "noise", "contains": "tick = tock" }]));
    access.send(&mut house.client(&access), "{\"message\":\"Tick = Tock\"}\n{\"message\":\"tick\"}\n");
    assert_eq!(access.search(&mut house.client(&access), "").len(), 1);
    let told = house.run(&[of.as_slice(), &["--remove", "noise"]].concat());
    assert_eq!(told["filters"], json!([]));
}
