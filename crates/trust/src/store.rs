//! The file `trust.sqlite`: how it is opened, and what is kept in it for how long.
//!
//! Always holds: only its owner can read it; a change is durable when it returns. Decides nothing: what counts now is
//! computed from it in `standing`.

use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use model::Timestamp;
use model::limits::{CHECK_REQUEST_SECONDS, EVIDENCE_CHANGED_DAYS, EVIDENCE_CHANGED_MAX, EVIDENCE_HOURS, STRIP_DAYS_KEPT};
use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

mod attestations;
mod evidence;
mod requests;

pub(crate) use attestations::AttestationRow;
pub use evidence::Day;
pub(crate) use evidence::{Embargo, Kept, New, Revealed, Shown, worse};
pub(crate) use requests::Stage;

const OWNER_ONLY: u32 = 0o600;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The version of the schema, as `user_version` of the file.
const SCHEMA_VERSION: i64 = 2;
/// What makes each version of the one before it.
const SCHEMAS: [&str; SCHEMA_VERSION as usize] = [include_str!("store/schema.sql"), include_str!("store/schema_2.sql")];
const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

pub(crate) struct Store {
    db: Mutex<Connection>,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("could not create the file of evidence for its owner only")]
    Create(#[source] io::Error),
    #[error("the file of evidence was written by a newer version of Blockhouse (schema {found})")]
    Newer { found: i64 },
    #[error("the file of evidence could not be read or written")]
    Database(#[from] rusqlite::Error),
    #[error("a value of the file of evidence could not be sealed or opened")]
    Seal(#[from] seal::FieldError),
    #[error("somebody else changed it at the same moment; try again")]
    Raced,
    #[error("the file of evidence is damaged: {0}")]
    Damaged(&'static str),
}

// === impl Store ===

impl Store {
    /// Opens the file, and makes it if there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        restrict(path).map_err(StoreError::Create)?;
        let mut db = connect(path)?;
        migrate(&mut db)?;
        Ok(Self { db: Mutex::new(db) })
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        read(&self.db.lock())
    }

    /// Runs `change` alone; whatever it did is undone unless it answers `Ok`.
    fn write<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut db = self.db.lock();
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = change(&tx)?;
        tx.commit()?;
        Ok(done)
    }

    /// The newest page that the public log has: its digest, its entry, and when it was added.
    pub(crate) fn overview(&self) -> Result<Option<(String, u64, Timestamp)>, StoreError> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT digest, entry, at FROM overviews")?;
            let mut rows = select.query([])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some((row.get(0)?, row.get::<_, i64>(1)? as u64, Timestamp::from_nanos(row.get(2)?))))
        })
    }

    pub(crate) fn keep_overview(&self, digest: &str, entry: u64, at: Timestamp) -> Result<(), StoreError> {
        self.write(|tx| {
            let sql = "INSERT OR REPLACE INTO overviews (id, digest, entry, at) VALUES (1, ?1, ?2, ?3)";
            tx.execute(sql, (digest, entry as i64, at.nanos()))?;
            Ok(())
        })
    }

    /// Ends what was kept long enough. What is sealed, not published yet, or the newest of its claim stays.
    pub(crate) fn tidy(&self, now: Timestamp) -> Result<(), StoreError> {
        let before = |seconds: i64| now.plus_seconds(-seconds).nanos();
        let oldest_day = now.day().number() - STRIP_DAYS_KEPT;
        self.write(|tx| {
            let ended = "entry IS NOT NULL AND secret IS NULL
                         AND place < (SELECT max(place) FROM evidence AS newer WHERE newer.claim = evidence.claim)";
            tx.execute(
                &format!("DELETE FROM evidence WHERE {ended} AND finished < ?1 AND (before IS NULL OR finished < ?2)"),
                (before(EVIDENCE_HOURS * HOUR_SECONDS), before(EVIDENCE_CHANGED_DAYS * DAY_SECONDS)),
            )?;
            tx.execute(
                &format!(
                    "DELETE FROM evidence WHERE {ended} AND finished < ?1 AND before IS NOT NULL AND ?2 <=
                     (SELECT count(*) FROM evidence AS newer
                      WHERE newer.claim = evidence.claim AND newer.before IS NOT NULL AND newer.place > evidence.place)"
                ),
                (before(EVIDENCE_HOURS * HOUR_SECONDS), EVIDENCE_CHANGED_MAX),
            )?;
            tx.execute("DELETE FROM days WHERE day < ?1", [oldest_day])?;
            tx.execute("DELETE FROM changes WHERE at < ?1", [before(i64::from(STRIP_DAYS_KEPT) * DAY_SECONDS)])?;
            tx.execute("DELETE FROM requests WHERE at < ?1", [before(CHECK_REQUEST_SECONDS)])?;
            Ok(())
        })
    }
}

/// Makes the file before SQLite does, so that it and what lies beside it are never readable by others.
pub(crate) fn restrict(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::set_permissions(path, Permissions::from_mode(OWNER_ONLY))
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    // Neither a URI nor a file of SQLite's own making; the connection is behind a mutex of ours.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    ] {
        db.set_db_config(config, on)?;
    }
    db.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    db.pragma_update(None, "temp_store", "memory")?;
    db.pragma_update(None, "cell_size_check", true)?;
    Ok(db)
}

fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if !(0..=SCHEMA_VERSION).contains(&found) {
        return Err(StoreError::Newer { found });
    }
    for (version, sql) in (1..).zip(SCHEMAS) {
        if version > found {
            tx.execute_batch(sql)?;
        }
    }
    tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    tx.commit()?;
    Ok(())
}
