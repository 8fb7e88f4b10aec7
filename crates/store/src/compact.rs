//! Merges small parts that lie side by side, so that a source that sends little does not end in many tiny parts.
//!
//! Always holds: a merged part has the records of the parts it replaces, no others, and of one day only; the catalog
//! changes in one step, and the replaced objects go when their last reader has let go.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::limits;

use crate::arrivals::Arrivals;
use crate::catalog::PartRow;
use crate::flush::FlushError;
use crate::live::LivePart;
use crate::part::{PartBuilder, PartError, RowRanges};
use crate::source::Source;
use crate::store::Store;
use crate::{ColumnKey, Columns};

/// Fewer small parts than this wait for more, unless their day is over.
const RUN_MIN: usize = 4;

// === impl Store ===

impl Store {
    /// Merges one run of small parts of each source that has one; gives the number of merges.
    pub fn compact(&self) -> Result<usize, FlushError> {
        self.each_source("parts could not be merged", |source| self.compact_source(source).map(usize::from))
    }

    fn compact_source(&self, source: &Source) -> Result<bool, FlushError> {
        let mut writing = source.writing.lock();
        let mut run = self.small_run(source);
        if run.len() < 2 {
            return Ok(false);
        }
        let arrivals = arrivals_of(&mut run).inspect_err(|error| self.quarantine_if_damaged(source, error))?;
        if let [alone] = &run[..] {
            alone.keep_apart();
            return Ok(false);
        }
        let names: Vec<_> = run.iter().map(|part| part.row().name).collect();
        let row = match &writing.merged {
            Some((of, row)) if *of == names => row.clone(),
            kept => {
                if let Some(row) = kept.as_ref().map(|(_, row)| row.clone()) {
                    if self.catalog.parts(row.name.scope)?.iter().any(|part| part.name == row.name) {
                        // It has it, whatever it answered: what is in memory is not what the next start finds, so leave both alone.
                        tracing::error!(part = %row.name, "a merged part is in the catalog, which said that it is not; no more are merged until the next start");
                        return Ok(false);
                    }
                    // Forgotten before it goes, so that nothing lists it after.
                    writing.merged = None;
                    self.sealed.delete(&row.name)?;
                }
                let row = self.merge(source, &run, &arrivals)?;
                writing.merged = Some((names.clone(), row.clone()));
                row
            }
        };
        self.catalog.replace_parts(&names, &row)?;
        writing.merged = None;
        let merged = LivePart::new(row, Arc::clone(&self.sealed));
        let mut state = source.state.lock();
        state.parts.retain(|part| !names.contains(&part.row().name));
        state.parts.push(merged);
        state.parts.sort_by_key(|part| part.row().sequences.0);
        drop(state);
        run.iter().for_each(|part| part.doom());
        Ok(true)
    }

    /// One part of all of them.
    fn merge(&self, source: &Source, run: &[Arc<LivePart>], arrivals: &Arrivals) -> Result<PartRow, FlushError> {
        let chunks = read_all(run).inspect_err(|error| self.quarantine_if_damaged(source, error))?;
        let built = PartBuilder::default().build(&chunks, arrivals)?;
        drop(chunks);
        let raw_bytes = run.iter().map(|part| part.row().raw_bytes).sum();
        self.seal_part(source.scope, &built, run[0].row().received, raw_bytes)
    }

    fn small_run(&self, source: &Source) -> Vec<Arc<LivePart>> {
        let today = self.clock.now().day();
        let state = source.state.lock();
        let mut run: Vec<Arc<LivePart>> = Vec::new();
        let fits = |run: &[Arc<LivePart>], row: &PartRow| {
            let raw: u64 = run.iter().map(|part| part.row().raw_bytes).sum();
            run.first().is_none_or(|first| first.row().received == row.received)
                && raw + row.raw_bytes <= limits::PART_RAW_BYTES_MAX
        };
        let enough = |run: &[Arc<LivePart>]| {
            run.len() >= RUN_MIN || (run.len() >= 2 && run.first().is_some_and(|first| first.row().received < today))
        };
        for part in &state.parts {
            let small = part.row().raw_bytes < limits::PART_RAW_BYTES_SMALL && !part.is_kept_apart();
            if small && fits(&run, part.row()) {
                run.push(Arc::clone(part));
                continue;
            }
            if enough(&run) {
                return run;
            }
            run.clear();
            if small {
                run.push(Arc::clone(part));
            }
        }
        if enough(&run) { run } else { Vec::new() }
    }

    /// Takes a part that does not open out of every query, in the catalog and here. Names and reports it.
    pub(crate) fn quarantine_if_damaged(&self, source: &Source, error: &PartError) {
        let Some(name) = error.damaged() else { return };
        if self.reads_well(name, error) {
            tracing::warn!(object = %name, error = error as &dyn std::error::Error, "a part was read wrong once, and right when read again");
            return;
        }
        tracing::error!(object = %name, error = error as &dyn std::error::Error, "a part is damaged; it is kept and left out of queries");
        if let Err(error) = self.catalog.quarantine(name) {
            tracing::error!(object = %name, error = %error, "could not record the damaged part");
        }
        let mut state = source.state.lock();
        if let Some(at) = state.parts.iter().position(|part| part.row().name == *name) {
            let part = state.parts.remove(at);
            state.quarantined.push(part.row().clone());
        }
    }
}

// === impl Store ===

impl Store {
    /// Whether every byte of the sealed object is authentic now: what came wrong once may have been spoiled on its way.
    fn reads_well(&self, name: &seal::ObjectName, error: &PartError) -> bool {
        let PartError::Sealed(..) = error else { return false };
        self.sealed.open(name).is_ok_and(|reader| reader.read(0..reader.len()).is_ok())
    }
}

fn read_all(run: &[Arc<LivePart>]) -> Result<Vec<Columns>, PartError> {
    let mut chunks = Vec::new();
    for part in run {
        let part = part.open()?;
        let keys: BTreeSet<ColumnKey> = part.index().columns().map(|(key, _)| key.clone()).collect();
        let keys: Vec<ColumnKey> = keys.into_iter().collect();
        for columns in part.read(&RowRanges::all(part.index().rows), &keys)? {
            chunks.push(columns?);
        }
    }
    Ok(chunks)
}

/// Who sent the records of all of them; those at the end whose senders one part could not keep as well are taken off.
fn arrivals_of(run: &mut Vec<Arc<LivePart>>) -> Result<Arrivals, PartError> {
    let mut arrivals = Arrivals::default();
    for place in 0..run.len() {
        let fits = match run[place].open()?.arrivals() {
            Ok(of_part) => arrivals.extend(&of_part),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "senders are not known of a part's records any more");
                true
            }
        };
        if !fits {
            run.truncate(place.max(1));
            break;
        }
    }
    Ok(arrivals)
}
