//! Connections that speak something else than HTTP: a handshake, and then bytes for whoever handles them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::connection::Open;
use super::{Drained, Edge, Peer, Reason};
use crate::clients::ClientCertificate;
use crate::counters::Event;
use crate::tls::TlsVersion;

/// A connection behind its handshake.
#[derive(Debug)]
pub struct Stream {
    pub peer: Peer,
    pub certificate: Option<ClientCertificate>,
    /// Turns true when the server stops.
    pub stopping: watch::Receiver<bool>,
    io: TlsStream<TcpStream>,
}

// === impl Edge ===

impl Edge {
    /// Gives each connection to `handle`, until `shutdown` completes; then those that are open may finish, within the limit.
    /// What happens on a connection after its handshake, `handle` has to bound.
    pub async fn serve_streams<F>(
        self,
        handle: impl Fn(Stream) -> F + Send + Sync + 'static,
        shutdown: impl Future<Output = ()>,
    ) -> Drained
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (tls, limits, gate) = (self.tls.clone(), self.limits, Arc::clone(&self.gate));
        let handle = Arc::new(handle);
        let connect = move |tcp: TcpStream, address: SocketAddr, mut stopping: watch::Receiver<bool>| {
            let (tls, gate, handle) = (tls.clone(), Arc::clone(&gate), Arc::clone(&handle));
            async move {
                let _open = Open::new(&gate.counters);
                let greeting = tokio::select! {
                    greeting = timeout(limits.handshake, tls.accept(tcp)) => greeting,
                    _ = stopping.wait_for(|stop| *stop) => return,
                };
                match greeting {
                    Ok(Ok(io)) => {
                        let stream = Stream::new(io, address, stopping);
                        gate.counters.count(match stream.peer.tls_version {
                            TlsVersion::Tls13 => Event::Tls13,
                            TlsVersion::Tls12 => Event::Tls12,
                        });
                        handle(stream).await;
                    }
                    Ok(Err(error)) => {
                        gate.turn_away(address, Reason::of(&error));
                        tracing::debug!(peer.address = %address, %error, "handshake failed");
                    }
                    Err(_) => gate.counters.count(Event::HandshakeTimeout),
                }
            }
        };
        self.run(connect, shutdown).await
    }
}

// === impl Stream ===

impl Stream {
    fn new(io: TlsStream<TcpStream>, address: SocketAddr, stopping: watch::Receiver<bool>) -> Self {
        let (_, session) = io.get_ref();
        let certificate = session.peer_certificates().and_then(<[_]>::first).map(ClientCertificate::verified);
        let tls_version = TlsVersion::of(session.protocol_version());
        let peer = Peer { addr: address, tls_version, server_name: session.server_name().map(Arc::from) };
        Self { peer, certificate, stopping, io }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, into)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
