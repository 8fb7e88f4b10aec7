//! What a client still sends of a request that was answered before its body was read, as those that are refused are.
//!
//! A connection of HTTP/1 that is closed with something unread is reset, and a stream of HTTP/2 whose body nobody reads is
//! reset behind the answer: most clients lose the answer by that, and those that would have sent less, or stopped, send it all
//! again. So what is on its way is read first, and then the answer is given.
//!
//! Always holds: what is read so is not kept, and bounded in bytes and time. Of a client that waits to be told to go on,
//! nothing is asked.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use model::limits;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// As much again as the largest body that is taken.
const BYTES_MAX: usize = 2 * limits::BODY_WIRE_BYTES_MAX;
/// Of all of it, and without a byte of it.
const TIME_MAX: Duration = Duration::from_secs(15);
const QUIET_MAX: Duration = Duration::from_secs(1);

/// A body that comes back if it is dropped before its end.
struct Lent {
    body: Option<Body>,
    /// Whether its sender is asked for it by reading it.
    is_held_back: bool,
    back: Option<oneshot::Sender<Body>>,
}

/// Where a lent body comes back.
pub(crate) struct Unread(Option<oneshot::Receiver<Body>>);

// === impl Unread ===

impl Unread {
    /// Lends a request's body to whoever handles it.
    pub(crate) fn of(request: &mut Request) -> Self {
        if request.body().is_end_stream() {
            return Self(None);
        }
        let is_held_back = request.headers().contains_key(header::EXPECT);
        let (back, unread) = oneshot::channel();
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Lent { body: Some(body), is_held_back, back: Some(back) });
        Self(Some(unread))
    }

    /// Reads the rest, once it was answered and whoever handled it has dropped its body.
    pub(crate) async fn drain(self) {
        let Some(Ok(mut body)) = self.0.map(|mut unread| unread.try_recv()) else { return };
        let reading = async {
            let mut bytes = 0;
            while let Ok(Some(Ok(frame))) = timeout(QUIET_MAX, body.frame()).await {
                bytes += frame.data_ref().map_or(0, Bytes::len);
                if bytes > BYTES_MAX {
                    return;
                }
            }
        };
        // A client that sends no more, or too slowly, may lose its answer.
        let _ = timeout(TIME_MAX, reading).await;
    }
}

// === impl Lent ===

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_held_back = false;
        self.body.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.is_held_back {
            return;
        }
        if let (Some(body), Some(back)) = (self.body.take().filter(|body| !body.is_end_stream()), self.back.take()) {
            // Nobody waits for it where the request was given up.
            let _ = back.send(body);
        }
    }
}
