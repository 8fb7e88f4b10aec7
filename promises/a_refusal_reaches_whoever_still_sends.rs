//! Over HTTP/2 a refusal reaches a client whose body is still on its way, and no reset behind it makes a client drop it, as
//! curl 7.88 does. Frames as bytes (RFC 9113, section 4.1; RFC 7541, 6.2.2), for a careful client would not tell.

use std::io::{Read, Write};
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

fn connect(house: &House) -> Stream {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(house.ca_file()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
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
        let mut stream = connect(&house);
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
