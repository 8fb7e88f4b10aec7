//! The rules of a source's pipeline, done to its records.
//!
//! Always holds: a body comes out as whole JSON objects in a row, or as it came; what `store` would refuse of a record is
//! refused whatever a rule does to it; a record without a change comes out byte by byte; no rule makes a field whose name
//! would be masked as a text, and what comes out is masked once more; what is looked at of a record is bounded, and where it
//! is more, masks hide it.

mod act;
mod cover;
mod node;
mod parse;
mod record;
mod scalar;
mod stored;
mod test;

use std::collections::BTreeMap;

use identity::pipeline::Action;
use identity::{Pipeline, Redaction, RuleCount};
use model::{Timestamp, limits};

use crate::records::{Records, Unreadable, each};
use crate::sound::Sound;
use crate::{DecodeError, mask};
use act::{Actor, Deed};
use record::Record;
pub use stored::as_sent;
use test::Held;

/// What rules did to a body.
#[derive(Debug, Default)]
pub(crate) struct Piped {
    /// The body, where it became another.
    pub(crate) bytes: Option<Vec<u8>>,
    /// Records that were dropped, by their places in the body.
    pub(crate) dropped: Vec<usize>,
    /// By the number of the rule.
    pub(crate) counts: BTreeMap<u32, RuleCount>,
}

/// What rules would do to one record.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// What would be stored; nothing where it would be dropped.
    pub after: Option<Vec<u8>>,
    /// Rules that touch it, and those that should and cannot, by their places.
    pub touched: Vec<usize>,
    pub failed: Vec<usize>,
}

/// What surrounds a record while rules are done to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    /// Tells the year of a time that names none.
    pub(crate) arrived: Timestamp,
    pub(crate) redaction: Redaction,
    /// Bytes by which a record may grow without making the body too large.
    pub(crate) room: usize,
}

/// How much of a record may still be looked at.
#[derive(Debug)]
struct Budget(usize);

/// Why the rules of a record end early.
#[derive(Debug)]
enum Stop {
    /// It is more than is looked at.
    Spent,
    Unreadable,
}

/// What one record's rules came to.
#[derive(Debug, Default)]
struct Done {
    dropped: bool,
    touched: Vec<usize>,
    failed: Vec<usize>,
}

/// Does the rules to each record of a body; `None` where it cannot be read, which `store` tells better.
pub(crate) fn apply(body: &[u8], pipeline: &Pipeline, mut around: Around) -> Result<Option<Piped>, DecodeError> {
    let (mut piped, mut out, mut sound) = (Piped::default(), Vec::new(), Sound::default());
    let (mut place, mut changed, mut too_large) = (0, false, false);
    let read = each(body, |range, members| {
        // What is written and what is still to be written.
        around.room = limits::BODY_BYTES_MAX.saturating_sub(out.len() + body.len() - range.start);
        let mut record = Record::read(body, members)?;
        let done = run(&mut record, range.len(), pipeline, around)?;
        for (rules, count) in
            [(&done.touched, RuleCount { touched: 1, failed: 0 }), (&done.failed, RuleCount { touched: 0, failed: 1 })]
        {
            for rule in rules {
                piped.counts.entry(pipeline.rules()[*rule].number()).or_default().add(count);
            }
        }
        if done.touched.is_empty() {
            out.extend_from_slice(&body[range]);
        } else {
            changed = true;
            sound.add(&body[range])?;
            if done.dropped {
                piped.dropped.push(place);
            } else {
                record.write(&mut out);
            }
        }
        if !done.dropped {
            out.push(b'\n');
        }
        place += 1;
        too_large = out.len() > limits::BODY_BYTES_MAX;
        if too_large { Err(Unreadable) } else { Ok(()) }
    });
    if too_large {
        return Err(DecodeError::body_too_large_treated(limits::BODY_BYTES_MAX));
    }
    if read.and_then(|()| sound.finish()).is_err() {
        return Ok(None);
    }
    piped.bytes = changed.then_some(out);
    Ok(Some(piped))
}

/// What rules would do to a record of normal form; `None` where it is none.
#[must_use]
pub fn try_on(record: &[u8], pipeline: &Pipeline, redaction: Redaction, arrived: Timestamp) -> Option<Tried> {
    let mut members = Vec::new();
    let range = Records::new(record).next(&mut members).ok()??;
    let around = Around { arrived, redaction, room: limits::BODY_BYTES_MAX };
    let mut read = Record::read(record, &members).ok()?;
    let done = run(&mut read, range.len(), pipeline, around).ok()?;
    let after = (!done.dropped).then(|| {
        if done.touched.is_empty() {
            return record[range].to_vec();
        }
        let mut out = Vec::with_capacity(record.len());
        read.write(&mut out);
        mask::mask(&out, redaction).map_or(out, |(masked, _)| masked)
    });
    Some(Tried { after, touched: done.touched, failed: done.failed })
}

fn run(record: &mut Record<'_>, bytes: usize, pipeline: &Pipeline, around: Around) -> Result<Done, Unreadable> {
    let (mut done, mut budget) = (Done::default(), Budget(limits::PIPELINE_RECORD_BYTES_MAX));
    let room = around.room.min(limits::RECORD_BYTES_MAX.saturating_sub(bytes));
    let mut actor = Actor { record, around: Around { room, ..around } };
    for (place, rule) in pipeline.rules().iter().enumerate() {
        let held = match test::all(rule.when(), actor.record, &mut budget) {
            Ok(held) => held,
            Err(Stop::Spent) => Held::Unknown,
            Err(Stop::Unreadable) => return Err(Unreadable),
        };
        let deed = match (held, rule.then()) {
            (Held::No, _) => continue,
            // What could not be looked at may be what is to be masked.
            (Held::Unknown, Action::Mask { field, mask, .. }) => actor.hide(field.as_ref(), mask)?,
            (Held::Unknown, _) => Deed::FAILED,
            (Held::Yes, action) => match actor.act(action, &mut budget) {
                Ok(deed) => deed,
                Err(Stop::Spent) => Deed::FAILED,
                Err(Stop::Unreadable) => return Err(Unreadable),
            },
        };
        if deed.touched {
            done.touched.push(place);
            actor.record.look_for_level();
        }
        if deed.failed {
            done.failed.push(place);
        }
        if deed.dropped {
            done.dropped = true;
        }
        if deed.ends {
            break;
        }
    }
    Ok(done)
}

// === impl Budget ===

impl Budget {
    fn look(&mut self, bytes: usize) -> Result<(), Stop> {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => {
                // Nothing is left for the rules behind, even if one of them would have looked at less.
                self.0 = 0;
                Err(Stop::Spent)
            }
        }
    }
}

impl From<Unreadable> for Stop {
    fn from(_: Unreadable) -> Self {
        Self::Unreadable
    }
}

#[cfg(test)]
mod tests;
