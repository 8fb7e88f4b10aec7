//! The rounds of alerts: which are due, with whose rights a look counts, and what came of it.
//!
//! Always holds: a look has a permit for the alert's one source, given only while its keeper may read that source, and
//! covered by an entry of the tenant's trail that was written before it; what a look says of a rule that is another by now is
//! forgotten.

use audit::{Event, Watched};
use model::limits::{ALERT_CHANGES_KEPT_MAX, ALERT_COVER_SECONDS, ALERT_ROUND_SECONDS};
use model::{AlertId, TimeRange, Timestamp};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use watch::{Change, Named, Said, State};

use super::Alert;
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::notices::Notice;
use crate::permit::{Look, Permit, Principal, ViewAlerts};

/// Alerts that one round takes on. More: the next round, those that wait longest first.
const DUE_MAX: i64 = 200;
const SELECT_DUE: &str = "SELECT id, tenant, created_at, document FROM alerts WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?2";
const SELECT_CHANGES: &str = "SELECT alert, number, tenant, document FROM alert_changes WHERE alert = ?1 ORDER BY number DESC";

/// Whether an alert is looked at.
#[derive(Debug)]
pub enum Watching {
    Permit(Permit<Look>),
    /// It stopped; this code says why.
    Stopped(&'static str),
    /// It was removed.
    Gone,
}

/// Until when the looks of an alert are in the trail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Covered(Timestamp);

/// One change of state, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertChange {
    pub number: i64,
    pub to: State,
    pub at: Timestamp,
    pub count: u64,
    pub window: TimeRange,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeDocument {
    to: State,
    at: i64,
    count: u64,
    from: i64,
    until: i64,
}

// === impl Identity ===

impl Identity {
    /// The alerts that somebody has to look at now. A row that does not open is set aside, so that it holds up no other, and
    /// told once.
    pub fn due_alerts(&self, now: Timestamp) -> Result<(Vec<Alert>, Vec<CatalogError>), CatalogError> {
        let params = (now.nanos(), DUE_MAX);
        let found = self.catalog.read(|db| catalog::whole(db, SELECT_DUE, params, |row| self.read_alert(row)))?;
        self.set_aside("UPDATE alerts SET due_at = NULL WHERE id = ?1", &found.1)?;
        Ok(found)
    }

    /// Has damaged rows not come up again.
    pub(crate) fn set_aside(&self, sql: &str, damaged: &[CatalogError]) -> Result<(), CatalogError> {
        let ids = damaged.iter().filter_map(|error| if let CatalogError::Tampered { id, .. } = error { Some(id) } else { None });
        let ids: Vec<&String> = ids.collect();
        if ids.is_empty() {
            return Ok(());
        }
        self.catalog.write(|tx| ids.iter().try_for_each(|id| catalog::change(tx, sql, [id]).map(drop)))
    }

    /// For one look of an alert. One whose keeper may not read the source any more, or whose source is gone, stops here.
    pub fn watch(&self, id: AlertId, now: Timestamp) -> Result<Watching, CatalogError> {
        let found = self.catalog.read(|db| {
            let Some(alert) = self.find_alert(db, id)? else { return Ok::<_, CatalogError>(None) };
            let barred = self.barred(db, &alert, now)?;
            Ok(Some((alert, barred)))
        })?;
        let Some((alert, barred)) = found else { return Ok(Watching::Gone) };
        if let Some(code) = barred {
            self.stop_alert(id, code, now)?;
            return Ok(Watching::Stopped(code));
        }
        let covered = self.covered.lock().get(&id).copied();
        if covered.is_none_or(|Covered(until)| now >= until) {
            let until = now.plus_seconds(ALERT_COVER_SECONDS);
            let event = Event::Watched(Watched::SourceWatched { alert: id.to_string(), until: until.to_string() });
            self.note(&alert.deed(now), event)?;
            self.covered.lock().insert(id, Covered(until));
        }
        Ok(Watching::Permit(Permit::new(alert.scope(), Principal::Server, alert.deed(now))))
    }

    /// What a look of this alert counted. Gives the change of state that it made.
    pub fn note_looked(&self, looked: &Alert, count: u64, now: Timestamp) -> Result<Option<Change>, CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut alert) = self.still(tx, looked)? else { return Ok(None) };
            let change = alert.standing.looked(&alert.spec.rule, count, now);
            self.write_alert(tx, &alert, Some(now.plus_seconds(ALERT_ROUND_SECONDS)))?;
            if let Some(change) = &change {
                self.tell_change(tx, &alert, change)?;
            }
            Ok(change)
        })
    }

    /// A look gave no count, for this reason.
    pub fn note_not_looked(&self, looked: &Alert, code: &str, now: Timestamp) -> Result<(), CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut alert) = self.still(tx, looked)? else { return Ok(()) };
            let wait = alert.standing.failed(code, now);
            self.write_alert(tx, &alert, Some(now.plus_seconds(wait)))
        })
    }

    /// Nothing is to be judged yet: somebody looks again then.
    pub fn put_off_alert(&self, looked: &Alert, until: Timestamp) -> Result<(), CatalogError> {
        self.catalog.write(|tx| match self.still(tx, looked)? {
            Some(alert) => self.write_alert(tx, &alert, Some(until)),
            None => Ok(()),
        })
    }

    /// The changes of an alert, the newest first, as far as they are kept.
    pub fn alert_changes(&self, permit: &Permit<ViewAlerts>, id: AlertId) -> Result<Option<Vec<AlertChange>>, CatalogError> {
        self.catalog.read(|db| match self.alert_for(db, permit, id)? {
            Some(_) => catalog::all(db, SELECT_CHANGES, [id.to_string()], |row| self.read_change(row)).map(Some),
            None => Ok(None),
        })
    }

    /// Why nobody may look for this alert any more.
    fn barred(&self, db: &Connection, alert: &Alert, now: Timestamp) -> Result<Option<&'static str>, CatalogError> {
        if self.scope_of(db, alert.spec.source)? != Some(alert.scope()) {
            return Ok(Some("source_gone"));
        }
        let reading = self.reading(db, Some(alert.keeper), alert.tenant, now)?;
        Ok((!reading.may(alert.scope())).then_some("keeper_may_not_read"))
    }

    fn stop_alert(&self, id: AlertId, code: &str, now: Timestamp) -> Result<(), CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut alert) = self.find_alert(tx, id)?.filter(|alert| alert.standing.stopped.is_none()) else {
                return Ok(());
            };
            // It may have been changed by somebody who may, since this was found.
            if self.barred(tx, &alert, now)? != Some(code) {
                return Ok(());
            }
            alert.standing.stop(code, now);
            self.write_alert(tx, &alert, None)?;
            self.covered.lock().remove(&id);
            let event = Event::Watched(Watched::AlertStopped { alert: id.to_string(), code: code.to_owned() });
            self.record(tx, &alert.deed(now), event)?;
            let notice = Notice::AlertStopped {
                tenant: alert.tenant.to_string(),
                alert: id.to_string(),
                name: alert.spec.name.as_str().to_owned(),
                code: code.to_owned(),
            };
            self.tell_owners(tx, alert.tenant, &notice, now)
        })
    }

    /// The alert as it is now, if it still asks what was looked for.
    fn still(&self, db: &Connection, looked: &Alert) -> Result<Option<Alert>, CatalogError> {
        let now = self.find_alert(db, looked.id)?;
        Ok(now.filter(|alert| {
            alert.spec.rule == looked.spec.rule && alert.scope() == looked.scope() && alert.standing.stopped.is_none()
        }))
    }

    fn tell_change(&self, tx: &Connection, alert: &Alert, change: &Change) -> Result<(), CatalogError> {
        let id = alert.id.to_string();
        let number = catalog::count(tx, "SELECT coalesce(max(number), 0) + 1 FROM alert_changes WHERE alert = ?1", [&id])?;
        let document = ChangeDocument {
            to: change.to,
            at: change.at.nanos(),
            count: change.count,
            from: change.window.from.nanos(),
            until: change.window.to.nanos(),
        };
        let sealed = spot(alert, number).seal(&self.sealer, &document)?;
        let sql = "INSERT INTO alert_changes (alert, number, tenant, document) VALUES (?1, ?2, ?3, ?4)";
        catalog::change(tx, sql, (&id, number, alert.tenant.to_string(), sealed))?;
        let old = "DELETE FROM alert_changes WHERE alert = ?1 AND number <= ?2";
        catalog::change(tx, old, (&id, number - ALERT_CHANGES_KEPT_MAX))?;
        let said = Said::of(&alert.tenant.to_string(), self.about(tx, alert)?, &alert.spec.rule, change);
        let told = self.send_to_all(tx, alert, (&said, Some(number)), change.at)?;
        let (alert_id, count) = (id, change.count);
        let event = match change.to {
            State::Alerting => Watched::AlertFired { alert: alert_id, count, told },
            State::Ok => Watched::AlertRecovered { alert: alert_id, count, told },
        };
        self.record(tx, &alert.deed(change.at), Event::Watched(event))
    }

    /// The alert and its source, as what is told names them.
    pub(super) fn about(&self, db: &Connection, alert: &Alert) -> Result<(Named, Named), CatalogError> {
        let source = self.source_of_any(db, alert.spec.source)?.filter(|source| source.tenant == alert.tenant);
        let named = |id: String, name: String| Named { id, name };
        let source_name = source.map_or_else(String::new, |source| source.name.as_str().to_owned());
        Ok((named(alert.id.to_string(), alert.spec.name.as_str().to_owned()), named(alert.spec.source.to_string(), source_name)))
    }

    pub(crate) fn read_change(&self, row: &Row<'_>) -> Result<AlertChange, CatalogError> {
        let number: i64 = row.get("number")?;
        let place = format!("{}/{number}", row.get::<_, String>("alert")?);
        let document: ChangeDocument =
            Spot::new("alert_changes", place, row.get::<_, String>("tenant")?).read(&self.sealer, row)?;
        let at = Timestamp::from_nanos;
        let window = TimeRange { from: at(document.from), to: at(document.until) };
        Ok(AlertChange { number, to: document.to, at: at(document.at), count: document.count, window })
    }
}

fn spot(alert: &Alert, number: i64) -> Spot {
    Spot::new("alert_changes", format!("{}/{number}", alert.id), alert.tenant)
}
