//! What the bodies of all requests hold in memory together, and how many of them are decoded at once.
//!
//! Always holds: what came on the wire, what it becomes when it is decompressed, and what is kept of it until it is durable
//! count against one budget; the copies that decoding makes on the way live while it has a place, and no longer. One source
//! has at most half of the places.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use model::{SourceId, limits};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

pub(crate) struct BodyBudget {
    held: Arc<AtomicUsize>,
    decoders: Arc<Semaphore>,
    places: usize,
    /// Of the sources that have places, or wait for some.
    of_sources: Mutex<HashMap<SourceId, Weak<Semaphore>>>,
}

/// A place among the bodies that are decoded at once.
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_source: Option<OwnedSemaphorePermit>,
}

/// A share of the budget, given back when dropped.
pub(crate) struct BodyShare {
    budget: Arc<AtomicUsize>,
    bytes: usize,
}

// === impl BodyBudget ===

impl Default for BodyBudget {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let places = cores * limits::BODY_DECODERS_PER_CORE;
        Self { held: Arc::default(), decoders: Arc::new(Semaphore::new(places)), places, of_sources: Mutex::default() }
    }
}

impl BodyBudget {
    pub(crate) fn share(&self) -> BodyShare {
        BodyShare { budget: Arc::clone(&self.held), bytes: 0 }
    }

    /// A place for a body, of this source. It goes with the work: whoever hangs up makes no room for more before that ends.
    pub(crate) async fn decoder(&self, source: Option<SourceId>) -> Result<Place, Problem> {
        let wait = Duration::from_secs(limits::BODY_DECODER_WAIT_SECONDS);
        tokio::time::timeout(wait, self.decoder_in_turn(source)).await.unwrap_or_else(|_| Err(busy()))
    }

    /// The same for whoever waits as long as it takes.
    pub(crate) async fn decoder_in_turn(&self, source: Option<SourceId>) -> Result<Place, Problem> {
        // Its own first, so that whoever waits among its like takes no place from others.
        let of_source = match source {
            Some(source) => Some(self.of_source(source).acquire_owned().await.map_err(|_| busy())?),
            None => None,
        };
        let of_all = Arc::clone(&self.decoders).acquire_owned().await.map_err(|_| busy())?;
        Ok(Place { _of_all: of_all, _of_source: of_source })
    }

    fn of_source(&self, source: SourceId) -> Arc<Semaphore> {
        let mut sources = self.of_sources.lock();
        if let Some(places) = sources.get(&source).and_then(Weak::upgrade) {
            return places;
        }
        sources.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new((self.places / 2).max(1)));
        sources.insert(source, Arc::downgrade(&places));
        places
    }
}

// === impl BodyShare ===

impl BodyShare {
    /// So many more; none where there is no room for them.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        if self.budget.fetch_add(bytes, Ordering::Relaxed) + bytes > limits::BODIES_IN_FLIGHT_BYTES_MAX {
            self.budget.fetch_sub(bytes, Ordering::Relaxed);
            return Err(busy());
        }
        self.bytes += bytes;
        Ok(())
    }

    /// Room for so many in all, for whoever can wait: whether there was any.
    pub(crate) fn try_reach(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_sub(self.bytes)).is_ok()
    }

    /// So many in all from now on, whether that is more or less.
    pub(crate) fn settle(&mut self, bytes: usize) -> Result<(), Problem> {
        let over = self.bytes.saturating_sub(bytes);
        self.budget.fetch_sub(over, Ordering::Relaxed);
        self.bytes -= over;
        self.take(bytes - self.bytes)
    }
}

impl Drop for BodyShare {
    fn drop(&mut self) {
        self.budget.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

fn busy() -> Problem {
    Problem::busy("too many requests arrive at once; send this one again in a moment")
}

#[cfg(test)]
mod tests {
    use seal::SystemEntropy;

    use super::*;

    const MOST: usize = limits::BODIES_IN_FLIGHT_BYTES_MAX;

    #[test]
    fn a_share_grows_and_shrinks_within_the_budget() {
        let bodies = BodyBudget::default();
        let (mut one, mut other) = (bodies.share(), bodies.share());
        one.take(MOST - 10).unwrap();
        assert_eq!(other.take(11).map_err(|problem| problem.code), Err("busy"));
        other.take(10).unwrap();
        assert!(!other.try_reach(11) && other.try_reach(5));
        one.settle(100).unwrap();
        assert!(other.try_reach(MOST - 100) && one.settle(101).is_err());
        drop((one, other));
        assert_eq!(bodies.held.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_long_for_a_place_is_told_to_come_again() {
        let bodies = BodyBudget::default();
        let mut places = Vec::new();
        while bodies.decoders.available_permits() > 0 {
            places.push(bodies.decoder(None).await.unwrap());
        }
        assert_eq!(bodies.decoder(None).await.map(drop).map_err(|problem| problem.code), Err("busy"));
        places.pop();
        assert!(bodies.decoder(None).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_leaves_places_to_others() {
        let bodies = BodyBudget::default();
        let (one, other) = (SourceId::generate(&SystemEntropy), SourceId::generate(&SystemEntropy));
        let mut places = Vec::new();
        while let Ok(place) = bodies.decoder(Some(one)).await {
            places.push(place);
        }
        assert_eq!(places.len(), bodies.places / 2);
        assert!(bodies.decoder(Some(other)).await.is_ok());
        places.clear();
        assert!(bodies.decoder(Some(one)).await.is_ok() && bodies.of_sources.lock().len() == 1);
    }
}
