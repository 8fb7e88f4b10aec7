//! The file of tenants' pages: who has which, their claims as written and as published, and their hosts.
//!
//! Always holds: a row opens only for its tenant and its place; a change is durable when it returns. Whoever can write the
//! file can put an older row of the same place back; the public log shows what was said then.

use std::path::Path;

use model::limits::{OWN_CLAIMS_MAX, TENANT_HOSTS_MAX, TENANT_PAGES_MAX};
use model::{Id, IdKind, TenantId};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use seal::{Field, FieldSealer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::draft::Written;
use super::host::Host;
use super::slug::Slug;
use crate::store::{StoreError, connect, restrict};

const SCHEMA_VERSION: i64 = 1;

/// Marks an id as that of a page's file.
#[derive(Debug)]
pub(crate) enum PageKind {}

pub(crate) type PageId = Id<PageKind>;

pub(crate) struct PageStore {
    db: Mutex<Connection>,
    sealer: FieldSealer,
}

#[derive(Debug, Clone)]
pub(crate) struct KeptPage {
    pub(crate) slug: Slug,
    pub(crate) page: PageId,
    /// Who speaks there.
    pub(crate) publisher: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptClaim {
    pub(crate) draft: Written,
    /// As it is said.
    pub(crate) published: Option<Written>,
    pub(crate) withdrawn: Option<Withdrawn>,
}

/// In nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Withdrawn {
    pub(crate) since: i64,
    /// Until when it stays on the page.
    pub(crate) until: i64,
}

/// Times are in nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptHost {
    pub(crate) host: Host,
    pub(crate) shown: Option<i64>,
    pub(crate) asked: Option<i64>,
}

#[derive(Debug, thiserror::Error)]
pub enum PageStoreError {
    #[error("could not open the file of tenants' pages")]
    Open(#[source] StoreError),
    #[error("the file of tenants' pages was written by a newer version of Blockhouse (schema {found})")]
    Newer { found: i64 },
    #[error("the file of tenants' pages could not be read or written")]
    Database(#[from] rusqlite::Error),
    #[error("a value of the file of tenants' pages could not be sealed or opened")]
    Seal(#[from] seal::FieldError),
    #[error("the file of tenants' pages is damaged: {0}")]
    Damaged(&'static str),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageBody {
    publisher: String,
}

/// A table of what a tenant has several of.
#[derive(Clone, Copy)]
struct Table {
    name: &'static str,
    places: usize,
}

const CLAIMS: Table = Table { name: "own_claims", places: OWN_CLAIMS_MAX };
const HOSTS: Table = Table { name: "page_hosts", places: TENANT_HOSTS_MAX };

impl IdKind for PageKind {
    const NOUN: &'static str = "page";
}

// === impl PageStore ===

impl PageStore {
    pub(crate) fn open(path: &Path, sealer: FieldSealer) -> Result<Self, PageStoreError> {
        restrict(path).map_err(|error| PageStoreError::Open(StoreError::Create(error)))?;
        let mut db = connect(path).map_err(PageStoreError::Open)?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match tx.query_row("PRAGMA user_version", [], |row| row.get(0))? {
            0 => {
                tx.execute_batch(include_str!("schema.sql"))?;
                tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            }
            SCHEMA_VERSION => {}
            found => return Err(PageStoreError::Newer { found }),
        }
        tx.commit()?;
        Ok(Self { db: Mutex::new(db), sealer })
    }

    // --- pages ---

    /// Gives a tenant its page. `false` where it has one, the name is taken, or there are too many.
    pub(crate) fn add_page(&self, tenant: TenantId, kept: &KeptPage) -> Result<bool, PageStoreError> {
        let body = self.seal(page_field(&page_row(kept), &tenant), &PageBody { publisher: kept.publisher.clone() })?;
        let sql = "INSERT OR IGNORE INTO pages (tenant, slug, page, body)
                   SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM pages) < ?5";
        let values = (tenant.to_string(), kept.slug.as_str(), kept.page.to_string(), body, TENANT_PAGES_MAX as i64);
        Ok(self.db.lock().execute(sql, values)? == 1)
    }

    pub(crate) fn page(&self, tenant: TenantId) -> Result<Option<KeptPage>, PageStoreError> {
        type Columns = (String, String, Vec<u8>);
        let sql = "SELECT slug, page, body FROM pages WHERE tenant = ?1";
        let columns = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let found: Option<Columns> = self.db.lock().query_row(sql, [tenant.to_string()], columns).optional()?;
        let Some((slug, page, body)) = found else { return Ok(None) };
        let slug = Slug::parse(&slug).map_err(|_| PageStoreError::Damaged("a page's name"))?;
        let page = PageId::parse(&page).map_err(|_| PageStoreError::Damaged("a page's id"))?;
        let mut kept = KeptPage { slug, page, publisher: String::new() };
        let body: PageBody = self.opened(page_field(&page_row(&kept), &tenant), &body)?;
        kept.publisher = body.publisher;
        Ok(Some(kept))
    }

    pub(crate) fn tenant_of(&self, slug: &Slug) -> Result<Option<TenantId>, PageStoreError> {
        let sql = "SELECT tenant FROM pages WHERE slug = ?1";
        let found: Option<String> = self.db.lock().query_row(sql, [slug.as_str()], |row| row.get(0)).optional()?;
        found.as_deref().map(tenant).transpose()
    }

    /// Tenants that have a page, in the order of their ids.
    pub(crate) fn tenants(&self) -> Result<Vec<TenantId>, PageStoreError> {
        let db = self.db.lock();
        let mut select = db.prepare_cached("SELECT tenant FROM pages ORDER BY tenant")?;
        let found = select.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        found.iter().map(|text| tenant(text)).collect()
    }

    // --- claims and hosts, each at its place ---

    pub(crate) fn claims(&self, tenant: TenantId) -> Result<Vec<(usize, KeptClaim)>, PageStoreError> {
        self.rows(CLAIMS, tenant)
    }

    pub(crate) fn put_claim(&self, tenant: TenantId, place: usize, kept: &KeptClaim) -> Result<(), PageStoreError> {
        self.put(CLAIMS, tenant, place, kept)
    }

    pub(crate) fn remove_claim(&self, tenant: TenantId, place: usize) -> Result<(), PageStoreError> {
        self.remove(CLAIMS, tenant, place)
    }

    pub(crate) fn hosts(&self, tenant: TenantId) -> Result<Vec<(usize, KeptHost)>, PageStoreError> {
        self.rows(HOSTS, tenant)
    }

    pub(crate) fn put_host(&self, tenant: TenantId, place: usize, kept: &KeptHost) -> Result<(), PageStoreError> {
        self.put(HOSTS, tenant, place, kept)
    }

    pub(crate) fn remove_host(&self, tenant: TenantId, place: usize) -> Result<(), PageStoreError> {
        self.remove(HOSTS, tenant, place)
    }

    fn rows<T: DeserializeOwned>(&self, table: Table, tenant: TenantId) -> Result<Vec<(usize, T)>, PageStoreError> {
        let found: Vec<(usize, Vec<u8>)> = {
            let db = self.db.lock();
            let sql = format!("SELECT place, body FROM {} WHERE tenant = ?1 ORDER BY place LIMIT ?2", table.name);
            let mut select = db.prepare_cached(&sql)?;
            let pair = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as usize, row.get(1)?));
            select.query_map((tenant.to_string(), table.places as i64), pair)?.collect::<Result<_, _>>()?
        };
        let open = |(place, body): (usize, Vec<u8>)| Ok((place, self.opened(field(table, &row(place), &tenant), &body)?));
        found.into_iter().map(open).collect()
    }

    fn put(&self, table: Table, tenant: TenantId, place: usize, value: &impl Serialize) -> Result<(), PageStoreError> {
        let body = self.seal(field(table, &row(place), &tenant), value)?;
        let sql = format!("INSERT OR REPLACE INTO {} (tenant, place, body) VALUES (?1, ?2, ?3)", table.name);
        self.db.lock().execute(&sql, (tenant.to_string(), place as i64, body))?;
        Ok(())
    }

    fn remove(&self, table: Table, tenant: TenantId, place: usize) -> Result<(), PageStoreError> {
        let sql = format!("DELETE FROM {} WHERE tenant = ?1 AND place = ?2", table.name);
        self.db.lock().execute(&sql, (tenant.to_string(), place as i64))?;
        Ok(())
    }

    fn seal(&self, field: Field<'_>, value: &impl Serialize) -> Result<Vec<u8>, PageStoreError> {
        let body = serde_json::to_vec(value).map_err(|_| PageStoreError::Damaged("a value that cannot be written"))?;
        Ok(self.sealer.seal(&field, &body)?)
    }

    fn opened<T: DeserializeOwned>(&self, field: Field<'_>, sealed: &[u8]) -> Result<T, PageStoreError> {
        let opened = self.sealer.open(&field, sealed)?;
        serde_json::from_slice(&opened).map_err(|_| PageStoreError::Damaged("a value that cannot be read"))
    }
}

fn tenant(text: &str) -> Result<TenantId, PageStoreError> {
    TenantId::parse(text).map_err(|_| PageStoreError::Damaged("a tenant's id"))
}

fn page_row(kept: &KeptPage) -> String {
    format!("{}/{}", kept.page, kept.slug)
}

fn page_field<'a>(row: &'a str, tenant: &'a TenantId) -> Field<'a> {
    Field { table: "pages", column: "body", row: row.as_bytes(), scope: tenant.as_bytes() }
}

fn row(place: usize) -> [u8; 8] {
    (place as u64).to_be_bytes()
}

fn field<'a>(table: Table, row: &'a [u8; 8], tenant: &'a TenantId) -> Field<'a> {
    Field { table: table.name, column: "body", row, scope: tenant.as_bytes() }
}
