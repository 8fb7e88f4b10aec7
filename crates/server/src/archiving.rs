//! Daily archives in the server: the thread that writes the days of sources to where their tenants want them.
//!
//! Always holds: an archive reads records of its one source, with a permit for one write of one day, a place among the queries
//! that run at once, and behind everything else that wants the processor; one archive of each tenant is worked on at a time,
//! an object of each in turn, so that nobody's large day keeps another's from being written; what arrived is written down
//! before the next object is read, so that a crash goes on after it.

mod destination;
mod sweeping;
mod writing;

use std::collections::BTreeMap;
use std::sync::{Arc, Once};

use identity::{Archive, ArchiveTurn, CatalogError};
use model::limits::ALERT_ROUND_SECONDS;
use model::{TenantId, Timestamp};
use parking_lot::Mutex;

use crate::app::{App, Places};
use crate::board::Looking;
use crate::hashing;
use crate::problem::Chain;

pub(crate) use destination::{NoDestination, open as destination, put};
use writing::{Step, Writing};

struct Rounds {
    app: Arc<App>,
    places: Places,
    /// What is worked on, one of each tenant.
    active: Mutex<BTreeMap<TenantId, Writing>>,
    /// Until when nobody works, because something went wrong: a reading that cannot be written down is not begun again and
    /// again.
    held: Mutex<Option<Timestamp>>,
    lowered: Once,
}

/// Why a write does not go on, as a code that is stable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stuck(pub(crate) &'static str);

/// Works on archives on a thread of their own.
pub(crate) fn start(app: &Arc<App>, places: Places) -> std::io::Result<Looking> {
    let (active, held) = (Mutex::default(), Mutex::default());
    let rounds = Rounds { app: Arc::clone(app), places, active, held, lowered: Once::new() };
    Looking::with("archives", move || rounds.round())
}

// === impl Rounds ===

impl Rounds {
    fn round(&self) {
        self.lowered.call_once(|| hashing::give_way("archives are written"));
        let now = self.app.clock.now();
        if self.held.lock().is_some_and(|until| now < until) {
            return;
        }
        let mut active = std::mem::take(&mut *self.active.lock());
        if let Err(error) = self.work(&mut active) {
            // What was read and not written down is read again: only the catalog knows how far a write came.
            active.clear();
            tracing::error!(error = %Chain(&error), "archives could not be worked on");
            *self.held.lock() = Some(now.plus_seconds(ALERT_ROUND_SECONDS));
        }
        *self.active.lock() = active;
    }

    /// An object of each tenant's in turn, until nothing is left to do now.
    fn work(&self, active: &mut BTreeMap<TenantId, Writing>) -> Result<(), CatalogError> {
        loop {
            self.take_on(active)?;
            let mut went_on = false;
            for tenant in active.keys().copied().collect::<Vec<_>>() {
                if *self.app.stopping.borrow() {
                    return Ok(());
                }
                let Some(writing) = active.get_mut(&tenant) else { continue };
                let archive = writing.archive();
                let (scope, step) = (archive.scope, writing.step(&self.app, &self.places)?);
                match step {
                    Step::Later => {}
                    Step::Went => went_on = true,
                    Step::Ended => {
                        active.remove(&tenant);
                        went_on = true;
                    }
                    Step::Stuck(Stuck(code)) => {
                        tracing::warn!(source = %scope.source, code, "an archive is held up");
                        let now = self.app.clock.now();
                        if let Some(writing) = active.remove(&tenant) {
                            self.app.identity.note_archive_failed(writing.archive(), code, now)?;
                        }
                    }
                }
            }
            if !went_on {
                return Ok(());
            }
        }
    }

    /// Begins what is due of tenants of which nothing is worked on.
    fn take_on(&self, active: &mut BTreeMap<TenantId, Writing>) -> Result<(), CatalogError> {
        let (due, damaged) = self.app.identity.due_archives(self.app.clock.now())?;
        damaged.iter().for_each(|error| tracing::error!(error = %Chain(error), "an archive is set aside"));
        for archive in due {
            if *self.app.stopping.borrow() {
                return Ok(());
            }
            let tenant = archive.scope.tenant;
            if active.contains_key(&tenant) {
                continue;
            }
            if let Some(writing) = self.begin(archive)? {
                active.insert(tenant, writing);
            }
        }
        Ok(())
    }

    fn begin(&self, archive: Archive) -> Result<Option<Writing>, CatalogError> {
        let (identity, now) = (&self.app.identity, self.app.clock.now());
        // Before anything is read: what cannot arrive needs no permit.
        let opened = destination(&self.app, archive.scope.tenant, (&archive.target, archive.recipient.as_ref()));
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(source = %archive.scope.source, error = %Chain(&error), "an archive is held up");
                return identity.note_archive_failed(&archive, error.code(), now).map(|()| None);
            }
        };
        let permit = match identity.archive_turn(&archive, now)? {
            ArchiveTurn::Permit(permit) => permit,
            ArchiveTurn::Stopped(code) => {
                tracing::warn!(source = %archive.scope.source, code, "an archive stopped");
                return Ok(None);
            }
            ArchiveTurn::Gone => return Ok(None),
        };
        let newest = match search::newest_sequence(&self.app.store, &permit) {
            Ok(newest) => newest,
            Err(error) => {
                tracing::error!(source = %archive.scope.source, error = %Chain(&error), "a source could not be archived");
                return identity.note_archive_failed(&archive, "internal", now).map(|()| None);
            }
        };
        let begun = identity.begin_archive(&archive, newest, now)?;
        Ok(begun.map(|(write, objects)| Writing::new((archive, permit), (write, objects), opened)))
    }
}
