use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::NamedGroup;
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::connection::Door;
use super::*;
use crate::counters::EdgeCounts;
use crate::testing::{Trusted, client, localhost, now, trusted};
use crate::tls::{ALPN_HTTP1, ALPN_HTTP2, TlsFloor};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LAST_GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Says what arrived. `/large` answers with 4 MiB, `/wait` after a minute, `/upgrade` keeps the connection until it ends.
async fn answer(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let peer = request.extensions().get::<Peer>().cloned().unwrap();
    let (version, path) = (request.version(), request.uri().path().to_owned());
    if path == "/upgrade" {
        let upgraded = hyper::upgrade::on(&mut request);
        tokio::spawn(async move { read_all(&mut TokioIo::new(upgraded.await.unwrap())).await });
        let switching = Response::builder().status(101).header("Connection", "upgrade").header("Upgrade", "other");
        return Ok(switching.body(Full::default()).unwrap());
    }
    let sent = request.into_body().collect().await.map_or(0, |body| body.to_bytes().len());
    match path.as_str() {
        "/large" => return Ok(Response::new(Full::new(Bytes::from(vec![b'x'; 4 << 20])))),
        "/wait" => tokio::time::sleep(Duration::from_secs(60)).await,
        _ => {}
    }
    let text = format!("{version:?} {sent} {:?} {:?} {}", peer.tls_version, peer.server_name, peer.addr.ip());
    Ok(Response::new(Full::new(Bytes::from(text))))
}

struct Running {
    trusted: Trusted,
    certificates: Arc<Certificates>,
    address: SocketAddr,
    counters: Arc<EdgeCounters>,
    /// A request has reached the service.
    begun: Arc<Notify>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Drained>,
}

async fn run(limits: EdgeLimits, floor: TlsFloor) -> Running {
    let trusted = trusted();
    let certificates = Certificates::new(trusted.authority.issue(&[], now()).unwrap());
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let edge = Edge::bind(loopback, Arc::clone(&certificates), TlsProfile { floor }, limits).await.unwrap();
    let (address, counters) = (edge.local_addr(), edge.counters());
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        let _ = stopped.await;
    };
    let begun = Arc::new(Notify::new());
    let begins = Arc::clone(&begun);
    let service = tower::service_fn(move |request| {
        begins.notify_one();
        answer(request)
    });
    let serving = tokio::spawn(edge.serve(service, shutdown));
    Running { trusted, certificates, address, counters, begun, stop, serving }
}

impl Running {
    fn authority(&self) -> &CertificateDer<'static> {
        self.trusted.authority.certificate()
    }

    async fn plain(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn tls(&self) -> TlsStream<TcpStream> {
        let connector = TlsConnector::from(client(self.authority(), &TLS13, ALPN_HTTP1));
        connector.connect(localhost(), self.plain().await).await.unwrap()
    }

    async fn counted(&self, is_there: impl Fn(EdgeCounts) -> bool) {
        while !is_there(self.counters.counts()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// All that comes until the connection ends, however it ends.
async fn read_all(io: &mut (impl AsyncRead + Unpin)) -> String {
    let mut all = Vec::new();
    let _ = io.read_to_end(&mut all).await;
    String::from_utf8_lossy(&all).into_owned()
}

async fn exchange(io: &mut (impl AsyncRead + AsyncWrite + Unpin), sent: &[u8]) -> String {
    io.write_all(sent).await.unwrap();
    // What TLS has buffered is sent by no later read.
    io.flush().await.unwrap();
    read_all(io).await
}

/// A connection without sockets, so that time can be paused: what the client holds, and the task that serves it.
struct Pipe {
    trusted: Trusted,
    counters: Arc<EdgeCounters>,
    end: DuplexStream,
    served: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

struct TlsPipe {
    stream: TlsStream<DuplexStream>,
    counters: Arc<EdgeCounters>,
    served: JoinHandle<()>,
    _stop: watch::Sender<bool>,
}

fn pipe() -> Pipe {
    let trusted = trusted();
    let certificates = Certificates::new(trusted.authority.issue(&[], now()).unwrap());
    let tls = TlsAcceptor::from(TlsProfile::default().server_config(certificates).unwrap());
    let counters = Arc::new(EdgeCounters::default());
    let gate = Arc::new(Gate { counters: Arc::clone(&counters), tell: None });
    let door = Door::new(tls, EdgeLimits::default(), gate, tower::service_fn(answer));
    let (end, other) = duplex(1 << 16);
    let (stop, stopping) = watch::channel(false);
    let address = SocketAddr::from(([192, 0, 2, 7], 4711));
    let served = tokio::spawn(Arc::new(door).run(other, address, stopping));
    Pipe { trusted, counters, end, served, stop }
}

impl Pipe {
    async fn tls(self) -> TlsPipe {
        let Self { trusted, counters, end, served, stop } = self;
        let connector = TlsConnector::from(client(trusted.authority.certificate(), &TLS13, ALPN_HTTP1));
        TlsPipe { stream: connector.connect(localhost(), end).await.unwrap(), counters, served, _stop: stop }
    }
}

/// Asserts that `since` is `seconds` ago, to the second.
fn check_elapsed(since: Instant, seconds: u64) {
    assert_eq!(since.elapsed().as_secs(), seconds);
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_is_served_over_tls_1_3_with_a_post_quantum_exchange() {
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    let mut stream = running.tls().await;
    let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, NamedGroup::X25519MLKEM768);
    let answered = exchange(&mut stream, LAST_GET).await;
    assert!(answered.starts_with("HTTP/1.1 200 OK\r\n"), "{answered}");
    assert!(answered.to_lowercase().contains("content-length: "), "{answered}");
    assert!(answered.ends_with("HTTP/1.1 0 Tls13 Some(\"localhost\") 127.0.0.1"), "{answered}");
    let counts = running.counters.counts();
    assert_eq!((counts.accepted, counts.tls13, counts.http1, counts.tls12), (1, 1, 1, 0));
}

#[tokio::test]
async fn a_client_without_the_authority_refuses_the_server() {
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    let other = trusted();
    let connector = TlsConnector::from(client(other.authority.certificate(), &TLS13, ALPN_HTTP1));
    let error = connector.connect(localhost(), running.plain().await).await.unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    running.counted(|counts| counts.handshake_failed == 1).await;
}

#[tokio::test]
async fn tls_1_2_is_refused_unless_it_is_asked_for() {
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    let connector = TlsConnector::from(client(running.authority(), &TLS12, ALPN_HTTP1));
    assert!(connector.connect(localhost(), running.plain().await).await.is_err());
    running.counted(|counts| counts.tls_incompatible == 1).await;

    let running = run(EdgeLimits::default(), TlsFloor::Tls12).await;
    let connector = TlsConnector::from(client(running.authority(), &TLS12, ALPN_HTTP1));
    let mut stream = connector.connect(localhost(), running.plain().await).await.unwrap();
    assert!(exchange(&mut stream, LAST_GET).await.contains("Tls12"));
    assert_eq!(running.counters.counts().tls12, 1);
    assert!(exchange(&mut running.tls().await, LAST_GET).await.contains("Tls13"));
}

#[tokio::test]
async fn plain_http_gets_one_fixed_answer_and_reaches_nothing() {
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    let upload = [b"POST /sources/x/frames HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n", &[b'x'; 200_000][..]].concat();
    for sent in [GET, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"G", &upload] {
        let answered = exchange(&mut running.plain().await, sent).await;
        let (head, body) = answered.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
        assert!(head.contains("Connection: close"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
        assert!(body.contains(r#""code":"plain_http""#) && body.contains("use https://"), "{body}");
    }
    let counts = running.counters.counts();
    assert_eq!((counts.plain_http, counts.http1, counts.handshake_failed), (4, 0, 0));
}

#[tokio::test]
async fn what_is_neither_tls_nor_http_is_closed_without_an_answer() {
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    assert_eq!(exchange(&mut running.plain().await, b"\x00\x01\x02\x03").await, "");
    running.counted(|counts| counts.handshake_failed == 1).await;
    drop(running.plain().await);
    running.counted(|counts| counts.accepted == 2 && counts.open == 0).await;
    assert_eq!(running.counters.counts().handshake_failed, 1);
}

#[tokio::test]
async fn large_bodies_arrive_whole_over_http_1_and_2() {
    const BYTES: usize = 16 << 20;
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    let mut stream = running.tls().await;
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {BYTES}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let answered = exchange(&mut stream, &vec![b'x'; BYTES]).await;
    assert!(answered.contains(&format!("HTTP/1.1 {BYTES} Tls13")), "{answered}");

    let connector = TlsConnector::from(client(running.authority(), &TLS13, ALPN_HTTP2));
    let stream = connector.connect(localhost(), running.plain().await).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(ALPN_HTTP2));
    let io = TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("https://localhost/").body(Full::new(Bytes::from(vec![b'x'; BYTES]))).unwrap();
    let answered = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert!(answered.starts_with(format!("HTTP/2.0 {BYTES} Tls13").as_bytes()), "{answered:?}");
    assert_eq!(running.counters.counts().http2, 1);
}

#[tokio::test]
async fn headers_beyond_their_limit_are_refused() {
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    let header = "x".repeat(limits::HEADER_BYTES_MAX);
    let sent = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Large: {header}\r\n\r\n");
    let answered = exchange(&mut running.tls().await, sent.as_bytes()).await;
    assert!(answered.starts_with("HTTP/1.1 431 "), "{answered}");
}

#[tokio::test]
async fn connections_over_the_cap_of_their_address_are_closed_before_the_handshake() {
    let running = run(EdgeLimits { connections_per_address: 2, ..EdgeLimits::default() }, TlsFloor::Tls13).await;
    let (mut first, _second) = (running.tls().await, running.tls().await);
    assert_eq!(read_all(&mut running.plain().await).await, "");
    assert_eq!(running.counters.counts().refused_over_cap, 1);

    assert!(exchange(&mut first, LAST_GET).await.contains("200 OK"));
    // Its slot is free again a moment after the client has seen the end.
    let connector = TlsConnector::from(client(running.authority(), &TLS13, ALPN_HTTP1));
    while connector.connect(localhost(), running.plain().await).await.is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_connection_that_left_http_keeps_its_place() {
    let running = run(EdgeLimits { connections_per_address: 1, ..EdgeLimits::default() }, TlsFloor::Tls13).await;
    let mut upgraded = running.tls().await;
    upgraded.write_all(b"GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n").await.unwrap();
    upgraded.read_exact(&mut [0; 12]).await.unwrap();
    assert_eq!(read_all(&mut running.plain().await).await, "");
    assert_eq!((running.counters.counts().refused_over_cap, running.counters.counts().open), (1, 1));
    drop(upgraded);
    running.counted(|counts| counts.open == 0).await;
}

#[tokio::test]
async fn new_connections_see_a_replaced_certificate_and_old_ones_go_on() {
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    let shown = |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap().first().cloned().unwrap();
    let mut before = running.tls().await;
    running.certificates.replace(running.trusted.authority.issue(&[], now()).unwrap());
    let after = running.tls().await;
    assert_ne!(shown(&before), shown(&after));
    assert!(exchange(&mut before, LAST_GET).await.contains("200 OK"));
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    let again = Edge::bind(running.address, Arc::clone(&running.certificates), TlsProfile::default(), EdgeLimits::default());
    assert!(matches!(again.await, Err(BindError::InUse(address)) if address == running.address));
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way_and_takes_nothing_new() {
    let running = run(EdgeLimits::default(), TlsFloor::Tls13).await;
    let mut under_way = running.tls().await;
    let mut kept = running.tls().await;
    under_way.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab").await.unwrap();
    running.begun.notified().await;
    running.stop.send(()).unwrap();
    assert_eq!(read_all(&mut kept).await, "");
    assert!(TcpStream::connect(running.address).await.is_err());
    assert!(exchange(&mut under_way, b"cd").await.contains("HTTP/1.1 4 Tls13"));
    assert_eq!(running.serving.await.unwrap(), Drained::Complete);
}

#[tokio::test]
async fn stopping_cuts_what_takes_too_long() {
    let limits = EdgeLimits { drain: Duration::from_millis(100), ..EdgeLimits::default() };
    let running = run(limits, TlsFloor::Tls13).await;
    let mut stuck = running.tls().await;
    stuck.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    running.begun.notified().await;
    running.stop.send(()).unwrap();
    assert_eq!(running.serving.await.unwrap(), Drained::Cut(1));
    assert_eq!(read_all(&mut stuck).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_stalled_handshake_is_cut() {
    for sent in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01\x00"] {
        let mut pipe = pipe();
        let began = Instant::now();
        assert_eq!(exchange(&mut pipe.end, sent).await, "");
        check_elapsed(began, limits::HANDSHAKE_SECONDS_MAX);
        assert_eq!(pipe.counters.counts().handshake_timeout, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn headers_that_trickle_are_cut() {
    let TlsPipe { mut stream, counters, served, _stop } = pipe().tls().await;
    let began = Instant::now();
    stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").await.unwrap();
    while !served.is_finished() {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let _ = stream.write_all(b"x").await;
    }
    check_elapsed(began, limits::HEADER_SECONDS_MAX);
    assert_eq!(counters.counts().slow_headers, 1);
    assert_eq!(read_all(&mut stream).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_kept_connection_may_wait_longer_than_headers_but_not_for_ever() {
    let TlsPipe { mut stream, counters, served, _stop } = pipe().tls().await;
    for _ in 0..2 {
        stream.write_all(GET).await.unwrap();
        let mut buf = vec![0; 4096];
        assert!(stream.read(&mut buf).await.unwrap() > 0);
        tokio::time::sleep(Duration::from_secs(limits::IDLE_SECONDS_MAX - 1)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    served.await.unwrap();
    assert_eq!((counters.counts().idle_closed, counters.counts().slow_headers), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_http_2_connection_that_only_answers_pings_is_idle() {
    let Pipe { trusted, counters, end, served, stop: _stop } = pipe();
    let connector = TlsConnector::from(client(trusted.authority.certificate(), &TLS13, ALPN_HTTP2));
    let io = TokioIo::new(connector.connect(localhost(), end).await.unwrap());
    let (sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let began = Instant::now();
    served.await.unwrap();
    check_elapsed(began, limits::IDLE_SECONDS_MAX);
    assert_eq!(counters.counts().idle_closed, 1);
    drop(sender);
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_is_not_idle() {
    let TlsPipe { mut stream, counters, served: _, _stop } = pipe().tls().await;
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 300\r\n\r\n").await.unwrap();
    for _ in 0..300 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stream.write_all(b"x").await.unwrap();
    }
    assert!(read_all(&mut stream).await.contains("HTTP/1.1 300 Tls13"));
    assert_eq!(counters.counts().idle_closed, 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_take_its_answer_is_cut() {
    let TlsPipe { mut stream, counters, served, _stop } = pipe().tls().await;
    let began = Instant::now();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    served.await.unwrap();
    check_elapsed(began, limits::WRITE_STALL_SECONDS_MAX);
    assert_eq!(counters.counts().write_stalled, 1);
}
