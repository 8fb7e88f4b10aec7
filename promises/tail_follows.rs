//! A tail gets what matches, a moment after it was taken, and goes on from where it was left.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::client::Client;
use crate::house::{Access, House};

/// The lines of a stream as they come; their end is the channel's.
fn follow(client: &Client, access: &Access, query: &str, last_event: Option<&str>) -> Receiver<String> {
    let authorization = format!("Bearer {}", access.read_key);
    let mut headers = vec![("Authorization", authorization.as_str()), ("Accept", "text/event-stream")];
    headers.extend(last_event.map(|id| ("Last-Event-ID", id)));
    let (response, lines) = client.follow(&access.tail_path(query), &headers).unwrap();
    assert_eq!(response.status, 200);
    assert!(response.header("content-type").is_some_and(|t| t.starts_with("text/event-stream")), "{:?}", response.headers);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || lines.map(|line| sender.send(line)).all(|sent| sent.is_ok()));
    receiver
}

/// Reads on until a data line holds `marker`; the newest event id by then, and every data line.
#[track_caller]
fn until(lines: &Receiver<String>, marker: &str) -> (Option<String>, Vec<String>) {
    let (mut id, mut data, mut seen) = (None, Vec::new(), false);
    loop {
        let line = lines.recv_timeout(Duration::from_secs(10)).unwrap_or_else(|e| panic!("no {marker}: {e}, {data:?}"));
        if let Some(text) = line.strip_prefix("id:") {
            id = Some(text.trim().to_owned());
        } else if let Some(text) = line.strip_prefix("data:") {
            seen |= text.contains(marker);
            data.push(text.to_owned());
        } else if line.is_empty() && seen {
            return (id, data);
        }
    }
}

#[test]
fn tail_follows() {
    let (house, access) = House::open();
    let other = house.bootstrap("globex", "first");
    let mut client = house.client(&access);
    access.send(&mut client, r#"{"message":"marker-before","service":"api"}"#);
    let lines = follow(&client, &access, "service:api", None);
    other.send(&mut client, r#"{"message":"marker-theirs","service":"api"}"#);
    access.send(&mut client, r#"{"message":"marker-unmatched","service":"web"}"#);
    access.send(&mut client, r#"{"message":"marker-one","service":"api"}"#);
    let (id, data) = until(&lines, "marker-one");
    let all = data.join("\n");
    assert!(!all.contains("marker-theirs") && !all.contains("marker-unmatched"), "{all}");
    let id = id.expect("an event has an id to go on from");
    drop(lines);

    access.send(&mut client, r#"{"message":"marker-two","service":"api"}"#);
    let lines = follow(&client, &access, "service:api", Some(&id));
    let (_, data) = until(&lines, "marker-two");
    assert!(!data.join("\n").contains("marker-one"), "{data:?}");
}
