//! A refusal reaches a client whose body is still on its way. Over HTTP/2 no reset behind it makes a client drop it, as curl
//! 7.88 does; over HTTP/1.1 it is there for those that read nothing before they have sent everything, as Python's do. Frames as
//! bytes (RFC 9113, section 4.1; RFC 7541, 6.2.2), for a careful client would not tell.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::clock::pause;
use crate::house::{Access, House};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn connect(house: &House, protocol: &str) -> Stream {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(house.ca_file()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let socket = TcpStream::connect(house.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let session = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    StreamOwned::new(session, socket)
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The kind, flags and stream of the next frame.
fn next(stream: &mut Stream) -> (u8, u8, u32) {
    let mut head = [0; 9];
    stream.read_exact(&mut head).expect("a frame");
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).expect("a whole frame");
    (head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]))
}

fn headers(access: &Access) -> Vec<u8> {
    let path = access.frames_path();
    let fields = [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "localhost"),
        (":path", path.as_str()),
        ("authorization", "Bearer bh_write_x"),
    ];
    let text = |text: &str| [&[text.len() as u8][..], text.as_bytes()].concat();
    fields.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

#[test]
fn the_answer_comes_and_the_stream_is_not_reset() {
    let (house, access) = House::open();
    for bytes in [2, 10_000] {
        let mut stream = connect(&house, "h2");
        let hello = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(SETTINGS, 0, 0, &[])].concat();
        stream.write_all(&[hello, frame(HEADERS, END_HEADERS, 1, &headers(&access))].concat()).unwrap();
        // The key is refused meanwhile.
        pause(150);
        // Whatever was said of the stream until then comes before the answer to the ping.
        let rest = [frame(DATA, END_STREAM, 1, &vec![b'x'; bytes]), frame(PING, 0, 0, &[0; 8])].concat();
        stream.write_all(&rest).unwrap();
        let (mut answered, mut ended, mut pinged) = (false, false, false);
        while !(ended && pinged) {
            let (kind, flags, of) = next(&mut stream);
            assert!(kind != RESET, "{bytes} bytes: the stream is reset");
            answered |= (kind, of) == (HEADERS, 1);
            ended |= of == 1 && flags & END_STREAM != 0;
            pinged |= kind == PING && flags & ACK != 0;
        }
        assert!(answered, "{bytes} bytes");
    }
}

/// The first line of the answer to whoever sends all of it and reads then.
fn status_of(house: &House, (path, content_type): (&str, &str), key: &str, bytes: usize) -> String {
    let mut stream = connect(house, "http/1.1");
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Length: {bytes}\r\n");
    stream.write_all(format!("{head}Content-Type: {content_type}\r\n\r\n").as_bytes()).unwrap();
    let piece = vec![b' '; 1 << 16];
    for at in (0..bytes).step_by(piece.len()) {
        stream.write_all(&piece[..piece.len().min(bytes - at)]).unwrap_or_else(|error| panic!("{error} after {at} bytes"));
    }
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn whoever_reads_last_is_told_all_the_same() {
    let (house, access) = House::open();
    let (ndjson, json) = ("application/ndjson", "application/json");
    for at in [(&*access.frames_path(), ndjson), ("/v1/logs", json), ("/_bulk", ndjson), ("/loki/api/v1/push", json)] {
        let (status, path) = (|key: &str, bytes| status_of(&house, at, key, bytes), at.0);
        assert_eq!(status(&access.write_key, 17_000_000), "HTTP/1.1 413 Payload Too Large", "{path}");
        assert_eq!(status("bh_write_x", 4_000_000), "HTTP/1.1 401 Unauthorized", "{path}");
    }
}

#[test]
fn nothing_is_asked_of_whoever_waits_to_be_told_to_go_on() {
    let (house, access) = House::open();
    let mut stream = connect(&house, "http/1.1");
    let head = format!("POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer bh_write_x\r\n", access.frames_path());
    stream.write_all(format!("{head}Content-Length: 4000000\r\nExpect: 100-continue\r\n\r\n").as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), "HTTP/1.1 401 Unauthorized");
}
