//! Syslog over TLS: whatever a sender's framing and header, its messages are there, and its key is not. A sender without a key
//! that counts is hung up on.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use rustls::SupportedProtocolVersion;
use serde_json::{Value, json};

use crate::client::Client;
use crate::clock::eventually;
use crate::free_port::free_address;
use crate::house::{Access, House};
use crate::port::{Connected, Identity, SOON, connect, identity};

/// A port for syslog beside the house.
pub(crate) struct Port {
    pub(crate) house: House,
    pub(crate) access: Access,
    address: SocketAddr,
}

pub(crate) struct Sender(Connected);

// === impl Port ===

impl Port {
    pub(crate) fn open() -> Self {
        let free = free_address();
        let (house, access) = House::open_set(vec![("BLOCKHOUSE_SYSLOG_LISTEN", OsString::from(free.to_string()))]);
        Self { house, access, address: free }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn connect(&self, version: &'static SupportedProtocolVersion, identity: Option<&Identity>) -> std::io::Result<Sender> {
        connect(self.address, &self.access, version, identity).map(Sender)
    }

    pub(crate) fn sender(&self) -> Sender {
        self.connect(&rustls::version::TLS13, None).unwrap()
    }

    pub(crate) fn search(&self, client: &mut Client, query: &str, count: usize) -> Vec<Value> {
        let what = format!("{count} of {query}");
        eventually(&what, SOON, || Some(self.access.search(client, query)).filter(|found| found.len() == count))
    }
}

// === impl Sender ===

impl Sender {
    pub(crate) fn send(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).unwrap();
        self.0.flush().unwrap();
    }

    /// Whether the other side hangs up, after what was sent.
    pub(crate) fn hung_up_on(mut self) -> bool {
        !matches!(self.0.read(&mut [0; 1]), Ok(bytes) if bytes > 0)
            && !matches!(self.0.sock.peek(&mut [0; 1]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

pub(crate) fn element(access: &Access) -> String {
    format!("[authentication@51576 source_id=\"{}\" api_key=\"{}\"]", access.source_id, access.write_key)
}

pub(crate) fn counted(message: &str) -> String {
    format!("{} {message}", message.len())
}

#[test]
fn messages_are_there_and_their_key_is_not() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let element = element(&port.access);
    let now = "2026-01-31T12:00:00.5Z";
    let mut sender = port.sender();
    sender.send(&counted(&format!("<156>1 {now} web-1 shop 7 ID {element} counted one")));
    sender.send(&counted(&format!("<156>1 {now} web-1 shop 7 ID [a@1 k=\"v\"]{element} counted two\nof two lines\n")));
    sender.send(&format!("<156>1 {now} web-1 shop 7 ID {element}[a@1 k=\"v\"] ended by LF\n"));
    sender.send(&format!(
        "<156>1 {now} web-1 shop 7 ID {element} ended by CR LF\r\n<13>Jan 31 12:00:00 web-1 cron[9]: {element} ended by NUL\0"
    ));
    // In pieces, as a network delivers them.
    let message = counted(&format!("<156>1 {now} web-1 shop 7 ID {element} in pieces"));
    message.as_bytes().chunks(40).for_each(|piece| sender.send(std::str::from_utf8(piece).unwrap()));
    let found = port.search(&mut client, "host:web-1 service:shop", 5);
    assert!(
        found.iter().all(|record| record["timestamp"] == "2026-01-31T12:00:00.500Z" && record["level"] == "warn"),
        "{found:?}"
    );
    assert_eq!(port.search(&mut client, "\"of two lines\"", 1)[0]["attributes"]["structured_data"], json!({"a@1": {"k": "v"}}));
    let cron = &port.search(&mut client, "service:cron \"ended by NUL\"", 1)[0];
    assert_eq!((&cron["message"], &cron["attributes"]["proc_id"]), (&json!("ended by NUL"), &json!("9")));
    let everything = format!("{:?}", port.access.search(&mut client, ""));
    assert!(!everything.contains(&port.access.write_key) && !everything.contains("51576"), "{everything}");
    assert!(!port.house.log().contains(&port.access.write_key));
}

#[test]
fn tls_1_2_is_spoken_here_and_nowhere_else() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut sender = port.connect(version, None).unwrap();
        sender.send(&counted(&format!("<14>1 - - - - - {} spoken over tls", element(&port.access))));
        drop(sender);
    }
    port.search(&mut client, "\"spoken over tls\"", 2);
    assert!(connect(port.house.address(), &port.access, &rustls::version::TLS12, None).is_err());
    // In clear it is hung up on.
    let mut plain = TcpStream::connect(port.address).unwrap();
    plain.set_read_timeout(Some(SOON)).unwrap();
    plain.write_all(format!("<14>1 - - - - - {} sent in clear\n", element(&port.access)).as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(answer.is_empty() || answer[0] == 0x15, "{answer:?}");
    assert!(port.access.search(&mut client, "\"sent in clear\"").is_empty());
}

#[test]
fn a_sender_without_a_key_that_counts_is_hung_up_on() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let other = port.house.bootstrap("acme", "second");
    let good = element(&port.access);
    let read_key = format!("[authentication@51576 api_key=\"{}\"]", port.access.read_key);
    let elsewhere = format!("[authentication@51576 source_id=\"{}\" api_key=\"{}\"]", other.source_id, port.access.write_key);
    let cases = [
        ("key_missing", "-".to_owned()),
        ("key_malformed", "[authentication@51576 api_key=\"no\"]".to_owned()),
        ("key_wrong_direction", read_key),
        ("key_wrong_source", elsewhere),
        ("key_wrong_source", good.replace(&port.access.source_id, "no source")),
    ];
    for (n, (code, element)) in cases.iter().enumerate() {
        let before = port.house.log().matches(code).count();
        let mut sender = port.sender();
        sender.send(&format!(
            "<14>1 - - - - - {good} kept {n}\n<14>1 - - - - - {element} lost {n}\n<14>1 - - - - - {good} behind {n}\n"
        ));
        assert!(sender.hung_up_on(), "{code}");
        eventually(code, SOON, || (port.house.log().matches(code).count() > before).then_some(()));
    }
    let mut unframed = port.sender();
    unframed.send("no frame at all\n");
    assert!(unframed.hung_up_on());
    // What came before is kept; the first group of a key is stored with what follows of it.
    assert!(port.access.search(&mut client, "kept").len() == cases.len());
    assert!(port.access.search(&mut client, "lost").is_empty() && other.search(&mut client, "").is_empty());
}

#[test]
fn what_somebody_writes_into_a_text_leads_nowhere() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let other = port.house.bootstrap("acme", "second");
    let mut sender = port.sender();
    sender.send(&counted(&format!("<14>1 - - - - - {} injected {}", element(&port.access), element(&other))));
    drop(sender);
    assert_eq!(port.search(&mut client, "injected", 1)[0]["message"], "injected");
    assert!(other.search(&mut client, "").is_empty());
}

#[test]
fn a_certificate_stands_for_a_key() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let other = port.house.bootstrap("acme", "second");
    let (ours, pem) = identity();
    let (unknown, _) = identity();
    let file = port.house.data().join("sender.pem");
    fs::write(&file, pem).unwrap();
    let of = ["--tenant", "acme", "--source", "first"];
    let register = [&["admin", "register-certificate", "--certificate", file.to_str().unwrap()][..], &of].concat();
    let key = port.house.run(&register);
    let mut sender = port.connect(&rustls::version::TLS13, Some(&ours)).unwrap();
    sender.send("<14>1 - - - - - - by certificate\n<13>Jan 31 12:00:00 host app: by certificate\n");
    port.search(&mut client, "\"by certificate\"", 2);
    // A key beside it has to be of the same source.
    sender.send(&format!("<14>1 - - - - - {} both\n", element(&port.access)));
    port.search(&mut client, "both", 1);
    sender.send(&format!("<14>1 - - - - - {} astray\n", element(&other)));
    assert!(sender.hung_up_on());
    let mut stranger = port.connect(&rustls::version::TLS12, Some(&unknown)).unwrap();
    stranger.send("<14>1 - - - - - - unknown\n");
    assert!(stranger.hung_up_on());
    let mut stranger = port.connect(&rustls::version::TLS12, Some(&unknown)).unwrap();
    stranger.send(&format!("<14>1 - - - - - {} a key counts\n", element(&port.access)));
    port.search(&mut client, "\"a key counts\"", 1);
    // Ended while it is connected.
    let mut sender = port.connect(&rustls::version::TLS13, Some(&ours)).unwrap();
    sender.send("<14>1 - - - - - - before\n");
    port.search(&mut client, "before", 1);
    port.house.run(&[&["admin", "revoke-key"][..], &of, &[key["id"].as_str().unwrap()]].concat());
    sender.send("<14>1 - - - - - - afterwards\n");
    assert!(sender.hung_up_on());
    assert!(port.access.search(&mut client, "afterwards").is_empty() && other.search(&mut client, "").is_empty());
}
