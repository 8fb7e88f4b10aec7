//! Alerts in the server: the thread that looks each minute, and what sends the messages.
//!
//! Always holds: a look counts records of the alert's one source, with a permit for it, a place among the queries that run at
//! once, and an end; the alerts of one tenant take turns with those of every other, so that nobody's slow queries keep
//! another's from being looked at for long; a round that gave no count is told and not made up.

mod sender;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use identity::{Alert, CatalogError, Watching};
use model::limits::{ALERT_QUERY_SECONDS_MAX, ALERT_ROUND_SECONDS, ALERT_START_SECONDS, ALERT_WAIT_SECONDS_MAX};
use model::{TenantId, TimeRange, Timestamp};
use parking_lot::Mutex;
use search::{LookError, Predicate, Query, ScanError};
use watch::{Comparison, State};

use crate::app::{App, Places};
use crate::board::Looking;
use crate::problem::Chain;

pub(crate) use sender::{Sender, try_once};

/// Why a look gave no count, as a code that is stable.
struct NoCount(&'static str);

struct Rounds {
    app: Arc<App>,
    places: Places,
    started: Timestamp,
    /// Until when nobody looks, because something went wrong: a look that cannot be written down is not made again and again.
    held: Mutex<Option<Timestamp>>,
}

/// Looks at alerts on a thread of their own.
pub(crate) fn look(app: &Arc<App>, places: Places) -> std::io::Result<Looking> {
    let rounds = Rounds { app: Arc::clone(app), places, started: app.clock.now(), held: Mutex::default() };
    Looking::with("alerts", move || rounds.round())
}

// === impl Rounds ===

impl Rounds {
    fn round(&self) {
        let now = self.app.clock.now();
        if self.held.lock().is_some_and(|until| now < until) {
            return;
        }
        let failures = self.looks(now);
        *self.held.lock() = (failures > 0).then(|| now.plus_seconds(ALERT_ROUND_SECONDS));
    }

    /// Looks at all that are due: what goes wrong with one is no reason not to look at the others. Gives how often it did.
    fn looks(&self, now: Timestamp) -> usize {
        let (due, damaged) = match self.app.identity.due_alerts(now) {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "alerts could not be looked at");
                return 1;
            }
        };
        damaged.iter().for_each(|error| tracing::error!(error = %Chain(error), "an alert is set aside"));
        let mut failures = 0;
        for alert in in_turns(due) {
            if *self.app.stopping.borrow() {
                break;
            }
            if let Err(error) = self.look(&alert) {
                tracing::error!(alert = %alert.id, error = %Chain(&error), "an alert could not be looked at");
                failures += 1;
            }
        }
        failures
    }

    fn look(&self, alert: &Alert) -> Result<(), CatalogError> {
        let (identity, now) = (&self.app.identity, self.app.clock.now());
        if let Some(until) = self.unripe_until(alert, now) {
            return identity.put_off_alert(alert, until);
        }
        let permit = match identity.watch(alert.id, now)? {
            Watching::Permit(permit) => permit,
            Watching::Stopped(code) => {
                tracing::warn!(alert = %alert.id, code, "an alert stopped");
                return Ok(());
            }
            Watching::Gone => return Ok(()),
        };
        match self.count(alert, &permit, now) {
            Ok(count) => {
                if let Some(change) = identity.note_looked(alert, count, now)? {
                    let state = match change.to {
                        State::Alerting => "alerting",
                        State::Ok => "ok",
                    };
                    tracing::info!(alert = %alert.id, count, state, "an alert changed");
                }
                Ok(())
            }
            Err(NoCount(code)) => {
                tracing::warn!(alert = %alert.id, code, "a round of an alert gave no count");
                identity.note_not_looked(alert, code, now)
            }
        }
    }

    /// A lack of records is judged when there was time for them.
    fn unripe_until(&self, alert: &Alert, now: Timestamp) -> Option<Timestamp> {
        let begun = self.started.plus_seconds(ALERT_START_SECONDS);
        match alert.spec.rule.comparison {
            Comparison::AtLeast => None,
            Comparison::AtMost if now < begun => Some(begun),
            Comparison::AtMost if !alert.standing.is_ripe(&alert.spec.rule, now) => Some(now.plus_seconds(ALERT_ROUND_SECONDS)),
            Comparison::AtMost => None,
        }
    }

    fn count(&self, alert: &Alert, permit: &identity::Permit<identity::Look>, now: Timestamp) -> Result<u64, NoCount> {
        let query = Query::parse(&alert.spec.rule.query).map_err(|_| NoCount("query_invalid"))?;
        let predicate = Predicate::compile(&query, now);
        let (window, bounds) = (alert.spec.rule.window(now), predicate.time_bounds());
        let range = TimeRange { from: window.from.max(bounds.from), to: window.to.min(bounds.to) };
        let _place = self.places.take(ALERT_WAIT_SECONDS_MAX).ok_or(NoCount("busy"))?;
        let deadline = self.places.deadline(ALERT_QUERY_SECONDS_MAX);
        search::count(&self.app.store, permit, &predicate, range, &deadline.cancel()).map_err(|error| {
            NoCount(match error {
                LookError::Scan(ScanError::Cancelled(_)) => "query_timeout",
                LookError::Scan(ScanError::Source(error)) => {
                    tracing::error!(alert = %alert.id, error = %Chain(&error), "a source could not be looked at for an alert");
                    "internal"
                }
                LookError::Unreadable(_) => "parts_unreadable",
                LookError::TooMany | LookError::LongValue => "internal",
            })
        })
    }
}

/// One of each tenant, then the next of each, in the order in which they are due.
fn in_turns(due: Vec<Alert>) -> Vec<Alert> {
    let mut of_tenant: BTreeMap<TenantId, VecDeque<Alert>> = BTreeMap::new();
    for alert in due {
        of_tenant.entry(alert.tenant).or_default().push_back(alert);
    }
    let mut turns = Vec::new();
    while !of_tenant.is_empty() {
        turns.extend(of_tenant.values_mut().filter_map(VecDeque::pop_front));
        of_tenant.retain(|_, left| !left.is_empty());
    }
    turns
}
