//! Running one check, within a bounded time, on a thread of its own.
//!
//! Always holds: whoever asks has an answer after that time, whatever the check does; a check that hangs or ends by a
//! defect did not run; one that still hangs is not started a second time, so a defect costs one thread.

use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use model::{Check, Clock, Observation, Timestamp, Vantage, Verdict};
use parking_lot::Mutex;

/// What one run of a check showed, of the running system and of its broken twin.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) check: String,
    pub(crate) vantage: Vantage,
    pub(crate) look: Observation,
    pub(crate) twin: Verdict,
    pub(crate) started: Timestamp,
    pub(crate) finished: Timestamp,
}

pub(crate) struct Runner {
    clock: Arc<dyn Clock>,
    patience: Duration,
    looking: Arc<Mutex<BTreeSet<&'static str>>>,
}

/// A check is looking until this is dropped, also when it ends by a defect.
struct Looking {
    all: Arc<Mutex<BTreeSet<&'static str>>>,
    check: &'static str,
}

// === impl Runner ===

impl Runner {
    pub(crate) fn new(clock: Arc<dyn Clock>, patience: Duration) -> Self {
        Self { clock, patience, looking: Arc::default() }
    }

    pub(crate) fn run(&self, check: &Arc<dyn Check>) -> Seen {
        let started = self.clock.now();
        let (look, twin) = match self.look(check, started) {
            Ok(seen) => seen,
            Err(why) => (Observation::not_run(why), Verdict::NotRun),
        };
        let (check, vantage) = (check.id().to_owned(), check.vantage());
        Seen { check, vantage, look, twin, started, finished: self.clock.now() }
    }

    fn look(&self, check: &Arc<dyn Check>, now: Timestamp) -> Result<(Observation, Verdict), &'static str> {
        let looking = Looking::begin(&self.looking, check.id()).ok_or("an earlier look has not come back")?;
        let (send, receive) = mpsc::sync_channel(1);
        let check = Arc::clone(check);
        let run = move || {
            let seen = {
                let _looking = looking;
                (check.look(now), check.look_at_twin(now).verdict)
            };
            // Nobody waits any more for what took too long.
            let _ = send.send(seen);
        };
        thread::Builder::new().name("check".to_owned()).spawn(run).map_err(|_| "no thread could be started")?;
        receive.recv_timeout(self.patience).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => "it took too long",
            mpsc::RecvTimeoutError::Disconnected => "the check ended by a defect",
        })
    }
}

// === impl Looking ===

impl Looking {
    fn begin(all: &Arc<Mutex<BTreeSet<&'static str>>>, check: &'static str) -> Option<Self> {
        all.lock().insert(check).then(|| Self { all: Arc::clone(all), check })
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.all.lock().remove(self.check);
    }
}

// === impl Seen ===

impl Seen {
    /// A check that the library names and this build does not have.
    pub(crate) fn missing(check: &str, now: Timestamp) -> Self {
        let look = Observation::not_run("no such check in this build");
        let (check, twin) = (check.to_owned(), Verdict::NotRun);
        Self { check, vantage: Vantage::Inside, look, twin, started: now, finished: now }
    }
}
