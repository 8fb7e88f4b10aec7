//! Whatever was acknowledged is found after `kill -9`, exactly once, however often and whenever the server was killed.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::client::Client;
use crate::clock::pause;
use crate::house::{Access, House};

const ROUNDS: u64 = 50;
const SENDERS: u64 = 3;

/// The markers of records, by what their sender was told.
#[derive(Debug, Default)]
struct Told {
    acknowledged: HashSet<String>,
    /// Sent, but the answer never came.
    in_doubt: HashSet<String>,
}

#[test]
fn an_acknowledged_line_survives_kill() {
    let (mut house, access) = House::open();
    let mut told = Told::default();
    for round in 0..ROUNDS {
        if round > 0 {
            house.start(&access);
        }
        told.extend(send_until_killed(&mut house, &access, round));
        if round % 10 == 9 {
            house.start(&access);
            check_found(&house, &access, &told);
            house.kill();
        }
    }
    assert!(told.acknowledged.len() as u64 > ROUNDS * SENDERS, "only {} records were taken at all", told.acknowledged.len());
}

fn send_until_killed(house: &mut House, access: &Access, round: u64) -> Told {
    let stopped = AtomicBool::new(false);
    let first = house.client(access);
    thread::scope(|scope| {
        let spawn = |sender| {
            let client = first.sibling();
            let stopped = &stopped;
            scope.spawn(move || send(client, access, &format!("r{round}s{sender}"), stopped))
        };
        let senders: Vec<_> = (0..SENDERS).map(spawn).collect();
        // Anywhere from the first request to well into a flush.
        pause(10 + (round * 37) % 170);
        house.kill();
        stopped.store(true, Ordering::Relaxed);
        let mut told = Told::default();
        for sender in senders {
            told.extend(sender.join().expect("a sender panicked"));
        }
        told
    })
}

fn send(mut client: Client, access: &Access, name: &str, stopped: &AtomicBool) -> Told {
    let mut told = Told::default();
    for batch in 0_usize.. {
        if stopped.load(Ordering::Relaxed) {
            break;
        }
        let markers: Vec<String> = (0..=batch % 7).map(|i| format!("{name}b{batch}i{i}")).collect();
        let lines: Vec<String> = markers.iter().map(|marker| line(marker)).collect();
        match client.post(&access.frames_path(), &access.write_key, "application/ndjson", lines.join("\n").as_bytes()) {
            Ok(response) if response.status == 202 => told.acknowledged.extend(markers),
            Ok(response) if response.status == 503 => {}
            Ok(response) => panic!("{}: {}", response.status, response.text()),
            Err(_) => {
                told.in_doubt.extend(markers);
                break;
            }
        }
    }
    told
}

fn line(marker: &str) -> String {
    json!({ "level": "info", "message": "work goes on", "marker": marker, "padding": "x".repeat(marker.len() * 20) }).to_string()
}

fn check_found(house: &House, access: &Access, told: &Told) {
    let mut found: HashMap<String, u32> = HashMap::new();
    for record in access.search(&mut house.client(access), "work") {
        let marker = record["attributes"]["marker"].as_str().unwrap_or_else(|| panic!("a record of nobody: {record}"));
        *found.entry(marker.to_owned()).or_default() += 1;
    }
    let lost: Vec<_> = told.acknowledged.iter().filter(|marker| !found.contains_key(*marker)).take(5).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}\n{}", house.log());
    let twice: Vec<_> = found.iter().filter(|(_, times)| **times > 1).take(5).collect();
    assert!(twice.is_empty(), "found more than once: {twice:?}");
    let nobodys: Vec<_> =
        found.keys().filter(|marker| !told.acknowledged.contains(*marker) && !told.in_doubt.contains(*marker)).collect();
    assert!(nobodys.is_empty(), "never sent, or refused: {nobodys:?}");
    let sql = access.sql(&mut house.client(access), "select count(*), count(distinct marker) from logs").json();
    assert_eq!(sql["rows"], Value::from(vec![Value::from(vec![found.len(), found.len()])]), "SQL sees the same");
}

// === impl Told ===

impl Told {
    fn extend(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.in_doubt.extend(other.in_doubt);
    }
}
