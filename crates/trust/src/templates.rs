//! Templates of security pages with what people answered so far: one of the installation, and one of each tenant.
//!
//! Always holds: what is kept can be read as a template; a row opens for its owner only; answers are given to the text that
//! whoever gave them saw, so of two people who answer at once one is refused; a change is in its owner's trail first. Makes
//! no page of it and publishes nothing.

use std::path::Path;
use std::sync::Arc;

use audit::{Deed, Event, Templated};
use claims::template::{Answers, Page, ReadError};
use model::{Clock, TenantId, Timestamp};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use seal::{Field, FieldSealer};
use serde::{Deserialize, Serialize};

use crate::digest::sha256;
use crate::public::{PublicLogError, Signatures};
use crate::store::{StoreError, connect, restrict};

const SCHEMA_VERSION: i64 = 1;
const SCHEMA: &str = "CREATE TABLE templates (owner TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;";
/// No tenant has this id: theirs are all of one length, and longer.
const INSTALLATION: &str = "-";

/// Whose template it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Installation,
    Tenant(TenantId),
}

pub struct Templates {
    db: Mutex<Connection>,
    sealer: FieldSealer,
    log: Arc<dyn Signatures>,
    clock: Arc<dyn Clock>,
}

/// A template as it is kept.
#[derive(Debug, Clone)]
pub struct KeptTemplate {
    pub page: Page,
    pub answers: Answers,
    pub kept_at: Timestamp,
    /// SHA-256, in hex, of the text.
    pub digest: String,
    /// Names this text with these answers: what the next answers are given to.
    pub version: String,
}

#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("the file of templates could not be read or written")]
    Store(#[source] StoreError),
    #[error("the change could not be written into the audit trail")]
    Trail(#[from] PublicLogError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the template has no sentence")]
    Empty,
    #[error("there is no template yet")]
    Missing,
    #[error("somebody else changed the template or its answers meanwhile; load them again")]
    Changed,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// In nanoseconds since 1970.
    kept_at: i64,
    text: String,
    answers: Answers,
}

// === impl Templates ===

impl Templates {
    /// Opens the file, and makes it if there is none.
    pub fn open(
        path: &Path,
        (sealer, log, clock): (FieldSealer, Arc<dyn Signatures>, Arc<dyn Clock>),
    ) -> Result<Self, TemplateError> {
        restrict(path).map_err(StoreError::Create)?;
        let mut db = connect(path)?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match tx.query_row("PRAGMA user_version", [], |row| row.get(0))? {
            0 => {
                tx.execute_batch(SCHEMA)?;
                tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            }
            SCHEMA_VERSION => {}
            found => return Err(StoreError::Newer { found }.into()),
        }
        tx.commit()?;
        Ok(Self { db: Mutex::new(db), sealer, log, clock })
    }

    pub fn get(&self, owner: Owner) -> Result<Option<KeptTemplate>, TemplateError> {
        self.row(&self.db.lock(), owner)?.map(|plain| kept(&plain)).transpose()
    }

    /// Keeps a text in the place of the one before. It has no answers yet: its sentences may have got other ids.
    pub fn keep(&self, owner: Owner, text: &[u8], deed: &Deed) -> Result<KeptTemplate, TemplateError> {
        let page = Page::read(text)?;
        if page.sentences().next().is_none() {
            return Err(TemplateError::Empty);
        }
        // What can be read is UTF-8.
        let text = String::from_utf8_lossy(text).into_owned();
        let db = self.db.lock();
        self.tell(owner, deed, Templated::TemplateKept { digest: sha256(text.as_bytes()).sha256 })?;
        self.put(&db, owner, &Body { kept_at: self.clock.now().nanos(), text, answers: Answers::default() })
    }

    /// Keeps answers to the template as it was shown with this version.
    pub fn answer(&self, owner: Owner, version: &str, answers: Answers, deed: &Deed) -> Result<KeptTemplate, TemplateError> {
        let db = self.db.lock();
        let plain = self.row(&db, owner)?.ok_or(TemplateError::Missing)?;
        if sha256(&plain).sha256 != version {
            return Err(TemplateError::Changed);
        }
        let body = body(&plain)?;
        self.tell(owner, deed, Templated::TemplateAnswered { digest: sha256(body.text.as_bytes()).sha256 })?;
        self.put(&db, owner, &Body { answers, ..body })
    }

    /// Forgets the template with its answers.
    pub fn discard(&self, owner: Owner, deed: &Deed) -> Result<(), TemplateError> {
        let db = self.db.lock();
        let plain = self.row(&db, owner)?.ok_or(TemplateError::Missing)?;
        self.tell(owner, deed, Templated::TemplateDiscarded { digest: sha256(body(&plain)?.text.as_bytes()).sha256 })?;
        db.execute("DELETE FROM templates WHERE owner = ?1", [owner.name()])?;
        Ok(())
    }

    fn row(&self, db: &Connection, owner: Owner) -> Result<Option<Vec<u8>>, TemplateError> {
        let name = owner.name();
        let sql = "SELECT body FROM templates WHERE owner = ?1";
        let sealed: Option<Vec<u8>> = db.query_row(sql, [&name], |row| row.get(0)).optional()?;
        let open = |sealed: Vec<u8>| self.sealer.open(&field(&name), &sealed).map_err(StoreError::Seal);
        Ok(sealed.map(open).transpose()?.map(|plain| plain.to_vec()))
    }

    fn put(&self, db: &Connection, owner: Owner, body: &Body) -> Result<KeptTemplate, TemplateError> {
        let plain = serde_json::to_vec(body).map_err(|_| StoreError::Damaged("a template that cannot be written"))?;
        let name = owner.name();
        let sealed = self.sealer.seal(&field(&name), &plain).map_err(StoreError::Seal)?;
        db.execute("INSERT OR REPLACE INTO templates (owner, body) VALUES (?1, ?2)", (&name, sealed))?;
        kept(&plain)
    }

    fn tell(&self, owner: Owner, deed: &Deed, event: Templated) -> Result<(), TemplateError> {
        let deed = match owner {
            Owner::Installation => deed.clone(),
            Owner::Tenant(tenant) => deed.clone().of_tenant(tenant),
        };
        Ok(self.log.tell(&deed, Event::Templated(event))?)
    }
}

fn field(owner: &str) -> Field<'_> {
    Field { table: "templates", column: "body", row: b"", scope: owner.as_bytes() }
}

fn body(plain: &[u8]) -> Result<Body, TemplateError> {
    Ok(serde_json::from_slice(plain).map_err(|_| StoreError::Damaged("a template that cannot be read"))?)
}

fn kept(plain: &[u8]) -> Result<KeptTemplate, TemplateError> {
    let body = body(plain)?;
    Ok(KeptTemplate {
        page: Page::read(body.text.as_bytes())?,
        answers: body.answers,
        kept_at: Timestamp::from_nanos(body.kept_at),
        digest: sha256(body.text.as_bytes()).sha256,
        version: sha256(plain).sha256,
    })
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").finish_non_exhaustive()
    }
}

// === impl Owner ===

impl Owner {
    fn name(self) -> String {
        match self {
            Self::Installation => INSTALLATION.to_owned(),
            Self::Tenant(tenant) => tenant.to_string(),
        }
    }
}

// === impl TemplateError ===

impl From<StoreError> for TemplateError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for TemplateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
