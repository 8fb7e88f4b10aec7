//! How far an archive came: the write that is under way, its objects, and what was written of each day.

use model::{Day, RecordId, Scope, Timestamp};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use super::Archive;
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;

/// Why a day is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveKind {
    /// It is over.
    Over,
    /// Records of it came after it was written.
    Late,
    /// Somebody wants it anew.
    Asked,
}

/// One write of a day, with bounds that stay what they are however often it is begun again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveWrite {
    day: i32,
    pub kind: ArchiveKind,
    /// Records that arrived after this one, and no later than that one.
    pub after: u64,
    pub to: u64,
    /// The manifest's number, and that of the first object.
    pub number: u32,
    pub first_object: u32,
    begun_at: i64,
    /// The last record that is in an object.
    cursor: Option<String>,
}

/// An object that is where it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveObject {
    pub name: String,
    pub records: u64,
    /// Of NDJSON, before it was compressed.
    pub ndjson_bytes: u64,
    pub bytes: u64,
    /// In hex, of the object as it lies there.
    pub sha256: String,
}

/// The last manifest of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveDay {
    pub day: Day,
    pub number: u32,
    /// Whether it is about all of the day again.
    pub anew: bool,
    pub records: u64,
    pub objects: u32,
    pub bytes: u64,
    pub unreadable_parts: u64,
    pub manifest: String,
    pub sha256: String,
    pub written_at: Timestamp,
    pub(super) to: u64,
    pub(super) last_object: u32,
}

/// What names the manifest before in the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePrevious {
    pub name: String,
    pub sha256: String,
}

/// A manifest that is where it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveWritten {
    pub records: u64,
    pub objects: u32,
    pub bytes: u64,
    pub unreadable_parts: u64,
    pub manifest: String,
    pub sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DayDocument {
    number: u32,
    anew: bool,
    records: u64,
    objects: u32,
    bytes: u64,
    unreadable_parts: u64,
    manifest: String,
    sha256: String,
    written_at: i64,
    to: u64,
    last_object: u32,
}

const SELECT_DAY: &str = "SELECT source, day, tenant, document FROM archive_days WHERE source = ?1 AND day = ?2";
const SELECT_DAYS: &str = "SELECT source, day, tenant, document FROM archive_days WHERE source = ?1 ORDER BY day DESC LIMIT ?2";
const SELECT_OBJECTS: &str = "SELECT source, number, tenant, document FROM archive_objects WHERE source = ?1 ORDER BY number";

// === impl ArchiveWrite ===

impl ArchiveWrite {
    pub(super) fn begin(
        (day, kind): (Day, ArchiveKind),
        (before, counts_from): (Option<&ArchiveDay>, Timestamp),
        to: u64,
        now: Timestamp,
    ) -> Self {
        let after = match kind {
            ArchiveKind::Late | ArchiveKind::Over => {
                before.filter(|before| before.written_at >= counts_from).map_or(0, |before| before.to)
            }
            ArchiveKind::Asked => 0,
        };
        Self {
            day: day.number(),
            kind,
            after,
            to,
            number: before.map_or(1, |before| before.number.saturating_add(1)),
            first_object: before.map_or(1, |before| before.last_object.saturating_add(1)),
            begun_at: now.nanos(),
            cursor: None,
        }
    }

    #[must_use]
    pub fn day(&self) -> Day {
        Day::from_number(self.day)
    }

    #[must_use]
    pub fn begun_at(&self) -> Timestamp {
        Timestamp::from_nanos(self.begun_at)
    }

    #[must_use]
    pub fn cursor(&self) -> Option<RecordId> {
        self.cursor.as_ref().and_then(|text| text.parse().ok())
    }

    pub(super) fn came_to(&mut self, record: RecordId) {
        self.cursor = Some(record.to_string());
    }

    /// Whether its manifest says all of the day by itself, though there was one before.
    #[must_use]
    pub fn is_anew(&self) -> bool {
        self.after == 0 && self.number > 1
    }
}

// === impl ArchiveDay ===

impl ArchiveDay {
    fn spot(scope: Scope, day: i32) -> Spot {
        Spot::new("archive_days", format!("{}/{day}", scope.source), scope.tenant)
    }

    pub(super) fn of(write: &ArchiveWrite, written: ArchiveWritten, now: Timestamp) -> Self {
        Self {
            day: write.day(),
            number: write.number,
            anew: write.is_anew(),
            records: written.records,
            objects: written.objects,
            bytes: written.bytes,
            unreadable_parts: written.unreadable_parts,
            manifest: written.manifest,
            sha256: written.sha256,
            written_at: now,
            to: write.to,
            last_object: (write.first_object + written.objects).saturating_sub(1),
        }
    }

    #[must_use]
    pub fn previous(&self) -> ArchivePrevious {
        ArchivePrevious { name: self.manifest.clone(), sha256: self.sha256.clone() }
    }
}

// === impl Identity ===

impl Identity {
    pub(super) fn archive_days(&self, db: &Connection, scope: Scope, most: i64) -> Result<Vec<ArchiveDay>, CatalogError> {
        let params = (scope.source.to_string(), most);
        catalog::all(db, SELECT_DAYS, params, |row| self.read_archive_day(row))
    }

    pub(super) fn archive_day(&self, db: &Connection, scope: Scope, day: Day) -> Result<Option<ArchiveDay>, CatalogError> {
        let params = (scope.source.to_string(), day.number());
        catalog::one(db, SELECT_DAY, params, |row| self.read_archive_day(row))
    }

    pub(super) fn write_archive_day(&self, db: &Connection, scope: Scope, day: &ArchiveDay) -> Result<(), CatalogError> {
        let document = DayDocument {
            number: day.number,
            anew: day.anew,
            records: day.records,
            objects: day.objects,
            bytes: day.bytes,
            unreadable_parts: day.unreadable_parts,
            manifest: day.manifest.clone(),
            sha256: day.sha256.clone(),
            written_at: day.written_at.nanos(),
            to: day.to,
            last_object: day.last_object,
        };
        let sealed = ArchiveDay::spot(scope, day.day.number()).seal(&self.sealer, &document)?;
        let sql = "INSERT INTO archive_days (source, day, tenant, document) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (source, day) DO UPDATE SET document = excluded.document";
        catalog::change(db, sql, (scope.source.to_string(), day.day.number(), scope.tenant.to_string(), sealed))?;
        Ok(())
    }

    pub(crate) fn read_archive_day(&self, row: &Row<'_>) -> Result<ArchiveDay, CatalogError> {
        let scope =
            Scope { tenant: catalog::id(row, "tenant", "archive_days")?, source: catalog::id(row, "source", "archive_days")? };
        let day: i32 = row.get("day")?;
        let document: DayDocument = ArchiveDay::spot(scope, day).read(&self.sealer, row)?;
        Ok(ArchiveDay {
            day: Day::from_number(day),
            number: document.number,
            anew: document.anew,
            records: document.records,
            objects: document.objects,
            bytes: document.bytes,
            unreadable_parts: document.unreadable_parts,
            manifest: document.manifest,
            sha256: document.sha256,
            written_at: Timestamp::from_nanos(document.written_at),
            to: document.to,
            last_object: document.last_object,
        })
    }

    pub(super) fn objects_of(&self, db: &Connection, archive: &Archive) -> Result<Vec<ArchiveObject>, CatalogError> {
        catalog::all(db, SELECT_OBJECTS, [archive.scope.source.to_string()], |row| self.read_archive_object(row))
    }

    pub(super) fn add_object(
        &self,
        db: &Connection,
        scope: Scope,
        (number, object): (i64, &ArchiveObject),
    ) -> Result<(), CatalogError> {
        let sealed = object_spot(scope, number).seal(&self.sealer, object)?;
        let sql = "INSERT INTO archive_objects (source, number, tenant, document) VALUES (?1, ?2, ?3, ?4)";
        catalog::change(db, sql, (scope.source.to_string(), number, scope.tenant.to_string(), sealed))?;
        Ok(())
    }

    pub(super) fn forget_objects(&self, db: &Connection, scope: Scope) -> Result<(), CatalogError> {
        catalog::change(db, "DELETE FROM archive_objects WHERE source = ?1", [scope.source.to_string()])?;
        Ok(())
    }

    pub(crate) fn read_archive_object(&self, row: &Row<'_>) -> Result<ArchiveObject, CatalogError> {
        let table = "archive_objects";
        let scope = Scope { tenant: catalog::id(row, "tenant", table)?, source: catalog::id(row, "source", table)? };
        object_spot(scope, row.get("number")?).read(&self.sealer, row)
    }
}

fn object_spot(scope: Scope, number: i64) -> Spot {
    Spot::new("archive_objects", format!("{}/{number}", scope.source), scope.tenant)
}
