//! One source in memory: its fresh tables, its parts, and the requests that wait to become durable.

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::HashMap;
use model::{Day, ObjectId, Scope, Timestamp, limits};
use parking_lot::Mutex;
use seal::{JournalWriter, ObjectName};

use crate::arrivals::Arrivals;
use crate::catalog::PartRow;
use crate::fresh::FreshTable;
use crate::group::{Batch, Content, Delivery, GroupEncoder, NamedBy};
use crate::live::LivePart;

/// A source that this node accepts records for.
pub(crate) struct Source {
    pub(crate) scope: Scope,
    pub(crate) state: Mutex<State>,
    /// Held by the one that commits; whoever takes it must not hold `state`.
    pub(crate) journal: Mutex<JournalEnd>,
    /// Held by the one that writes parts or merges them.
    pub(crate) writing: Mutex<Writing>,
}

/// Parts that are sealed, and that the catalog did not say it has: they are tried again with it, not sealed anew each time.
#[derive(Default)]
pub(crate) struct Writing {
    /// For a table, by its number. The table stays the oldest until this is listed.
    pub(crate) table: Option<(u64, PartRow)>,
    /// For parts that are merged.
    pub(crate) merged: Option<(Vec<ObjectName>, PartRow)>,
}

pub(crate) struct State {
    /// Oldest first; the last one is open for appending, unless it is closed.
    pub(crate) tables: VecDeque<Table>,
    pub(crate) parts: Vec<Arc<LivePart>>,
    pub(crate) quarantined: Vec<PartRow>,
    pub(crate) next_sequence: u64,
    pub(crate) next_table: u64,
    /// Every acknowledged record has a sequence up to this one.
    pub(crate) durable_sequence: u64,
    pub(crate) queue: VecDeque<Waiting>,
    pub(crate) queued_bytes: usize,
    pub(crate) committing: bool,
    pub(crate) deliveries: Deliveries,
}

/// Fresh records, and the journal segments that make them durable.
pub(crate) struct Table {
    pub(crate) number: u64,
    /// Shared with readers, so that a query keeps its rows when the table becomes a part meanwhile.
    pub(crate) fresh: Arc<Mutex<FreshTable>>,
    pub(crate) rows: usize,
    pub(crate) raw_bytes: usize,
    /// Rows that readers may see: those that are durable.
    pub(crate) durable_rows: usize,
    pub(crate) last_sequence: u64,
    pub(crate) opened: Timestamp,
    pub(crate) received: Day,
    pub(crate) closed: bool,
    pub(crate) segments: Vec<ObjectName>,
    pub(crate) deliveries: Vec<Remembered>,
    /// Of the rows that are durable.
    pub(crate) arrivals: Arc<Arrivals>,
}

/// A request that was taken into a fresh table and is not durable yet.
pub(crate) struct Waiting {
    pub(crate) table: u64,
    pub(crate) first_sequence: u64,
    pub(crate) batch: Batch,
    pub(crate) done: Done,
}

/// What became of a request.
pub type Outcome = Result<Durable, CommitError>;

/// Called once, when the request is durable or has failed. Must not block.
pub type Done = Box<dyn FnOnce(Outcome) + Send>;

/// A request's records are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durable {
    pub records: usize,
    /// The sequence of the last of them, also where an earlier delivery of the same name stored them; `None` where there is
    /// none, or where it is not remembered.
    pub last_sequence: Option<u64>,
    /// No earlier delivery of the same name was answered with success.
    pub is_first: bool,
}

/// Why a request that was well formed did not become durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    #[error("the disk is full; nothing of the request was stored")]
    DiskFull,
    #[error("no data key may seal now; nothing of the request was stored")]
    NoKey,
    #[error("the journal could not be written; nothing of the request was stored")]
    Journal,
}

/// Where the next frame goes.
pub(crate) struct JournalEnd {
    pub(crate) segment: Option<Segment>,
    pub(crate) fence: Option<(ObjectName, u64)>,
    pub(crate) encoder: GroupEncoder,
}

pub(crate) struct Segment {
    pub(crate) table: u64,
    pub(crate) writer: JournalWriter,
    /// The sealed length of what was synced.
    pub(crate) durable_end: u64,
}

/// Deliveries that were stored lately, so that a repetition is answered and not stored.
#[derive(Default)]
pub(crate) struct Deliveries {
    known: HashMap<Delivery, DeliveryState>,
    /// Those that were stored, the oldest first.
    order: [VecDeque<(Delivery, Timestamp)>; NamedBy::ALL.len()],
}

/// A delivery that was stored, and what is answered when it comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    pub(crate) delivery: Delivery,
    pub(crate) content: Option<Content>,
    pub(crate) arrived: Timestamp,
    pub(crate) records: u32,
    /// `None` where none was stored, or a version wrote it that did not remember.
    pub(crate) last_sequence: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    Pending(Option<Content>),
    Stored(Remembered),
}

// === impl State ===

impl State {
    pub(crate) fn new(next_sequence: u64) -> Self {
        Self {
            tables: VecDeque::new(),
            parts: Vec::new(),
            quarantined: Vec::new(),
            next_sequence,
            next_table: 0,
            durable_sequence: next_sequence - 1,
            queue: VecDeque::new(),
            queued_bytes: 0,
            committing: false,
            deliveries: Deliveries::default(),
        }
    }

    /// The table that takes records arriving now. A table holds the records of one UTC day.
    pub(crate) fn open_table(&mut self, now: Timestamp, fresh: impl FnOnce() -> FreshTable) -> &mut Table {
        let day = now.day();
        let has_room = |table: &Table| table.raw_bytes < limits::FRESH_RAW_BYTES && !table.arrivals.is_full();
        let fits = |table: &Table| !table.closed && table.received == day && has_room(table);
        if !self.tables.back().is_some_and(fits) {
            self.close_table();
            self.next_table += 1;
            self.tables.push_back(Table::new(self.next_table, now, fresh()));
        }
        let last = self.tables.len() - 1;
        &mut self.tables[last]
    }

    /// The table that takes a segment's records when it is replayed: all of them went into one, whatever it holds meanwhile.
    pub(crate) fn replayed_table(&mut self, arrived: Timestamp) -> &mut Table {
        if self.tables.back().is_none_or(|table| table.closed) {
            self.next_table += 1;
            self.tables.push_back(Table::new(self.next_table, arrived, FreshTable::new()));
        }
        let last = self.tables.len() - 1;
        &mut self.tables[last]
    }

    pub(crate) fn close_table(&mut self) {
        if let Some(table) = self.tables.back_mut() {
            table.closed = true;
        }
    }

    /// Keeps a damaged segment for inspection: no table deletes it.
    pub(crate) fn keep_segment(&mut self, segment: &ObjectName) {
        for table in &mut self.tables {
            table.segments.retain(|name| name != segment);
        }
    }

    /// Whatever deletes the one segment, deletes the other after it.
    pub(crate) fn keep_with(&mut self, segment: &ObjectName, other: ObjectId) {
        for table in &mut self.tables {
            if table.segments.iter().any(|name| name.object == other) && !table.segments.contains(segment) {
                table.segments.push(*segment);
            }
        }
    }

    pub(crate) fn table(&mut self, number: u64) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.number == number)
    }
}

// === impl Table ===

impl Table {
    pub(crate) fn new(number: u64, now: Timestamp, fresh: FreshTable) -> Self {
        Self {
            number,
            fresh: Arc::new(Mutex::new(fresh)),
            rows: 0,
            raw_bytes: 0,
            durable_rows: 0,
            last_sequence: 0,
            opened: now,
            received: now.day(),
            closed: false,
            segments: Vec::new(),
            deliveries: Vec::new(),
            arrivals: Arc::default(),
        }
    }

    /// A batch became durable.
    pub(crate) fn note_arrival(&mut self, first_sequence: u64, batch: &Batch) {
        if let Some(sender) = &batch.sender {
            let at = batch.arrived.nanos().div_euclid(1_000_000_000);
            Arc::make_mut(&mut self.arrivals).add(first_sequence, batch.rows, at, sender);
        }
    }

    /// Whether the table can become a part: nobody appends any more, and all of it is durable.
    pub(crate) fn is_settled(&self) -> bool {
        self.closed && self.durable_rows == self.rows
    }
}

// === impl Remembered ===

impl Remembered {
    pub(crate) fn of(batch: &Batch, first_sequence: u64) -> Option<Self> {
        let Batch { arrived, rows: records, content, .. } = *batch;
        let last_sequence = Some(first_sequence + u64::from(records).saturating_sub(1)).filter(|_| records > 0);
        batch.delivery.map(|delivery| Self { delivery, content, arrived, records, last_sequence })
    }
}

// === impl DeliveryState ===

impl DeliveryState {
    /// Whether something else came under the name before. Of what came without being held to its name nothing is known.
    pub(crate) fn is_of_another(&self, content: Option<Content>) -> bool {
        let (Self::Pending(known) | Self::Stored(Remembered { content: known, .. })) = self;
        known.is_some_and(|known| content.is_some_and(|content| content != known))
    }
}

// === impl Deliveries ===

impl Deliveries {
    pub(crate) fn get(&self, delivery: &Delivery, now: Timestamp) -> Option<DeliveryState> {
        self.known.get(delivery).copied().filter(|state| match state {
            DeliveryState::Pending(_) => true,
            DeliveryState::Stored(stored) => stored.arrived >= delivery.by.horizon(now),
        })
    }

    pub(crate) fn begin(&mut self, delivery: Delivery, content: Option<Content>) {
        self.known.insert(delivery, DeliveryState::Pending(content));
    }

    pub(crate) fn forget(&mut self, delivery: &Delivery) {
        self.known.remove(delivery);
    }

    pub(crate) fn stored(&mut self, remembered: Remembered) {
        let Remembered { delivery, arrived, .. } = remembered;
        self.known.insert(delivery, DeliveryState::Stored(remembered));
        self.order[delivery.by as usize].push_back((delivery, arrived));
        self.forget_old(arrived);
    }

    /// Forgets those whose time is over, and the oldest of too many.
    pub(crate) fn forget_old(&mut self, now: Timestamp) {
        for by in NamedBy::ALL {
            let (order, horizon) = (&mut self.order[by as usize], by.horizon(now));
            while order.len() > limits::IDEMPOTENCY_KEYS_MAX || order.front().is_some_and(|(_, at)| *at < horizon) {
                let Some((oldest, at)) = order.pop_front() else { break };
                // Unless it was stored again since.
                let is_that = |state: &DeliveryState| matches!(state, DeliveryState::Stored(stored) if stored.arrived == at);
                if self.known.get(&oldest).is_some_and(is_that) {
                    self.known.remove(&oldest);
                }
            }
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("scope", &self.scope).finish_non_exhaustive()
    }
}
