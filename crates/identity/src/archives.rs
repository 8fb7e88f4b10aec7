//! Daily archives of sources: where the days of a source are written, encrypted to whom, and how far that came.
//!
//! Always holds: an archive is written for whoever set it last, and no longer than they may read its source; what a day's
//! manifest says, its entry in the trail and how far the archive came are one transaction; a number that was given to an
//! object or a manifest of a day is never given again, also to another destination.
//! Reads no records and sends nothing: a job of the server does.

mod progress;
mod rounds;
mod target;

use audit::{Archived, Event};
use model::limits::{ARCHIVE_ASKED_MAX, ARCHIVE_DAYS_SHOWN, ARCHIVE_GRACE_SECONDS};
use model::{Day, Scope, Timestamp};
use rusqlite::{Connection, Row};
use seal::AgeRecipient;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{ConfigureSource, Permit};
use crate::reading::{Keeper, StoredKeeper};
use crate::tenants::Source;
use crate::trail::Failing;

pub use progress::{ArchiveDay, ArchiveKind, ArchiveObject, ArchivePrevious, ArchiveWrite, ArchiveWritten};
pub use rounds::ArchiveTurn;
use target::TargetDocument;
pub use target::{ArchiveBucket, ArchiveSpec, ArchiveTarget, AskedBucket, FolderName};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    pub scope: Scope,
    pub target: ArchiveTarget,
    pub recipient: Option<AgeRecipient>,
    /// The first day that is written.
    pub from: Day,
    pub set_at: Timestamp,
    pub keeper: Keeper,
    /// The last day of which there is a manifest, and the first of which there is none yet.
    pub last_day: Option<Day>,
    pub next_day: Day,
    /// Days that somebody wants anew.
    pub asked: Vec<Day>,
    pub failing: Option<Failing>,
    /// Whether owners know that it fails.
    failing_told: bool,
    /// Why nobody works on it any more, as a code that is stable.
    pub stopped: Option<String>,
    /// Days before the last one with records that came after them.
    late: Vec<Day>,
    /// What arrived up to this sequence, of days before the next one, is written or among what is late.
    covered: u64,
    /// What was written of days before then does not count: somebody said from which day on they are written.
    begun_at: Timestamp,
    /// The write that is under way.
    write: Option<ArchiveWrite>,
}

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("the source has no archive")]
    NoArchive,
    #[error("there is no such source")]
    NoSource,
    #[error("whoever archives a source has to be allowed to read it")]
    MayNotRead,
    #[error("somebody of the organization keeps an archive")]
    NoKeeper,
    #[error("an endpoint is https://HOST or https://HOST:PORT")]
    Endpoint,
    #[error("the bucket's name, region, folder, access key or authority is not of its form")]
    Bucket,
    #[error("a folder is a name of 1 to 63 characters a-z, 0-9, '.', '_' and '-' that begins with a letter or a digit")]
    Folder,
    #[error("another endpoint, bucket or access key needs its secret")]
    NoSecret,
    #[error("a folder of this machine is written to only in files that are encrypted to a recipient of age")]
    NoRecipient,
    #[error("expected a day, YYYY-MM-DD, that is not in the future")]
    Day,
    #[error("the day is not over")]
    NotOver,
    #[error("the source's retention has ended records of this day")]
    NotKept,
    #[error("{ARCHIVE_ASKED_MAX} days wait already")]
    TooMany,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchiveDocument {
    target: TargetDocument,
    recipient: Option<String>,
    from: i32,
    set_at: i64,
    keeper: StoredKeeper,
    last_day: Option<i32>,
    next_day: i32,
    asked: Vec<i32>,
    failing: Option<Failing>,
    failing_told: bool,
    stopped: Option<String>,
    late: Vec<i32>,
    covered: u64,
    begun_at: i64,
    write: Option<ArchiveWrite>,
}

const SELECT: &str = "SELECT id, tenant, document FROM archives WHERE id = ?1";

// === impl Archive ===

impl Archive {
    /// When there is something to do next; `None` while nobody works on it.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let waits = self.failing.as_ref().map(Failing::retry_at);
        let now = self.write.is_some() || !self.asked.is_empty() || !self.late.is_empty();
        let next = if now { self.set_at } else { self.ripe_at() };
        self.stopped.is_none().then(|| waits.map_or(next, |waits| waits.max(next)))
    }

    /// When the next day is written.
    #[must_use]
    pub fn ripe_at(&self) -> Timestamp {
        self.next_day.next().start().plus_seconds(ARCHIVE_GRACE_SECONDS)
    }

    fn spot(scope: Scope) -> Spot {
        Spot::new("archives", scope.source, scope.tenant)
    }

    fn document(&self) -> ArchiveDocument {
        let numbers = |days: &[Day]| days.iter().map(|day| day.number()).collect();
        ArchiveDocument {
            target: self.target.document(),
            recipient: self.recipient.as_ref().map(|recipient| recipient.as_str().to_owned()),
            from: self.from.number(),
            set_at: self.set_at.nanos(),
            keeper: self.keeper.stored(),
            last_day: self.last_day.map(Day::number),
            next_day: self.next_day.number(),
            asked: numbers(&self.asked),
            failing: self.failing.clone(),
            failing_told: self.failing_told,
            stopped: self.stopped.clone(),
            late: numbers(&self.late),
            covered: self.covered,
            begun_at: self.begun_at.nanos(),
            write: self.write.clone(),
        }
    }

    fn changed(&self) -> Event {
        Event::Archived(Archived::ArchiveChanged {
            to: self.target.told(),
            recipient: self.recipient.as_ref().map(|recipient| recipient.as_str().to_owned()),
            from: self.from.to_string(),
        })
    }
}

// === impl Source ===

impl Source {
    /// The first day of which no record was ended yet.
    fn first_kept(&self, today: Day) -> Day {
        today.plus(i32::try_from(self.retention_days).unwrap_or(i32::MAX).saturating_neg())
    }
}

// === impl Identity ===

impl Identity {
    /// The archive of a source, with what was written of its newest days.
    pub fn archive(&self, scope: Scope) -> Result<Option<(Archive, Vec<ArchiveDay>)>, CatalogError> {
        self.catalog.read(|db| {
            let Some(archive) = self.find_archive(db, scope)? else { return Ok(None) };
            Ok(Some((archive, self.archive_days(db, scope, ARCHIVE_DAYS_SHOWN)?)))
        })
    }

    /// Whether whoever has this permit may have the source archived; gives what is set now.
    pub fn may_archive(&self, permit: &Permit<ConfigureSource>) -> Result<Option<Archive>, ArchiveError> {
        self.catalog.read(|db| {
            self.archive_keeper(db, permit)?;
            Ok(self.find_archive(db, permit.scope())?)
        })
    }

    /// Says it anew: whoever does keeps it from now on, and one that had stopped or failed goes on.
    pub fn set_archive(&self, permit: &Permit<ConfigureSource>, spec: ArchiveSpec) -> Result<Archive, ArchiveError> {
        let (scope, now) = (permit.scope(), permit.deed().at);
        if matches!(spec.target, ArchiveTarget::Folder(_)) && spec.recipient.is_none() {
            return Err(ArchiveError::NoRecipient);
        }
        self.catalog.write(|tx| {
            let (keeper, source) = self.archive_keeper(tx, permit)?;
            let first_kept = source.first_kept(now.day());
            if spec.from.is_some_and(|from| from > now.day()) {
                return Err(ArchiveError::Day);
            }
            if spec.from.is_some_and(|from| from < first_kept) {
                return Err(ArchiveError::NotKept);
            }
            let old = self.find_archive(tx, scope)?;
            let goes_on = old.as_ref().filter(|_| spec.from.is_none());
            let archive = Archive {
                scope,
                target: spec.target,
                recipient: spec.recipient,
                from: goes_on.map_or(spec.from.unwrap_or(now.day()), |old| old.from),
                set_at: now,
                keeper,
                last_day: old.as_ref().and_then(|old| old.last_day),
                next_day: goes_on.map_or(spec.from.unwrap_or(now.day()), |old| old.next_day),
                asked: old.as_ref().map(|old| old.asked.clone()).unwrap_or_default(),
                failing: None,
                failing_told: false,
                stopped: None,
                late: goes_on.map(|old| old.late.clone()).unwrap_or_default(),
                covered: goes_on.map_or(0, |old| old.covered),
                begun_at: goes_on.map_or(now, |old| old.begun_at),
                write: None,
            };
            self.forget_objects(tx, scope)?;
            let document = Archive::spot(scope).seal(&self.sealer, &archive.document())?;
            let sql = "INSERT INTO archives (id, tenant, due_at, document) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, document = excluded.document";
            let (id, due) = (scope.source.to_string(), archive.due_at().map(Timestamp::nanos));
            catalog::change(tx, sql, (id, scope.tenant.to_string(), due, document))?;
            self.record(tx, permit.deed(), archive.changed())?;
            Ok(archive)
        })
    }

    /// Ends it, also for whoever may not read; what was written stays, and so do the numbers that were given.
    pub fn remove_archive(&self, permit: &Permit<ConfigureSource>) -> Result<(), ArchiveError> {
        self.catalog.write(|tx| {
            self.forget_objects(tx, permit.scope())?;
            let sql = "DELETE FROM archives WHERE id = ?1 AND tenant = ?2";
            if catalog::change(tx, sql, [permit.scope().source.to_string(), permit.scope().tenant.to_string()])? == 0 {
                return Err(ArchiveError::NoArchive);
            }
            Ok(self.record(tx, permit.deed(), Event::Archived(Archived::ArchiveRemoved))?)
        })
    }

    /// Has a day that is over written anew.
    pub fn ask_archive_day(&self, permit: &Permit<ConfigureSource>, day: Day) -> Result<(), ArchiveError> {
        let now = permit.deed().at;
        self.catalog.write(|tx| {
            let (_, source) = self.archive_keeper(tx, permit)?;
            let mut archive = self.find_archive(tx, permit.scope())?.ok_or(ArchiveError::NoArchive)?;
            if day >= now.day() {
                return Err(if day > now.day() { ArchiveError::Day } else { ArchiveError::NotOver });
            }
            if day < source.first_kept(now.day()) {
                return Err(ArchiveError::NotKept);
            }
            if !archive.asked.contains(&day) {
                if archive.asked.len() >= ARCHIVE_ASKED_MAX {
                    return Err(ArchiveError::TooMany);
                }
                archive.asked.push(day);
            }
            self.write_archive(tx, &archive)?;
            let event = Event::Archived(Archived::ArchiveAsked { day: day.to_string() });
            Ok(self.record(tx, permit.deed(), event)?)
        })
    }

    /// Who keeps an archive that is set with this permit, and of which source.
    fn archive_keeper(&self, db: &Connection, permit: &Permit<ConfigureSource>) -> Result<(Keeper, Source), ArchiveError> {
        let keeper = Keeper::of(permit.principal()).ok_or(ArchiveError::NoKeeper)?;
        let (scope, now) = (permit.scope(), permit.deed().at);
        let source = self.source_of_any(db, scope.source)?.filter(|source| source.scope() == scope);
        let source = source.ok_or(ArchiveError::NoSource)?;
        if !self.reading(db, Some(keeper), scope.tenant, now)?.may(scope) {
            return Err(ArchiveError::MayNotRead);
        }
        Ok((keeper, source))
    }

    fn find_archive(&self, db: &Connection, scope: Scope) -> Result<Option<Archive>, CatalogError> {
        let found = catalog::one(db, SELECT, [scope.source.to_string()], |row| self.read_archive(row))?;
        Ok(found.filter(|archive| archive.scope == scope))
    }

    fn write_archive(&self, db: &Connection, archive: &Archive) -> Result<(), CatalogError> {
        let document = Archive::spot(archive.scope).seal(&self.sealer, &archive.document())?;
        let sql = "UPDATE archives SET document = ?1, due_at = ?2 WHERE id = ?3";
        let due = archive.due_at().map(Timestamp::nanos);
        catalog::change(db, sql, (document, due, archive.scope.source.to_string()))?;
        Ok(())
    }

    pub(crate) fn read_archive(&self, row: &Row<'_>) -> Result<Archive, CatalogError> {
        let scope = Scope { tenant: catalog::id(row, "tenant", "archives")?, source: catalog::id(row, "id", "archives")? };
        let spot = Archive::spot(scope);
        let document: ArchiveDocument = spot.read(&self.sealer, row)?;
        let tampered = || spot.tampered();
        let days = |numbers: Vec<i32>| numbers.into_iter().map(Day::from_number).collect();
        let recipient = document.recipient.as_deref().map(AgeRecipient::parse).transpose().map_err(|_| tampered())?;
        Ok(Archive {
            scope,
            target: document.target.parse().map_err(|_| tampered())?,
            recipient,
            from: Day::from_number(document.from),
            set_at: Timestamp::from_nanos(document.set_at),
            keeper: document.keeper.parse().ok_or_else(tampered)?,
            last_day: document.last_day.map(Day::from_number),
            next_day: Day::from_number(document.next_day),
            asked: days(document.asked),
            failing: document.failing,
            failing_told: document.failing_told,
            stopped: document.stopped,
            late: days(document.late),
            covered: document.covered,
            begun_at: Timestamp::from_nanos(document.begun_at),
            write: document.write,
        })
    }
}
