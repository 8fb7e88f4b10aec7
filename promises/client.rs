//! A small blocking HTTP/1.1 client over TLS, for whatever looks at the product from outside.
//!
//! Always holds: the server's certificate is verified against one CA file, and a request is sent at most once, so that
//! a sender knows which of its records can be there. Knows no redirect, cookie, proxy or compression.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const SILENCE_MAX: Duration = Duration::from_secs(120);

type Connection = BufReader<StreamOwned<ClientConnection, TcpStream>>;

/// Speaks to one server; keeps its connection between requests.
pub(crate) struct Client {
    address: SocketAddr,
    config: Arc<ClientConfig>,
    connection: Option<Connection>,
    witness: Option<Witness>,
    dial: Option<Dial>,
}

/// Connects to the server.
pub(crate) type Dial = Arc<dyn Fn() -> io::Result<TcpStream> + Send + Sync>;

/// Sees each request with its answer.
pub(crate) type Witness = fn(&Request<'_>, &Response);

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A response whose body is read line by line while it arrives.
pub(crate) struct Lines {
    connection: Connection,
    chunk: Vec<u8>,
    ended: bool,
}

/// The texts that a server sends over a WebSocket (RFC 6455), and what it says when it closes it.
pub(crate) struct Texts(Connection);

/// What to ask for; `headers` beside Host and Content-Length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

enum Framing {
    Length(usize),
    Chunked,
    UntilClosed,
}

// === impl Client ===

impl Client {
    pub(crate) fn new(address: SocketAddr, ca_file: &Path) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&fs::read(ca_file)?) {
            roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = versions.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { address, config: Arc::new(config), connection: None, witness: None, dial: None })
    }

    /// Connects in a way of its own.
    pub(crate) fn dialling(self, dial: Dial) -> Self {
        Self { dial: Some(dial), ..self }
    }

    /// Speaks through this socket for as long as the server keeps it.
    pub(crate) fn through(mut self, socket: TcpStream) -> io::Result<Self> {
        self.connection = Some(self.greet(socket)?);
        Ok(self)
    }

    pub(crate) fn witnessed(self, witness: Witness) -> Self {
        Self { witness: Some(witness), ..self }
    }

    /// Another client of the same server, with a connection of its own.
    pub(crate) fn sibling(&self) -> Self {
        let (config, dial) = (Arc::clone(&self.config), self.dial.clone());
        Self { address: self.address, config, connection: None, witness: self.witness, dial }
    }

    /// Without a key where it is empty.
    pub(crate) fn get(&mut self, path: &str, key: &str) -> io::Result<Response> {
        let authorization = format!("Bearer {key}");
        let headers: &[(&str, &str)] = if key.is_empty() { &[] } else { &[("Authorization", &authorization)] };
        self.send(&Request { method: "GET", path, headers, body: b"" })
    }

    pub(crate) fn post(&mut self, path: &str, key: &str, content_type: &str, body: &[u8]) -> io::Result<Response> {
        let authorization = format!("Bearer {key}");
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", content_type)];
        self.send(&Request { method: "POST", path, headers: &headers, body })
    }

    /// After an error it is unknown whether the server acted on the request.
    #[track_caller]
    pub(crate) fn send(&mut self, request: &Request<'_>) -> io::Result<Response> {
        let response = self.exchange(request)?;
        if let Some(witness) = self.witness {
            witness(request, &response);
        }
        Ok(response)
    }

    fn exchange(&mut self, request: &Request<'_>) -> io::Result<Response> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        if let Err(error) = write_request(&mut connection, self.address, request) {
            // A server that refuses a large body answers before it has read all of it, and hangs up: its word counts.
            let said = what_was_said(&mut connection);
            return read_response(&mut said.as_slice()).map_err(|_| error);
        }
        // An answer to HEAD has the length of what GET would bring, and no body.
        let response = match request.method {
            "HEAD" => read_head(&mut connection).map(|(status, headers)| Response { status, headers, body: Vec::new() })?,
            _ => read_response(&mut connection)?,
        };
        if response.header("connection") != Some("close") && response.header("content-length").is_some() {
            self.connection = Some(connection);
        }
        Ok(response)
    }

    /// For a stream that goes on: server-sent events. The response's body is empty; it comes as lines.
    pub(crate) fn follow(&self, path: &str, headers: &[(&str, &str)]) -> io::Result<(Response, Lines)> {
        let mut connection = self.connect()?;
        write_request(&mut connection, self.address, &Request { method: "GET", path, headers, body: b"" })?;
        let (status, headers) = read_head(&mut connection)?;
        let ended = !matches!(framing(status, &headers), Framing::Chunked);
        Ok((Response { status, headers, body: Vec::new() }, Lines { connection, chunk: Vec::new(), ended }))
    }

    /// Asks for a WebSocket; its texts come one by one.
    pub(crate) fn upgrade(&self, path: &str, headers: &[(&str, &str)]) -> io::Result<(Response, Texts)> {
        let upgrade = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let mut connection = self.connect()?;
        let headers = [&upgrade, headers].concat();
        write_request(&mut connection, self.address, &Request { method: "GET", path, headers: &headers, body: b"" })?;
        let (status, headers) = read_head(&mut connection)?;
        let body = if status == 101 { Vec::new() } else { read_body(&mut connection, &framing(status, &headers))? };
        Ok((Response { status, headers, body }, Texts(connection)))
    }

    fn connect(&self) -> io::Result<Connection> {
        self.greet(match &self.dial {
            Some(dial) => dial()?,
            None => TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?,
        })
    }

    /// Over TLS, before a word is said.
    pub(crate) fn greet(&self, socket: TcpStream) -> io::Result<Connection> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(SILENCE_MAX))?;
        socket.set_write_timeout(Some(SILENCE_MAX))?;
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        Ok(BufReader::with_capacity(64 << 10, StreamOwned::new(session, socket)))
    }
}

// === impl Response ===

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|(n, value)| n.eq_ignore_ascii_case(name).then_some(value.as_str()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

// === impl Lines ===

/// Ends when the server ends the stream or falls silent for long.
impl Iterator for Lines {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.chunk.iter().position(|&b| b == b'\n') {
                let line: Vec<u8> = self.chunk.drain(..=end).collect();
                return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.ended {
                return None;
            }
            match read_chunk(&mut self.connection) {
                Ok(chunk) if !chunk.is_empty() => self.chunk.extend(chunk),
                Ok(_) | Err(_) => self.ended = true,
            }
        }
    }
}

// === impl Texts ===

/// Ends with the server's close, whose reason comes last.
impl Iterator for Texts {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            let mut head = [0; 2];
            self.0.read_exact(&mut head).ok()?;
            let length = match head[1] {
                126 => {
                    let mut length = [0; 2];
                    self.0.read_exact(&mut length).ok()?;
                    u64::from(u16::from_be_bytes(length))
                }
                127 => {
                    let mut length = [0; 8];
                    self.0.read_exact(&mut length).ok()?;
                    u64::from_be_bytes(length)
                }
                length => u64::from(length),
            };
            let mut payload = vec![0; usize::try_from(length).ok()?];
            self.0.read_exact(&mut payload).ok()?;
            match head[0] & 0x0F {
                1 => return Some(String::from_utf8_lossy(&payload).into_owned()),
                8 => return Some(String::from_utf8_lossy(payload.get(2..).unwrap_or_default()).into_owned()),
                _ => {}
            }
        }
    }
}

fn write_request(connection: &mut Connection, address: SocketAddr, request: &Request<'_>) -> io::Result<()> {
    let mut head = format!("{} {} HTTP/1.1\r\nHost: localhost:{}\r\n", request.method, request.path, address.port());
    for (name, value) in request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if request.method != "GET" {
        head += &format!("Content-Length: {}\r\n", request.body.len());
    }
    head += "\r\n";
    // In one piece as far as one TLS record goes: a body that trails its head would wait for an acknowledgement.
    let (first, rest) = request.body.split_at(request.body.len().min(8 << 10));
    let stream = connection.get_mut();
    stream.write_all(&[head.as_bytes(), first].concat())?;
    stream.write_all(rest)?;
    stream.flush()
}

/// Whatever arrived before the other side hung up; an ordinary read would try to send the rest of the request first.
fn what_was_said(connection: &mut Connection) -> Vec<u8> {
    let mut said = connection.buffer().to_vec();
    let stream = connection.get_mut();
    while stream.conn.read_tls(&mut stream.sock).is_ok_and(|bytes| bytes > 0) {
        let Ok(state) = stream.conn.process_new_packets() else { break };
        let from = said.len();
        said.resize(from + state.plaintext_bytes_to_read(), 0);
        if stream.conn.reader().read_exact(&mut said[from..]).is_err() {
            break;
        }
    }
    said
}

pub(crate) fn read_response(connection: &mut impl BufRead) -> io::Result<Response> {
    let (status, headers) = read_head(connection)?;
    let body = read_body(connection, &framing(status, &headers))?;
    Ok(Response { status, headers, body })
}

fn read_head(connection: &mut impl BufRead) -> io::Result<(u16, Vec<(String, String)>)> {
    loop {
        let status_line = read_line(connection)?;
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status: u16 = status.ok_or_else(|| io::Error::other(format!("not HTTP: `{status_line}`")))?;
        let mut headers = Vec::new();
        loop {
            let line = read_line(connection)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        if status != 100 {
            return Ok((status, headers));
        }
    }
}

fn framing(status: u16, headers: &[(String, String)]) -> Framing {
    let value = |name: &str| headers.iter().find_map(|(n, v)| n.eq_ignore_ascii_case(name).then_some(v.as_str()));
    if value("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return Framing::Chunked;
    }
    match value("content-length").and_then(|length| length.parse().ok()) {
        Some(length) => Framing::Length(length),
        None if matches!(status, 204 | 304) => Framing::Length(0),
        None => Framing::UntilClosed,
    }
}

fn read_body(connection: &mut impl BufRead, framing: &Framing) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    match framing {
        Framing::Length(length) => {
            body.resize(*length, 0);
            connection.read_exact(&mut body)?;
        }
        Framing::Chunked => loop {
            let chunk = read_chunk(connection)?;
            if chunk.is_empty() {
                break;
            }
            body.extend(chunk);
        },
        Framing::UntilClosed => {
            connection.read_to_end(&mut body)?;
        }
    }
    Ok(body)
}

/// An empty chunk is the last one.
fn read_chunk(connection: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let line = read_line(connection)?;
    let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).map_err(io::Error::other)?;
    let mut chunk = vec![0; size];
    connection.read_exact(&mut chunk)?;
    read_line(connection)?;
    Ok(chunk)
}

fn read_line(connection: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if connection.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
