//! Clients of Elasticsearch and OpenSearch need another address and a key, nothing else: what they ask before they send is
//! answered, each document has its item, and only what cannot be stored is refused.

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};

const NDJSON: &str = "application/x-ndjson";

fn ask(client: &mut Client, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    client.send(&Request { method, path, headers, body: body.as_bytes() }).unwrap()
}

fn bulk(client: &mut Client, access: &Access, method: &str, path: &str, body: &str) -> Response {
    let authorization = format!("ApiKey {}", access.write_key);
    ask(client, method, path, &[("Authorization", &authorization), ("Content-Type", NDJSON)], body)
}

#[track_caller]
fn check_refused(response: &Response, status: u16, code: &str, kind: &str) {
    let body = response.json();
    assert_eq!((response.status, response.header("x-elastic-product")), (status, Some("Elasticsearch")), "{}", response.text());
    let said = (&body["status"], &body["code"], &body["error"]["type"], &body["error"]["root_cause"][0]["type"]);
    assert_eq!(said, (&json!(status), &json!(code), &json!(kind), &json!(kind)));
    assert_eq!(response.header("blockhouse-code"), Some(code));
    assert!(body["error"]["reason"].is_string());
}

#[test]
fn a_bulk_request_is_stored_and_answered_item_by_item() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let below = access.frames_path();
    let paths = [
        ("POST", "/_bulk".to_owned()),
        ("PUT", "/_bulk".to_owned()),
        ("PUT", "/logs-app-default/_bulk".to_owned()),
        ("POST", format!("{below}/_bulk")),
        ("PUT", format!("{below}/filebeat-8.19.0/_bulk")),
        ("POST", "/frames/_bulk".to_owned()),
    ];
    for (n, (method, path)) in paths.iter().enumerate() {
        let body = format!(
            "{{\"create\":{{\"_index\":\"any\"}}}}\n{{\"@timestamp\":\"2026-01-31T12:00:00Z\",\"message\":\"bulk {n} a\",\"n\":1}}\n\
             \n{{\"index\":{{\"_id\":\"mine\"}}}}\n{{\"message\":\"bulk {n} b\"}}\n"
        );
        let response = bulk(&mut client, &access, method, path, &body);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        assert_eq!(response.header("x-elastic-product"), Some("Elasticsearch"));
        assert_eq!(response.header("content-type"), Some("application/json"));
        let answer = response.json();
        assert_eq!((&answer["errors"], answer["items"].as_array().unwrap().len()), (&json!(false), 2), "{answer}");
        assert_eq!(
            (&answer["items"][0]["create"]["status"], &answer["items"][0]["create"]["_index"]),
            (&json!(201), &json!("any"))
        );
        assert_eq!(
            (&answer["items"][1]["index"]["result"], &answer["items"][1]["index"]["_id"]),
            (&json!("created"), &json!("mine"))
        );
        let found = access.search(&mut client, &format!("\"bulk {n}\""));
        assert_eq!(found.len(), 2, "{path}");
    }
    let found = access.search(&mut client, "\"bulk 0 a\"");
    assert_eq!((&found[0]["attributes"]["n"], &found[0]["timestamp"]), (&json!(1), &json!("2026-01-31T12:00:00Z")));
}

#[test]
fn a_document_by_itself_is_stored_and_answered() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let below = access.frames_path();
    let paths = [
        ("POST", "/shop/_doc".to_owned(), None),
        ("PUT", "/shop/_doc/a%2Fb%207".to_owned(), Some("a/b 7")),
        ("POST", "/shop/_create/8".to_owned(), Some("8")),
        ("POST", format!("{below}/shop/_doc"), None),
        ("PUT", format!("{below}/shop/_create/9"), Some("9")),
    ];
    for (n, (method, path, id)) in paths.iter().enumerate() {
        let response = bulk(&mut client, &access, method, path, &format!("{{\n  \"message\": \"single {n}\"\n}}\n"));
        let answer = response.json();
        assert_eq!((response.status, response.header("x-elastic-product")), (201, Some("Elasticsearch")), "{path}: {answer}");
        assert_eq!((&answer["_index"], &answer["result"]), (&json!("shop"), &json!("created")), "{path}");
        assert!(id.map_or(answer["_id"].is_string(), |id| answer["_id"] == id), "{answer}");
        assert_eq!(access.search(&mut client, &format!("\"single {n}\"")).len(), 1, "{path}");
    }
    for (body, code) in [("[]", "not_an_object"), ("{", "invalid_json"), ("{}{}", "invalid_json")] {
        check_refused(&bulk(&mut client, &access, "POST", "/shop/_doc", body), 400, code, "illegal_argument_exception");
    }
}

#[test]
fn what_cannot_be_stored_is_refused_alone() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let body = "{\"create\":{}}\n{\"message\":\"kept\"}\n{\"create\":{}}\n{\"message\":bad}\n{\"delete\":{\"_id\":\"1\"}}\n\
                {\"update\":{\"_id\":\"1\"}}\n{\"doc\":{}}\n{\"create\":{}}\n{\"message\":\"kept\"}\n";
    let answer = bulk(&mut client, &access, "POST", "/_bulk", body).json();
    let statuses: Vec<&Value> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item.as_object().unwrap().values().next().unwrap()["status"])
        .collect();
    assert_eq!(
        (statuses, &answer["errors"]),
        (vec![&json!(201), &json!(400), &json!(400), &json!(400), &json!(201)], &json!(true))
    );
    assert_eq!(answer["items"][1]["create"]["error"]["type"], "document_parsing_exception");
    assert_eq!(answer["items"][2]["delete"]["error"]["type"], "illegal_argument_exception");
    assert_eq!(access.search(&mut client, "kept").len(), 2);
    assert_eq!(bulk(&mut client, &access, "POST", "/_bulk", "").json()["items"], json!([]), "an empty batch is a success");
}

#[test]
fn a_refusal_is_in_the_words_of_elasticsearch() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let malformed = bulk(&mut client, &access, "POST", "/_bulk", "{\"create\":{}}\n{\"message\":\"lost\"}\nno action\n");
    check_refused(&malformed, 400, "invalid_action", "illegal_argument_exception");
    check_refused(
        &bulk(&mut client, &access, "POST", "/_bulk", "{\"create\":{}}\n"),
        400,
        "truncated_body",
        "illegal_argument_exception",
    );
    check_refused(&ask(&mut client, "POST", "/_bulk", &[], ""), 401, "key_missing", "security_exception");
    let read = format!("Bearer {}", access.read_key);
    check_refused(
        &ask(&mut client, "GET", "/_license", &[("Authorization", &read)], ""),
        403,
        "key_wrong_direction",
        "security_exception",
    );
    let elsewhere = bulk(&mut client, &access, "POST", "/sources/0000000000000000/frames/_bulk", "");
    check_refused(&elsewhere, 404, "key_wrong_source", "index_not_found_exception");
    let authorization = format!("Bearer {}", access.write_key);
    let headers = [("Authorization", authorization.as_str()), ("Content-Encoding", "br")];
    check_refused(&ask(&mut client, "POST", "/_bulk", &headers, "x"), 415, "unsupported_encoding", "media_type_header_exception");
    let large = "x".repeat(17 << 20);
    check_refused(&bulk(&mut client, &access, "POST", "/_bulk", &large), 413, "body_too_large", "content_too_long_exception");
    assert!(access.search(&mut house.client(&access), "").is_empty(), "a refused request stores nothing");
}

#[test]
fn what_clients_ask_before_they_send_is_answered() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = format!("Basic {}", basic(&access.write_key));
    let vendor = "application/vnd.elasticsearch+json; compatible-with=9";
    let below = access.frames_path();
    for base in ["", below.as_str()] {
        let mut get = |method: &str, path: &str| {
            let headers = [("Authorization", authorization.as_str()), ("Accept", vendor)];
            let body = if method == "PUT" { "{}" } else { "" };
            let response = ask(&mut client, method, &format!("{base}{path}"), &headers, body);
            assert_eq!(
                (response.status, response.header("x-elastic-product")),
                (200, Some("Elasticsearch")),
                "{method} {base}{path}"
            );
            assert_eq!(response.header("content-type"), Some("application/vnd.elasticsearch+json;compatible-with=9"));
            response.json()
        };
        let info = get("GET", "/");
        assert_eq!(info["tagline"], "You Know, for Search");
        assert!(info["version"]["number"].as_str().unwrap().starts_with("8."), "{info}");
        assert_eq!(get("GET", "/_license")["license"]["status"], "active");
        assert_eq!(get("GET", "/_xpack")["features"]["ilm"]["enabled"], false);
        assert_eq!(get("GET", "/_cluster/health")["status"], "green");
        assert_eq!(get("GET", "/_index_template/filebeat-8.19.0")["index_templates"][0]["name"], "filebeat-8.19.0");
        assert!(get("GET", "/_ilm/policy/filebeat")["filebeat"]["policy"].is_object());
        assert!(get("GET", "/_ingest/pipeline/nginx")["nginx"].is_object());
        assert_eq!(get("GET", "/_data_stream/logs-app-default")["data_streams"][0]["name"], "logs-app-default");
        for path in [
            "/_index_template/x",
            "/_component_template/x",
            "/_template/x",
            "/_ilm/policy/x",
            "/_ingest/pipeline/x",
            "/_data_stream/x",
        ] {
            assert_eq!(get("PUT", path), json!({"acknowledged": true}), "{path}");
        }
    }
    // Without a key it is what it always was.
    assert_eq!(client.get("/", "").unwrap().json()["name"], "Blockhouse");
}

#[test]
fn names_of_theirs_are_there_and_what_is_nowhere_is_refused_in_their_words() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = format!("ApiKey {}", access.write_key);
    let vendor = "application/vnd.elasticsearch+json; compatible-with=8";
    let below = access.frames_path();
    let mut ask = |method: &str, path: &str, body: &str| {
        let headers = [("Authorization", authorization.as_str()), ("Accept", vendor)];
        let response = ask(&mut client, method, path, &headers, body);
        assert_eq!(response.header("x-elastic-product"), Some("Elasticsearch"), "{method} {path}: {}", response.text());
        assert_eq!(response.header("content-type"), Some("application/vnd.elasticsearch+json;compatible-with=8"), "{path}");
        response
    };
    for base in ["", below.as_str()] {
        let mut said = |method: &str, path: &str| {
            let response = ask(method, &format!("{base}{path}"), if method == "PUT" { "{}" } else { "" });
            assert_eq!(response.status, 200, "{method} {base}{path}: {}", response.text());
            response.json()
        };
        assert_eq!(said("HEAD", "/logs-app"), Value::Null);
        // Whoever writes is told no fields.
        let described = said("GET", "/logs-app");
        assert_eq!((&described["logs"]["aliases"], &described["logs"]["mappings"]), (&json!({"logs-app": {}}), &json!({})));
        assert_eq!(said("GET", "/logs?features=_aliases"), json!({"logs": {"aliases": {}}}));
        let made = json!({"acknowledged": true, "shards_acknowledged": true, "index": "logs-app"});
        assert_eq!(said("PUT", "/logs-app"), made);
        assert_eq!(said("PUT", "/logs-app/_alias/app"), json!({"acknowledged": true}));
        assert_eq!(said("GET", "/_alias/app"), json!({"logs": {"aliases": {"app": {}}}}));
        assert_eq!(said("GET", "/_cluster/health/logs-app?wait_for_status=yellow")["status"], "green");
        for path in ["/_refresh", "/logs-app/_refresh"] {
            assert_eq!(said("POST", path)["_shards"]["failed"], 0, "{path}");
        }
        for path in ["/_nodes/http", "/_nodes/_all/http"] {
            let address = said("GET", path)["nodes"]["blockhouse"]["http"]["publish_address"].clone();
            assert_eq!(address, format!("localhost:{}", house.address().port()), "{path}");
        }
    }
    let nowhere = [
        ("GET", "/_plugins/_ism/policies/x".to_owned(), 404, "not_found"),
        ("GET", "/_cat/indices".to_owned(), 404, "not_found"),
        ("GET", "/logs-app/_settings".to_owned(), 404, "not_found"),
        ("GET", format!("{below}/_cat/indices"), 404, "not_found"),
        ("DELETE", "/logs-app".to_owned(), 405, "method_not_allowed"),
        ("DELETE", "/logs-app/_doc/1".to_owned(), 405, "method_not_allowed"),
    ];
    for (method, path, status, code) in nowhere {
        let response = ask(method, &path, "");
        let kind = if status == 404 { "resource_not_found_exception" } else { "illegal_argument_exception" };
        check_refused(&response, status, code, kind);
    }
    // Names of ours are no indexes, and what is ours is refused in our words, with or without a key.
    let mut client = house.client(&access);
    let authorization = format!("ApiKey {}", access.write_key);
    for headers in [vec![], vec![("Authorization", authorization.as_str())]] {
        for (method, path) in [("PUT", "/v1"), ("PUT", "/app"), ("PUT", "/sources"), ("GET", "/v1/_x"), ("GET", "/security/_x")] {
            let response = client.send(&Request { method, path, headers: &headers, body: b"" }).unwrap();
            let told = (response.header("x-elastic-product"), response.header("content-type"));
            assert_eq!(told, (None, Some("application/problem+json")), "{method} {path}");
            assert!(matches!(response.status, 404 | 405), "{method} {path}: {}", response.status);
        }
    }
    let nothing = client.get("/favicon.ico", "").unwrap();
    assert_eq!((nothing.status, nothing.header("content-type")), (404, Some("application/problem+json")));
    let unknown = client.get("/_cat/indices", "").unwrap();
    check_refused(&unknown, 404, "not_found", "resource_not_found_exception");
}

#[test]
fn a_repetition_is_answered_with_the_ids_of_the_first() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    bulk(&mut client, &access, "POST", "/_bulk", "{\"index\":{}}\n{\"message\":\"before\"}\n");
    let timed = |n: u8| format!("{{\"index\":{{}}}}\n{{\"@timestamp\":\"2026-01-31T12:00:00.123456Z\",\"message\":\"m{n}\"}}\n");
    let body = timed(1) + &timed(2);
    let ids = |client: &mut Client, body: &str| {
        let answer = bulk(client, &access, "POST", "/_bulk", body).json();
        let ids: Vec<Value> = answer["items"].as_array().unwrap().iter().map(|item| item["index"]["_id"].clone()).collect();
        ids
    };
    let first = ids(&mut client, &body);
    assert_eq!(first, ["2", "3"]);
    assert_eq!(ids(&mut client, &body), first);
    house.kill();
    house.start(&access);
    let mut client = house.client(&access);
    assert_eq!(ids(&mut client, &body), first);
    let one = |client: &mut Client| {
        let headers = [("Authorization", format!("ApiKey {}", access.write_key)), ("Idempotency-Key", "one".to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ask(client, "POST", "/shop/_doc", &headers, "{\"message\":\"alone\"}").json()["_id"].clone()
    };
    assert_eq!([one(&mut client), one(&mut client)], ["4", "4"]);
    assert_eq!(access.search(&mut client, "").len(), 4);
}

/// Base 64 of `elastic:KEY`.
fn basic(key: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(format!("elastic:{key}"))
}
