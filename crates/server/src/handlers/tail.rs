//! `GET /v1/sources/{id}/tail`: records as they arrive, as Server-Sent Events.
//!
//! | event | data |
//! |---|---|
//! | `records` | a JSON array of records, each with its `sequence`; the event's id is the last one |
//! | `ended` | `{"code", "detail"}`: what was allowed is allowed no more |
//! | `heartbeat` | `{"sequence", "dropped", "rate"}`: how far the stream is, records left out since the last one, records a second |
//!
//! A client that comes back with `Last-Event-ID` or `after` gets everything from there on, then follows the present.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use audit::{Deed, Question};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use futures_util::stream::{self, Stream};
use identity::{Credential, Permit, Read};
use model::limits;
use search::{Cancel, Pace, Predicate};
use store::Following;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::reader::{Reader, marked};
use crate::api::{Media, Typed};
use crate::app::App;
use crate::problem::Problem;

const BATCH_PAUSE: Duration = Duration::from_millis(250);
const HEARTBEAT: Duration = Duration::from_secs(2);

pub(crate) async fn tail(reader: Reader) -> Result<Typed<EventStream>, Problem> {
    let permit = reader.permit(Question::Tail).await?;
    let asker = reader.asker()?;
    let Reader { app, params, headers, .. } = reader;
    let text = params.q.clone();
    let access = app.identity.asked_by_staff(&permit, Question::Tail, &text).map(|asked| asked.access.to_string());
    let (_, predicate) = params.predicate(app.clock.now())?;
    if app.store.followers(permit.scope()) >= limits::TAILS_PER_SOURCE_MAX {
        let detail = format!("a source has at most {} followers at once", limits::TAILS_PER_SOURCE_MAX);
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_followers", detail).retry_after(30));
    }
    let last_seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok()).or(params.after);
    let came = Arc::new(Notify::new());
    let wake = Arc::clone(&came);
    let following = app.store.follow(permit.scope(), Box::new(move |_| wake.notify_one()));
    let durable = search::present(&app.store, &permit)?;
    let follower = Follower {
        permit: Arc::new(permit),
        predicate: Arc::new(predicate),
        came,
        _following: following,
        // A replay ends where the present was when it began; from there on a slow reader is spared.
        replay_until: last_seen.map_or(0, |_| durable),
        sequence: last_seen.unwrap_or(durable),
        dropped: 0,
        sent_since_beat: 0,
        next_batch: Instant::now(),
        next_beat: Instant::now(),
        stopping: app.stopping.clone(),
        ready: VecDeque::new(),
        ended: false,
        asker: Arc::new(asker),
        text,
        app,
    };
    let response = Sse::new(events(follower)).into_response();
    let mut response = match &access {
        Some(access) => marked(access, response),
        None => response,
    };
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    Ok(Typed::new(response))
}

/// Server-Sent Events.
pub(crate) enum EventStream {}

struct Follower {
    app: Arc<App>,
    permit: Arc<Permit<Read>>,
    predicate: Arc<Predicate>,
    came: Arc<Notify>,
    _following: Following,
    replay_until: u64,
    sequence: u64,
    dropped: u64,
    sent_since_beat: usize,
    next_batch: Instant,
    next_beat: Instant,
    stopping: watch::Receiver<bool>,
    ready: VecDeque<Event>,
    /// Nothing comes after what is ready.
    ended: bool,
    asker: Arc<(Option<Credential>, Deed)>,
    /// The query, as it was asked.
    text: String,
}

// === impl EventStream ===

impl Media for EventStream {
    const KINDS: &'static [&'static str] = &["text/event-stream"];
}

fn events(follower: Follower) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(follower, |mut follower| async move {
        loop {
            if let Some(event) = follower.ready.pop_front() {
                return Some((Ok(event), follower));
            }
            if follower.ended || *follower.stopping.borrow() {
                return None;
            }
            follower.step().await?;
        }
    })
}

// === impl Follower ===

impl Follower {
    /// Waits for what comes next; `None` ends the stream.
    async fn step(&mut self) -> Option<()> {
        let wait_beat = tokio::time::sleep_until(self.next_beat);
        let came = Arc::clone(&self.came);
        let behind = self.sequence < self.replay_until;
        let next_batch = self.next_batch;
        let records = async {
            if !behind {
                came.notified().await;
                tokio::time::sleep_until(next_batch).await;
            }
        };
        tokio::select! {
            biased;
            _ = self.stopping.changed() => None,
            () = wait_beat => {
                if self.is_still_allowed().await {
                    self.beat();
                }
                Some(())
            }
            () = records => match self.is_still_allowed().await {
                true => self.read().await,
                false => Some(()),
            },
        }
    }

    /// Asks again before each batch: a key may have been revoked, a role taken away, access of staff ended.
    async fn is_still_allowed(&mut self) -> bool {
        let (app, asker, scope) = (Arc::clone(&self.app), Arc::clone(&self.asker), self.permit.scope());
        let ask = move || {
            let deed = Deed { at: app.clock.now(), ..asker.1.clone() };
            app.identity.is_still_allowed(asker.0.as_ref(), scope, &deed)
        };
        let refused = match tokio::task::spawn_blocking(ask).await {
            Ok(Ok(())) => return true,
            Ok(Err(refused)) => Problem::from(refused),
            Err(error) => Problem::internal(&error),
        };
        let data = serde_json::json!({"code": refused.code, "detail": refused.detail()});
        self.ready.push_back(Event::default().event("ended").data(data.to_string()));
        self.ended = true;
        false
    }

    fn beat(&mut self) {
        let data = serde_json::json!({
            "sequence": self.sequence,
            "dropped": self.dropped,
            "rate": self.sent_since_beat as f64 / HEARTBEAT.as_secs_f64(),
        });
        self.dropped = 0;
        self.sent_since_beat = 0;
        self.next_beat = Instant::now() + HEARTBEAT;
        self.ready.push_back(Event::default().event("heartbeat").data(data.to_string()));
    }

    /// Tells what staff are shown before they are; `None` where it cannot be told.
    async fn tell(&self, records: u64) -> Option<()> {
        let Some(asked) = self.app.identity.asked_by_staff(&self.permit, Question::Tail, &self.text) else { return Some(()) };
        let app = Arc::clone(&self.app);
        let told = tokio::task::spawn_blocking(move || app.identity.tell_question(asked, records)).await;
        match told {
            Ok(Ok(())) => Some(()),
            Ok(Err(_)) | Err(_) => None,
        }
    }

    async fn read(&mut self) -> Option<()> {
        let pace = if self.sequence < self.replay_until { Pace::Replay } else { Pace::Live };
        let (app, permit, predicate) = (Arc::clone(&self.app), Arc::clone(&self.permit), Arc::clone(&self.predicate));
        let sequence = self.sequence;
        let read = move || search::arrived(&app.store, &permit, (&predicate, pace), sequence, &Cancel::default());
        let arrived = match tokio::task::spawn_blocking(read).await {
            Ok(Ok(arrived)) => arrived,
            Ok(Err(error)) => {
                let problem = Problem::from(error);
                tracing::warn!(code = problem.code, "a tail ended");
                return None;
            }
            Err(error) => {
                let _ = Problem::internal(&error);
                return None;
            }
        };
        self.sequence = arrived.sequence;
        self.dropped += arrived.dropped;
        self.sent_since_beat += arrived.records.len();
        self.next_batch = Instant::now() + BATCH_PAUSE;
        if arrived.more {
            self.came.notify_one();
        }
        if !arrived.records.is_empty() {
            self.tell(arrived.records.len() as u64).await?;
            self.ready.push_back(batch(&arrived.records, self.sequence));
        }
        Some(())
    }
}

/// Puts each record's sequence into the record.
fn batch(records: &[(u64, Vec<u8>)], sequence: u64) -> Event {
    let mut data = String::from("[");
    for (at, (sequence, record)) in records.iter().enumerate() {
        if at > 0 {
            data.push(',');
        }
        data.push_str(&format!("{{\"sequence\":{sequence},"));
        data.push_str(&String::from_utf8_lossy(record.get(1..).unwrap_or_default()));
    }
    data.push(']');
    Event::default().event("records").id(sequence.to_string()).data(data)
}
