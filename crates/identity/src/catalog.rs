//! The file `identity.sqlite`: how it is opened, migrated, read and changed.
//!
//! Always holds: only its owner can read it; a change is durable when `write` returns; a read sees every change that
//! was durable before it began, whichever process made it. Nothing is cached, so a revocation counts at once.
//! Does not know what the tables mean.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::{Id, IdKind, Timestamp};
use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Params, Row, Transaction, TransactionBehavior};

const OWNER_ONLY: u32 = 0o600;
const READERS: usize = 4;
/// How long to wait for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

struct Migration {
    sql: &'static str,
    /// The lowest version of the schema whose binaries still work with the file after this migration.
    oldest_reader: u32,
}

/// Forward only; a step is never changed once released.
const MIGRATIONS: &[Migration] = &[
    Migration { sql: include_str!("migrations/0001_tenants_sources_keys.sql"), oldest_reader: 1 },
    // An older binary would change what the trail has to tell.
    Migration { sql: audit::SCHEMA, oldest_reader: 2 },
    // An older binary would not know whose sessions and roles count.
    Migration { sql: include_str!("migrations/0003_people.sql"), oldest_reader: 3 },
    // An older binary would take bodies that retention ended for deleted ones.
    Migration { sql: audit::SCHEMA_2, oldest_reader: 4 },
    // An older binary would end bodies of the trail that are to be kept for longer.
    Migration { sql: include_str!("migrations/0005_trail_settings.sql"), oldest_reader: 5 },
    // An older binary would not know the permissions that roles name from now on.
    Migration { sql: include_str!("migrations/0006_watching.sql"), oldest_reader: 6 },
    // An older binary would store what is to be masked.
    Migration { sql: include_str!("migrations/0007_treatments.sql"), oldest_reader: 7 },
    // An older binary would take what a quota refuses, and not count it.
    Migration { sql: include_str!("migrations/0008_quotas.sql"), oldest_reader: 8 },
    // An older binary would end the keys that uploads are sealed with, and let a job of somebody who is no member any more go on.
    Migration { sql: include_str!("migrations/0009_jobs.sql"), oldest_reader: 9 },
    // An older binary would archive nothing, while retention ends what it did not archive.
    Migration { sql: include_str!("migrations/0010_archives.sql"), oldest_reader: 10 },
    // An older binary would store records that rules drop or mask.
    Migration { sql: include_str!("migrations/0011_pipelines.sql"), oldest_reader: 11 },
    // An older binary would not read entries of the trail that say how somebody signed in.
    Migration { sql: include_str!("migrations/0012_key_use.sql"), oldest_reader: 12 },
    // An older binary would keep short links past their end.
    Migration { sql: include_str!("migrations/0013_links.sql"), oldest_reader: 13 },
    // An older binary counts what comes as before, and leaves out when.
    Migration { sql: include_str!("migrations/0014_arrivals.sql"), oldest_reader: 13 },
];

pub(crate) struct Catalog {
    writer: Mutex<Connection>,
    readers: [Mutex<Connection>; READERS],
    next: AtomicUsize,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("could not create the identity catalog for its owner only")]
    Create(#[source] io::Error),
    #[error("the identity catalog was written by a newer version of Blockhouse (schema {found}, this one knows {known})")]
    Newer { found: u32, known: u32 },
    #[error("the identity catalog was sealed under another root key, or its audit trail's key was changed")]
    OtherRoot,
    #[error("the policy that decides who may do what does not load")]
    Policy(#[from] policy::EngineError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// The catalog could not answer. Whoever asked is refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("the identity catalog failed")]
    Database(#[from] rusqlite::Error),
    #[error("could not seal a column of the identity catalog")]
    Seal(#[from] seal::FieldError),
    #[error(transparent)]
    Trail(#[from] audit::TrailError),
    #[error("row {id} of {table} in the identity catalog was damaged or changed from outside")]
    Tampered { table: &'static str, id: String },
    #[error("the policy could not decide: {why}")]
    Undecided { why: String },
}

// === impl Catalog ===

impl Catalog {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        // Two that turn a new file into a WAL at once would refuse each other without waiting.
        let _opening = lock(&path.with_extension("lock")).map_err(OpenError::Create)?;
        restrict(path).map_err(OpenError::Create)?;
        let mut writer = connect(path)?;
        migrate(&mut writer)?;
        let reader = || -> Result<_, CatalogError> { Ok(Mutex::new(look(path)?)) };
        let readers = [reader()?, reader()?, reader()?, reader()?];
        Ok(Self { writer: Mutex::new(writer), readers, next: AtomicUsize::new(0) })
    }

    pub(crate) fn read<T, E>(&self, read: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        if let Some(connection) = self.readers.iter().find_map(Mutex::try_lock) {
            return read(&connection);
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % READERS;
        read(&self.readers[turn].lock())
    }

    /// Runs `change` alone; whatever it did is undone unless it answers `Ok`.
    pub(crate) fn write<T, E: From<CatalogError>>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.writer.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(CatalogError::from)?;
        let done = change(&transaction)?;
        transaction.commit().map_err(CatalogError::from)?;
        Ok(done)
    }
}

/// Waits until nobody else is opening the catalog. The lock ends with the file that is returned.
fn lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(OWNER_ONLY).open(path)?;
    file.lock()?;
    Ok(file)
}

/// Makes the file before SQLite does, so that it and the `-wal` and `-shm` beside it are never readable by others.
/// An existing one is not opened: closing it would drop the locks that this process holds on it.
fn restrict(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::set_permissions(path, Permissions::from_mode(OWNER_ONLY))
        }
        Err(error) => Err(error),
    }
}

fn connect(path: &Path) -> Result<Connection, CatalogError> {
    // Neither a URI nor a file of SQLite's own making; each connection is behind a mutex of ours.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    ] {
        connection.set_db_config(config, on)?;
    }
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// Opens a file that is there, to read in it without bringing it up to date.
pub(crate) fn look(path: &Path) -> Result<Connection, CatalogError> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let known = MIGRATIONS.len() as u32;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(CatalogError::from)?;
    transaction
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS schema_versions
                 (version INTEGER NOT NULL PRIMARY KEY, oldest_reader INTEGER NOT NULL) STRICT",
        )
        .map_err(CatalogError::from)?;
    let (applied, oldest_reader): (u32, u32) = transaction
        .query_row("SELECT coalesce(max(version), 0), coalesce(max(oldest_reader), 0) FROM schema_versions", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .map_err(CatalogError::from)?;
    if oldest_reader > known {
        return Err(OpenError::Newer { found: applied, known });
    }
    for (version, migration) in (1u32..).zip(MIGRATIONS).skip(applied as usize) {
        transaction.execute_batch(migration.sql).map_err(CatalogError::from)?;
        transaction
            .execute("INSERT INTO schema_versions VALUES (?1, ?2)", (version, migration.oldest_reader))
            .map_err(CatalogError::from)?;
    }
    transaction.commit().map_err(CatalogError::from)?;
    Ok(())
}

// --- queries ---

pub(crate) fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, CatalogError>,
) -> Result<Option<T>, CatalogError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

pub(crate) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, CatalogError>,
) -> Result<Vec<T>, CatalogError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// Those that open, and what is wrong with those that do not.
pub(crate) fn whole<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, CatalogError>,
) -> Result<(Vec<T>, Vec<CatalogError>), CatalogError> {
    let mut damaged = Vec::new();
    let found = all(connection, sql, params, |row| match read(row) {
        Err(error @ CatalogError::Tampered { .. }) => {
            damaged.push(error);
            Ok(None)
        }
        read => read.map(Some),
    })?;
    Ok((found.into_iter().flatten().collect(), damaged))
}

/// How many rows `sql` counts.
pub(crate) fn count(connection: &Connection, sql: &str, params: impl Params) -> Result<i64, CatalogError> {
    Ok(connection.prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
}

/// Runs one change and says how many rows it touched.
pub(crate) fn change(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, CatalogError> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

pub(crate) fn id<K: IdKind>(row: &Row<'_>, column: &str, table: &'static str) -> Result<Id<K>, CatalogError> {
    let text: String = row.get(column)?;
    Id::parse(&text).map_err(|_| CatalogError::Tampered { table, id: text.escape_debug().to_string() })
}

pub(crate) fn time(row: &Row<'_>, column: &str) -> Result<Timestamp, CatalogError> {
    Ok(Timestamp::from_nanos(row.get(column)?))
}

pub(crate) fn optional_time(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>, CatalogError> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_nanos))
}
