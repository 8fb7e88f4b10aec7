//! What Timber's own libraries, Heroku's drain and Better Stack's libraries send is taken as they send it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};

fn post(client: &mut Client, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    client.send(&Request { method: "POST", path, headers, body }).unwrap()
}

#[track_caller]
fn check_accepted(response: &Response) {
    assert_eq!((response.status, response.text().as_str()), (202, "Accepted logs"));
    assert!(response.header("x-request-id").is_some());
}

/// A message with its length before it.
pub(crate) fn framed(message: &str) -> String {
    format!("{} {message}", message.len())
}

fn drain(client: &mut Client, access: &Access, frame: &str, body: &str) -> Response {
    let authorization = format!("Bearer {}", access.write_key);
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/logplex-1"),
        ("Logplex-Frame-Id", frame),
        ("Logplex-Msg-Count", "2"),
        ("Logplex-Drain-Token", "d.00000000-0000-0000-0000-000000000000"),
    ];
    post(client, "/frames", &headers, body.as_bytes())
}

#[test]
fn a_drain_of_heroku_is_taken_once() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let messages = [
        "<40>1 2026-01-31T12:00:00+00:00 host app web.3 - drained: State changed from starting to up\n",
        "<158>1 2026-01-31T12:00:01.5+00:00 host heroku router - at=info method=GET path=\"/\" status=200\n",
    ];
    let body: String = messages.iter().map(|message| framed(message)).collect();
    for _ in 0..3 {
        check_accepted(&drain(&mut client, &access, "frame-1", &body));
    }
    let found = access.search(&mut client, "\"drained: State changed\"");
    assert_eq!(found.len(), 1, "a frame that comes again under its name is stored once");
    assert_eq!((&found[0]["timestamp"], &found[0]["level"]), (&json!("2026-01-31T12:00:00Z"), &json!("emergency")));
    let attributes = &found[0]["attributes"];
    assert_eq!(
        (&attributes["service"], &attributes["proc_id"], &attributes["host"]),
        (&json!("app"), &json!("web.3"), &json!("host"))
    );
    assert_eq!(access.search(&mut client, "proc_id:router status:200").len(), 1);
    check_accepted(&drain(&mut client, &access, "frame-2", ""));
    let refused = drain(&mut client, &access, "frame-4", "999 <13>1 cut");
    assert_eq!((refused.status, &refused.json()["code"], &refused.json()["at"]), (400, &json!("invalid_logplex"), &json!(0)));
}

#[test]
fn the_key_alone_names_the_source_at_the_root_and_at_frames() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let bearer = format!("Bearer {}", access.write_key);
    // `~` and `?` make the two alphabets differ.
    let basic = [
        STANDARD.encode(&access.write_key),
        STANDARD.encode(format!("?>~:{}", access.write_key)),
        URL_SAFE.encode(format!("?>~:{}", access.write_key)),
    ];
    let basic = basic.map(|pair| format!("Basic {pair}"));
    for (n, authorization) in basic.iter().chain([&bearer]).enumerate() {
        for path in ["/", "/frames", &access.frames_path()] {
            // {"message": "…"} as MessagePack
            let message = format!("rooted {n} at {path}");
            let mut body = vec![0x91, 0x81, 0xA7];
            body.extend_from_slice(b"message");
            body.extend_from_slice(&[0xD9, message.len() as u8]);
            body.extend_from_slice(message.as_bytes());
            check_accepted(&post(
                &mut client,
                path,
                &[("Authorization", authorization), ("Content-Type", "application/msgpack")],
                &body,
            ));
            assert_eq!(access.search(&mut client, &format!("\"{message}\"")).len(), 1);
        }
    }
}

#[test]
fn metadata_beside_a_line_is_merged_into_it() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let bearer = format!("Bearer {}", access.write_key);
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "text/plain"),
        ("Timber-Metadata-Override", r#"{"context":{"system":{"hostname":"web-1"}}}"#),
    ];
    let body = "plain line\nwith suffix @metadata {\"level\":\"warn\",\"context\":{\"user\":{\"id\":7}}}\nolder @timber.io {\"level\":\"error\"}\n";
    check_accepted(&post(&mut client, "/frames", &headers, body.as_bytes()));
    assert_eq!(access.search(&mut client, "context.system.hostname:web-1").len(), 3);
    let found = access.search(&mut client, "\"with suffix\" context.user.id:7 level:warn");
    assert_eq!((found.len(), &found[0]["message"]), (1, &json!("with suffix")));
    assert_eq!(access.search(&mut client, "older level:error").len(), 1);
}
