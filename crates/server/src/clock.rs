//! The machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use model::{Clock, Timestamp};

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

// === impl SystemClock ===

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes in; everything else takes a Clock")]
    fn now(&self) -> Timestamp {
        let nanos = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
        };
        Timestamp::from_nanos(nanos)
    }
}
