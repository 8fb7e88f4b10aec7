//! How benchmarks count time.

use std::time::{Duration, Instant};

/// How long the thread was on a processor, so that other work on the machine counts less; else the time of day.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures durations")]
pub(crate) fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let (start, processor_start) = (Instant::now(), on_processor());
    let value = act();
    let took = start.elapsed();
    (value, on_processor().zip(processor_start).map_or(took, |(end, start)| end.saturating_sub(start)))
}

fn on_processor() -> Option<Duration> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    statistics.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
