//! Alerts of a tenant: what is counted each minute of one source, and where a change is told.
//!
//! Always holds: an alert counts for whoever keeps it, who made it or changed it last, and no longer than they may read its
//! source; it is seen and changed by whoever may read that source; a change of state, what is to be sent of it, and its
//! entries in the trail are one transaction, so a crash neither tells a change twice nor forgets one.
//! Looks at no records and sends nothing: jobs of the server do.

mod destinations;
mod messages;
mod rounds;

use audit::{Deed, Event, Watched};
use model::{AlertId, DestinationId, DisplayName, Scope, SourceId, TenantId, Timestamp, limits};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use watch::{Rule, RuleError, Standing};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{Act, ManageAlerts, Permit, ViewAlerts};
use crate::reading::{Keeper, StoredKeeper};

pub use destinations::{Destination, DestinationError, DestinationTarget, MailTarget, NewTarget};
pub use messages::{AlertMessage, Errand, MessageBody, MessageTo};
pub(crate) use rounds::Covered;
pub use rounds::{AlertChange, Watching};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub id: AlertId,
    pub tenant: TenantId,
    pub created_at: Timestamp,
    pub keeper: Keeper,
    pub spec: AlertSpec,
    pub standing: Standing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertSpec {
    pub name: DisplayName,
    pub source: SourceId,
    pub rule: Rule,
    pub destinations: Vec<DestinationId>,
}

#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    #[error("the organization has no such alert, or not for you")]
    NoAlert,
    #[error("the organization has no such source, or none whose logs you may read")]
    NoSource,
    #[error("the organization has {} alerts already, or the installation {}", limits::ALERTS_PER_TENANT_MAX, limits::ALERTS_MAX)]
    TooMany,
    #[error("an alert tells at most {} destinations, each once, and each of the organization", limits::ALERT_DESTINATIONS_MAX)]
    Destinations,
    #[error("somebody of the organization keeps an alert")]
    NoKeeper,
    #[error(transparent)]
    Rule(#[from] RuleError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertDocument {
    name: String,
    source: String,
    rule: Rule,
    destinations: Vec<String>,
    keeper: StoredKeeper,
    standing: Standing,
}

const SELECT: &str = "SELECT id, tenant, created_at, document FROM alerts WHERE id = ?1";
const SELECT_BY_TENANT: &str = "SELECT id, tenant, created_at, document FROM alerts WHERE tenant = ?1 ORDER BY created_at, id";

// === impl Alert ===

impl Alert {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope { tenant: self.tenant, source: self.spec.source }
    }

    fn spot(&self) -> Spot {
        Spot::new("alerts", self.id, self.tenant)
    }

    /// What the server does for it is done with its keeper's rights.
    fn deed(&self, now: Timestamp) -> Deed {
        Deed::by(audit::Actor::Server, now).on_behalf_of(self.keeper.actor()).of_source(self.scope())
    }

    fn document(&self) -> AlertDocument {
        AlertDocument {
            name: self.spec.name.as_str().to_owned(),
            source: self.spec.source.to_string(),
            rule: self.spec.rule.clone(),
            destinations: ids(&self.spec.destinations),
            keeper: self.keeper.stored(),
            standing: self.standing.clone(),
        }
    }
}

// === impl Identity ===

impl Identity {
    /// Those on sources whose logs whoever asks may read.
    pub fn alerts(&self, permit: &Permit<ViewAlerts>) -> Result<Vec<Alert>, CatalogError> {
        self.catalog.read(|db| {
            let reading = self.reading(db, Keeper::of(permit.principal()), permit.tenant(), permit.deed().at)?;
            let all = self.alerts_of(db, permit.tenant())?;
            Ok(all.into_iter().filter(|alert| reading.may(alert.scope())).collect())
        })
    }

    pub fn alert(&self, permit: &Permit<ViewAlerts>, id: AlertId) -> Result<Option<Alert>, CatalogError> {
        self.catalog.read(|db| self.alert_for(db, permit, id))
    }

    pub fn create_alert(&self, permit: &Permit<ManageAlerts>, spec: AlertSpec) -> Result<Alert, AlertError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            let keeper = self.may_keep(tx, permit, &spec)?;
            let of_tenant = catalog::count(tx, "SELECT count(*) FROM alerts WHERE tenant = ?1", [tenant.to_string()])?;
            let of_all = catalog::count(tx, "SELECT count(*) FROM alerts", [])?;
            if of_tenant >= limits::ALERTS_PER_TENANT_MAX || of_all >= limits::ALERTS_MAX {
                return Err(AlertError::TooMany);
            }
            let id = AlertId::generate(&*self.entropy);
            let alert = Alert { id, tenant, created_at: now, keeper, spec, standing: Standing::new(now) };
            catalog::change(
                tx,
                "INSERT INTO alerts (id, tenant, created_at, due_at, document) VALUES (?1, ?2, ?3, ?3, ?4)",
                (id.to_string(), tenant.to_string(), now.nanos(), alert.spot().seal(&self.sealer, &alert.document())?),
            )?;
            let destinations = ids(&alert.spec.destinations);
            let event = Event::Watched(Watched::AlertCreated { alert: id.to_string(), destinations });
            self.record(tx, &permit.deed().clone().of_source(alert.scope()), event)?;
            Ok(alert)
        })
    }

    /// Says it anew: whoever changes it keeps it from now on, and one that had stopped goes on.
    pub fn change_alert(&self, permit: &Permit<ManageAlerts>, id: AlertId, spec: AlertSpec) -> Result<Alert, AlertError> {
        let now = permit.deed().at;
        self.catalog.write(|tx| {
            let old = self.alert_for(tx, permit, id)?.ok_or(AlertError::NoAlert)?;
            let keeper = self.may_keep(tx, permit, &spec)?;
            let asks_the_same = old.spec.rule == spec.rule && old.spec.source == spec.source && old.standing.stopped.is_none();
            let standing = if asks_the_same { old.standing.clone() } else { old.standing.renewed(now) };
            let alert = Alert { spec, keeper, standing, ..old };
            self.write_alert(tx, &alert, Some(now))?;
            // The entry that covers its looks names whoever kept it before.
            self.covered.lock().remove(&id);
            let destinations = ids(&alert.spec.destinations);
            let event = Event::Watched(Watched::AlertChanged { alert: id.to_string(), destinations });
            self.record(tx, &permit.deed().clone().of_source(alert.scope()), event)?;
            Ok(alert)
        })
    }

    /// Forgets it, with what it told and what it would still have told.
    pub fn remove_alert(&self, permit: &Permit<ManageAlerts>, id: AlertId) -> Result<(), AlertError> {
        self.catalog.write(|tx| {
            let old = self.alert_for(tx, permit, id)?.ok_or(AlertError::NoAlert)?;
            for sql in [
                "DELETE FROM alert_messages WHERE alert = ?1",
                "DELETE FROM alert_changes WHERE alert = ?1",
                "DELETE FROM alerts WHERE id = ?1",
            ] {
                catalog::change(tx, sql, [id.to_string()])?;
            }
            self.covered.lock().remove(&id);
            let event = Event::Watched(Watched::AlertRemoved { alert: id.to_string() });
            Ok(self.record(tx, &permit.deed().clone().of_source(old.scope()), event)?)
        })
    }

    fn alert_for<A: Act<Object = TenantId>>(
        &self,
        db: &Connection,
        permit: &Permit<A>,
        id: AlertId,
    ) -> Result<Option<Alert>, CatalogError> {
        let reading = self.reading(db, Keeper::of(permit.principal()), permit.tenant(), permit.deed().at)?;
        Ok(self.find_alert(db, id)?.filter(|alert| alert.tenant == permit.tenant() && reading.may(alert.scope())))
    }

    fn may_keep(&self, db: &Connection, permit: &Permit<ManageAlerts>, spec: &AlertSpec) -> Result<Keeper, AlertError> {
        spec.rule.hold()?;
        let keeper = Keeper::of(permit.principal()).ok_or(AlertError::NoKeeper)?;
        let scope = self.scope_of(db, spec.source)?.ok_or(AlertError::NoSource)?;
        if !self.reading(db, Some(keeper), permit.tenant(), permit.deed().at)?.may(scope) {
            return Err(AlertError::NoSource);
        }
        let once: std::collections::HashSet<_> = spec.destinations.iter().collect();
        if once.len() != spec.destinations.len() || spec.destinations.len() > limits::ALERT_DESTINATIONS_MAX {
            return Err(AlertError::Destinations);
        }
        for id in &spec.destinations {
            let found = self.find_destination(db, *id)?.filter(|destination| destination.tenant == permit.tenant());
            found.ok_or(AlertError::Destinations)?;
        }
        Ok(keeper)
    }

    fn find_alert(&self, db: &Connection, id: AlertId) -> Result<Option<Alert>, CatalogError> {
        catalog::one(db, SELECT, [id.to_string()], |row| self.read_alert(row))
    }

    fn alerts_of(&self, db: &Connection, tenant: TenantId) -> Result<Vec<Alert>, CatalogError> {
        catalog::all(db, SELECT_BY_TENANT, [tenant.to_string()], |row| self.read_alert(row))
    }

    /// With when it is looked at next.
    fn write_alert(&self, db: &Connection, alert: &Alert, due: Option<Timestamp>) -> Result<(), CatalogError> {
        let sealed = alert.spot().seal(&self.sealer, &alert.document())?;
        let sql = "UPDATE alerts SET document = ?1, due_at = ?2 WHERE id = ?3";
        catalog::change(db, sql, (sealed, due.map(Timestamp::nanos), alert.id.to_string()))?;
        Ok(())
    }

    pub(crate) fn read_alert(&self, row: &Row<'_>) -> Result<Alert, CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "alerts")?, catalog::id(row, "tenant", "alerts")?);
        let spot = Spot::new("alerts", id, tenant);
        let document: AlertDocument = spot.read(&self.sealer, row)?;
        let tampered = || spot.tampered();
        let destinations: Result<Vec<_>, _> = document.destinations.iter().map(|id| DestinationId::parse(id)).collect();
        let spec = AlertSpec {
            name: DisplayName::parse(&document.name).map_err(|_| tampered())?,
            source: SourceId::parse(&document.source).map_err(|_| tampered())?,
            rule: document.rule,
            destinations: destinations.map_err(|_| tampered())?,
        };
        let keeper = document.keeper.parse().ok_or_else(tampered)?;
        Ok(Alert { id, tenant, created_at: catalog::time(row, "created_at")?, keeper, spec, standing: document.standing })
    }
}

fn ids(destinations: &[DestinationId]) -> Vec<String> {
    destinations.iter().map(ToString::to_string).collect()
}
