//! What is under way on a connection, so that one where nothing is can be told from one that is slow on purpose.
//!
//! hyper's own header timeout also runs while a kept connection waits for its next request; here waiting has its own,
//! longer limit, and the shorter one starts with the request's first byte.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{oneshot, watch};
use tokio::time::{Sleep, timeout};

#[derive(Debug)]
pub(super) struct Activity(watch::Sender<Phase>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    /// Some of a request's headers have come.
    Headers,
    Requests(usize),
}

/// Why a connection with no request under way should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quiet {
    SlowHeaders,
    Idle,
}

/// A request is under way for as long as this lives.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Activity>);

/// An answer's body, which keeps its request under way until it is sent.
#[derive(Debug)]
pub(super) struct AnswerBody<B> {
    body: B,
    _under_way: UnderWay,
}

/// Whether bytes read with no request under way are the start of one. On HTTP/2 they may as well be a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BytesStart {
    Headers,
    Anything,
}

/// A decrypted connection that notes when headers begin and fails when its client takes no bytes for too long.
#[derive(Debug)]
pub(super) struct Watched<IO> {
    io: IO,
    activity: Arc<Activity>,
    bytes_start: BytesStart,
    write_stall: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    _there: oneshot::Sender<()>,
}

/// Whether a connection is still there, whoever has it: one that became a WebSocket is its handler's.
pub(super) struct There(oneshot::Receiver<()>);

// === impl Activity ===

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(Phase::Idle)))
    }

    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.0.send_modify(|phase| {
            *phase = match *phase {
                Phase::Idle | Phase::Headers => Phase::Requests(1),
                Phase::Requests(count) => Phase::Requests(count + 1),
            };
        });
        UnderWay(Arc::clone(self))
    }

    fn headers_begin(&self) {
        self.0.send_if_modified(|phase| {
            let begins = *phase == Phase::Idle;
            if begins {
                *phase = Phase::Headers;
            }
            begins
        });
    }

    /// Completes when headers took longer than `headers`, or nothing was under way for `idle`.
    pub(super) async fn quiet(&self, headers: Duration, idle: Duration) -> Quiet {
        let mut phases = self.0.subscribe();
        loop {
            let phase = *phases.borrow_and_update();
            let (limit, quiet) = match phase {
                Phase::Idle => (idle, Quiet::Idle),
                Phase::Headers => (headers, Quiet::SlowHeaders),
                Phase::Requests(_) => {
                    // The sender is `self`, so it is not gone.
                    let _ = phases.changed().await;
                    continue;
                }
            };
            if timeout(limit, phases.changed()).await.is_err() {
                return quiet;
            }
        }
    }
}

// === impl UnderWay ===

impl UnderWay {
    pub(super) fn until_sent<B>(self, body: B) -> AnswerBody<B> {
        AnswerBody { body, _under_way: self }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.send_modify(|phase| {
            *phase = match *phase {
                Phase::Requests(count @ 2..) => Phase::Requests(count - 1),
                Phase::Requests(_) | Phase::Idle | Phase::Headers => Phase::Idle,
            };
        });
    }
}

// === impl AnswerBody ===

impl<B: Body + Unpin> Body for AnswerBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

// === impl There ===

impl There {
    /// Completes when the connection is dropped.
    pub(super) async fn gone(self) {
        let _ = self.0.await;
    }
}

// === impl Watched ===

impl<IO> Watched<IO> {
    pub(super) fn new(io: IO, activity: Arc<Activity>, bytes_start: BytesStart, write_stall: Duration) -> (Self, There) {
        let (there, gone) = oneshot::channel();
        (Self { io, activity, bytes_start, write_stall, stalled: None, _there: there }, There(gone))
    }

    /// Fails a write that has waited too long; anything that gets through starts the wait anew.
    fn bounded<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let limit = self.write_stall;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        stalled.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Watched<IO> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if self.bytes_start == BytesStart::Headers && buf.filled().len() > before {
            self.activity.headers_begin();
        }
        read
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Watched<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.bounded(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.bounded(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.io).poll_shutdown(cx);
        self.bounded(cx, closed)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.bounded(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
