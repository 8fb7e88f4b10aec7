//! Every receiver there is, by the list of routes: a card that comes through it is masked, and the record is found. The same
//! for what comes over syslog, for what `send` sends, and for a file that is imported.

use std::fs;

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde_json::json;

use super::{CARD, SPACED, everything};
use crate::client::{Client, Request};
use crate::every_route_wants_its_key::routes;
use crate::house::Access;
use crate::loki_clients_push::{protobuf, snappy};
use crate::otlp_is_stored_over_http_and_grpc::{export, request, text};
use crate::person::{Person, text as told};
use crate::syslog_is_received_over_tls::{Port, counted, element};
use crate::the_commands_do_what_the_api_does::{blockhouse, send, succeed};
use crate::timbers_senders_change_nothing_but_address_and_key::framed;

/// They take something, and keep no record.
const WITHOUT_RECORDS: [&str; 7] =
    ["/ack", "_template/", "/_ilm/", "/_ingest/", "/_data_stream/", "/_index_template/", "/_alias/"];
/// So does an index, which is a name.
const INDEX: &str = "/{index}";

/// Bodies with one record each that says this, as a route takes them, with their content types.
fn bodies(path: &str, words: &str) -> Vec<(&'static str, Vec<u8>)> {
    let (record, json) = (json!({ "message": words, "pan": CARD }), "application/json");
    let packed = [b"\x81\xa7message\xd9".as_slice(), &[words.len() as u8], words.as_bytes()].concat();
    let values = json!([["1769860800000000007", words, { "pan": CARD }]]);
    let drained = framed(&format!("<40>1 2026-01-31T12:00:00+00:00 host app web.3 - {words}\n"));
    let log = json!({ "body": { "stringValue": words } });
    match path {
        "/" | "/frames" | "/sources/{source}/frames" => vec![
            (json, record.to_string().into()),
            ("application/ndjson", format!("{record}\n").into()),
            ("text/plain", words.into()),
            ("application/msgpack", packed),
            ("application/logplex-1", drained.into()),
        ],
        "/v1/logs" => vec![
            (json, json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [log] }] }] }).to_string().into()),
            ("application/x-protobuf", prost::Message::encode_to_vec(&request(vec![spoken(words)]))),
        ],
        "/loki/api/v1/push" => vec![
            (json, json!({ "streams": [{ "stream": { "pan": CARD }, "values": values }] }).to_string().into()),
            ("application/x-protobuf", snappy(&protobuf("{app=\"shop\"}", words, &[("pan", CARD)]))),
        ],
        "/api/v2/logs" | "/v1/input" => vec![(json, json!([record]).to_string().into())],
        path if path.starts_with("/services/collector/raw") => vec![(json, words.into())],
        path if path.starts_with("/services/collector") => {
            vec![(json, json!({ "event": words, "fields": { "pan": CARD } }).to_string().into())]
        }
        path if path.ends_with("/upload") => {
            vec![("application/vnd.fdo.journal", format!("MESSAGE={words}\nPAN={CARD}\n\n").into())]
        }
        path if path.ends_with("/_bulk") => vec![("application/x-ndjson", format!("{{\"create\":{{}}}}\n{record}\n").into())],
        path if path.ends_with("/_doc") || path.ends_with("/{id}") => vec![(json, record.to_string().into())],
        path => panic!("what does {path} take?"),
    }
}

fn spoken(words: &str) -> LogRecord {
    LogRecord { body: Some(text(words)), ..LogRecord::default() }
}

/// Sends to each route, in each form, and over syslog and with `send`; gives how often.
pub(crate) fn send_to_all(port: &Port, client: &mut Client) -> usize {
    let Port { house, access, .. } = port;
    let (words, mut sent) = (format!("came with {SPACED}"), 0);
    let takes_records = |path: &str| !path.ends_with(INDEX) && !WITHOUT_RECORDS.iter().any(|part| path.contains(part));
    for (method, path) in routes::that_take().filter(|(_, path)| takes_records(path)) {
        if path.ends_with("LogsService/Export") {
            export(house, access, &access.write_key, None, request(vec![spoken(&words)])).unwrap();
            sent += 1;
            continue;
        }
        for (kind, body) in bodies(path, &words) {
            let authorization = format!("Bearer {}", access.write_key);
            let headers = [("Authorization", authorization.as_str()), ("Content-Type", kind)];
            let filled = path.replace("{source}", &access.source_id).replace("{index}", "logs").replace("{id}", "7");
            let response = client.send(&Request { method, path: &filled, headers: &headers, body: &body }).unwrap();
            assert!((200..300).contains(&response.status), "{path} as {kind}: {} {}", response.status, response.text());
            sent += 1;
        }
    }
    let (element, mut sender) = (element(access), port.sender());
    sender.send(&counted(&format!("<156>1 2026-01-31T12:00:00.5Z web-1 shop 7 ID {element}[a@1 pan=\"{CARD}\"] {words}")));
    sender.send(&format!("<13>Jan 31 12:00:00 web-1 cron[9]: {element} {words}\n"));
    let file = house.data().with_file_name("lines");
    fs::write(&file, format!("{words}\n")).unwrap();
    succeed(&mut send(house, access, &file));
    // Somebody of the tenant imports the same file.
    let invitation = house.run(&["admin", "invite", "--tenant", "acme", "--email", "ada@example.com"]);
    let accept = json!({ "invitation": invitation["token"], "name": "Ada", "token": true });
    let token = told(&Person::stranger(house).does("POST", "/v1/invitations/accept", &accept)["token"]);
    succeed(&mut blockhouse(house, access, &token, &["import", "--wait", "--json", &file.to_string_lossy()]));
    sent + 4
}

/// Whose number stands in an answer.
pub(crate) fn check_absent(access: &Access, client: &mut Client) {
    let said = everything(access, client);
    for secret in [CARD, SPACED, "4929 1234"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[test]
fn a_card_is_masked_whichever_receiver_it_came_through() {
    let mut port = Port::open();
    let mut client = port.house.client(&port.access);
    let sent = send_to_all(&port, &mut client);
    assert!(sent > 30, "{sent}");
    let found = port.search(&mut client, "\"came with [masked card]\"", sent);
    assert!(found.iter().all(|record| record["message"] == "came with [masked card]"), "{found:?}");
    assert_eq!(port.access.search(&mut client, "").len(), sent);
    check_absent(&port.access, &mut client);
    assert!(port.house.stop().success());
    let log = port.house.log();
    assert!(!log.contains(CARD) && !log.contains(SPACED));
}
