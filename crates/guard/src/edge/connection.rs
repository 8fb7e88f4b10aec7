//! One connection: handshake, then HTTP/1.1 or HTTP/2 as negotiated, until either side is done or a limit is reached.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use model::limits;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

use super::activity::{Activity, AnswerBody, BytesStart, Quiet, There, Watched};
use super::{EdgeLimits, Gate, Peer, Reason, plaintext};
use crate::counters::{EdgeCounters, Event};
use crate::tls::{ALPN_HTTP2, TlsVersion};

/// What one read of the socket takes. rustls alone asks for 4 KiB at a time, four calls for one TLS record.
const READ_BYTES: usize = 64 << 10;
/// The first byte of a TLS handshake record.
const HANDSHAKE_RECORD: u8 = 0x16;
/// What HTTP/1.1 buffers in either direction; a body comes one TLS record, so at most 16 KiB, at a time.
const HTTP1_BUFFER_BYTES: usize = 64 << 10;
const _: () = assert!(limits::HEADER_BYTES_MAX <= HTTP1_BUFFER_BYTES);

/// What every connection of an edge shares.
pub(super) struct Door<S> {
    tls: TlsAcceptor,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    limits: EdgeLimits,
    gate: Arc<Gate>,
    service: S,
}

/// What a client did first.
enum Greeting<IO> {
    Tls(Box<TlsStream<BufReader<IO>>>),
    PlainHttp(BufReader<IO>),
    /// It left before its first byte, as a port check does.
    Nothing,
}

/// The service as one connection's requests see it.
struct Guarded<S> {
    service: S,
    peer: Peer,
    activity: Arc<Activity>,
}

/// Counts a connection as open.
pub(super) struct Open(Arc<EdgeCounters>);

// === impl Door ===

impl<S> Door<S> {
    pub(super) fn new(tls: TlsAcceptor, limits: EdgeLimits, gate: Arc<Gate>, service: S) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            // `Activity::quiet` bounds the headers.
            .header_read_timeout(None)
            .max_header_size(limits::HEADER_BYTES_MAX)
            .max_buf_size(HTTP1_BUFFER_BYTES);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .adaptive_window(false)
            .initial_stream_window_size(limits::HTTP2_STREAM_WINDOW_BYTES)
            .initial_connection_window_size(limits::HTTP2_CONNECTION_WINDOW_BYTES)
            .max_frame_size(limits::HTTP2_FRAME_BYTES_MAX)
            .max_concurrent_streams(limits::HTTP2_STREAMS_MAX)
            .max_header_list_size(limits::HEADER_BYTES_MAX as u32)
            .keep_alive_interval(Duration::from_secs(limits::PING_SECONDS))
            .keep_alive_timeout(Duration::from_secs(limits::PING_ANSWER_SECONDS_MAX));
        Self { tls, http1, http2, limits, gate, service }
    }

    /// Serves `io` until it ends. Once `stopping` turns true, no further request is begun on it.
    pub(super) async fn run<IO, B>(self: Arc<Self>, io: IO, address: SocketAddr, mut stopping: watch::Receiver<bool>)
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        S: tower::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let _open = Open::new(&self.gate.counters);
        let greeting = tokio::select! {
            greeting = timeout(self.limits.handshake, self.greet(io)) => greeting,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        match greeting {
            Ok(Ok(Greeting::Tls(stream))) => self.serve(*stream, address, stopping).await,
            Ok(Ok(Greeting::PlainHttp(io))) => {
                self.gate.turn_away(address, Reason::PlainHttp);
                plaintext::answer(io).await;
            }
            Ok(Ok(Greeting::Nothing)) => {}
            Ok(Err(error)) => {
                self.gate.turn_away(address, Reason::of(&error));
                tracing::debug!(peer.address = %address, %error, "handshake failed");
            }
            Err(_) => self.gate.counters.count(Event::HandshakeTimeout),
        }
    }

    async fn greet<IO: AsyncRead + AsyncWrite + Unpin>(&self, io: IO) -> io::Result<Greeting<IO>> {
        let mut io = BufReader::with_capacity(READ_BYTES, io);
        match io.fill_buf().await?.first() {
            None => Ok(Greeting::Nothing),
            Some(&HANDSHAKE_RECORD) => Ok(Greeting::Tls(Box::new(self.tls.accept(io).await?))),
            Some(&byte) if plaintext::looks_like_http(byte) => Ok(Greeting::PlainHttp(io)),
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "not a TLS handshake")),
        }
    }

    async fn serve<IO, B>(&self, stream: TlsStream<IO>, address: SocketAddr, stopping: watch::Receiver<bool>)
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        S: tower::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (_, session) = stream.get_ref();
        let tls_version = TlsVersion::of(session.protocol_version());
        self.gate.counters.count(match tls_version {
            TlsVersion::Tls13 => Event::Tls13,
            TlsVersion::Tls12 => Event::Tls12,
        });
        let is_http2 = session.alpn_protocol() == Some(ALPN_HTTP2);
        let peer = Peer { addr: address, tls_version, server_name: session.server_name().map(Arc::from) };
        let activity = Activity::new();
        let service = Guarded { service: self.service.clone(), peer, activity: Arc::clone(&activity) };
        let bytes_start = if is_http2 { BytesStart::Anything } else { BytesStart::Headers };
        let (io, there) = Watched::new(stream, Arc::clone(&activity), bytes_start, self.limits.write_stall);
        if is_http2 {
            self.gate.counters.count(Event::Http2);
            let connection = self.http2.serve_connection(TokioIo::new(io), service);
            self.drive(connection, |connection| connection.graceful_shutdown(), &activity, stopping).await;
        } else {
            self.gate.counters.count(Event::Http1);
            let connection = self.http1.serve_connection(TokioIo::new(io), service).with_upgrades();
            self.drive(connection, |connection| connection.graceful_shutdown(), &activity, stopping.clone()).await;
            // A WebSocket goes on without HTTP, and still takes its place among the connections.
            self.outlive(there, stopping).await;
        }
    }

    /// Waits for the end of a connection that its handler has; once `stopping` turns true, not for long.
    async fn outlive(&self, there: There, mut stopping: watch::Receiver<bool>) {
        tokio::select! {
            () = there.gone() => {}
            () = async {
                let _ = stopping.wait_for(|stop| *stop).await;
                tokio::time::sleep(self.limits.drain).await;
            } => {}
        }
    }

    /// Polls `connection` to its end; `wind_down` tells it to begin no further request.
    async fn drive<C: Future<Output = hyper::Result<()>>>(
        &self,
        connection: C,
        wind_down: impl FnOnce(Pin<&mut C>),
        activity: &Activity,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return self.note(ended),
            quiet = activity.quiet(self.limits.headers, self.limits.idle) => match quiet {
                Quiet::SlowHeaders => return self.gate.counters.count(Event::SlowHeaders),
                Quiet::Idle => self.gate.counters.count(Event::IdleClosed),
            },
            _ = stopping.wait_for(|stop| *stop) => {}
        }
        wind_down(connection.as_mut());
        if let Ok(ended) = timeout(self.limits.drain, connection).await {
            self.note(ended);
        }
    }

    /// Most errors here are clients that left; they are counted where an operator can act on them.
    fn note(&self, ended: hyper::Result<()>) {
        let Err(error) = ended else { return };
        if io_kind(&error) == Some(io::ErrorKind::TimedOut) {
            self.gate.counters.count(Event::WriteStalled);
        }
        tracing::debug!(error = &error as &dyn Error, "connection ended early");
    }
}

/// The kind of the input or output error that `error` comes from.
fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        cause = error.source();
    }
    None
}

// === impl Guarded ===

impl<S, B> hyper::service::Service<Request<Incoming>> for Guarded<S>
where
    S: tower::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response<AnswerBody<B>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let under_way = self.activity.begin();
        request.extensions_mut().insert(self.peer.clone());
        let answered = self.service.clone().oneshot(request);
        Box::pin(async move { Ok(answered.await?.map(|body| under_way.until_sent(body))) })
    }
}

// === impl Open ===

impl Open {
    pub(super) fn new(counters: &Arc<EdgeCounters>) -> Self {
        counters.opened();
        Self(Arc::clone(counters))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.closed();
    }
}
