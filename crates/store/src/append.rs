//! Takes a request into the fresh table and the queue in front of the journal. Nothing is acknowledged here.

use bytes::Bytes;
use model::{Scope, Timestamp, limits};

use crate::arrivals::Sender;
use crate::fresh::{Arrival, FreshTable, ShredError};
use crate::group::{Batch, Content, Delivery};
use crate::source::{CommitError, DeliveryState, Done, Durable, Remembered, Source, Waiting};
use crate::store::Store;

/// A request for one source: its records in normal form, what the delivery is known by, what has to come again under its
/// name where that is held to it, and who sent it.
#[derive(Debug, Clone)]
pub struct Append {
    pub body: Bytes,
    pub delivery: Option<Delivery>,
    pub content: Option<Content>,
    pub sender: Option<Sender>,
}

/// What the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Call `Store::commit` for the source, on a thread that may block.
    Commit,
    /// Someone else commits already; wait for `done`.
    Wait,
}

#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    #[error(transparent)]
    Refused(#[from] ShredError),
    #[error("records arrive faster than they can be stored; send them again later")]
    Busy,
    #[error("the same delivery is still being stored; send it again later")]
    DeliveryPending,
    #[error("something else was sent under the same name; give each request a name of its own")]
    DeliveryReused,
    #[error("the source could not be opened")]
    Source(#[from] crate::recover::RecoverError),
}

/// Why a body would be refused, found without storing it.
#[must_use]
pub fn refusal(body: &[u8]) -> Option<ShredError> {
    FreshTable::new().append(body, Arrival { at: Timestamp::from_nanos(0), first_sequence: 1 }).err()
}

// === impl Store ===

impl Store {
    /// Reads the request's records, all or none, and queues them for the journal. `done` is called when they are durable
    /// or have failed; on an error it is dropped.
    pub fn append(&self, scope: Scope, request: Append, done: Done) -> Result<Next, AppendError> {
        let source = self.source(scope)?;
        if self.fresh_raw_bytes() + request.body.len() > limits::FRESH_RAW_BYTES_TOTAL {
            self.wake_maintenance();
            return Err(AppendError::Busy);
        }
        let next = self.append_to(&source, request, done)?;
        Ok(next)
    }

    fn append_to(&self, source: &Source, request: Append, done: Done) -> Result<Next, AppendError> {
        let now = self.clock.now();
        let delivery = request.delivery.map(|delivery| delivery.marked(self.sealed.keys(), source.scope));
        let content = request.content.map(|content| content.marked(self.sealed.keys(), source.scope));
        let mut state = source.state.lock();
        if state.queued_bytes + request.body.len() > limits::PENDING_BYTES_MAX {
            return Err(AppendError::Busy);
        }
        let held: usize = state.tables.iter().map(|table| table.raw_bytes).sum();
        if held + request.body.len() > limits::FRESH_RAW_BYTES_PER_SOURCE {
            drop(state);
            self.wake_maintenance();
            return Err(AppendError::Busy);
        }
        match delivery.as_ref().and_then(|delivery| state.deliveries.get(delivery, now)) {
            Some(known) if known.is_of_another(content) => return Err(AppendError::DeliveryReused),
            Some(DeliveryState::Stored(Remembered { records, last_sequence, .. })) => {
                drop(state);
                done(Ok(Durable { records: records as usize, last_sequence, is_first: false }));
                return Ok(Next::Wait);
            }
            Some(DeliveryState::Pending(_)) => return Err(AppendError::DeliveryPending),
            None => {}
        }
        let first_sequence = state.next_sequence;
        let tables_before = state.tables.len();
        let table = state.open_table(now, || self.new_fresh_table());
        let arrival = Arrival { at: now, first_sequence };
        let appended = table.fresh.lock().append(&request.body, arrival)?;
        if appended.rows == 0 {
            // Nothing of it is written, so until the next start only: then it is as it was the first time.
            if let Some(delivery) = delivery {
                state.deliveries.stored(Remembered { delivery, content, arrived: now, records: 0, last_sequence: None });
            }
            drop(state);
            done(Ok(Durable { records: 0, last_sequence: None, is_first: true }));
            return Ok(Next::Wait);
        }
        let number = table.number;
        table.rows += appended.rows;
        table.raw_bytes += request.body.len();
        table.last_sequence = first_sequence + appended.rows as u64 - 1;
        state.next_sequence = first_sequence + appended.rows as u64;
        if let Some(delivery) = delivery {
            state.deliveries.begin(delivery, content);
        }
        self.count_fresh(request.body.len());
        state.queued_bytes += request.body.len();
        let Append { body, sender, .. } = request;
        let batch = Batch { arrived: now, rows: appended.rows as u32, delivery, content, sender, body };
        state.queue.push_back(Waiting { table: number, first_sequence, batch, done });
        let turned = state.tables.len() > tables_before && tables_before > 0;
        let next = if state.committing { Next::Wait } else { Next::Commit };
        state.committing = true;
        drop(state);
        if turned {
            self.wake_maintenance();
        }
        Ok(next)
    }
}

impl CommitError {
    /// A stable name for the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::DiskFull => "disk_full",
            Self::NoKey => "no_data_key",
            Self::Journal => "journal_failed",
        }
    }
}
