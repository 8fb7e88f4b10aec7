//! Short links of people of a tenant: a look at one source's logs, under an id that nobody guesses.
//!
//! Always holds: a link allows nothing and holds no record; it opens for whoever may read the logs of its source, and for
//! nobody once it is over, whether its row is still there or not.

use audit::{Event, Watched};
use model::{LinkId, Scope, SourceId, TenantId, Timestamp, limits};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use watch::{Linked, LinkedError};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{Act, ManageViews, Permit, ViewTenant};
use crate::reading::{Keeper, StoredKeeper};

#[derive(Debug, Clone, PartialEq)]
pub struct ShortLink {
    pub id: LinkId,
    pub tenant: TenantId,
    pub created_at: Timestamp,
    pub ends_at: Timestamp,
    /// Whoever made it.
    pub keeper: Keeper,
    pub spec: LinkSpec,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LinkSpec {
    pub source: SourceId,
    pub linked: Linked,
}

#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("the organization has no such short link, it is over, or it is not for you")]
    NoLink,
    #[error("the organization has no such source, or none whose logs you may read")]
    NoSource,
    #[error("you have {} short links already: remove one, or wait until one ends", limits::LINKS_PER_KEEPER_MAX)]
    TooMany,
    #[error("somebody of the organization makes a short link")]
    NoKeeper,
    #[error(transparent)]
    Linked(#[from] LinkedError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
struct LinkDocument {
    source: String,
    linked: Linked,
    keeper: StoredKeeper,
    ends_at: i64,
}

const DAY_SECONDS: i64 = 24 * 3_600;
const SELECT: &str = "SELECT id, tenant, created_at, document FROM links WHERE id = ?1 AND tenant = ?2";
const SELECT_BY_KEEPER: &str =
    "SELECT id, tenant, created_at, document FROM links WHERE tenant = ?1 AND keeper = ?2 ORDER BY created_at, id";
const COUNT_BY_KEEPER: &str = "SELECT count(*) FROM links WHERE tenant = ?1 AND keeper = ?2 AND ends_at > ?3";

// === impl ShortLink ===

impl ShortLink {
    fn scope(&self) -> Scope {
        Scope { tenant: self.tenant, source: self.spec.source }
    }

    fn spot(&self) -> Spot {
        Spot::new("links", self.id, self.tenant)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.ends_at <= now
    }

    fn document(&self) -> LinkDocument {
        LinkDocument {
            source: self.spec.source.to_string(),
            linked: self.spec.linked.clone(),
            keeper: self.keeper.stored(),
            ends_at: self.ends_at.nanos(),
        }
    }
}

// === impl Identity ===

impl Identity {
    /// Those that whoever asks made, also where they may not read the source any more: it is their own text, and theirs to
    /// remove.
    pub fn own_links(&self, permit: &Permit<ViewTenant>) -> Result<Vec<ShortLink>, CatalogError> {
        let Some(keeper) = Keeper::of(permit.principal()) else { return Ok(Vec::new()) };
        self.catalog.read(|db| {
            let ids = [permit.tenant().to_string(), keeper.id()];
            let all = catalog::all(db, SELECT_BY_KEEPER, ids, |row| self.read_link(row))?;
            Ok(all.into_iter().filter(|link| link.keeper == keeper && !link.is_over(permit.deed().at)).collect())
        })
    }

    /// For whoever may read the logs of its source.
    pub fn link(&self, permit: &Permit<ViewTenant>, id: LinkId) -> Result<Option<ShortLink>, CatalogError> {
        self.catalog.read(|db| self.link_for(db, permit, id))
    }

    pub fn create_link(&self, permit: &Permit<ViewTenant>, spec: LinkSpec) -> Result<ShortLink, LinkError> {
        spec.linked.hold()?;
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        let keeper = Keeper::of(permit.principal()).ok_or(LinkError::NoKeeper)?;
        self.catalog.write(|tx| {
            let scope = self.scope_of(tx, spec.source)?.ok_or(LinkError::NoSource)?;
            if !self.reading(tx, Some(keeper), tenant, now)?.may(scope) {
                return Err(LinkError::NoSource);
            }
            let count = catalog::count(tx, COUNT_BY_KEEPER, (tenant.to_string(), keeper.id(), now.nanos()))?;
            if count >= limits::LINKS_PER_KEEPER_MAX {
                return Err(LinkError::TooMany);
            }
            let (id, ends_at) = (LinkId::generate(&*self.entropy), now.plus_seconds(limits::LINK_DAYS * DAY_SECONDS));
            let link = ShortLink { id, tenant, created_at: now, ends_at, keeper, spec };
            let document = link.spot().seal(&self.sealer, &link.document())?;
            catalog::change(
                tx,
                "INSERT INTO links (id, tenant, keeper, created_at, ends_at, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (id.to_string(), tenant.to_string(), keeper.id(), now.nanos(), ends_at.nanos(), document),
            )?;
            let event = Event::Watched(Watched::LinkCreated { link: id.to_string(), until: ends_at.to_string() });
            self.record(tx, &permit.deed().clone().of_source(scope), event)?;
            Ok(link)
        })
    }

    /// Removes what whoever asks made themself. Answers whether it was theirs.
    pub fn remove_own_link(&self, permit: &Permit<ViewTenant>, id: LinkId) -> Result<bool, LinkError> {
        self.catalog.write(|tx| {
            let own = self.find_link(tx, permit, id)?.filter(|link| Keeper::of(permit.principal()) == Some(link.keeper));
            if let Some(link) = &own {
                self.forget_link(tx, permit, link)?;
            }
            Ok(own.is_some())
        })
    }

    /// Removes a link of somebody else, for whoever looks after what is saved and may read its source.
    pub fn remove_link(&self, permit: &Permit<ManageViews>, id: LinkId) -> Result<(), LinkError> {
        self.catalog.write(|tx| {
            let link = self.link_for(tx, permit, id)?.ok_or(LinkError::NoLink)?;
            Ok(self.forget_link(tx, permit, &link)?)
        })
    }

    /// Clears those that are over. A job calls it.
    pub fn end_links(&self, now: Timestamp) -> Result<usize, CatalogError> {
        self.catalog.write(|tx| catalog::change(tx, "DELETE FROM links WHERE ends_at <= ?1", [now.nanos()]))
    }

    fn forget_link<A: Act<Object = TenantId>>(
        &self,
        tx: &Connection,
        permit: &Permit<A>,
        link: &ShortLink,
    ) -> Result<(), CatalogError> {
        catalog::change(tx, "DELETE FROM links WHERE id = ?1", [link.id.to_string()])?;
        let event = Event::Watched(Watched::LinkRemoved { link: link.id.to_string() });
        self.record(tx, &permit.deed().clone().of_source(link.scope()), event)
    }

    fn link_for<A: Act<Object = TenantId>>(
        &self,
        db: &Connection,
        permit: &Permit<A>,
        id: LinkId,
    ) -> Result<Option<ShortLink>, CatalogError> {
        let reading = self.reading(db, Keeper::of(permit.principal()), permit.tenant(), permit.deed().at)?;
        Ok(self.find_link(db, permit, id)?.filter(|link| reading.may(link.scope())))
    }

    /// One of the tenant that is not over.
    fn find_link<A: Act<Object = TenantId>>(
        &self,
        db: &Connection,
        permit: &Permit<A>,
        id: LinkId,
    ) -> Result<Option<ShortLink>, CatalogError> {
        let ids = [id.to_string(), permit.tenant().to_string()];
        let found = catalog::one(db, SELECT, ids, |row| self.read_link(row))?;
        Ok(found.filter(|link| !link.is_over(permit.deed().at)))
    }

    pub(crate) fn read_link(&self, row: &Row<'_>) -> Result<ShortLink, CatalogError> {
        let text: String = row.get("id")?;
        let tampered = |_| CatalogError::Tampered { table: "links", id: text.escape_debug().to_string() };
        let (id, tenant) = (LinkId::parse(&text).map_err(tampered)?, catalog::id(row, "tenant", "links")?);
        let spot = Spot::new("links", id, tenant);
        let document: LinkDocument = spot.read(&self.sealer, row)?;
        let source = SourceId::parse(&document.source).map_err(|_| spot.tampered())?;
        let keeper = document.keeper.parse().ok_or_else(|| spot.tampered())?;
        let (created_at, ends_at) = (catalog::time(row, "created_at")?, Timestamp::from_nanos(document.ends_at));
        Ok(ShortLink { id, tenant, created_at, ends_at, keeper, spec: LinkSpec { source, linked: document.linked } })
    }
}
