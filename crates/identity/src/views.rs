//! Views that people of a tenant saved: a question to one source, for everybody there who may ask it.
//!
//! Always holds: a view allows nothing, and is seen, changed and removed by whoever may read the logs of its source; asking
//! what it asks is a request of its own.

use audit::{Event, Watched};
use model::{DisplayName, Scope, SourceId, TenantId, Timestamp, ViewId, limits};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use watch::{View, ViewError};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{Act, ManageViews, Permit, ViewViews};
use crate::reading::{Keeper, StoredKeeper};

#[derive(Debug, Clone, PartialEq)]
pub struct SavedView {
    pub id: ViewId,
    pub tenant: TenantId,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    pub keeper: Keeper,
    pub spec: ViewSpec,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ViewSpec {
    pub name: DisplayName,
    pub source: SourceId,
    pub view: View,
}

#[derive(Debug, thiserror::Error)]
pub enum SaveViewError {
    #[error("the organization has no such view, or not for you")]
    NoView,
    #[error("the organization has no such source, or none whose logs you may read")]
    NoSource,
    #[error("the organization has {} views already", limits::VIEWS_PER_TENANT_MAX)]
    TooMany,
    #[error("somebody of the organization saves a view")]
    NoKeeper,
    #[error(transparent)]
    View(#[from] ViewError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
struct ViewDocument {
    name: String,
    source: String,
    view: View,
    keeper: StoredKeeper,
    changed_at: i64,
}

const SELECT: &str = "SELECT id, tenant, created_at, document FROM views WHERE id = ?1 AND tenant = ?2";
const SELECT_BY_TENANT: &str = "SELECT id, tenant, created_at, document FROM views WHERE tenant = ?1 ORDER BY created_at, id";

// === impl SavedView ===

impl SavedView {
    fn scope(&self) -> Scope {
        Scope { tenant: self.tenant, source: self.spec.source }
    }

    fn spot(&self) -> Spot {
        Spot::new("views", self.id, self.tenant)
    }

    fn document(&self) -> ViewDocument {
        ViewDocument {
            name: self.spec.name.as_str().to_owned(),
            source: self.spec.source.to_string(),
            view: self.spec.view.clone(),
            keeper: self.keeper.stored(),
            changed_at: self.changed_at.nanos(),
        }
    }
}

// === impl Identity ===

impl Identity {
    /// Those of sources whose logs whoever asks may read.
    pub fn views(&self, permit: &Permit<ViewViews>) -> Result<Vec<SavedView>, CatalogError> {
        self.catalog.read(|db| {
            let reading = self.reading(db, Keeper::of(permit.principal()), permit.tenant(), permit.deed().at)?;
            let all = catalog::all(db, SELECT_BY_TENANT, [permit.tenant().to_string()], |row| self.read_view(row))?;
            Ok(all.into_iter().filter(|view| reading.may(view.scope())).collect())
        })
    }

    pub fn view(&self, permit: &Permit<ViewViews>, id: ViewId) -> Result<Option<SavedView>, CatalogError> {
        self.catalog.read(|db| self.view_for(db, permit, id))
    }

    pub fn create_view(&self, permit: &Permit<ManageViews>, spec: ViewSpec) -> Result<SavedView, SaveViewError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            let keeper = self.may_save(tx, permit, &spec)?;
            if catalog::count(tx, "SELECT count(*) FROM views WHERE tenant = ?1", [tenant.to_string()])?
                >= limits::VIEWS_PER_TENANT_MAX
            {
                return Err(SaveViewError::TooMany);
            }
            let id = ViewId::generate(&*self.entropy);
            let view = SavedView { id, tenant, created_at: now, changed_at: now, keeper, spec };
            catalog::change(
                tx,
                "INSERT INTO views (id, tenant, created_at, document) VALUES (?1, ?2, ?3, ?4)",
                (id.to_string(), tenant.to_string(), now.nanos(), view.spot().seal(&self.sealer, &view.document())?),
            )?;
            let event = Event::Watched(Watched::ViewCreated { view: id.to_string() });
            self.record(tx, &permit.deed().clone().of_source(view.scope()), event)?;
            Ok(view)
        })
    }

    pub fn change_view(&self, permit: &Permit<ManageViews>, id: ViewId, spec: ViewSpec) -> Result<SavedView, SaveViewError> {
        self.catalog.write(|tx| {
            let old = self.view_for(tx, permit, id)?.ok_or(SaveViewError::NoView)?;
            let keeper = self.may_save(tx, permit, &spec)?;
            let view = SavedView { spec, keeper, changed_at: permit.deed().at, ..old };
            view.spot().update(tx, &self.sealer, &view.document())?;
            let event = Event::Watched(Watched::ViewChanged { view: id.to_string() });
            self.record(tx, &permit.deed().clone().of_source(view.scope()), event)?;
            Ok(view)
        })
    }

    pub fn remove_view(&self, permit: &Permit<ManageViews>, id: ViewId) -> Result<(), SaveViewError> {
        self.catalog.write(|tx| {
            let old = self.view_for(tx, permit, id)?.ok_or(SaveViewError::NoView)?;
            catalog::change(tx, "DELETE FROM views WHERE id = ?1", [id.to_string()])?;
            let event = Event::Watched(Watched::ViewRemoved { view: id.to_string() });
            Ok(self.record(tx, &permit.deed().clone().of_source(old.scope()), event)?)
        })
    }

    fn view_for<A: Act<Object = TenantId>>(
        &self,
        db: &Connection,
        permit: &Permit<A>,
        id: ViewId,
    ) -> Result<Option<SavedView>, CatalogError> {
        let reading = self.reading(db, Keeper::of(permit.principal()), permit.tenant(), permit.deed().at)?;
        let ids = [id.to_string(), permit.tenant().to_string()];
        Ok(catalog::one(db, SELECT, ids, |row| self.read_view(row))?.filter(|view| reading.may(view.scope())))
    }

    fn may_save(&self, db: &Connection, permit: &Permit<ManageViews>, spec: &ViewSpec) -> Result<Keeper, SaveViewError> {
        spec.view.hold()?;
        let keeper = Keeper::of(permit.principal()).ok_or(SaveViewError::NoKeeper)?;
        let scope = self.scope_of(db, spec.source)?.ok_or(SaveViewError::NoSource)?;
        let reading = self.reading(db, Some(keeper), permit.tenant(), permit.deed().at)?;
        if reading.may(scope) { Ok(keeper) } else { Err(SaveViewError::NoSource) }
    }

    pub(crate) fn read_view(&self, row: &Row<'_>) -> Result<SavedView, CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "views")?, catalog::id(row, "tenant", "views")?);
        let spot = Spot::new("views", id, tenant);
        let document: ViewDocument = spot.read(&self.sealer, row)?;
        let name = DisplayName::parse(&document.name).map_err(|_| spot.tampered())?;
        let source = SourceId::parse(&document.source).map_err(|_| spot.tampered())?;
        let keeper = document.keeper.parse().ok_or_else(|| spot.tampered())?;
        let (created_at, changed_at) = (catalog::time(row, "created_at")?, Timestamp::from_nanos(document.changed_at));
        Ok(SavedView { id, tenant, created_at, changed_at, keeper, spec: ViewSpec { name, source, view: document.view } })
    }
}
