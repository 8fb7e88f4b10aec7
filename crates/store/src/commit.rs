//! Makes queued requests durable: compress, seal, write, sync, and only then acknowledge.
//!
//! Always holds: `done` reports success only after the journal's `sync` returned it. After a failed write nothing more goes
//! to that segment; the next segment says up to where the failed one counts, so that what was answered with an error is
//! not found again beside its repetition.

use model::{ObjectId, Scope, limits};
use seal::{DiskError, KeyError, SealError};

use crate::group::Start;
use crate::source::{CommitError, Durable, JournalEnd, Remembered, Segment, Source, Waiting};
use crate::store::Store;

// === impl Store ===

impl Store {
    /// Commits until the source's queue is empty. Blocks on the disk.
    pub fn commit(&self, scope: Scope) {
        let Some(source) = self.known_source(scope) else { return };
        let mut journal = source.journal.lock();
        while let Some(group) = next_group(&source) {
            match self.write_group(&source, &mut journal, &group) {
                Ok(()) => acknowledge(&source, group),
                Err(error) => {
                    tracing::error!(source = %scope, error = %error, "the journal could not be written");
                    give_up_segment(&mut journal);
                    self.refuse(&source, group, classify(&error));
                }
            }
            self.announce(&source);
        }
    }

    fn write_group(&self, source: &Source, journal: &mut JournalEnd, group: &[Waiting]) -> Result<(), SealError> {
        let Some(first) = group.first() else { return Ok(()) };
        if !self.sealed.has_room_for_journal() {
            return Err(DiskError::Full.into());
        }
        let today = self.clock.now().day();
        let usable = |segment: &Segment| segment.table == first.table && segment.writer.name().key.day == today;
        if !journal.segment.as_ref().is_some_and(usable) {
            let writer = self.begin_segment(source, journal, first)?;
            journal.segment = Some(Segment { table: first.table, durable_end: writer.written_bytes(), writer });
        }
        let batches: Vec<_> = group.iter().map(|waiting| &waiting.batch).collect();
        let frame =
            journal.encoder.encode(first.first_sequence, &batches).map_err(|error| SealError::from(DiskError::Io(error)))?;
        let Some(segment) = journal.segment.as_mut() else { return Ok(()) };
        segment.writer.append(frame)?;
        segment.writer.sync()?;
        segment.durable_end = segment.writer.written_bytes();
        Ok(())
    }

    fn begin_segment(
        &self,
        source: &Source,
        journal: &mut JournalEnd,
        first: &Waiting,
    ) -> Result<seal::JournalWriter, SealError> {
        let object = ObjectId::generate(&*self.entropy);
        let mut writer = self.sealed.create_journal(source.scope, object)?;
        let fence = journal.fence.as_ref().map(|(name, end)| (name.object, *end));
        // Named before it is written to: a table's segments are deleted with it, also one that never got a frame.
        if let Some(table) = source.state.lock().table(first.table) {
            table.segments.push(*writer.name());
        }
        writer.append(&Start { first_sequence: first.first_sequence, fence }.encode())?;
        writer.sync()?;
        journal.fence = None;
        Ok(writer)
    }

    /// Takes back what the group and all behind it put into fresh tables, and says so to each.
    fn refuse(&self, source: &Source, group: Vec<Waiting>, error: CommitError) {
        let mut state = source.state.lock();
        let behind = std::mem::take(&mut state.queue);
        state.queued_bytes = 0;
        for table in &mut state.tables {
            table.fresh.lock().truncate(table.durable_rows);
            table.rows = table.durable_rows;
        }
        let refused: Vec<Waiting> = group.into_iter().chain(behind).collect();
        for delivery in refused.iter().filter_map(|waiting| waiting.batch.delivery) {
            state.deliveries.forget(&delivery);
        }
        let bytes_of = |table: u64| refused.iter().filter(|w| w.table == table).map(|w| w.batch.body.len()).sum::<usize>();
        for table in &mut state.tables {
            table.raw_bytes -= bytes_of(table.number);
        }
        drop(state);
        self.uncount_fresh(refused.iter().map(|waiting| waiting.batch.body.len()).sum());
        for waiting in refused {
            (waiting.done)(Err(error));
        }
    }
}

/// The next requests of one table that go into one frame. Ends the turn of committing when there are none.
fn next_group(source: &Source) -> Option<Vec<Waiting>> {
    let mut state = source.state.lock();
    let mut group: Vec<Waiting> = Vec::new();
    let (mut bytes, mut of_bodies) = (0, 0);
    while let Some(next) = state.queue.front() {
        let fits = group.first().is_none_or(|first: &Waiting| {
            first.table == next.table && bytes + next.batch.frame_bytes() <= limits::JOURNAL_GROUP_BYTES
        });
        if !fits {
            break;
        }
        if let Some(next) = state.queue.pop_front() {
            bytes += next.batch.frame_bytes();
            of_bodies += next.batch.body.len();
            group.push(next);
        }
    }
    state.queued_bytes -= of_bodies;
    if group.is_empty() {
        state.committing = false;
        return None;
    }
    Some(group)
}

fn acknowledge(source: &Source, group: Vec<Waiting>) {
    let mut state = source.state.lock();
    for waiting in &group {
        let rows = waiting.batch.rows as usize;
        if let Some(table) = state.table(waiting.table) {
            table.durable_rows += rows;
            table.note_arrival(waiting.first_sequence, &waiting.batch);
            table.deliveries.extend(Remembered::of(&waiting.batch, waiting.first_sequence));
        }
        state.durable_sequence = waiting.first_sequence + rows as u64 - 1;
        if let Some(remembered) = Remembered::of(&waiting.batch, waiting.first_sequence) {
            state.deliveries.stored(remembered);
        }
    }
    drop(state);
    for waiting in group {
        let last_sequence = Some(waiting.first_sequence + u64::from(waiting.batch.rows) - 1);
        (waiting.done)(Ok(Durable { records: waiting.batch.rows as usize, last_sequence, is_first: true }));
    }
}

fn give_up_segment(journal: &mut JournalEnd) {
    if let Some(segment) = journal.segment.take() {
        journal.fence = Some((*segment.writer.name(), segment.durable_end));
    }
}

fn classify(error: &SealError) -> CommitError {
    match error {
        SealError::Disk(DiskError::Full) => CommitError::DiskFull,
        SealError::Key(KeyError::Disk(DiskError::Full)) => CommitError::DiskFull,
        SealError::Key(_) => CommitError::NoKey,
        _ => CommitError::Journal,
    }
}
