//! A source is followed: records as they arrive, for as long as whoever asked may read.
//!
//! Always holds: it is asked again before each batch whether this is still allowed; a follower that is too slow is told how
//! many records it was spared.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use audit::{Deed, Question};
use axum::http::StatusCode;
use identity::{Credential, Permit, Read};
use model::{RecordId, TimeRange, limits};
use search::{Find, Order, Pace, Predicate};
use store::Following;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::app::{App, Deadline};
use crate::problem::Problem;

const BATCH_PAUSE: Duration = Duration::from_millis(250);
/// How long a batch waits for a place among the queries before it is tried anew.
const PLACE_WAIT: Duration = Duration::from_secs(1);
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Who follows, and what.
pub(crate) struct Asked {
    pub(crate) permit: Permit<Read>,
    pub(crate) predicate: Predicate,
    /// Whose question it is.
    pub(crate) asker: (Option<Credential>, Deed),
    /// The query, as it was asked.
    pub(crate) text: String,
    /// Everything behind this sequence is given, however much; otherwise the present alone.
    pub(crate) after: Option<u64>,
}

/// What a follower is told.
pub(crate) enum News {
    /// Each with its sequence, in order of arrival; and up to which sequence everything was looked at.
    Records(Vec<(u64, Vec<u8>)>, u64),
    Heartbeat {
        sequence: u64,
        /// Records left out since the last one.
        dropped: u64,
        /// Records a second.
        rate: f64,
    },
    /// What was allowed is allowed no more. Nothing comes after it.
    Ended { code: &'static str, detail: String },
}

pub(crate) struct Follower {
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
    ready: VecDeque<News>,
    /// Nothing comes after what is ready.
    ended: bool,
    asker: Arc<(Option<Credential>, Deed)>,
    text: String,
}

// === impl Follower ===

impl Follower {
    pub(crate) async fn new(app: Arc<App>, asked: Asked) -> Result<Self, Problem> {
        let Asked { permit, predicate, asker, text, after } = asked;
        let permit = Arc::new(permit);
        let came = Arc::new(Notify::new());
        let wake = Arc::clone(&came);
        let (opener, of) = (Arc::clone(&app), Arc::clone(&permit));
        // A source that was not used for a while is opened first, which reads its journal.
        let open = move || {
            let wake = Box::new(move |_| wake.notify_one());
            let following = opener.store.follow(of.scope(), limits::TAILS_PER_SOURCE_MAX, wake);
            following.map(|following| Ok((following, search::present(&opener.store, &of)?))).transpose()
        };
        let opened = tokio::task::spawn_blocking(open).await.map_err(|error| Problem::internal(&error))?;
        let Some((following, durable)) = opened.map_err(|error: search::ScanError| Problem::from(error))? else {
            let detail = format!("a source has at most {} followers at once", limits::TAILS_PER_SOURCE_MAX);
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_followers", detail).retry_after(30));
        };
        Ok(Self {
            permit,
            predicate: Arc::new(predicate),
            came,
            _following: following,
            // A replay ends where the present was when it began; from there on a slow reader is spared.
            replay_until: after.map_or(0, |_| durable),
            sequence: after.unwrap_or(durable),
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
        })
    }

    /// Waits for what comes next; `None` when nothing does.
    pub(crate) async fn next(&mut self) -> Option<News> {
        loop {
            if let Some(news) = self.ready.pop_front() {
                return Some(news);
            }
            if self.ended || *self.stopping.borrow() {
                return None;
            }
            self.step().await?;
        }
    }

    /// The newest matches of this time that are there already, the oldest first.
    pub(crate) async fn before(&self, range: TimeRange, limit: usize) -> Result<Vec<Vec<u8>>, Problem> {
        let place = self.app.query_place().await?;
        let (deadline, present) = (Deadline::start(), self.sequence);
        let (app, permit, predicate) = (Arc::clone(&self.app), Arc::clone(&self.permit), Arc::clone(&self.predicate));
        let cancel = deadline.cancel();
        let find = move || {
            let _place = place;
            let wanted = Find { predicate: &predicate, range, order: Order::NewestFirst, limit, after: None };
            search::find(&app.store, &permit, &wanted, &cancel)
        };
        let found = tokio::task::spawn_blocking(find).await.map_err(|error| Problem::internal(&error))??;
        let mut records = found.records;
        // What came since is told as it comes.
        records.retain(|record| sequence(record).is_none_or(|sequence| sequence <= present));
        records.reverse();
        Ok(records)
    }

    /// Waits for something to happen; `None` ends it.
    async fn step(&mut self) -> Option<()> {
        let wait_beat = tokio::time::sleep_until(self.next_beat);
        let came = Arc::clone(&self.came);
        let behind = self.sequence < self.replay_until;
        let next_batch = self.next_batch;
        let records = async {
            if !behind {
                // In this order: a beat may end the waiting, and what woke it would be forgotten.
                tokio::time::sleep_until(next_batch).await;
                came.notified().await;
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
        self.ready.push_back(News::Ended { code: refused.code, detail: refused.detail().to_owned() });
        self.ended = true;
        false
    }

    fn beat(&mut self) {
        let rate = self.sent_since_beat as f64 / HEARTBEAT.as_secs_f64();
        self.ready.push_back(News::Heartbeat { sequence: self.sequence, dropped: self.dropped, rate });
        self.dropped = 0;
        self.sent_since_beat = 0;
        self.next_beat = Instant::now() + HEARTBEAT;
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
        let place = tokio::time::timeout(PLACE_WAIT, Arc::clone(&self.app.queries).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            // Too many questions are asked: what came is told later, and heartbeats meanwhile.
            self.came.notify_one();
            return Some(());
        };
        let pace = if self.sequence < self.replay_until { Pace::Replay } else { Pace::Live };
        let (app, permit, predicate) = (Arc::clone(&self.app), Arc::clone(&self.permit), Arc::clone(&self.predicate));
        let sequence = self.sequence;
        // Dropped with this future, when the follower is gone.
        let deadline = Deadline::start();
        let cancel = deadline.cancel();
        let read = move || {
            let _place = place;
            search::arrived(&app.store, &permit, (&predicate, pace), sequence, &cancel)
        };
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
            self.ready.push_back(News::Records(arrived.records, self.sequence));
        }
        Some(())
    }
}

/// The sequence of a record that is written out, which starts with its id.
fn sequence(record: &[u8]) -> Option<u64> {
    let id = record.strip_prefix(b"{\"id\":\"")?.split(|byte| *byte == b'"').next()?;
    Some(std::str::from_utf8(id).ok()?.parse::<RecordId>().ok()?.sequence)
}
