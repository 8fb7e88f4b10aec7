//! Whether the times that a sender gave tell its batch from another one of the same words.

use model::Timestamp;
use store::Delivery;

const NANOS_OF_MICRO: i64 = 1_000;
const NANOS_OF_MILLI: i64 = 1_000 * NANOS_OF_MICRO;
const NANOS_OF_SECOND: i64 = 1_000 * NANOS_OF_MILLI;

/// Times of the records of a batch.
#[derive(Debug, Default)]
pub(crate) struct Times {
    given: usize,
    fractions: bool,
    micros: bool,
}

// === impl Times ===

impl Times {
    pub(crate) fn add(&mut self, time: Timestamp) {
        self.given += 1;
        self.fractions |= time.nanos() % NANOS_OF_SECOND != 0;
        self.micros |= time.nanos() % NANOS_OF_MILLI != 0;
    }

    /// The same line may be said again within a second, and by itself within a millisecond. Several records, or
    /// microseconds, say that it is the same batch.
    pub(crate) fn tell_apart(&self) -> bool {
        self.micros || self.fractions && self.given > 1
    }

    /// What a repetition of the batch is known by: all that came, and what the request said beside it. Not what is kept of it,
    /// since masks make one of two.
    pub(crate) fn delivery(&self, body: &[u8], beside: &str) -> Option<Delivery> {
        self.tell_apart().then(|| Delivery::of_records(body, beside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_tell_a_batch_apart_where_nobody_says_the_same_twice() {
        let tell = |times: &[&str]| {
            let mut all = Times::default();
            times.iter().for_each(|time| all.add(Timestamp::parse(time).unwrap()));
            all.tell_apart()
        };
        assert!(tell(&["2026-01-31T12:00:00.123456Z"]));
        assert!(tell(&["2026-01-31T12:00:00.123Z", "2026-01-31T12:00:00Z"]));
        assert!(!tell(&["2026-01-31T12:00:00.123Z"]));
        assert!(!tell(&["2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"]));
        assert!(!tell(&[]));
    }
}
