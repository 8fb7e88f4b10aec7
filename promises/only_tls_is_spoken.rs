//! Only TLS is spoken: plain HTTP gets a refusal that says so and nothing else, no other port is open, and a client that
//! trusts another authority does not get through.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::client::Client;
use crate::clock::eventually;
use crate::house::House;

const TWINS_GONE_WITHIN: Duration = Duration::from_secs(60);

/// What a client without TLS is answered, to its last byte.
fn plainly(house: &House, request: &str) -> String {
    let mut socket = TcpStream::connect(house.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    // The server may hang up before it has read everything.
    drop(socket.write_all(request.as_bytes()));
    let mut answer = Vec::new();
    drop(socket.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn plain_http_is_refused_and_stores_nothing() {
    let (house, access) = House::open();
    let body = r#"{"message":"sent in clear"}"#;
    let post = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        access.frames_path(),
        access.write_key,
        body.len()
    );
    for request in [post.as_str(), "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
        let answer = plainly(&house, request);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("\"plain_http\""), "{answer}");
    }
    for other in ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "hello\r\n\r\n", "<13>1 - - - - - - hello\n"] {
        assert!(!plainly(&house, other).contains("200"), "{other}");
    }
    assert!(access.search(&mut house.client(&access), "clear").is_empty());
}

#[test]
fn only_the_one_port_is_open() {
    let (house, _) = House::open();
    let only = [format!("tcp {:04X}", house.address().port())];
    // Broken twins of checks listen on loopback for as long as one look takes.
    eventually("only the one port is open", TWINS_GONE_WITHIN, || (listening(&house) == only).then_some(()));
}

/// What the server's sockets listen to, each as its table and port.
fn listening(house: &House) -> Vec<String> {
    let folder = format!("/proc/{}", house.process_id());
    let links = fs::read_dir(format!("{folder}/fd")).unwrap().filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
    let sockets: Vec<String> =
        links.filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned())).collect();
    let mut listening = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let table_text = fs::read_to_string(format!("{folder}/net/{table}")).unwrap_or_default();
        for line in table_text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let ours = fields.get(9).is_some_and(|inode| sockets.iter().any(|socket| socket == inode));
            // 0A is a listening TCP socket; a UDP socket has no such state.
            if ours && (fields[3] == "0A" || table.starts_with("udp")) {
                listening.push(format!("{table} {}", fields[1].rsplit(':').next().unwrap_or_default()));
            }
        }
    }
    listening
}

#[test]
fn another_authority_is_not_trusted() {
    let (house, access) = House::open();
    let (_other, other_access) = House::open();
    let mut stranger = Client::new(house.address(), &other_access.ca_file).unwrap();
    assert!(stranger.get("/healthz", "").is_err());
    assert_eq!(house.client(&access).get("/healthz", "").unwrap().status, 200);
}
