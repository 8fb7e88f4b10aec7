//! The catalog: the truth about which parts exist and how far each source's journal has been absorbed.
//!
//! Always holds: a part and the sequence it absorbs the journal up to change in one transaction; a listing of the disk
//! never decides what exists. Keeps ids, times and sizes only: nothing in it identifies people or quotes a record.

use std::path::Path;

use model::{Day, ObjectId, Scope, SourceId, TenantId, Timestamp, limits};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use seal::{DataKeyId, ObjectKind, ObjectName};

use crate::group::{Content, Delivery, NamedBy};
use crate::source::Remembered;

/// What the catalog keeps of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    pub name: ObjectName,
    /// The UTC day on which its records arrived: retention counts from it.
    pub received: Day,
    pub times: (Timestamp, Timestamp),
    pub sequences: (u64, u64),
    pub rows: u64,
    pub raw_bytes: u64,
    pub sealed_bytes: u64,
    pub state: PartState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartState {
    Live,
    /// It could not be read: kept for inspection, left out of every query, reported.
    Quarantined,
}

#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("the catalog could not be read or written")]
    Database(#[from] rusqlite::Error),
    #[error("the catalog was written by a newer version: it has format {found}, this version knows {known}")]
    TooNew { found: i64, known: i64 },
    #[error("the catalog holds a row that no version wrote: {0}")]
    Corrupt(&'static str),
}

/// The catalog in its SQLite file.
#[derive(Debug)]
pub struct Catalog {
    connection: Mutex<Connection>,
}

/// Forward only: each entry brings the schema from its position to the next.
const MIGRATIONS: [&str; 3] = [
    "
    create table sources (
        tenant text not null,
        source text not null,
        -- Every record up to and with this sequence is in a part, or was there until its retention ended.
        absorbed integer not null,
        primary key (tenant, source)
    ) strict, without rowid;
    create table parts (
        object text primary key,
        tenant text not null,
        source text not null,
        data_key text not null,
        received integer not null,
        time_first integer not null,
        time_last integer not null,
        sequence_first integer not null,
        sequence_last integer not null,
        rows integer not null,
        raw_bytes integer not null,
        sealed_bytes integer not null,
        quarantined integer not null default 0
    ) strict, without rowid;
    create index parts_by_source on parts (tenant, source, received);
    create table deliveries (
        tenant text not null,
        source text not null,
        -- Digest of the client's idempotency key.
        delivery blob not null,
        arrived integer not null,
        primary key (tenant, source, delivery)
    ) strict, without rowid;
",
    "
    -- Whether the digest is that of the records, and not of a name.
    alter table deliveries add column by_records integer not null default 0;
    create index deliveries_by_arrival on deliveries (by_records, arrived);
    create index deliveries_of_source on deliveries (tenant, source, by_records, arrived);
",
    "
    -- Digest of what came under the name, where that is held to it; how many records it was, and the last one's sequence.
    alter table deliveries add column content blob;
    alter table deliveries add column records integer not null default 0;
    alter table deliveries add column sequence_last integer;
",
];

const PARTS_OF_SOURCE: &str = "
    select object, tenant, source, data_key, received, time_first, time_last, sequence_first, sequence_last, rows,
        raw_bytes, sealed_bytes, quarantined
    from parts where tenant = ?1 and source = ?2 order by sequence_first";

/// One that was forgotten meanwhile may be used again.
const REMEMBER: &str = "
    insert into deliveries (tenant, source, delivery, arrived, by_records, content, records, sequence_last)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    on conflict (tenant, source, delivery) do update set arrived = max(arrived, excluded.arrived), content = excluded.content,
        records = excluded.records, sequence_last = excluded.sequence_last";
const FORGET_OLDEST: &str = "
    delete from deliveries where tenant = ?1 and source = ?2 and by_records = ?3 and arrived <
        (select arrived from deliveries where tenant = ?1 and source = ?2 and by_records = ?3 order by arrived desc limit 1 offset ?4)";
const DELIVERIES_OF_SOURCE: &str = "
    select delivery, arrived, content, records, sequence_last
    from deliveries where tenant = ?1 and source = ?2 and by_records = ?3 and arrived >= ?4 order by arrived";

// === impl Catalog ===

impl Catalog {
    pub fn open(path: &Path) -> Result<Self, CatalogError> {
        Self::prepare(Connection::open(path)?)
    }

    /// A catalog that lives and dies with the value, for simulations.
    pub fn in_memory() -> Result<Self, CatalogError> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, CatalogError> {
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        // FULL: a commit that returned survives a power cut, which the journal's absorption relies on.
        connection.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on; pragma temp_store = memory; pragma trusted_schema = off;",
        )?;
        let known = MIGRATIONS.len() as i64;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("select user_version from pragma_user_version", [], |row| row.get(0))?;
        if found > known {
            return Err(CatalogError::TooNew { found, known });
        }
        for migration in &MIGRATIONS[found as usize..] {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "user_version", known)?;
        transaction.commit()?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// How far the source's journal is absorbed; 0 for a source that has no part yet.
    pub fn absorbed(&self, scope: Scope) -> Result<u64, CatalogError> {
        let connection = self.connection.lock();
        let mut statement = connection.prepare_cached("select absorbed from sources where tenant = ?1 and source = ?2")?;
        let found: Option<i64> =
            statement.query_row(params![scope.tenant.to_string(), scope.source.to_string()], |row| row.get(0)).optional()?;
        Ok(found.unwrap_or(0) as u64)
    }

    /// Every source that has a row, with or without parts.
    pub fn scopes(&self) -> Result<Vec<Scope>, CatalogError> {
        let connection = self.connection.lock();
        let mut statement = connection.prepare_cached("select tenant, source from sources order by tenant, source")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        rows.map(|row| row.map_err(CatalogError::from).and_then(|(tenant, source)| scope(&tenant, &source))).collect()
    }

    pub fn parts(&self, scope: Scope) -> Result<Vec<PartRow>, CatalogError> {
        let connection = self.connection.lock();
        let mut statement = connection.prepare_cached(PARTS_OF_SOURCE)?;
        let rows = statement.query_map(params![scope.tenant.to_string(), scope.source.to_string()], RawPart::read)?;
        rows.map(|row| row.map_err(CatalogError::from).and_then(RawPart::parse)).collect()
    }

    /// Adds a part that absorbs the journal up to and with `absorbed`, and remembers the deliveries it holds.
    pub fn add_part(&self, part: &PartRow, absorbed: u64, deliveries: &[Remembered]) -> Result<(), CatalogError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        insert_part(&transaction, part)?;
        absorb(&transaction, part.name.scope, absorbed)?;
        let (tenant, source) = (part.name.scope.tenant.to_string(), part.name.scope.source.to_string());
        for Remembered { delivery, content, arrived, records, last_sequence } in deliveries {
            let by_records = delivery.by == NamedBy::Records;
            let content = content.map(|content| content.0);
            let (digest, arrived, last) = (delivery.digest, arrived.nanos(), last_sequence.map(|last| last as i64));
            let values = params![tenant, source, digest, arrived, by_records, content, records, last];
            transaction.prepare_cached(REMEMBER)?.execute(values)?;
        }
        for by_records in [false, true] {
            let values = params![tenant, source, by_records, limits::IDEMPOTENCY_KEYS_MAX as i64];
            transaction.prepare_cached(FORGET_OLDEST)?.execute(values)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Puts one part in the place of several, in one step.
    pub fn replace_parts(&self, old: &[ObjectName], new: &PartRow) -> Result<(), CatalogError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for name in old {
            remove_part(&transaction, name)?;
        }
        insert_part(&transaction, new)?;
        transaction.commit()?;
        Ok(())
    }

    pub fn remove_parts(&self, names: &[ObjectName]) -> Result<(), CatalogError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for name in names {
            remove_part(&transaction, name)?;
        }
        transaction.commit()?;
        Ok(())
    }

    pub fn quarantine(&self, name: &ObjectName) -> Result<(), CatalogError> {
        let connection = self.connection.lock();
        connection.execute("update parts set quarantined = 1 where object = ?1", params![name.object.to_string()])?;
        Ok(())
    }

    /// Deliveries of the source that are still known, the oldest first.
    pub fn deliveries(&self, scope: Scope, now: Timestamp) -> Result<Vec<Remembered>, CatalogError> {
        let connection = self.connection.lock();
        let mut statement = connection.prepare_cached(DELIVERIES_OF_SOURCE)?;
        let mut found = Vec::new();
        for by in NamedBy::ALL {
            let (tenant, source) = (scope.tenant.to_string(), scope.source.to_string());
            let values = params![tenant, source, by == NamedBy::Records, by.horizon(now).nanos()];
            let rows = statement.query_map(values, |row| {
                Ok(Remembered {
                    delivery: Delivery { by, digest: row.get(0)? },
                    arrived: Timestamp::from_nanos(row.get(1)?),
                    content: row.get::<_, Option<[u8; 8]>>(2)?.map(Content),
                    records: row.get(3)?,
                    last_sequence: row.get::<_, Option<i64>>(4)?.map(|last| last as u64),
                })
            })?;
            for row in rows {
                found.push(row?);
            }
        }
        Ok(found)
    }

    /// Forgets the deliveries of all sources whose time is over.
    pub fn forget_deliveries(&self, now: Timestamp) -> Result<(), CatalogError> {
        let connection = self.connection.lock();
        for by in NamedBy::ALL {
            let values = params![by == NamedBy::Records, by.horizon(now).nanos()];
            connection.prepare_cached("delete from deliveries where by_records = ?1 and arrived < ?2")?.execute(values)?;
        }
        Ok(())
    }
}

/// The outcome of an earlier try may not be known.
fn insert_part(transaction: &Transaction<'_>, part: &PartRow) -> Result<(), CatalogError> {
    transaction
        .prepare_cached(
            "insert into parts values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) on conflict (object) do nothing",
        )?
        .execute(params![
            part.name.object.to_string(),
            part.name.scope.tenant.to_string(),
            part.name.scope.source.to_string(),
            part.name.key.to_string(),
            part.received.number(),
            part.times.0.nanos(),
            part.times.1.nanos(),
            part.sequences.0 as i64,
            part.sequences.1 as i64,
            part.rows as i64,
            part.raw_bytes as i64,
            part.sealed_bytes as i64,
            part.state == PartState::Quarantined,
        ])?;
    Ok(())
}

fn absorb(transaction: &Transaction<'_>, scope: Scope, absorbed: u64) -> Result<(), CatalogError> {
    transaction
        .prepare_cached(
            "insert into sources values (?1, ?2, ?3) on conflict (tenant, source) do update set absorbed = max(absorbed, excluded.absorbed)",
        )?
        .execute(params![scope.tenant.to_string(), scope.source.to_string(), absorbed as i64])?;
    Ok(())
}

fn remove_part(transaction: &Transaction<'_>, name: &ObjectName) -> Result<(), CatalogError> {
    transaction.prepare_cached("delete from parts where object = ?1")?.execute(params![name.object.to_string()])?;
    Ok(())
}

fn scope(tenant: &str, source: &str) -> Result<Scope, CatalogError> {
    let tenant = TenantId::parse(tenant).map_err(|_| CatalogError::Corrupt("tenant id"))?;
    let source = SourceId::parse(source).map_err(|_| CatalogError::Corrupt("source id"))?;
    Ok(Scope { tenant, source })
}

/// A row as SQLite gives it.
struct RawPart {
    texts: [String; 4],
    received: i32,
    numbers: [i64; 7],
    quarantined: bool,
}

// === impl RawPart ===

impl RawPart {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let mut numbers = [0; 7];
        for (i, number) in numbers.iter_mut().enumerate() {
            *number = row.get(5 + i)?;
        }
        Ok(Self {
            texts: [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?],
            received: row.get(4)?,
            numbers,
            quarantined: row.get(12)?,
        })
    }

    fn parse(self) -> Result<PartRow, CatalogError> {
        let [object, tenant, source, key] = &self.texts;
        let object = ObjectId::parse(object).map_err(|_| CatalogError::Corrupt("object id"))?;
        let key = DataKeyId::parse(key).map_err(|_| CatalogError::Corrupt("data key id"))?;
        let [time_first, time_last, sequence_first, sequence_last, rows, raw_bytes, sealed_bytes] = self.numbers;
        Ok(PartRow {
            name: ObjectName { scope: scope(tenant, source)?, kind: ObjectKind::Part, key, object },
            received: Day::from_number(self.received),
            times: (Timestamp::from_nanos(time_first), Timestamp::from_nanos(time_last)),
            sequences: (sequence_first as u64, sequence_last as u64),
            rows: rows as u64,
            raw_bytes: raw_bytes as u64,
            sealed_bytes: sealed_bytes as u64,
            state: if self.quarantined { PartState::Quarantined } else { PartState::Live },
        })
    }
}
