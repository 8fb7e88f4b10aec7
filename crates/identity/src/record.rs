//! What this crate writes into the audit trail. How the trail is read, signed and verified is in `trail`.
//!
//! Always holds: an event and what it tells of are one transaction; whoever keeps asking for what is refused costs the
//! trail one entry a second at most, and the entry says how many there were.

use std::collections::HashMap;

use audit::{Actor, Deed, Event, Outcome};
use model::{ApiKeyId, TenantId, Timestamp, UserId};
use policy::Permission;
use rusqlite::Connection;

use crate::Identity;
use crate::authorize::Asker;
use crate::catalog::CatalogError;
use crate::permit::Principal;
use crate::refused::Refused;

/// Seconds between two entries about refusals of one key, one principal or one account.
const REFUSAL_SECONDS: i64 = 1;

/// Seconds after which nobody remembers that a refusal was told.
const FORGOTTEN_SECONDS: i64 = 3_600;

/// Refusals that are not written down yet. Holds only what exists.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    refused: HashMap<Refusee, Waiting>,
    strangers: u64,
}

/// Whom a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Refusee {
    Key(ApiKeyId),
    /// Somebody known, who asked for this permission; of staff, in which tenant.
    Principal(Principal, Permission, Option<TenantId>),
    /// An account that somebody tried to sign in to.
    Account(UserId),
}

#[derive(Debug, Default)]
struct Waiting {
    written: Option<Timestamp>,
    /// Since then.
    times: u64,
    newest: Option<(Deed, &'static str)>,
}

// === impl Refusee ===

impl Refusee {
    fn told(self, times: u64) -> Event {
        match self {
            Self::Key(key) => Event::ApiKeyRefused { key: key.to_string(), times },
            Self::Principal(_, permission, _) => Event::PermissionRefused { permission: permission.as_str().to_owned(), times },
            Self::Account(user) => Event::SignInRefused { user: user.to_string(), times },
        }
    }
}

// === impl Identity ===

impl Identity {
    pub(crate) fn record(&self, tx: &Connection, deed: &Deed, event: Event) -> Result<(), CatalogError> {
        self.trail.append(tx, deed, (event, Outcome::Done))?;
        Ok(())
    }

    /// Writes down something that needed no decision of this crate.
    pub fn note(&self, deed: &Deed, event: Event) -> Result<(), CatalogError> {
        self.catalog.write(|tx| self.record(tx, deed, event))
    }

    /// Writes down something that was refused.
    pub(crate) fn note_refused(&self, deed: &Deed, event: Event, code: &str) -> Result<(), CatalogError> {
        self.catalog.write(|tx| {
            self.trail.append(tx, deed, (event, Outcome::Refused { code: code.to_owned() }))?;
            Ok(())
        })
    }

    /// Writes a refusal down, then gives it: in the trail of whoever asked, and what staff tried to touch of a tenant in that
    /// tenant's, so that it sees every attempt.
    pub(crate) fn tell_refusal<T>(
        &self,
        asker: &Asker,
        (permission, touched): (Permission, Option<TenantId>),
        refused: Refused,
        deed: &Deed,
    ) -> Result<T, Refused> {
        let deed = asker.deed(deed);
        let of_staff = touched.filter(|_| matches!(asker.principal, Principal::Staff(..)));
        let (refusee, deed) = match (&asker.key, of_staff.or(asker.tenant)) {
            (Some(key), _) => (Refusee::Key(key.id), deed.of_source(key.scope)),
            (None, Some(tenant)) => (Refusee::Principal(asker.principal, permission, of_staff), deed.of_tenant(tenant)),
            (None, None) => (Refusee::Principal(asker.principal, permission, None), deed),
        };
        self.note_refusal(refusee, refused.code(), deed).map_err(Refused::NotRecorded)?;
        Err(refused)
    }

    /// Counts a request whose credential names nobody.
    pub fn note_stranger(&self) {
        self.refusals.lock().strangers += 1;
    }

    /// The newest of one refusee's refusals is told with its deed and code.
    pub(crate) fn note_refusal(&self, refusee: Refusee, code: &'static str, deed: Deed) -> Result<(), CatalogError> {
        let now = deed.at;
        {
            let mut refusals = self.refusals.lock();
            let waiting = refusals.refused.entry(refusee).or_default();
            waiting.times += 1;
            waiting.newest = Some((deed, code));
            if waiting.written.is_some_and(|written| now.seconds_since(written) < REFUSAL_SECONDS) {
                return Ok(());
            }
        }
        self.flush_refusals_of(refusee, now)
    }

    /// Remembers a refusal whose writing must not be seen in the time of its answer; the job writes it.
    pub(crate) fn note_refusal_later(&self, refusee: Refusee, code: &'static str, deed: Deed) {
        let mut refusals = self.refusals.lock();
        let waiting = refusals.refused.entry(refusee).or_default();
        waiting.times += 1;
        waiting.newest = Some((deed, code));
    }

    fn flush_refusals_of(&self, refusee: Refusee, now: Timestamp) -> Result<(), CatalogError> {
        let (times, newest) = {
            let mut refusals = self.refusals.lock();
            let Some(waiting) = refusals.refused.get_mut(&refusee) else { return Ok(()) };
            waiting.written = Some(now);
            (std::mem::take(&mut waiting.times), waiting.newest.take())
        };
        let Some((deed, code)) = newest else { return Ok(()) };
        let deed = Deed { at: now, ..deed };
        let event = refusee.told(times);
        let outcome = Outcome::Refused { code: code.to_owned() };
        let written = self.catalog.write(|tx| {
            self.trail.append(tx, &deed, (event, outcome))?;
            Ok(())
        });
        if written.is_err() {
            let mut refusals = self.refusals.lock();
            let waiting = refusals.refused.entry(refusee).or_default();
            waiting.times += times;
            waiting.newest.get_or_insert((deed, code));
        }
        written
    }

    /// Writes down the refusals that are not in the trail yet: those of each key, and how many strangers there were. A job
    /// calls it every half minute.
    pub fn flush_refusals(&self, now: Timestamp) -> Result<(), CatalogError> {
        let waiting: Vec<Refusee> = {
            let mut refusals = self.refusals.lock();
            // What was told some time ago and not repeated needs no memory.
            let idle = |one: &Waiting| one.written.is_some_and(|at| now.seconds_since(at) > FORGOTTEN_SECONDS);
            refusals.refused.retain(|_, one| one.times > 0 || !idle(one));
            refusals.refused.iter().filter(|(_, one)| one.times > 0).map(|(refusee, _)| *refusee).collect()
        };
        for refusee in waiting {
            self.flush_refusals_of(refusee, now)?;
        }
        let requests = std::mem::take(&mut self.refusals.lock().strangers);
        if requests == 0 {
            return Ok(());
        }
        let written = self.note(&Deed::by(Actor::Stranger, now), Event::StrangersRefused { requests });
        if written.is_err() {
            self.refusals.lock().strangers += requests;
        }
        written
    }
}
