//! A connection that begins in clear: what is read of it then is bounded, and nothing is read ahead.
//!
//! Always holds: bytes that came in clear are never taken for an answer over TLS. Whatever somebody put behind the answer to
//! STARTTLS is left in the socket, where it is read as TLS, which it is not (CVE-2011-0411 and those like it).

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use model::limits;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The first byte of a TLS handshake. No command of SMTP begins with it.
const HANDSHAKE: u8 = 0x16;

#[derive(Debug)]
pub(crate) struct Clear {
    stream: TcpStream,
    /// Bytes read in clear so far, or `None` once TLS began.
    read: Option<usize>,
}

// === impl Clear ===

impl Clear {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, read: Some(0) }
    }
}

impl AsyncRead for Clear {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Some(read) = self.read else { return Pin::new(&mut self.stream).poll_read(cx, out) };
        if read >= limits::MAIL_PLAIN_BYTES_MAX {
            return Poll::Ready(Err(io::Error::other("the mail server says too much before it is encrypted")));
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut one))?;
        out.put_slice(one.filled());
        self.read = Some(read + one.filled().len());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Clear {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.first() == Some(&HANDSHAKE) {
            self.read = None;
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Clear {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}
