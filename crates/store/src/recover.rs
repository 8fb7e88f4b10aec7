//! Brings a source back after a stop of any kind: its parts from the catalog, its fresh records from the journal.
//!
//! Always holds: a frame whose records a part has absorbed is skipped, so nothing is found twice; what lies beyond a fence
//! was answered with an error and is skipped, and a fence stays as long as the segment that it fences; a frame that does not open is reported and its segment kept.

use hashbrown::{HashMap, HashSet};
use model::{ObjectId, Scope};
use parking_lot::Mutex;
use seal::{JournalError, ObjectKind, ObjectName, OpenError, Tail};

use crate::catalog::{CatalogError, PartState};
use crate::fresh::Arrival;
use crate::group::{Frame, Group, GroupEncoder, Start};
use crate::live::LivePart;
use crate::source::{JournalEnd, Remembered, Source, State};
use crate::store::Store;

/// Sequences left unused after a damaged frame, whose own are not known: more than one frame can hold.
const SEQUENCES_OF_A_FRAME: u64 = 1 << 27;

#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("sealed objects could not be listed or removed")]
    Disk(#[from] seal::DiskError),
    #[error("journal segment {0} could not be opened")]
    Segment(ObjectName, #[source] OpenError),
    #[error("journal segment {0} could not be read")]
    Read(ObjectName, #[source] JournalError),
    #[error("the keys could not be listed")]
    Keys(#[from] seal::KeyError),
    #[error("the journal's compressor could not be made")]
    Encoder(#[source] std::io::Error),
}

/// What a segment says of itself before its records are read.
struct Found {
    name: ObjectName,
    first_sequence: u64,
    fence: Option<(ObjectId, u64)>,
}

/// What is known while one segment is replayed.
struct Replay<'a> {
    segment: &'a ObjectName,
    absorbed: u64,
    fence: u64,
}

// === impl Store ===

impl Store {
    pub(crate) fn load(&self, scope: Scope) -> Result<Source, RecoverError> {
        let absorbed = self.catalog.absorbed(scope)?;
        let mut state = State::new(absorbed + 1);
        for row in self.catalog.parts(scope)? {
            state.next_sequence = state.next_sequence.max(row.sequences.1 + 1);
            match row.state {
                PartState::Live => state.parts.push(LivePart::new(row, self.sealed.clone())),
                PartState::Quarantined => state.quarantined.push(row),
            }
        }
        let now = self.clock.now();
        for remembered in self.catalog.deliveries(scope, now)? {
            state.deliveries.stored(remembered);
        }
        self.replay(scope, absorbed, &mut state)?;
        state.durable_sequence = state.next_sequence - 1;
        let encoder = GroupEncoder::new().map_err(RecoverError::Encoder)?;
        let journal = Mutex::new(JournalEnd { segment: None, fence: None, encoder });
        Ok(Source { scope, state: Mutex::new(state), journal, writing: Mutex::default() })
    }

    fn replay(&self, scope: Scope, absorbed: u64, state: &mut State) -> Result<(), RecoverError> {
        let (mut segments, mut kept) = (Vec::new(), HashSet::new());
        for (name, _) in self.sealed.list(scope, ObjectKind::Journal)? {
            match self.read_start(&name) {
                Ok(Some(found)) => segments.push(found),
                // The crash came before its first frame was durable: nothing in it was ever acknowledged.
                Ok(None) => {
                    self.delete_leftover(&name);
                }
                Err(RecoverError::Segment(_, error)) if error.is_damage() => {
                    tracing::error!(segment = %name, error = %error, "a journal segment cannot be opened; it is kept, and the rest recovered");
                    kept.insert(name.object);
                    state.next_sequence += SEQUENCES_OF_A_FRAME;
                }
                Err(error) => return Err(error),
            }
        }
        segments.sort_by_key(|segment| segment.first_sequence);
        let fences: HashMap<ObjectId, u64> = segments.iter().filter_map(|segment| segment.fence).collect();
        for segment in &segments {
            let fence = fences.get(&segment.name.object).copied().unwrap_or(u64::MAX);
            let is_needed = self.replay_segment(&Replay { segment: &segment.name, absorbed, fence }, state)?;
            let fenced = segment.fence.map(|(fenced, _)| fenced).filter(|fenced| kept.contains(fenced));
            let is_kept = match fenced {
                _ if is_needed => true,
                Some(fenced) => {
                    state.keep_with(&segment.name, fenced);
                    true
                }
                None => !self.delete_leftover(&segment.name),
            };
            if is_kept {
                kept.insert(segment.name.object);
            }
        }
        state.close_table();
        Ok(())
    }

    /// Whether the segment holds what nothing else does, or is kept for inspection.
    fn replay_segment(&self, replay: &Replay<'_>, state: &mut State) -> Result<bool, RecoverError> {
        let name = replay.segment;
        // All of it went into one table, and goes with one: a table that was closed early would take in the next segment's
        // beginning, and its end be deleted with it.
        state.close_table();
        let mut reader = self.sealed.read_journal(name).map_err(|source| RecoverError::Segment(*name, source))?;
        let (mut is_damaged, mut is_needed) = (false, false);
        loop {
            let frame = match reader.next() {
                Ok(None) => break,
                Ok(Some(frame)) => frame,
                Err(JournalError::Damaged { frame, at }) => {
                    tracing::error!(segment = %name, frame, at, "a journal frame is damaged");
                    is_damaged = true;
                    continue;
                }
                Err(error) => return Err(RecoverError::Read(*name, error)),
            };
            let group = match Frame::decode(&frame.bytes) {
                Ok(Frame::Group(group)) => group,
                Ok(Frame::Start(_)) => continue,
                Err(error) => {
                    tracing::error!(segment = %name, error = %error, "a journal frame is damaged");
                    is_damaged = true;
                    continue;
                }
            };
            let rows: u64 = group.batches.iter().map(|batch| u64::from(batch.rows)).sum();
            let last = group.first_sequence + rows.saturating_sub(1);
            state.next_sequence = state.next_sequence.max(last + 1);
            if last <= replay.absorbed || frame.end > replay.fence {
                continue;
            }
            is_needed = true;
            if let Err(error) = self.replay_group(&group, name, state) {
                tracing::error!(segment = %name, error = %error, "a journal frame opened but could not be read again");
                is_damaged = true;
            }
        }
        if let Some(Tail::Torn { at }) = reader.tail() {
            tracing::info!(segment = %name, at, "the journal ends in a write that was never acknowledged");
        }
        if is_damaged {
            tracing::error!(segment = %name, "a journal segment is damaged; what could be read was recovered, the segment is kept");
            state.next_sequence += SEQUENCES_OF_A_FRAME;
            state.keep_segment(name);
        }
        Ok(is_needed || is_damaged)
    }

    /// What nothing needs any more. If it cannot be deleted now, the next start tries again. Whether it is gone.
    fn delete_leftover(&self, name: &ObjectName) -> bool {
        let deleted = self.sealed.delete(name).inspect_err(|error| {
            let error: &dyn std::error::Error = error;
            tracing::warn!(object = %name, error, "could not delete a leftover");
        });
        deleted.is_ok()
    }

    fn replay_group(&self, group: &Group, segment: &ObjectName, state: &mut State) -> Result<(), crate::fresh::ShredError> {
        let mut sequence = group.first_sequence;
        for batch in &group.batches {
            let table = state.replayed_table(batch.arrived);
            let arrival = Arrival { at: batch.arrived, first_sequence: sequence };
            let appended = table.fresh.lock().append(&batch.body, arrival)?;
            table.rows += appended.rows;
            table.durable_rows = table.rows;
            table.raw_bytes += batch.body.len();
            table.note_arrival(sequence, batch);
            let remembered = Remembered::of(batch, sequence);
            sequence += u64::from(batch.rows);
            table.last_sequence = sequence - 1;
            if !table.segments.contains(segment) {
                table.segments.push(*segment);
            }
            if let Some(remembered) = remembered {
                table.deliveries.push(remembered);
                state.deliveries.stored(remembered);
            }
            self.count_fresh(batch.body.len());
        }
        Ok(())
    }

    /// Reads up to the first frame that says where the segment belongs.
    fn read_start(&self, name: &ObjectName) -> Result<Option<Found>, RecoverError> {
        let mut reader = self.sealed.read_journal(name).map_err(|source| RecoverError::Segment(*name, source))?;
        let mut is_damaged = false;
        loop {
            match reader.next() {
                Ok(Some(frame)) => match Frame::decode(&frame.bytes) {
                    Ok(Frame::Start(Start { first_sequence, fence })) => {
                        return Ok(Some(Found { name: *name, first_sequence, fence }));
                    }
                    Ok(Frame::Group(group)) => {
                        return Ok(Some(Found { name: *name, first_sequence: group.first_sequence, fence: None }));
                    }
                    Err(_) => is_damaged = true,
                },
                Ok(None) => return Ok(is_damaged.then_some(Found { name: *name, first_sequence: 0, fence: None })),
                Err(JournalError::Damaged { .. }) => is_damaged = true,
                Err(error) => return Err(RecoverError::Read(*name, error)),
            }
        }
    }

    /// Removes parts that a crash left between their upload and the catalog's commit.
    pub(crate) fn sweep_orphans(&self) -> Result<(), RecoverError> {
        let mut known: HashMap<Scope, HashSet<ObjectId>> = HashMap::new();
        for (name, _) in self.sealed.list_all(ObjectKind::Part)? {
            if !known.contains_key(&name.scope) {
                let parts = self.catalog.parts(name.scope)?;
                known.insert(name.scope, parts.into_iter().map(|part| part.name.object).collect());
            }
            if !self.sealed.keys().has_any(name.scope)? {
                tracing::warn!(object = %name, "leaving alone a part of a source that has no keys here: it may be another installation's");
                continue;
            }
            if !known.get(&name.scope).is_some_and(|objects| objects.contains(&name.object)) {
                tracing::info!(object = %name, "removing a part that the catalog does not name");
                self.delete_leftover(&name);
            }
        }
        Ok(())
    }
}
