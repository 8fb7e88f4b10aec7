//! `GET /v1/sources/{id}/tail`: records as they arrive, as Server-Sent Events.
//!
//! | event | data |
//! |---|---|
//! | `records` | a JSON array of records, each with its `sequence`; the event's id is the last one |
//! | `ended` | `{"code", "detail"}`: what was allowed is allowed no more |
//! | `heartbeat` | `{"sequence", "dropped", "rate"}`: how far the stream is, records left out since the last one, records a second |
//!
//! A client that comes back with `Last-Event-ID` or `after` gets everything from there on, then follows the present.

use std::convert::Infallible;

use audit::Question;
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use futures_util::stream::{self, Stream};

use super::following::{Asked, Follower, News};
use super::reader::{Reader, marked};
use crate::api::{Media, Typed};
use crate::problem::Problem;

pub(crate) async fn tail(reader: Reader) -> Result<Typed<EventStream>, Problem> {
    let permit = reader.permit(Question::Tail).await?;
    let asker = reader.asker()?;
    let Reader { app, params, headers, .. } = reader;
    let text = params.q.clone();
    let access = app.identity.asked_by_staff(&permit, Question::Tail, &text).map(|asked| asked.access.to_string());
    let (_, predicate) = params.predicate(app.clock.now())?;
    let after = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok()).or(params.after);
    let follower = Follower::new(app, Asked { permit, predicate, asker, text, after }).await?;
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

// === impl EventStream ===

impl Media for EventStream {
    const KINDS: &'static [&'static str] = &["text/event-stream"];
}

fn events(follower: Follower) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(follower, |mut follower| async move {
        let news = follower.next().await?;
        Some((Ok(event(&news)), follower))
    })
}

fn event(news: &News) -> Event {
    match news {
        News::Records(records, sequence) => batch(records, *sequence),
        News::Heartbeat { sequence, dropped, rate } => {
            let data = serde_json::json!({"sequence": sequence, "dropped": dropped, "rate": rate});
            Event::default().event("heartbeat").data(data.to_string())
        }
        News::Ended { code, detail } => {
            let data = serde_json::json!({"code": code, "detail": detail});
            Event::default().event("ended").data(data.to_string())
        }
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
