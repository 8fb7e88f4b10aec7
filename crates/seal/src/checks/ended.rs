//! `seal.data-keys-end`: a data key seals on its own UTC day, for 24 hours at most, and never again.
//!
//! Each key of the table is put to the code that every sealing passes: an ended one has to be refused, and one of today
//! must not last beyond its day. What is known of the objects' contents must not be younger than the key they are under.
//! In an installation in memory the next day's key cannot be made: there nothing may be sealed any more.

use std::error::Error;
use std::sync::Arc;

use model::limits::{DATA_KEY_SEAL_SECONDS_MAX, LOOK_ITEMS_MAX, LOOK_SKEW_SECONDS};
use model::{Budget, Check, Day, Found, Observation, Round, Scope, Timestamp, Vantage};
use parking_lot::Mutex;

use super::scratch::{Hands, Scratch};
use super::{LookError, observed};
use crate::disk::{Disk, PutMode};
use crate::keyring::{DataKey, KeyError, KeyRing};
use crate::name::{DataKeyId, ObjectKind, ObjectName};
use crate::path::ObjectPath;
use crate::store::{SealError, SealedStore};

/// Who knows how young the contents of objects are, which the sealed bytes do not say: the catalog.
pub trait Ledger: Send + Sync {
    /// Objects, with the UTC day on which the newest came in of what each holds. It cannot have been sealed before.
    fn newest_days(&self) -> Result<Vec<(ObjectName, Day)>, Box<dyn Error + Send + Sync>>;
}

pub(super) struct DataKeysEnd {
    sealed: Arc<SealedStore>,
    ledger: Arc<dyn Ledger>,
    round: Mutex<Keys>,
}

type Keys = Round<(Scope, DataKeyId)>;

// === impl DataKeysEnd ===

impl DataKeysEnd {
    pub(super) fn new(sealed: Arc<SealedStore>, ledger: Arc<dyn Ledger>) -> Self {
        Self { sealed, ledger, round: Mutex::default() }
    }

    fn live(&self, now: Timestamp) -> Result<Observation, LookError> {
        let keys = look_at_keys(self.sealed.keys(), &mut self.round.lock(), now)?;
        let objects = look_at_objects(&self.ledger.newest_days().map_err(LookError::Ledger)?);
        Ok(keys.and(objects).and(self.stop_rotation(now, Hands::Turn)?))
    }

    /// A key ring whose clock stands since yesterday.
    fn look_at_stuck_clock(&self, now: Timestamp) -> Result<Observation, LookError> {
        let yesterday = now.plus_seconds(-DATA_KEY_SEAL_SECONDS_MAX);
        let scratch = Scratch::new(yesterday, Hands::Stuck, self.sealed.entropy())?;
        scratch.put(scratch.scope())?;
        look_at_keys(&scratch.ring, &mut Round::default(), now)
    }

    /// A part that holds what came in on the day after its key's.
    fn look_at_late_part(&self, now: Timestamp) -> Result<Observation, LookError> {
        let scratch = Scratch::new(now, Hands::Turn, self.sealed.entropy())?;
        let name = scratch.put(scratch.scope())?;
        Ok(look_at_objects(&[(name, name.key.day.next())]))
    }

    /// Ends a day with no key for the next one, in memory and with the code of the live one, and tries to go on sealing.
    fn stop_rotation(&self, now: Timestamp, hands: Hands) -> Result<Observation, LookError> {
        let scratch = Scratch::new(now, hands, self.sealed.entropy())?;
        let scope = scratch.scope();
        let today = scratch.put(scope)?.key.day;
        let mut journal = scratch.sealed.create_journal(scope, scratch.object())?;
        journal.append(b"today")?;
        // What lies in the place of a key that was never made cannot be used and cannot be replaced.
        let next = ObjectPath::parse(&format!("{}/tenant/{}", scope.tenant, DataKeyId { day: today.next(), serial: 0 }));
        let Ok(next) = next else { return Ok(Observation::not_run("the next day's key could not be named")) };
        scratch.keys.put(&next, b"no key", PutMode::Create)?;
        scratch.clock.turn_to(today.next().start());
        let object = scratch.sealed.put(scope, ObjectKind::Part, scratch.object(), b"tomorrow");
        let frame = journal.append(b"tomorrow");
        let begun = scratch.sealed.create_journal(scope, scratch.object());
        let refused = [object.is_err(), matches!(frame, Err(SealError::Key(KeyError::TooOld(_)))), begun.is_err()];
        let refused = refused.into_iter().filter(|refused| *refused).count() as u64;
        scratch.keys.delete(&next)?;
        scratch.put(scope)?;
        Ok(Observation::all("sealings without a new day's key refused, in a scratch key table", refused, 3))
    }
}

impl Check for DataKeysEnd {
    fn id(&self) -> &'static str {
        "seal.data-keys-end"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        observed(self.live(now))
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        Observation::of_twins([
            observed(self.look_at_stuck_clock(now)),
            observed(self.look_at_late_part(now)),
            observed(self.stop_rotation(now, Hands::Stuck)),
        ])
    }
}

fn look_at_keys(ring: &KeyRing, round: &mut Keys, now: Timestamp) -> Result<Observation, LookError> {
    let keys = ring.source_keys()?;
    let mut budget = Budget::new(ring.clock(), LOOK_ITEMS_MAX, u64::MAX);
    let mut ended = 0;
    let progress = round.look(&keys, now, |&(scope, id)| {
        if !budget.spend(0) {
            return Ok(Found::Later);
        }
        // A file that was taken away from outside is still read where it was open.
        if keys.binary_search(&(scope, id)).is_err() {
            return Ok(Found::Gone);
        }
        let wrong = |why: &str| Ok(Found::Wrong(format!("key {id} of source {scope} {why}")));
        let key = match ring.load(scope, id) {
            Ok(key) => key,
            Err(KeyError::NotFound(_) | KeyError::Destroyed) => return Ok(Found::Gone),
            Err(KeyError::Damaged(_)) => return wrong("is damaged, was moved, or was not made on its day"),
            Err(error) => return Err(error),
        };
        if key.made_at > now.plus_seconds(LOOK_SKEW_SECONDS) {
            return wrong("is of a time to come");
        }
        if !has_ended(&key, now) {
            return if lasts_too_long(&key) { wrong("would seal beyond its day") } else { Ok(Found::Right) };
        }
        ended += 1;
        match ring.check_seals(scope, &key) {
            Err(KeyError::TooOld(_)) => Ok(Found::Right),
            Ok(()) => wrong("has ended and would still seal"),
            Err(error) => Err(error),
        }
    })?;
    let seen = progress.observe("data keys seal on their own day alone");
    Ok(seen.counting("of them had ended and were refused in this look", ended, None))
}

/// Worked out here, and not asked of the code that is looked at.
fn has_ended(key: &DataKey, now: Timestamp) -> bool {
    now.day() > key.id.day || now.seconds_since(key.made_at) >= DATA_KEY_SEAL_SECONDS_MAX
}

fn lasts_too_long(key: &DataKey) -> bool {
    let ends = [key.id.day.next().start(), key.made_at.plus_seconds(DATA_KEY_SEAL_SECONDS_MAX)];
    ends.into_iter().any(|end| key.may_seal(end))
}

fn look_at_objects(newest: &[(ObjectName, Day)]) -> Observation {
    let late = newest.iter().filter(|(name, day)| *day > name.key.day);
    let late: Vec<String> =
        late.map(|(name, day)| format!("{name} holds what came in on {day}, after its key had ended")).collect();
    let whole = newest.len() as u64;
    Observation::all("objects hold nothing from after their key's day", whole - late.len() as u64, whole).with_details(late)
}
