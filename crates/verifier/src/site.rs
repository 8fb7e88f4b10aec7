//! The server that is looked at: one connection over verified TLS 1.3, and sockets without it.
//!
//! Always holds: a certificate is verified against the roots and the name of the address at the time of the run; an answer
//! is bounded in bytes and in time. Knows no redirect, cookie, proxy or compression, so that what is seen is what the
//! address itself sends. A client of its own, and no library: a reader can read all of what speaks to the network.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::{AddressPlace, Clock, Timestamp, limits};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use crate::address::Address;

const HEADERS_MAX: usize = 100;
const LINE_BYTES_MAX: u64 = 16 << 10;

type Connection = BufReader<StreamOwned<ClientConnection, TcpStream>>;

pub(crate) struct Site<'a> {
    pub(crate) address: &'a Address,
    pub(crate) clock: &'a dyn Clock,
    leads: Leads,
    config: Arc<ClientConfig>,
    connection: Option<Connection>,
    certificates: Vec<CertificateDer<'static>>,
}

/// Where a name leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leads {
    /// Wherever it resolves to: the reader named it.
    Anywhere,
    /// To the Internet, or nowhere: a page named it.
    Public,
    To(SocketAddr),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What to ask for, and how many bytes an answer may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: &'a str,
    pub(crate) bytes_max: usize,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RootsError {
    #[error("could not read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} holds no certificate", .0.display())]
    NoCertificate(PathBuf),
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
}

#[derive(Debug)]
struct At(UnixTime);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}

// === impl Site ===

impl<'a> Site<'a> {
    pub(crate) fn new(address: &'a Address, ca_file: Option<&Path>, clock: &'a dyn Clock) -> Result<Self, RootsError> {
        Self::with((address, Leads::Anywhere), &[&TLS13], ca_file, clock)
    }

    /// A host that a claim is about, which may speak TLS 1.2 too.
    pub(crate) fn of_host(host: (&'a Address, Leads), ca_file: Option<&Path>, clock: &'a dyn Clock) -> Result<Self, RootsError> {
        Self::with(host, &[&TLS13, &TLS12], ca_file, clock)
    }

    fn with(
        (address, leads): (&'a Address, Leads),
        versions: &[&'static SupportedProtocolVersion],
        ca_file: Option<&Path>,
        clock: &'a dyn Clock,
    ) -> Result<Self, RootsError> {
        let at = u64::try_from(clock.now().seconds_since(Timestamp::from_nanos(0))).unwrap_or(0);
        let time = Arc::new(At(UnixTime::since_unix_epoch(Duration::from_secs(at))));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_details(provider, time)
            .with_protocol_versions(versions)?
            .with_root_certificates(roots(ca_file)?)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { address, clock, leads, config: Arc::new(config), connection: None, certificates: Vec::new() })
    }

    pub(crate) fn get(&mut self, path: &str, bytes_max: usize) -> io::Result<Answer> {
        self.ask(&Ask { method: "GET", path, body: "", bytes_max })
    }

    /// Asks again on a new connection where a kept one had ended.
    pub(crate) fn ask(&mut self, ask: &Ask<'_>) -> io::Result<Answer> {
        if let Some(kept) = self.connection.take()
            && let Ok(answer) = self.exchange(kept, ask)
        {
            return Ok(answer);
        }
        let session = self.greet()?;
        self.exchange(session, ask)
    }

    /// The chain that the server showed, its own certificate first.
    pub(crate) fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// A connection without TLS.
    pub(crate) fn socket(&self) -> io::Result<TcpStream> {
        let host = self.address.host.trim_start_matches('[').trim_end_matches(']');
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in self.leads.of((host, self.address.port))? {
            match TcpStream::connect_timeout(&address, Duration::from_secs(limits::OVERVIEW_CONNECT_SECONDS_MAX)) {
                Ok(socket) => {
                    socket.set_nodelay(true)?;
                    let silence = Some(Duration::from_secs(limits::OVERVIEW_PROBE_SECONDS_MAX));
                    socket.set_read_timeout(silence)?;
                    socket.set_write_timeout(silence)?;
                    return Ok(socket);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn greet(&mut self) -> io::Result<Connection> {
        let mut socket = self.socket()?;
        let name = self.address.server_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut session = ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        self.certificates = session.peer_certificates().unwrap_or_default().iter().map(|one| one.clone().into_owned()).collect();
        Ok(BufReader::new(StreamOwned::new(session, socket)))
    }

    fn exchange(&mut self, mut connection: Connection, ask: &Ask<'_>) -> io::Result<Answer> {
        let head = self.head(ask);
        let stream = connection.get_mut();
        stream.write_all(&[head.as_bytes(), ask.body.as_bytes()].concat())?;
        stream.flush()?;
        let end = self.clock.now().plus_seconds(limits::OVERVIEW_ANSWER_SECONDS_MAX as i64);
        let mut timed = BufReader::new(Timed { inner: &mut connection, clock: self.clock, end });
        let answer = read_answer(&mut timed, ask.bytes_max)?;
        let framed = answer.header("content-length").is_some();
        // What is left in the inner buffer was read past the answer, and belongs to nothing that was asked for.
        if framed && timed.buffer().is_empty() && answer.header("connection").is_none_or(|value| value != "close") {
            self.connection = Some(connection);
        }
        Ok(answer)
    }

    fn head(&self, ask: &Ask<'_>) -> String {
        let Ask { method, path, body, .. } = ask;
        let host = self.address.authority();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: verify-overview\r\nAccept: */*\r\n");
        if *method != "GET" {
            head += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        }
        head + "\r\n"
    }
}

// === impl Leads ===

impl Leads {
    fn of(self, name: (&str, u16)) -> io::Result<Vec<SocketAddr>> {
        match self {
            Self::To(address) => Ok(vec![address]),
            Self::Anywhere => Ok(name.to_socket_addrs()?.collect()),
            Self::Public => Ok(name.to_socket_addrs()?.filter(|at| AddressPlace::of(at.ip()) == AddressPlace::Public).collect()),
        }
    }
}

// === impl Answer ===

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value.as_str()))
    }
}

/// Ends a reading that takes longer than it may, however many bytes trickle in.
struct Timed<'a, R> {
    inner: R,
    clock: &'a dyn Clock,
    end: Timestamp,
}

impl<R: Read> Read for Timed<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.clock.now() > self.end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.inner.read(into)
    }
}

/// The certificates of the file, or, without one, those that this machine trusts.
fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, RootsError> {
    let mut roots = RootCertStore::empty();
    // A store without a single usable root trusts nobody, and says so when a certificate is verified.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let Some(path) = ca_file else { return Ok(roots) };
    let pem = std::fs::read(path).map_err(|source| RootsError::Unreadable { path: path.to_owned(), source })?;
    let own: Vec<_> = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect();
    if roots.add_parsable_certificates(own).0 == 0 {
        return Err(RootsError::NoCertificate(path.to_owned()));
    }
    Ok(roots)
}

/// Reads one answer of HTTP/1.1.
pub(crate) fn read_answer(from: &mut impl BufRead, bytes_max: usize) -> io::Result<Answer> {
    let status_line = line(from)?;
    let status = status_line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("not an answer of HTTP/1.1"))?;
    let mut headers = Vec::new();
    loop {
        let line = line(from)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if headers.len() == HEADERS_MAX {
            return Err(io::Error::other("too many headers"));
        }
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    answer.body = body(from, &answer, bytes_max)?;
    Ok(answer)
}

fn body(from: &mut impl BufRead, head: &Answer, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if matches!(head.status, 204 | 304) {
        return Ok(body);
    }
    let too_long = || io::Error::other(format!("the answer is longer than {bytes_max} bytes"));
    if head.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let size = line(from)?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).map_err(io::Error::other)?;
            if size > bytes_max - body.len() {
                return Err(too_long());
            }
            let start = body.len();
            from.take(size as u64).read_to_end(&mut body)?;
            line(from)?;
            match (size, body.len() - start) {
                (0, _) => return Ok(body),
                (size, read) if size == read => {}
                _ => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }
    let length = head.header("content-length").map(|length| length.parse::<usize>().map_err(io::Error::other)).transpose()?;
    let wanted = length.unwrap_or(bytes_max + 1);
    if length.is_some_and(|length| length > bytes_max) {
        return Err(too_long());
    }
    from.take(wanted as u64).read_to_end(&mut body)?;
    match length {
        Some(length) if body.len() < length => Err(io::ErrorKind::UnexpectedEof.into()),
        None if body.len() > bytes_max => Err(too_long()),
        Some(_) | None => Ok(body),
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    from.take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answer: &str, expected: Option<(u16, &str)>) {
        let read = read_answer(&mut answer.as_bytes(), 10).ok();
        let read = read.map(|answer| (answer.status, String::from_utf8(answer.body).unwrap()));
        assert_eq!(read, expected.map(|(status, body)| (status, body.to_owned())), "{answer}");
    }

    #[test]
    fn an_answer_is_read_in_each_framing_and_within_its_bound() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", Some((200, "hi")));
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", Some((200, "hi")));
        check("HTTP/1.0 404 Not Found\r\n\r\nuntil end", Some((404, "until end")));
        check("HTTP/1.1 204 No Content\r\n\r\n", Some((204, "")));
        check("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890", None);
        check("HTTP/1.1 200 OK\r\n\r\n01234567890", None);
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nhi", None);
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", None);
        check("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhi", None);
        check("SSH-2.0-x\r\n", None);
        check("", None);
    }
}
