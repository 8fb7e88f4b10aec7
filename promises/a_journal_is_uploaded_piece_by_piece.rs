//! A journal of systemd is uploaded however long it is, and an entry that is too large holds up nothing.

use serde_json::json;

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};

fn upload(client: &mut Client, access: &Access, path: &str, body: &[u8]) -> Response {
    let authorization = format!("Bearer {}", access.write_key);
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/vnd.fdo.journal")];
    client.send(&Request { method: "POST", path, headers: &headers, body }).unwrap()
}

fn binary(name: &str, value: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\n", &(value.len() as u64).to_le_bytes(), value, b"\n"].concat()
}

#[test]
fn entries_become_records() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let body = |micros: u64| {
        let entry = format!(
            "__CURSOR=s=1\n__REALTIME_TIMESTAMP={micros}\nPRIORITY=3\n_HOSTNAME=web-1\nSYSLOG_IDENTIFIER=sshd\n_PID=7\n\
            _SYSTEMD_UNIT=ssh.service\n"
        );
        [entry.as_bytes(), &binary("MESSAGE", b"two\nlines uploaded"), b"\n"].concat()
    };
    let below = format!("{}/upload", access.frames_path());
    // What was uploaded before is known by its entries.
    for (path, micros) in [("/upload", 1_769_860_800_123_456), (&below, 1_769_860_800_123_455), (&below, 1_769_860_800_123_456)] {
        let response = upload(&mut client, &access, path, &body(micros));
        assert_eq!((response.status, response.text().as_str()), (202, "OK.\n"));
    }
    let found = access.search(&mut client, "host:web-1 service:sshd level:error _SYSTEMD_UNIT:ssh.service");
    assert_eq!(found.len(), 2);
    assert_eq!(
        (&found[0]["timestamp"], &found[0]["message"]),
        (&json!("2026-01-31T12:00:00.123456Z"), &json!("two\nlines uploaded"))
    );
    assert!(found[0]["attributes"]["__CURSOR"].is_null());
    assert_eq!(upload(&mut client, &access, "/upload", b"").status, 202);
}

#[test]
fn a_journal_longer_than_any_body_is_taken_and_a_core_dump_holds_up_nothing() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let noise = "x".repeat(10_000);
    let mut body = Vec::new();
    for n in 0..2_000 {
        body.extend_from_slice(
            format!("__REALTIME_TIMESTAMP=1769860800{n:06}\nMESSAGE=long journal\nN={n}\nNOISE={noise}\n\n").as_bytes(),
        );
        if n == 1_000 {
            body.extend_from_slice(&[binary("COREDUMP", &vec![0; 20 << 20]), b"MESSAGE=core\n\n".to_vec()].concat());
        }
    }
    let response = upload(&mut client, &access, "/upload", &body);
    assert_eq!(response.status, 202, "{}", response.text());
    let found = access.sql(&mut client, "select count(*) as n from logs where message = 'long journal'").json();
    assert!(found.to_string().contains("2000"), "{found}");
    assert!(access.search(&mut client, "core").is_empty() && house.is_running());
}

#[test]
fn what_is_no_export_is_refused_with_its_place() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let response = upload(&mut client, &access, "/upload", b"MESSAGE=kept only if it was a whole piece\n\n{\"message\":1}\n");
    let problem = response.json();
    assert_eq!((response.status, &problem["code"], &problem["at"]), (400, &json!("invalid_journal"), &json!(43)));
    let response = upload(&mut client, &access, "/upload", b"MESSAGE=cut");
    assert_eq!((response.status, &response.json()["code"]), (400, &json!("truncated_body")));
}
