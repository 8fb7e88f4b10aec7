//! What a client still sends of a request that was answered before its body was read, as those that are refused are.
//!
//! Over HTTP/2 a stream whose body nobody reads is reset behind the answer. RFC 9113, section 8.1, forbids clients to drop the
//! answer for that, and curl 7.88 does; so what is on its way is read first, as far as it is little and comes at once.
//!
//! Always holds: what is read so is not kept, and bounded in bytes and time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::Version;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::oneshot;

const BYTES_MAX: usize = 256 << 10;
const TIME_MAX: Duration = Duration::from_millis(500);

/// A body that comes back if it is dropped before its end.
struct Lent {
    body: Option<Body>,
    back: Option<oneshot::Sender<Body>>,
}

/// Where a lent body comes back.
pub(crate) struct Unread(Option<oneshot::Receiver<Body>>);

// === impl Unread ===

impl Unread {
    /// Lends a request's body to whoever handles it.
    pub(crate) fn of(request: &mut Request) -> Self {
        if request.version() != Version::HTTP_2 || request.body().is_end_stream() {
            return Self(None);
        }
        let (back, unread) = oneshot::channel();
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Lent { body: Some(body), back: Some(back) });
        Self(Some(unread))
    }

    /// Reads the rest, once it was answered and whoever handled it has dropped its body.
    pub(crate) async fn drain(self) {
        let Some(Ok(mut body)) = self.0.map(|mut unread| unread.try_recv()) else { return };
        let reading = async {
            let mut bytes = 0;
            while let Some(Ok(frame)) = body.frame().await {
                bytes += frame.data_ref().map_or(0, Bytes::len);
                if bytes > BYTES_MAX {
                    return;
                }
            }
        };
        // A client that sends no more, or too slowly, has its stream reset.
        let _ = tokio::time::timeout(TIME_MAX, reading).await;
    }
}

// === impl Lent ===

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
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
        if let (Some(body), Some(back)) = (self.body.take().filter(|body| !body.is_end_stream()), self.back.take()) {
            // Nobody waits for it where the request was given up.
            let _ = back.send(body);
        }
    }
}
