//! `GET /loki/api/v1/tail`: a WebSocket of lines, first those of the time before, then others as they arrive.

use std::sync::Arc;

use audit::Question;
use axum::body::Body;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use logql::Query;
use model::{TimeRange, Timestamp};
use search::Predicate;
use serde_json::{Value, json};

use super::super::following::{self, Follower, News};
use super::answer::refused;
use super::asked::Asked;
use super::lines::Streams;
use crate::app::App;
use crate::problem::Problem;

/// Bytes of a message from a client, which has nothing to say.
const MESSAGE_BYTES_MAX: usize = 4 << 10;

/// What a socket is told.
struct Tail {
    app: Arc<App>,
    follower: Follower,
    /// Of the time before, the oldest first.
    before: Vec<Vec<u8>>,
    /// Labels that the answer is without.
    dropped: Vec<String>,
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
    let follower = Follower::new(Arc::clone(&asked.app), following::Asked { permit, predicate, asker, text, after: None })?;
    let before = follower.before(range, limit).await?;
    let tail = Tail { app: Arc::clone(&asked.app), follower, before, dropped: pipeline.dropped() };
    Ok((tail, upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX)))
}

/// Ends when either side does.
async fn serve(socket: WebSocket, tail: Tail) {
    let (sink, stream) = socket.split();
    tokio::select! {
        () = hear(stream) => {}
        () = tell(sink, tail) => {}
    }
}

/// Until the client is gone: a ping is answered as it is read, and nothing else matters.
async fn hear(mut stream: SplitStream<WebSocket>) {
    while let Some(Ok(message)) = stream.next().await {
        if matches!(message, Message::Close(_)) {
            return;
        }
    }
}

async fn tell(mut sink: SplitSink<WebSocket, Message>, mut tail: Tail) {
    let before = std::mem::take(&mut tail.before);
    if !before.is_empty() && sink.send(tail.lines(before.iter().map(Vec::as_slice), 0)).await.is_err() {
        return;
    }
    let mut close = CloseFrame { code: close_code::AWAY, reason: "the server stops".into() };
    while let Some(news) = tail.follower.next().await {
        let message = match news {
            News::Records(records, _) => tail.lines(records.iter().map(|(_, record)| record.as_slice()), 0),
            News::Heartbeat { dropped: 0, .. } => Message::Ping(axum::body::Bytes::new()),
            News::Heartbeat { dropped, .. } => tail.lines([], dropped),
            News::Ended { code, .. } => {
                close = CloseFrame { code: close_code::POLICY, reason: code.into() };
                break;
            }
        };
        if sink.send(message).await.is_err() {
            return;
        }
    }
    // Whoever is gone needs no farewell.
    let _ = sink.send(Message::Close(Some(close))).await;
}

// === impl Tail ===

impl Tail {
    /// `spared` records were left out, which Loki would name one by one.
    fn lines<'r>(&self, records: impl IntoIterator<Item = &'r [u8]>, spared: u64) -> Message {
        let mut streams = Streams::new(&[], &self.dropped, false);
        for record in records {
            // A record that could not be read is in the server's log, and the others go out.
            let _ = streams.add(record);
        }
        let now = self.app.clock.now().nanos().to_string();
        let spared: Vec<Value> =
            (spared > 0).then(|| json!({"labels": {"dropped": spared.to_string()}, "timestamp": now})).into_iter().collect();
        Message::Text(json!({"streams": streams.finish(), "dropped_entries": spared}).to_string().into())
    }
}
