//! `GET /loki/api/v1/tail`: a WebSocket of lines, first those of the time before, then others as they arrive.

use std::sync::Arc;
use std::time::Duration;

use audit::Question;
use axum::body::{Body, Bytes};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, Stream, StreamExt};
use logql::Query;
use model::{TimeRange, Timestamp, limits};
use search::{Cancel, Predicate};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::super::following::{self, Follower, News};
use super::answer::refused;
use super::asked::Asked;
use super::lines::{Shown, Streams};
use crate::app::{App, Deadline};
use crate::problem::Problem;

/// What a socket is told.
struct Tail {
    app: Arc<App>,
    follower: Follower,
    /// Of the time before, the oldest first.
    before: Vec<Vec<u8>>,
    shown: Arc<Shown>,
}

pub(crate) async fn tail(asked: Asked, upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>) -> Response {
    match opened(&asked, upgrade).await {
        Ok((tail, upgrade)) => upgrade.on_upgrade(|socket| serve(socket, tail)),
        Err(problem) => refused(problem),
    }
}

async fn opened(
    asked: &Asked,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<(Tail, WebSocketUpgrade), Problem> {
    asked.refuse_pages()?;
    let (permit, asker) = (asked.permit(Question::Tail).await?, asked.asker()?);
    let upgrade = upgrade.map_err(|error| Problem::bad_request("upgrade_required", error.body_text()))?;
    let params = asked.params(Body::empty()).await?;
    params.refuse("delay_for")?;
    let limit = params.limit()?;
    let range = TimeRange { from: params.range(asked.app.clock.now())?.from, to: Timestamp::MAX };
    let Query::Logs(pipeline) = Query::parse(params.query())? else {
        return Err(Problem::bad_request("logql_invalid", "expecting a log query, not a metric"));
    };
    let (predicate, text) = (Predicate::of_pipeline(&pipeline), pipeline.to_string());
    let follower =
        Follower::new(Arc::clone(&asked.app), following::Asked { permit, predicate, asker, text, after: None }).await?;
    let before = follower.before(range, limit).await?;
    let tail = Tail { app: Arc::clone(&asked.app), follower, before, shown: Arc::new(Shown::of(&pipeline)) };
    Ok((tail, upgrade.max_message_size(limits::SOCKET_MESSAGE_BYTES_MAX).max_frame_size(limits::SOCKET_MESSAGE_BYTES_MAX)))
}

/// Ends when either side does.
async fn serve(socket: WebSocket, tail: Tail) {
    let (sink, stream) = socket.split();
    tokio::select! {
        () = hear(stream) => {}
        () = tell(sink, tail) => {}
    }
}

/// Until the client is gone. It is asked with every heartbeat whether it is there, and what it says beside matters not.
async fn hear<E>(mut stream: impl Stream<Item = Result<Message, E>> + Unpin) {
    let patience = Duration::from_secs(limits::SOCKET_ANSWER_SECONDS_MAX);
    while let Ok(Some(Ok(message))) = timeout(patience, stream.next()).await {
        if matches!(message, Message::Close(_)) {
            return;
        }
    }
}

async fn tell(mut sink: SplitSink<WebSocket, Message>, mut tail: Tail) {
    let before = std::mem::take(&mut tail.before);
    if !before.is_empty() {
        let Some(message) = tail.lines(before, 0).await else { return };
        if sink.send(message).await.is_err() {
            return;
        }
    }
    let mut close = CloseFrame { code: close_code::AWAY, reason: "the server stops".into() };
    while let Some(news) = tail.follower.next().await {
        let message = match news {
            News::Records(records, _) => tail.lines(records.into_iter().map(|(_, record)| record).collect(), 0).await,
            News::Heartbeat { dropped, .. } => {
                if dropped > 0 {
                    let Some(message) = tail.lines(Vec::new(), dropped).await else { return };
                    if sink.send(message).await.is_err() {
                        return;
                    }
                }
                Some(Message::Ping(Bytes::new()))
            }
            News::Ended { code, .. } => {
                close = CloseFrame { code: close_code::POLICY, reason: code.into() };
                break;
            }
        };
        let Some(message) = message else { return };
        if sink.send(message).await.is_err() {
            return;
        }
    }
    // Whoever is gone needs no farewell.
    let _ = sink.send(Message::Close(Some(close))).await;
}

// === impl Tail ===

impl Tail {
    /// `spared` records were left out, which Loki would name one by one; so are those for which a message has no place, and
    /// those for which there was no time.
    async fn lines(&self, records: Vec<Vec<u8>>, spared: u64) -> Option<Message> {
        let (shown, now) = (Arc::clone(&self.shown), self.app.clock.now().nanos().to_string());
        if !shown.rewrites() || records.is_empty() {
            return Some(message(&shown, &records, (spared, now), &Cancel::default()));
        }
        // Stages may have much to do: it is done where questions are answered, and not after whoever asked is gone.
        let place = Arc::clone(&self.app.queries).acquire_owned().await.ok()?;
        let deadline = Deadline::start();
        let cancel = deadline.cancel();
        let write = move || {
            let _place = place;
            message(&shown, &records, (spared, now), &cancel)
        };
        tokio::task::spawn_blocking(write).await.ok()
    }
}

fn message(shown: &Shown, records: &[Vec<u8>], (mut spared, now): (u64, String), cancel: &Cancel) -> Message {
    let mut streams = Streams::new(&[], shown, false, cancel);
    for (at, record) in records.iter().enumerate() {
        // A record that could not be read is in the server's log, and the others go out.
        if matches!(streams.add(record), Ok(false)) || cancel.check().is_err() {
            spared += (records.len() - at) as u64;
            break;
        }
    }
    let spared: Vec<Value> =
        (spared > 0).then(|| json!({"labels": {"dropped": spared.to_string()}, "timestamp": now})).into_iter().collect();
    Message::Text(json!({"streams": streams.finish(), "dropped_entries": spared}).to_string().into())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_shows_no_sign_is_not_waited_for() {
        let pong = || Ok::<_, Infallible>(Message::Pong(Bytes::new()));
        let (began, patience) = (Instant::now(), Duration::from_secs(limits::SOCKET_ANSWER_SECONDS_MAX));
        let mut answered = 0;
        let signs = stream::repeat_with(pong).then(|sign| {
            answered += 1;
            let wait = if answered <= 3 { patience / 2 } else { patience * 2 };
            async move {
                tokio::time::sleep(wait).await;
                sign
            }
        });
        hear(Box::pin(signs)).await;
        assert_eq!(began.elapsed(), patience * 5 / 2);
    }
}
