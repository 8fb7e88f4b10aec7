//! A job as it is shown.

use identity::{Job, JobCounts, JobState, LastDone};
use model::{Timestamp, limits};
use schemars::JsonSchema;
use serde::Serialize;

use crate::grouped::grouped;
use crate::handlers::shown::Time;
use crate::handlers::tenants::Named;
use crate::handlers::views::{ShownKeeper, shown_keeper};

const RECEIVE: &str = "receive";
const STORE: &str = "store";
const ON_CANCEL: &str = "records that are stored stay; what was uploaded is removed";

/// Long work, and how far it is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Job")]
pub(crate) struct ShownJob {
    id: String,
    /// `import`.
    kind: &'static str,
    title: String,
    state: JobState,
    source: Named,
    keeper: ShownKeeper,
    created_at: Time,
    started_at: Option<Time>,
    ended_at: Option<Time>,
    /// When its numbers changed last.
    moved_at: Time,
    quiet_seconds: i64,
    phases: Vec<Phase>,
    /// The one under way, by its name.
    phase: Option<&'static str>,
    /// Units a second.
    rate: Option<f64>,
    seconds_left: Option<Left>,
    /// What it did last, for people.
    last: Option<String>,
    /// Why it stands still, and tries again by itself.
    waits: Option<ShownWaits>,
    records: Records,
    exceptions: Exceptions,
    upload: Upload,
    import: Import,
    /// What becomes of what was done, if it is cancelled.
    on_cancel: &'static str,
    /// What it changed, once it has ended.
    outcome: Option<String>,
    failure: Option<ShownFailure>,
    receipt: Receipt,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobPhase")]
struct Phase {
    name: &'static str,
    unit: &'static str,
    done: u64,
    total: u64,
}

/// Seconds, within a range.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobSecondsLeft")]
struct Left {
    least: u64,
    most: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobWaits")]
struct ShownWaits {
    code: String,
    since: Time,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobRecords")]
struct Records {
    stored: u64,
    /// By the source's filters.
    dropped: u64,
    refused: u64,
}

/// Records that were refused.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobExceptions")]
struct Exceptions {
    first: Vec<Exception>,
    /// How many are not among them.
    more: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobException")]
struct Exception {
    /// Counted from 1 in the decompressed file.
    line: u64,
    /// Counted from 0 there.
    at: u64,
    code: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobUpload")]
struct Upload {
    bytes: u64,
    received: u64,
    piece_bytes: usize,
    /// When it ends if nobody goes on with it.
    until: Option<Time>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobImport")]
struct Import {
    format: identity::ImportFormat,
    compression: identity::ImportCompression,
    digest: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobFailure")]
struct ShownFailure {
    code: String,
    /// For people.
    detail: String,
    /// The byte, counted from 0, in the file as it was uploaded or decompressed.
    at: Option<u64>,
}

/// Entries of the tenant's audit trail.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobReceipt")]
struct Receipt {
    begun: u64,
    ended: Option<u64>,
}

// === impl ShownJob ===

impl ShownJob {
    /// Without the list of exceptions: a page of jobs has no room for all of them.
    pub(super) fn in_a_list(mut self) -> Self {
        self.exceptions = Exceptions { first: Vec::new(), more: self.records.refused };
        self
    }
}

pub(super) fn shown(job: &Job, source: &str, now: Timestamp) -> ShownJob {
    let (standing, import) = (&job.standing, &job.import);
    let total = import.bytes;
    let JobCounts { stored, dropped, refused } = standing.counts;
    let kept = standing.exceptions.len() as u64;
    let exception = |one: &identity::JobException| Exception { line: one.line, at: one.at, code: one.code.clone() };
    let is_open = !standing.state.has_ended();
    let until = standing.moved().plus_seconds(limits::UPLOAD_HOURS * 3_600);
    ShownJob {
        id: job.id.to_string(),
        kind: Job::KIND,
        title: import.name.as_str().to_owned(),
        state: standing.state,
        source: Named { id: job.source.to_string(), name: source.to_owned() },
        keeper: shown_keeper(job.keeper),
        created_at: job.created_at.into(),
        started_at: standing.started().map(Time::from),
        ended_at: standing.ended().map(Time::from),
        moved_at: standing.moved().into(),
        quiet_seconds: if is_open { now.seconds_since(standing.moved()).max(0) } else { 0 },
        phases: phases(job),
        phase: match standing.state {
            JobState::Receiving => Some(RECEIVE),
            JobState::Running => Some(STORE),
            JobState::Waiting | JobState::Done | JobState::Failed | JobState::Cancelled => None,
        },
        rate: standing.rate(),
        seconds_left: standing.seconds_left(total).map(|left| Left { least: left.least, most: left.most }),
        last: standing.last.map(last_done),
        waits: standing.waits.as_ref().map(|waits| ShownWaits { code: waits.code.clone(), since: waits.since().into() }),
        records: Records { stored, dropped, refused },
        exceptions: Exceptions { first: standing.exceptions.iter().map(exception).collect(), more: refused.saturating_sub(kept) },
        upload: Upload {
            bytes: total,
            received: standing.received,
            piece_bytes: limits::UPLOAD_PIECE_BYTES,
            until: (standing.state == JobState::Receiving).then(|| until.into()),
        },
        import: Import {
            format: import.format,
            compression: standing.found.map_or(import.compression, |found| found.compression),
            digest: import.digest.as_ref().map(|digest| digest.as_str().to_owned()),
        },
        on_cancel: ON_CANCEL,
        outcome: (!is_open).then(|| outcome(&standing.counts, source)),
        failure: standing.failure.as_ref().map(|failure| ShownFailure {
            code: failure.code.clone(),
            detail: detail(&failure.code).to_owned(),
            at: failure.at,
        }),
        receipt: Receipt { begun: standing.begun_entry, ended: standing.ended_entry },
    }
}

fn phases(job: &Job) -> Vec<Phase> {
    let (standing, total) = (&job.standing, job.import.bytes);
    // What stands behind the last record is read with it.
    let read = if standing.state == JobState::Done { total } else { standing.read };
    [(RECEIVE, standing.received), (STORE, read)].map(|(name, done)| Phase { name, unit: "bytes", done, total }).into()
}

fn last_done(last: LastDone) -> String {
    match last {
        LastDone::Received { bytes } => format!("received {} bytes", grouped(bytes)),
        LastDone::LooksForItsPlace { line } => format!("goes on after a restart, behind line {}", grouped(line)),
        LastDone::Stored { records, line } => format!("stored {} records, up to line {}", grouped(records), grouped(line)),
    }
}

fn outcome(counts: &JobCounts, source: &str) -> String {
    let mut said = format!("stored {} records of {source}", grouped(counts.stored));
    for (count, what) in [(counts.dropped, "dropped"), (counts.refused, "refused")] {
        if count > 0 {
            said.push_str(&format!("; {what} {}", grouped(count)));
        }
    }
    said
}

/// What became of a job, in words.
fn detail(code: &str) -> &'static str {
    match code {
        "upload_abandoned" => "nobody went on with the upload for a day",
        "took_too_long" => "it took longer than jobs may, or than its source keeps records",
        "keeper_may_not_write" => "whoever made it may not write to the source any more",
        "source_gone" => "the source is gone",
        "quota_exceeded" => "a quota of the source or of the organization refuses more",
        "invalid_encoding" => "the compressed file is damaged here",
        "truncated_body" => "the compressed file ends too early",
        "decompression_bomb" => "the file becomes far larger than files of its size do",
        "invalid_json" => "something other than an object stands where a record is due",
        "truncated_json" => "the file ends in the middle of a record that begins here",
        "content_damaged" => "what was uploaded cannot be opened any more",
        _ => "the server's log says why",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_says_what_changed() {
        let counts = JobCounts { stored: 1_000, dropped: 0, refused: 3 };
        assert_eq!(outcome(&counts, "web"), "stored 1,000 records of web; refused 3");
    }
}
