//! The thread that passphrases are hashed on: one after another, and behind everything else that wants the processor.
//!
//! Always holds: however many people sign in at once, hashing takes the memory of one passphrase and only what processor
//! time is left, so it neither starves the logs that come in nor fills the pool of threads that answer other requests.
//! Whoever waits too long is told to come again.

use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use model::limits;
use tokio::sync::{Semaphore, oneshot};

use crate::problem::Problem;

/// How much the thread gives way (nice 2); higher waits longer. The threads of ingest and search stay at 0.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

pub(crate) struct Hashing {
    place: Arc<Semaphore>,
    jobs: Sender<Job>,
}

// === impl Hashing ===

impl Hashing {
    pub(crate) fn start() -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let work = move || {
            give_way("passphrases are hashed");
            queue.iter().for_each(|job| job());
        };
        std::thread::Builder::new().name("passphrases".to_owned()).spawn(work)?;
        Ok(Self { place: Arc::new(Semaphore::new(1)), jobs })
    }

    /// Runs what hashes a passphrase, when its turn comes.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let wait = Duration::from_secs(limits::PASSPHRASE_WAIT_SECONDS);
        let Ok(Ok(place)) = tokio::time::timeout(wait, Arc::clone(&self.place).acquire_owned()).await else {
            return Err(Problem::busy("too many people sign in at once; try again in a moment"));
        };
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            // Kept until the work is done: whoever hangs up before that makes no room for more.
            let _place = place;
            drop(answer.send(work()));
        });
        self.jobs.send(job).map_err(|error| Problem::internal(&error))?;
        answered.await.map_err(|error| Problem::internal(&error))?
    }
}

/// Has this thread run behind everything else; `what` says what it does.
pub(crate) fn give_way(what: &str) {
    // On Linux a thread has a priority of its own. Where it may not be changed, one at a time is bound enough.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "{what} at the priority of everything else");
    }
}
