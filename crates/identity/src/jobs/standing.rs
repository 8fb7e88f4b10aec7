//! Where a job stands: pure.
//!
//! Always holds: what was stored is counted before anybody is told; a job that has ended stays as it ended; how long it takes
//! is said as a range, and only once a tenth is done.

use model::{Timestamp, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::{ImportFound, ImportPlace};

const PERCENT_BEFORE_ANYTHING_IS_SAID: u128 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Bytes of the upload are missing.
    Receiving,
    /// For its turn.
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// Where it stands, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    pub state: JobState,
    /// Bytes of the upload that came.
    pub received: u64,
    pub found: Option<ImportFound>,
    /// Where the next batch begins.
    pub place: ImportPlace,
    /// Bytes of the upload that were read.
    pub read: u64,
    pub counts: JobCounts,
    /// The first ones.
    pub exceptions: Vec<JobException>,
    pub last: Option<LastDone>,
    pub waits: Option<Waits>,
    pub failure: Option<Failure>,
    started: Option<i64>,
    ended: Option<i64>,
    moved: i64,
    /// How far the phase under way was, at most every few seconds: nanoseconds since 1970, and bytes.
    marks: Vec<(i64, u64)>,
    /// Its entries in the tenant's trail.
    pub begun_entry: u64,
    pub ended_entry: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobCounts {
    pub stored: u64,
    /// By filters.
    pub dropped: u64,
    pub refused: u64,
}

/// Something that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobException {
    pub line: u64,
    pub at: u64,
    pub code: String,
}

/// What a job did last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastDone {
    /// So many bytes came.
    Received { bytes: u64 },
    /// Behind a restart it looks for the place where it was.
    LooksForItsPlace { line: u64 },
    /// So many records, up to this line.
    Stored { records: u64, line: u64 },
}

/// Why it stands still, and tries again by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waits {
    pub code: String,
    since: i64,
}

/// Why it ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    pub code: String,
    pub at: Option<u64>,
}

/// What one step of an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportStep {
    pub found: Option<ImportFound>,
    /// Where the next batch begins.
    pub to: ImportPlace,
    pub read: u64,
    pub counts: JobCounts,
    pub exceptions: Vec<JobException>,
}

/// Seconds that are left, within a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondsLeft {
    pub least: u64,
    pub most: u64,
}

// === impl JobState ===

impl JobState {
    pub const ALL: [Self; 6] = [Self::Receiving, Self::Waiting, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    #[must_use]
    pub fn has_ended(self) -> bool {
        match self {
            Self::Receiving | Self::Waiting | Self::Running => false,
            Self::Done | Self::Failed | Self::Cancelled => true,
        }
    }
}

// === impl Standing ===

impl Standing {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            state: JobState::Receiving,
            received: 0,
            found: None,
            place: ImportPlace::default(),
            read: 0,
            counts: JobCounts::default(),
            exceptions: Vec::new(),
            last: None,
            waits: None,
            failure: None,
            started: None,
            ended: None,
            moved: now.nanos(),
            marks: vec![(now.nanos(), 0)],
            begun_entry: 0,
            ended_entry: None,
        }
    }

    #[must_use]
    pub fn started(&self) -> Option<Timestamp> {
        self.started.map(Timestamp::from_nanos)
    }

    #[must_use]
    pub fn ended(&self) -> Option<Timestamp> {
        self.ended.map(Timestamp::from_nanos)
    }

    /// When its numbers changed last.
    #[must_use]
    pub fn moved(&self) -> Timestamp {
        Timestamp::from_nanos(self.moved)
    }

    /// Bytes that came, of so many.
    pub(super) fn receive(&mut self, bytes: u64, of: u64, now: Timestamp) {
        self.received += bytes;
        self.last = Some(LastDone::Received { bytes: self.received });
        self.moved = now.nanos();
        self.mark(self.received, now);
        if self.received == of {
            self.state = JobState::Waiting;
        }
    }

    /// Its turn has come, or has come again after a restart.
    pub(super) fn run(&mut self, now: Timestamp) {
        if self.state == JobState::Running {
            self.last = Some(LastDone::LooksForItsPlace { line: self.place.lines });
        }
        self.state = JobState::Running;
        self.started.get_or_insert(now.nanos());
        self.moved = now.nanos();
        self.waits = None;
        self.marks = vec![(now.nanos(), self.read)];
    }

    pub(super) fn step(&mut self, step: ImportStep, now: Timestamp) {
        let ImportStep { found, to, read, counts, exceptions } = step;
        (self.found, self.place, self.read) = (found.or(self.found), to, read);
        self.counts.stored += counts.stored;
        self.counts.dropped += counts.dropped;
        self.counts.refused += counts.refused;
        let room = limits::JOB_EXCEPTIONS_KEPT_MAX.saturating_sub(self.exceptions.len());
        self.exceptions.extend(exceptions.into_iter().take(room));
        self.last = Some(LastDone::Stored { records: self.counts.stored, line: to.lines });
        self.waits = None;
        self.moved = now.nanos();
        self.mark(read, now);
    }

    pub(super) fn wait(&mut self, code: &str, now: Timestamp) {
        if self.waits.as_ref().is_none_or(|waits| waits.code != code) {
            self.waits = Some(Waits { code: code.to_owned(), since: now.nanos() });
        }
    }

    pub(super) fn end(&mut self, state: JobState, failure: Option<Failure>, now: Timestamp) {
        (self.state, self.failure, self.waits) = (state, failure, None);
        (self.ended, self.moved) = (Some(now.nanos()), now.nanos());
        self.marks.clear();
    }

    fn mark(&mut self, done: u64, now: Timestamp) {
        // After a pause the rate is that since the pause.
        let most = limits::JOB_MARK_SECONDS * limits::JOB_MARKS_MAX as i64;
        self.marks.retain(|(at, _)| now.seconds_since(Timestamp::from_nanos(*at)) <= most);
        let is_due = |(at, _): &(i64, u64)| now.seconds_since(Timestamp::from_nanos(*at)) >= limits::JOB_MARK_SECONDS;
        if self.marks.last().is_none_or(is_due) {
            self.marks.push((now.nanos(), done));
        }
        if self.marks.len() > limits::JOB_MARKS_MAX {
            self.marks.remove(0);
        }
    }

    /// How far the phase under way is; none where nothing moves.
    #[must_use]
    pub fn done(&self) -> Option<u64> {
        match self.state {
            JobState::Receiving => Some(self.received),
            JobState::Running => Some(self.read),
            JobState::Waiting | JobState::Done | JobState::Failed | JobState::Cancelled => None,
        }
    }

    /// Bytes a second in the phase under way, over the last minute at most.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        let ((first, from), done) = (self.marks.first()?, self.done()?);
        rate((*first, *from), (self.moved, done))
    }

    #[must_use]
    pub fn seconds_left(&self, total: u64) -> Option<SecondsLeft> {
        let done = self.done()?;
        if u128::from(done) * 100 < u128::from(total) * PERCENT_BEFORE_ANYTHING_IS_SAID {
            return None;
        }
        let now = (self.moved, done);
        // Of the whole time that is remembered, and of its newer half.
        let middle = self.marks.get(self.marks.len() / 2).copied();
        let rates = [self.marks.first().copied(), middle].into_iter().flatten().filter_map(|mark| rate(mark, now));
        let rates: Vec<f64> = rates.filter(|rate| *rate > 0.0).collect();
        let left = total.saturating_sub(done) as f64;
        let (fastest, slowest) = (rates.iter().copied().reduce(f64::max)?, rates.iter().copied().reduce(f64::min)?);
        Some(SecondsLeft { least: (left / fastest * 0.9).floor() as u64, most: (left / slowest * 1.1).ceil() as u64 })
    }
}

/// None where no time has passed.
fn rate((from, done_then): (i64, u64), (to, done): (i64, u64)) -> Option<f64> {
    let nanos = to.checked_sub(from).filter(|nanos| *nanos > 0)?;
    Some(done.checked_sub(done_then)? as f64 / (nanos as f64 / 1e9))
}

// === impl Waits ===

impl Waits {
    #[must_use]
    pub fn since(&self) -> Timestamp {
        Timestamp::from_nanos(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_nanos(1_800_000_000_000_000_000);

    fn running() -> Standing {
        let mut standing = Standing::new(START);
        standing.receive(1_000, 1_000, START);
        standing.run(START);
        standing
    }

    fn step(read: u64) -> ImportStep {
        let (to, counts) = (ImportPlace { at: read, lines: read / 10 }, JobCounts { stored: 1, dropped: 0, refused: 0 });
        ImportStep { found: None, to, read, counts, exceptions: Vec::new() }
    }

    #[test]
    fn how_long_it_takes_is_said_as_a_range_and_not_at_once() {
        let mut standing = running();
        standing.step(step(50), START.plus_seconds(5));
        assert_eq!((standing.rate(), standing.seconds_left(1_000)), (Some(10.0), None));
        standing.step(step(250), START.plus_seconds(10));
        standing.step(step(500), START.plus_seconds(15));
        let left = standing.seconds_left(1_000).unwrap();
        assert!(left.least < left.most && (5..15).contains(&left.least) && (14..30).contains(&left.most), "{left:?}");
        standing.end(JobState::Done, None, START.plus_seconds(20));
        assert_eq!((standing.rate(), standing.seconds_left(1_000), standing.done()), (None, None, None));
    }

    #[test]
    fn only_so_many_exceptions_and_marks_are_kept() {
        let mut standing = running();
        for second in 1..200 {
            let exception = JobException { line: 1, at: 0, code: "record_too_large".to_owned() };
            let counts = JobCounts { stored: 0, dropped: 0, refused: 7 };
            let step = ImportStep { counts, exceptions: vec![exception; 7], ..step(second as u64) };
            standing.step(step, START.plus_seconds(second));
        }
        assert_eq!((standing.exceptions.len(), standing.counts.refused), (limits::JOB_EXCEPTIONS_KEPT_MAX, 199 * 7));
        assert_eq!(standing.marks.len(), limits::JOB_MARKS_MAX);
        assert!((standing.rate().unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_wait_says_since_when_until_something_moves() {
        let mut standing = running();
        standing.wait("busy", START.plus_seconds(1));
        standing.wait("busy", START.plus_seconds(9));
        assert_eq!(standing.waits.as_ref().map(Waits::since), Some(START.plus_seconds(1)));
        standing.wait("disk_full", START.plus_seconds(10));
        assert_eq!(standing.waits.as_ref().map(Waits::since), Some(START.plus_seconds(10)));
        standing.step(step(10), START.plus_seconds(11));
        assert_eq!(standing.waits, None);
    }
}
