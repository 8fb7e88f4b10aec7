//! How long to wait before the next try: longer each time, and not the same for everyone.

use std::time::Duration;

use model::Entropy;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff {
    tries: u32,
}

// === impl Backoff ===

impl Backoff {
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    /// Between half of the whole and the whole, which doubles with each try.
    pub(super) fn wait(&mut self, entropy: &dyn Entropy) -> Duration {
        let mut random = [0; 4];
        entropy.fill(&mut random);
        let whole = FIRST.saturating_mul(1 << self.tries.min(16)).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        let share = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        whole.mul_f64(0.5 + share / 2.0)
    }

    /// As long as the server asked for, and then a little of one's own; the server is not obeyed without end.
    pub(super) fn wait_at_least(&mut self, asked: Option<Duration>, entropy: &dyn Entropy) -> Duration {
        let own = self.wait(entropy);
        match asked {
            Some(asked) => asked.min(2 * LONGEST) + own.min(FIRST),
            None => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);

    impl Entropy for Always {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    fn waits(random: u8, tries: usize) -> Vec<u128> {
        let mut backoff = Backoff::default();
        (0..tries).map(|_| backoff.wait(&Always(random)).as_millis()).collect()
    }

    #[test]
    fn waits_double_up_to_a_longest_one() {
        assert_eq!(waits(0xff, 9), [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(waits(0, 3), [125, 250, 500]);
        assert_eq!(waits(0xff, 100).last(), Some(&30_000));
    }

    #[test]
    fn the_server_may_ask_for_a_longer_wait_within_reason() {
        let wait = |asked: u64| Backoff::default().wait_at_least(Some(Duration::from_secs(asked)), &Always(0)).as_millis();
        assert_eq!((wait(2), wait(0), wait(1_000_000)), (2_125, 125, 60_125));
        assert_eq!(Backoff::default().wait_at_least(None, &Always(0)).as_millis(), 125);
    }

    #[test]
    fn a_success_begins_anew() {
        let mut backoff = Backoff::default();
        backoff.wait(&Always(0xff));
        backoff.reset();
        assert_eq!(backoff.wait(&Always(0xff)).as_millis(), 250);
    }
}
