//! What the figures of the security page are drawn from: the key table, what was tried between sources, accesses of staff.
//!
//! Always holds: nothing of a figure names a source, a tenant or a person; the rows of keys stand in an order that tells
//! nothing but the days themselves; the walls are those of the signed evidence that the page shows. What is read from the
//! disk is read again after some minutes at the soonest.

use std::collections::BTreeMap;
use std::sync::Arc;

use claims::document::{CheckShown, Overview};
use identity::Identity;
use model::{Clock, Day, Scope, Timestamp, limits};
use page::{Figures, Grant, GrantBars, IsolationMap, KeyDay, KeyState, KeyTimeline, Wall};
use parking_lot::Mutex;
use seal::{DataKeyId, SealedStore};

use crate::checks::apart;
use crate::problem::Chain;

const AGE_SECONDS: i64 = 300;
const DAY_SECONDS: i64 = 24 * 3_600;

pub(crate) struct Drawing {
    sealed: Arc<SealedStore>,
    identity: Arc<Identity>,
    clock: Arc<dyn Clock>,
    read: Mutex<Option<Read>>,
}

/// What was read of the disk, and when.
#[derive(Clone)]
struct Read {
    at: Timestamp,
    keys: Option<KeyTimeline>,
    grants: Option<GrantBars>,
}

// === impl Drawing ===

impl Drawing {
    pub(crate) fn new(sealed: &Arc<SealedStore>, identity: &Arc<Identity>, clock: &Arc<dyn Clock>) -> Self {
        let (sealed, identity, clock) = (Arc::clone(sealed), Arc::clone(identity), Arc::clone(clock));
        Self { sealed, identity, clock, read: Mutex::default() }
    }

    /// What cannot be read is not drawn. Blocks on the disk.
    pub(crate) fn figures(&self, overview: &Overview) -> Figures {
        let now = self.clock.now();
        let mut read = self.read.lock();
        let kept = read.take().filter(|kept| (0..AGE_SECONDS).contains(&now.seconds_since(kept.at)));
        let Read { keys, grants, .. } = read.insert(kept.unwrap_or_else(|| self.read(now))).clone();
        Figures { keys, isolation: walls(overview), grants }
    }

    fn read(&self, now: Timestamp) -> Read {
        let keys = self.sealed.keys().source_keys().map(|keys| timeline(keys, now.day()));
        let openings = self.identity.openings(now);
        let unread =
            |error: &dyn std::error::Error| tracing::warn!(error = %Chain(error), "a figure of the security page is left out");
        Read {
            at: now,
            keys: keys.inspect_err(|error| unread(error)).ok(),
            grants: openings.inspect_err(|error| unread(error)).ok().map(|openings| GrantBars {
                from: now.plus_seconds(-limits::LOOK_STAFF_DAYS * DAY_SECONDS),
                to: now,
                grants: openings.into_iter().map(|one| Grant { from: one.from, to: one.to, readings: one.readings }).collect(),
            }),
        }
    }
}

fn timeline(keys: Vec<(Scope, DataKeyId)>, today: Day) -> KeyTimeline {
    let mut newest: BTreeMap<Scope, BTreeMap<Day, KeyState>> = BTreeMap::new();
    for (scope, key) in keys {
        let state = if key.day == today { KeyState::Sealing } else { KeyState::Ended };
        newest.entry(scope).or_default().insert(key.day, state);
    }
    let whole = newest.len() as u64;
    let row = |days: BTreeMap<Day, KeyState>| days.into_iter().map(|(day, state)| KeyDay { day, state }).collect();
    let mut sources: Vec<Vec<KeyDay>> = newest.into_values().map(row).collect();
    sources.sort_by_key(|days| (std::cmp::Reverse(days.len()), days.first().map(|first| first.day)));
    sources.truncate(limits::PAGE_FIGURE_ROWS_MAX);
    KeyTimeline { sources, whole }
}

/// Each way that the check of the walls tried, from what the page shows of it.
fn walls(overview: &Overview) -> Option<IsolationMap> {
    let shown = |check: &&CheckShown| check.check == apart::ID;
    let mut seen = overview.claims.iter().filter_map(|claim| claim.measured.as_ref()).flat_map(|measured| &measured.checks);
    let counts = &seen.find(shown)?.look.counts;
    let ways = counts.iter().filter(|count| count.what != apart::TRIES);
    let wall =
        |count: &claims::document::Counted| Some(Wall { what: count.what.clone(), tried: count.whole?, refused: count.counted });
    Some(IsolationMap { walls: ways.filter_map(wall).collect() })
}

#[cfg(test)]
mod tests {
    use model::{SourceId, TenantId};

    use super::*;

    #[test]
    fn a_source_has_one_cell_for_each_day_and_the_key_of_today_seals() {
        let scope = |source: u8| Scope {
            tenant: TenantId::parse("0000000000000001").unwrap(),
            source: SourceId::parse(&format!("{source:016x}")).unwrap(),
        };
        let (yesterday, today) = (Timestamp::from_nanos(0).day(), Timestamp::from_nanos(0).day().next());
        let key = |day, serial| DataKeyId { day, serial };
        let keys =
            vec![(scope(1), key(today, 0)), (scope(2), key(yesterday, 0)), (scope(2), key(today, 0)), (scope(2), key(today, 1))];
        let timeline = timeline(keys, today);
        assert_eq!(timeline.whole, 2);
        let (sealing, ended) =
            (KeyDay { day: today, state: KeyState::Sealing }, KeyDay { day: yesterday, state: KeyState::Ended });
        assert_eq!(timeline.sources, [vec![ended, sealing], vec![sealing]]);
    }
}
