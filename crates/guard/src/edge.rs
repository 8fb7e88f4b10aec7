//! The listener: takes connections, refuses what is over a cap, hands the rest to a task each, and drains at the end.
//!
//! Always holds: it cannot be made without a certificate; an error of the system while accepting slows it down and never
//! ends it; after `serve` returns no connection is open.

mod activity;
mod admission;
mod connection;
mod plaintext;
mod streams;
mod turned_away;

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::{Request, Response};
use model::limits;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::certificates::Certificates;
use crate::counters::{EdgeCounters, Event};
use crate::tls::{TlsProfile, TlsVersion};
use admission::Admission;
use connection::Door;
pub use streams::Stream;
pub use turned_away::{Alert, Reason, Tell, TurnedAway};

/// A pause after the system could not give a connection, mostly because too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound port that speaks TLS and nothing else.
pub struct Edge {
    listener: TcpListener,
    address: SocketAddr,
    tls: TlsAcceptor,
    limits: EdgeLimits,
    gate: Arc<Gate>,
}

/// Counts what happens at an edge, and tells what was turned away.
pub(crate) struct Gate {
    counters: Arc<EdgeCounters>,
    tell: Option<Box<Tell>>,
}

/// The bounds of connections; the defaults are those of `model::limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeLimits {
    pub connections: usize,
    /// From one IPv4 address or one IPv6 /64.
    pub connections_per_address: usize,
    pub handshake: Duration,
    /// From a request's first byte to the end of its headers.
    pub headers: Duration,
    /// With no request under way.
    pub idle: Duration,
    /// Without a byte of an answer taken by the client.
    pub write_stall: Duration,
    /// For requests under way when the server stops.
    pub drain: Duration,
}

/// Why a port is not listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("{0} is in use by another program")]
    InUse(SocketAddr),
    #[error("{0} may not be listened on by this user")]
    NotPermitted(SocketAddr),
    #[error("{0} is not an address of this machine")]
    NotLocal(SocketAddr),
    #[error("could not listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("could not set up TLS")]
    Tls(#[from] rustls::Error),
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    Complete,
    /// So many connections were cut with a request under way.
    Cut(usize),
}

/// Who sent a request, in its extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// An IPv4 address that came mapped into IPv6 is unmapped.
    pub addr: SocketAddr,
    pub tls_version: TlsVersion,
    /// The name that the client asked for in its handshake.
    pub server_name: Option<Arc<str>>,
}

// === impl Edge ===

impl Edge {
    pub async fn bind(
        address: SocketAddr,
        certificates: Arc<Certificates>,
        profile: TlsProfile,
        limits: EdgeLimits,
    ) -> Result<Self, BindError> {
        Self::bind_with(address, TlsAcceptor::from(profile.server_config(certificates)?), limits).await
    }

    /// The same for protocols other than HTTP, in which clients may present certificates.
    pub async fn bind_streams(
        address: SocketAddr,
        certificates: Arc<Certificates>,
        profile: TlsProfile,
        limits: EdgeLimits,
    ) -> Result<Self, BindError> {
        Self::bind_with(address, TlsAcceptor::from(profile.stream_config(certificates)?), limits).await
    }

    async fn bind_with(address: SocketAddr, tls: TlsAcceptor, limits: EdgeLimits) -> Result<Self, BindError> {
        let listener = TcpListener::bind(address).await.map_err(|source| BindError::new(address, source))?;
        let address = listener.local_addr().map_err(|source| BindError::new(address, source))?;
        let gate = Arc::new(Gate { counters: Arc::default(), tell: None });
        Ok(Self { listener, address, tls, limits, gate })
    }

    /// Tells of each connection that ends before TLS is there. Before it serves.
    #[must_use]
    pub fn telling(self, tell: impl Fn(TurnedAway) + Send + Sync + 'static) -> Self {
        let gate = Gate { counters: self.counters(), tell: Some(Box::new(tell)) };
        Self { gate: Arc::new(gate), ..self }
    }

    /// With the port that the system chose, when it was asked to.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    #[must_use]
    pub fn counters(&self) -> Arc<EdgeCounters> {
        Arc::clone(&self.gate.counters)
    }

    /// Serves HTTP/1.1 and HTTP/2, by what the client negotiates, until `shutdown` completes; then lets requests that are
    /// under way finish, within the limit. Each request has a `Peer` in its extensions.
    pub async fn serve<S, B>(self, service: S, shutdown: impl Future<Output = ()>) -> Drained
    where
        S: tower::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let door = Arc::new(Door::new(self.tls.clone(), self.limits, Arc::clone(&self.gate), service));
        self.run(move |stream, address, stopping| Arc::clone(&door).run(stream, address, stopping), shutdown).await
    }

    /// Gives each connection within the caps to `connect`, each in a task of its own, until `shutdown` completes.
    async fn run<F>(
        self,
        connect: impl Fn(TcpStream, SocketAddr, watch::Receiver<bool>) -> F,
        shutdown: impl Future<Output = ()>,
    ) -> Drained
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Self { listener, address: _, tls: _, limits, gate } = self;
        let admission = Arc::new(Admission::new(limits.connections, limits.connections_per_address));
        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let (stream, address) = tokio::select! {
                biased;
                () = &mut shutdown => break,
                Some(ended) = tasks.join_next() => {
                    report(ended);
                    continue;
                }
                accepted = accept(&listener) => accepted,
            };
            gate.counters.count(Event::Accepted);
            let address = SocketAddr::new(address.ip().to_canonical(), address.port());
            let Some(slot) = Admission::admit(&admission, address.ip()) else {
                gate.counters.count(Event::RefusedOverCap);
                continue;
            };
            // Only a latency matter, so a socket that refuses it is served all the same.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "could not turn off the delay of small packets");
            }
            let connection = connect(stream, address, stopping.clone());
            tasks.spawn(async move {
                connection.await;
                drop(slot);
            });
        }
        drop(listener);
        stop.send_replace(true);
        drain(tasks, limits.drain).await
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge").field("address", &self.address).finish_non_exhaustive()
    }
}

// === impl Gate ===

impl Gate {
    pub(crate) fn turn_away(&self, peer: SocketAddr, reason: Reason) {
        self.counters.count(reason.event());
        if let Some(tell) = &self.tell {
            tell(TurnedAway { peer, reason });
        }
    }
}

/// The next connection, however long the system has trouble to give one.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut reported = false;
    loop {
        let error = match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => error,
        };
        // The client left between its first packet and now: nothing is wrong here.
        if matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
        ) {
            continue;
        }
        if !reported {
            tracing::error!(%error, "could not accept connections; trying again until it works");
            reported = true;
        }
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection ended by a panic");
    }
}

async fn drain(mut tasks: JoinSet<()>, limit: Duration) -> Drained {
    let finished = async {
        while let Some(ended) = tasks.join_next().await {
            report(ended);
        }
    };
    if tokio::time::timeout(limit, finished).await.is_ok() {
        return Drained::Complete;
    }
    let left = tasks.len();
    tasks.shutdown().await;
    Drained::Cut(left)
}

// === impl EdgeLimits ===

impl Default for EdgeLimits {
    fn default() -> Self {
        Self {
            connections: limits::CONNECTIONS_MAX,
            connections_per_address: limits::CONNECTIONS_PER_ADDRESS_MAX,
            handshake: Duration::from_secs(limits::HANDSHAKE_SECONDS_MAX),
            headers: Duration::from_secs(limits::HEADER_SECONDS_MAX),
            idle: Duration::from_secs(limits::IDLE_SECONDS_MAX),
            write_stall: Duration::from_secs(limits::WRITE_STALL_SECONDS_MAX),
            drain: Duration::from_secs(limits::DRAIN_SECONDS_MAX),
        }
    }
}

// === impl BindError ===

impl BindError {
    fn new(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::InUse(address),
            io::ErrorKind::PermissionDenied => Self::NotPermitted(address),
            io::ErrorKind::AddrNotAvailable => Self::NotLocal(address),
            _ => Self::Listen { address, source },
        }
    }
}

#[cfg(test)]
mod tests;
