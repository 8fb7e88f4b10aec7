//! Fluent's forward protocol over TLS: each side shows that it holds the shared key, records of every mode are there, a chunk is
//! acknowledged once it is durable, and nobody else gets anything in.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use aws_lc_rs::digest::{SHA512, digest};
use serde_json::{Value, json};

use crate::client::Client;
use crate::clock::eventually;
use crate::free_port::free_address;
use crate::house::{Access, House};
use crate::person::{Founded, text};
use crate::port::{Connected, Identity, SOON, connect, identity};

pub(crate) const HELO_BYTES: usize = 65;
/// 2026-01-31T12:00:00.5Z as an EventTime.
pub(crate) const TIME: &[u8] = b"\xd7\x00\x69\x7d\xee\xc0\x1d\xcd\x65\x00";

/// A port for the protocol beside the house.
pub(crate) struct Port {
    pub(crate) house: House,
    pub(crate) access: Access,
    pub(crate) address: SocketAddr,
}

/// What a sender is set up with.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) username: String,
    pub(crate) key: String,
}

struct Sender(Connected);

// === impl Port ===

impl Port {
    pub(crate) fn open() -> Self {
        let (address, setting) = free();
        let (house, access) = House::open_set(vec![setting]);
        Self { house, access, address }
    }

    /// The write key of a source, and what is shared for it.
    pub(crate) fn shared(&self, source: &str) -> Shared {
        let of = ["--tenant", "acme", "--source", source];
        let keys = self.house.run(&[&["admin", "keys"][..], &of].concat());
        let key = keys.as_array().unwrap().iter().find(|key| key["kind"] == "write").unwrap();
        let shown = self.house.run(&[&["admin", "shared-key"][..], &of, &[key["id"].as_str().unwrap()]].concat());
        Shared { username: text(&shown["username"]), key: text(&shown["shared_key"]) }
    }

    fn connect(&self) -> Sender {
        Sender(connect(self.address, &self.access, &rustls::version::TLS13, None).unwrap())
    }

    fn known(&self, shared: &Shared) -> Sender {
        let mut sender = self.connect();
        sender.greets(shared).unwrap();
        sender
    }

    /// What a sender with this is told that is refused.
    pub(crate) fn refused(&self, shared: &Shared) -> String {
        self.connect().greets(shared).unwrap_err()
    }

    pub(crate) fn greets(&self, shared: &Shared) -> bool {
        self.connect().greets(shared).is_ok()
    }

    fn with_certificate(&self, identity: &Identity) -> Sender {
        Sender(connect(self.address, &self.access, &rustls::version::TLS13, Some(identity)).unwrap())
    }

    fn finds(&self, client: &mut Client, query: &str, count: usize) -> Vec<Value> {
        let what = format!("{count} of {query}");
        eventually(&what, SOON, || Some(self.access.search(client, query)).filter(|found| found.len() == count))
    }

    fn logs(&self, code: &str) {
        eventually(code, SOON, || self.house.log().contains(code).then_some(()));
    }
}

fn free() -> (SocketAddr, (&'static str, OsString)) {
    let free = free_address();
    (free, ("BLOCKHOUSE_FORWARD_LISTEN", OsString::from(free.to_string())))
}

// === impl Sender ===

impl Sender {
    /// The greeting; what the server said of a refusal.
    fn greets(&mut self, shared: &Shared) -> Result<(), String> {
        let mut helo = [0; HELO_BYTES];
        self.0.read_exact(&mut helo).unwrap();
        let at = helo.windows(7).position(|window| window == b"nonce\xc4\x10").expect("HELO has a nonce") + 7;
        let nonce = &helo[at..at + 16];
        let proof = proof(&[b"\xff\x00salt", b"web-1", nonce, shared.key.as_bytes()]);
        self.send(
            &[
                b"\x96",
                &pack("PING")[..],
                &pack("web-1"),
                b"\xc4\x06\xff\x00salt",
                &pack(&proof),
                &pack(&shared.username),
                &pack(""),
            ]
            .concat(),
        );
        let mut pong = [0; 7];
        self.0.read_exact(&mut pong).unwrap();
        assert_eq!(&pong[..6], b"\x95\xa4PONG");
        if pong[6] == 0xc2 {
            let said = self.rest();
            return Err(String::from_utf8_lossy(&said[1..said.len() - 2]).into_owned());
        }
        let mut rest = [0; 150];
        self.0.read_exact(&mut rest).unwrap();
        let (server, shown) = (&rest[2..20], &rest[22..]);
        assert_eq!(
            shown,
            self::proof(&[b"\xff\x00salt", server, nonce, shared.key.as_bytes()]).as_bytes(),
            "it shows that it is the server"
        );
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
        self.0.flush().unwrap();
    }

    fn is_answered(&mut self, expected: &[u8]) {
        let mut answer = vec![0; expected.len()];
        self.0.read_exact(&mut answer).unwrap();
        assert_eq!(answer, expected);
    }

    /// Whatever comes until the other side hangs up, which it has to.
    fn rest(&mut self) -> Vec<u8> {
        let (mut read, mut some) = (Vec::new(), [0; 256]);
        loop {
            match self.0.read(&mut some) {
                Ok(0) => return read,
                Ok(bytes) => read.extend_from_slice(&some[..bytes]),
                Err(error) => {
                    assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "nobody hung up");
                    return read;
                }
            }
        }
    }
}

pub(crate) fn proof(parts: &[&[u8]]) -> String {
    digest(&SHA512, &parts.concat()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text in MessagePack.
fn pack(text: &str) -> Vec<u8> {
    [&[0xd9, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

fn binary(bytes: &[u8]) -> Vec<u8> {
    [&[0xc5], &u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

fn record(message: &str) -> Vec<u8> {
    [b"\x81\xa7message", &pack(message)[..]].concat()
}

fn entry(message: &str) -> Vec<u8> {
    [b"\x92", TIME, &record(message)].concat()
}

/// A message in Message mode, with a chunk to acknowledge or without.
fn message(said: &str, chunk: Option<&str>) -> Vec<u8> {
    let options = chunk.map_or(vec![0x80], |chunk| [b"\x81\xa5chunk", &pack(chunk)[..]].concat());
    [b"\x94\xa3app", TIME, &record(said), &options].concat()
}

fn ack(chunk: &str) -> Vec<u8> {
    [b"\x81\xa3ack", &pack(chunk)[..]].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn records_of_every_mode_are_there() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let shared = port.shared("first");
    let mut sender = port.known(&shared);
    let packed = [entry("packed one"), entry("packed two")].concat();
    let zipped = [gzip(&entry("zipped one")), gzip(&entry("zipped two"))].concat();
    let stream = [
        message("as a message", None),
        [b"\x92\xa3app\x92", &entry("forward one")[..], &entry("forward two")].concat(),
        [b"\x93\xa3app", &binary(&packed)[..], b"\x81\xa4size\x02"].concat(),
        [b"\x93\xa3app", &binary(&zipped)[..], b"\x82\xaacompressed\xa4gzip\xa5chunk\xa1z"].concat(),
    ]
    .concat();
    // In pieces, as a network delivers them.
    stream.chunks(31).for_each(|piece| sender.send(piece));
    sender.is_answered(b"\x81\xa3ack\xa1z");
    let found = port.finds(&mut client, "", 7);
    assert!(found.iter().all(|found| found["timestamp"] == "2026-01-31T12:00:00.500Z"), "{found:?}");
    assert!(found.iter().all(|found| found["attributes"]["tag"] == "app"), "{found:?}");
    let said = format!("{found:?}{}", port.house.log());
    assert!(!said.contains(&shared.key) && !said.contains("bh_forward"), "{said}");
}

#[test]
fn whoever_does_not_hold_the_shared_key_gets_nothing_in() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    port.house.bootstrap("acme", "second");
    let (first, second) = (port.shared("first"), port.shared("second"));
    for wrong in [
        Shared { key: "guessed".to_owned(), ..first.clone() },
        Shared { key: String::new(), ..first.clone() },
        Shared { key: second.key.clone(), ..first.clone() },
        Shared { key: port.access.write_key.clone(), ..first.clone() },
        Shared { username: second.username.clone(), ..first.clone() },
        Shared { username: "0000000000000000".to_owned(), ..first.clone() },
        Shared { username: String::new(), ..first.clone() },
    ] {
        let mut sender = port.connect();
        assert_eq!(sender.greets(&wrong).unwrap_err(), "key_unknown", "{wrong:?}");
    }
    // Without an answer to the greeting, records are none.
    let mut hasty = port.connect();
    hasty.send(&message("hasty", Some("a")));
    assert_eq!(hasty.rest().len(), HELO_BYTES);
    port.logs("forward_invalid");
    let mut silent = port.connect();
    assert_eq!(silent.rest().len(), HELO_BYTES, "it is not waited for without end");
    port.logs("forward_greeting_late");
    port.known(&first).send(&message("known", None));
    assert_eq!(port.finds(&mut client, "", 1)[0]["message"], "known");
}

#[test]
fn a_key_that_ends_ends_its_open_connections() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let shared = port.shared("first");
    let mut sender = port.known(&shared);
    sender.send(&message("before", Some("a")));
    sender.is_answered(&ack("a"));
    port.house.run(&["admin", "revoke-key", "--tenant", "acme", "--source", "first", &shared.username]);
    sender.send(&message("afterwards", Some("b")));
    assert!(sender.rest().is_empty());
    assert_eq!(port.connect().greets(&shared).unwrap_err(), "key_revoked", "whoever holds it is told");
    assert_eq!(port.finds(&mut client, "", 1)[0]["message"], "before");
    let (status, _) = port.house.answer(&["admin", "keys", "--tenant", "acme", "--source", "first"]);
    assert_eq!(status, Some(0));
}

#[test]
fn what_was_acknowledged_outlives_a_kill_and_is_there_once() {
    let mut port = Port::open();
    let shared = port.shared("first");
    for round in 0..5 {
        let chunk = format!("chunk {round}");
        let mut sender = port.known(&shared);
        sender.send(&message(&format!("said {round}"), Some(&chunk)));
        sender.is_answered(&ack(&chunk));
        port.house.kill();
        port.house.start(&port.access);
        // The answer was lost, so it is sent again.
        let mut again = port.known(&shared);
        again.send(&message(&format!("said {round}"), Some(&chunk)));
        again.is_answered(&ack(&chunk));
    }
    let mut client = port.house.client(&port.access);
    port.finds(&mut client, "said", 5);
    let mut sender = port.known(&shared);
    sender.send(&message("said anew", Some("chunk 9")));
    sender.is_answered(&ack("chunk 9"));
    port.finds(&mut client, "said", 6);
}

#[test]
fn tls_1_3_is_spoken_and_nothing_else() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    assert!(connect(port.address, &port.access, &rustls::version::TLS12, None).is_err());
    let mut plain = TcpStream::connect(port.address).unwrap();
    plain.set_read_timeout(Some(SOON)).unwrap();
    plain.write_all(&message("in clear", None)).unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(answer.is_empty() || answer[0] == 0x15, "{answer:?}");
    assert!(port.access.search(&mut client, "").is_empty());
}

#[test]
fn what_is_too_large_or_no_message_is_hung_up_on() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let shared = port.shared("first");
    let mut stranger = port.connect();
    stranger.send(b"\xc6\xff\xff\xff\xff");
    assert_eq!(stranger.rest().len(), HELO_BYTES);
    let bomb = gzip(&vec![0; 8 << 20]);
    let cases = [
        ("forward_message_too_large", b"\xdd\xff\xff\xff\xff".to_vec()),
        ("forward_message_too_large", [b"\x93\xa3app\xc6", &[0x7f; 4][..]].concat()),
        ("invalid_msgpack", b"\x93\xa3app\xc1".to_vec()),
        ("forward_invalid", b"\x81\xa1a\x01".to_vec()),
        ("decompression_bomb", [b"\x93\xa3app", &binary(&bomb)[..], b"\x81\xaacompressed\xa4gzip"].concat()),
        ("too_deep", [b"\x93\xa3app\x00\x81\xa1a", &[0x91; 70][..], b"\xc0"].concat()),
    ];
    for (n, (code, bytes)) in cases.iter().enumerate() {
        let mut sender = port.known(&shared);
        sender.send(&[message(&format!("kept {n}"), Some("a")), bytes.clone(), message("behind", Some("b"))].concat());
        assert_eq!(sender.rest(), ack("a"), "{code}: what comes before is stored, and nothing behind");
        port.logs(code);
    }
    // One chunk's name, so each is there for its first message alone.
    assert!(port.access.search(&mut client, "behind").is_empty());
    assert_eq!(port.access.search(&mut client, "").len(), 1);
}

#[test]
fn a_certificate_stands_for_the_shared_key() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let ((ours, pem), (unknown, _)) = (identity(), identity());
    let file = port.house.data().join("sender.pem");
    fs::write(&file, pem).unwrap();
    let of = ["--tenant", "acme", "--source", "first"];
    let register = [&["admin", "register-certificate", "--certificate", file.to_str().unwrap()][..], &of].concat();
    let key = port.house.run(&register);
    let mut sender = port.with_certificate(&ours);
    sender.send(&message("by certificate", Some("a")));
    sender.is_answered(&ack("a"));
    port.finds(&mut client, "\"by certificate\"", 1);
    // One that is of no source says nothing, and its sender is greeted.
    let mut stranger = port.with_certificate(&unknown);
    stranger.greets(&port.shared("first")).unwrap();
    port.house.run(&[&["admin", "revoke-key"][..], &of, &[key["id"].as_str().unwrap()]].concat());
    sender.send(&message("afterwards", Some("b")));
    assert!(sender.rest().is_empty());
    assert!(port.access.search(&mut client, "afterwards").is_empty());
}

#[test]
fn whoever_may_make_keys_sees_the_shared_key_and_what_is_refused() {
    let (address, setting) = free();
    let (house, link) = House::open_empty_set(vec![setting]);
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let keys = format!("/v1/sources/{}/keys", access.source_id);
    let made = |owner: &mut crate::person::Person, kind| {
        let made = owner.does("POST", &keys, &json!({ "kind": kind, "name": "a sender" }));
        (text(&made["id"]), text(&made["key"]))
    };
    let (write, plain) = made(&mut owner, "write");
    let shown = owner.does("POST", &format!("{keys}/{write}/shared-key"), &Value::Null);
    let shared = Shared { username: text(&shown["username"]), key: text(&shown["shared_key"]) };
    assert_eq!(shared.username, write);
    let (read, _) = made(&mut owner, "read");
    let refused =
        |owner: &mut crate::person::Person, key: &str| owner.refused("POST", &format!("{keys}/{key}/shared-key"), &Value::Null);
    assert_eq!(refused(&mut owner, &read), (409, "key_not_for_writing".to_owned()));
    assert_eq!(refused(&mut owner, "0000000000000000"), (404, "not_found".to_owned()));
    let mut client = house.client(&access);
    for key in [&plain, &access.read_key] {
        assert!(client.post(&format!("{keys}/{write}/shared-key"), key, "application/json", b"").unwrap().status >= 400);
    }
    let told = owner.reads(&format!("/v1/tenants/{tenant}/audit?event=shared_key_shown"));
    assert!(told.to_string().contains(&write) && !told.to_string().contains(&shared.key), "{told}");

    let door = format!("/v1/sources/{}/refusals", access.source_id);
    owner.reads(&door);
    let connected = || Sender(connect(address, &access, &rustls::version::TLS13, None).unwrap());
    assert!(connected().greets(&Shared { key: "guessed".to_owned(), ..shared.clone() }).is_err());
    let mut sender = connected();
    sender.greets(&shared).unwrap();
    sender.send(b"\x01");
    assert!(sender.rest().is_empty());
    let looked =
        eventually("both are shown", SOON, || Some(owner.reads(&door)).filter(|looked| looked["refusals"][1].is_object()));
    assert_eq!(
        (&looked["refusals"][0]["code"], &looked["refusals"][1]["code"]),
        (&json!("forward_invalid"), &json!("key_unknown"))
    );
    assert!(text(&looked["refusals"][1]["key"]).contains(&write) && !looked.to_string().contains(&shared.key), "{looked}");
    owner.does("DELETE", &format!("{keys}/{write}"), &Value::Null);
    assert_eq!(refused(&mut owner, &write), (409, "key_ended".to_owned()));
}
