//! What a container runtime of Kubernetes puts before each line: `2026-01-31T12:00:00.123456789Z stderr F text`.

use model::{TIME_KEYS, Timestamp};

use super::{Format, Found};

pub(super) struct Prefix<'a> {
    pub(super) time: Timestamp,
    stream: &'a str,
    pub(super) text: &'a str,
}

/// Of a line, or of a part of one (`P`) that was too long.
pub(super) fn prefix(line: &str) -> Option<Prefix<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let (stream, rest) = rest.split_once(' ').filter(|(stream, _)| matches!(*stream, "stdout" | "stderr"))?;
    let (tag, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let time = Timestamp::parse(time).ok().filter(|_| time.contains('T') && matches!(tag, "F" | "P"))?;
    Some(Prefix { time, stream, text })
}

// === impl Prefix ===

impl<'a> Prefix<'a> {
    /// What the text says, and what stands before it. The text's own time goes first.
    pub(super) fn of(&self, inside: Option<Found<'a>>) -> Found<'a> {
        let mut found = inside.unwrap_or_else(|| Found::new(Format::Prefix)).settled(self.time);
        if !found.fields.iter().any(|(key, _)| TIME_KEYS.contains(&key.as_ref())) {
            found.time = found.time.or(Some(self.time));
        }
        found.text("log.iostream", self.stream);
        found
    }
}
