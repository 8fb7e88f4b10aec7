//! The turns of archives: which are due, what is written next, and what came of it.
//!
//! Always holds: records are read for an archive with a permit for its one source, given only while whoever keeps it may read
//! them, told in the tenant's trail before it is given, and for one write of one day; what is said of a write that is another
//! by now is forgotten.

use audit::{Actor, Archived, Deed, Event, Question};
use model::limits::ARCHIVE_FAILING_SECONDS;
use model::{Day, RecordId, Scope, Timestamp};
use rusqlite::Connection;

use super::{Archive, ArchiveDay, ArchiveKind, ArchiveObject, ArchivePrevious, ArchiveWrite, ArchiveWritten};
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::notices::Notice;
use crate::permit::{ArchiveRecords, Permit, Principal};
use crate::trail::Failing;

/// Archives that one round takes on. More: the next round, those that wait longest first.
const DUE_MAX: i64 = 200;
/// One of each tenant, as they take turns.
const SELECT_DUE: &str = "SELECT id, tenant, document FROM archives AS one WHERE due_at <= ?1 AND id =
        (SELECT id FROM archives WHERE tenant = one.tenant AND due_at <= ?1 ORDER BY due_at, id LIMIT 1)
    ORDER BY due_at, id LIMIT ?2";

/// Whether an archive is worked on.
#[derive(Debug)]
pub enum ArchiveTurn {
    Permit(Permit<ArchiveRecords>),
    /// It stopped; this code says why.
    Stopped(&'static str),
    /// It was removed or is another one by now.
    Gone,
}

// === impl Archive ===

impl Archive {
    /// What the server does for it is done with its keeper's rights.
    fn deed(&self, now: Timestamp) -> Deed {
        Deed::by(Actor::Server, now).on_behalf_of(self.keeper.actor()).of_source(self.scope)
    }

    /// The day that is written next, and why; `None` while none is ripe.
    fn next(&self, now: Timestamp) -> Option<(Day, ArchiveKind)> {
        let (late, asked) = (self.late.first(), self.asked.first());
        let over = (self.ripe_at() <= now).then_some((self.next_day, ArchiveKind::Over));
        let late = late.map(|day| (*day, ArchiveKind::Late));
        late.or_else(|| asked.map(|day| (*day, ArchiveKind::Asked))).or(over)
    }

    /// The write of it that is under way.
    #[must_use]
    pub fn write(&self) -> Option<&ArchiveWrite> {
        self.write.as_ref()
    }

    /// What may hold records that came late, when this write of a day that is over is done: days before it, and the sequence
    /// after which they arrived.
    #[must_use]
    pub fn before(&self, write: &ArchiveWrite) -> Option<(Day, u64)> {
        match write.kind {
            ArchiveKind::Over if self.from < write.day() => Some((self.from, self.covered)),
            ArchiveKind::Over | ArchiveKind::Late | ArchiveKind::Asked => None,
        }
    }
}

// === impl Identity ===

impl Identity {
    /// The archives that somebody has to work on now. A row that does not open is set aside, so that it holds up no other, and
    /// told once.
    pub fn due_archives(&self, now: Timestamp) -> Result<(Vec<Archive>, Vec<CatalogError>), CatalogError> {
        let params = (now.nanos(), DUE_MAX);
        let found = self.catalog.read(|db| catalog::whole(db, SELECT_DUE, params, |row| self.read_archive(row)))?;
        self.set_aside("UPDATE archives SET due_at = NULL WHERE id = ?1", &found.1)?;
        Ok(found)
    }

    /// For one write of one day. An archive whose keeper may not read the source any more, or whose source is gone, stops here.
    pub fn archive_turn(&self, archive: &Archive, now: Timestamp) -> Result<ArchiveTurn, CatalogError> {
        match self.archive_bar(archive, now)? {
            None => return Ok(ArchiveTurn::Gone),
            Some(Some(code)) => {
                self.stop_archive(archive, code, now)?;
                return Ok(ArchiveTurn::Stopped(code));
            }
            Some(None) => {}
        }
        self.note(&archive.deed(now), Event::RecordsRead { question: Question::Archive })?;
        Ok(ArchiveTurn::Permit(Permit::new(archive.scope, Principal::Server, archive.deed(now))))
    }

    /// Whether a write that has a permit still goes on: asked before each object is sent.
    pub fn archive_stands(&self, archive: &Archive, now: Timestamp) -> Result<bool, CatalogError> {
        Ok(self.archive_bar(archive, now)? == Some(None))
    }

    /// Begins what is to be written next, or gives what is under way, with its objects so far. `to` is the newest sequence.
    pub fn begin_archive(
        &self,
        archive: &Archive,
        to: u64,
        now: Timestamp,
    ) -> Result<Option<(ArchiveWrite, Vec<ArchiveObject>)>, CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut archive) = self.still_archived(tx, archive)? else { return Ok(None) };
            self.pass_over(tx, &mut archive, now)?;
            if let Some(write) = &archive.write {
                let objects = self.objects_of(tx, &archive)?;
                return Ok(Some((write.clone(), objects)));
            }
            let write = match archive.next(now) {
                Some((day, kind)) => {
                    let before = self.archive_day(tx, archive.scope, day)?;
                    Some(ArchiveWrite::begin((day, kind), (before.as_ref(), archive.begun_at), to, now))
                }
                None => None,
            };
            archive.write.clone_from(&write);
            self.write_archive(tx, &archive)?;
            Ok(write.map(|write| (write, Vec::new())))
        })
    }

    /// The manifest of a day that comes before the one that is under way.
    pub fn archive_previous(&self, scope: Scope, day: Day) -> Result<Option<ArchivePrevious>, CatalogError> {
        self.catalog.read(|db| Ok(self.archive_day(db, scope, day)?.map(|day| day.previous())))
    }

    /// An object of the write is where it has to be; `last` is its last record. Gives the write as it goes on; none if it does
    /// not.
    pub fn note_archive_object(
        &self,
        archive: &Archive,
        write: &ArchiveWrite,
        (object, last): (&ArchiveObject, RecordId),
    ) -> Result<Option<ArchiveWrite>, CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut archive) = self.still_writes(tx, archive, write)? else { return Ok(None) };
            let sql = "SELECT coalesce(max(number), 0) + 1 FROM archive_objects WHERE source = ?1";
            let number = catalog::count(tx, sql, [archive.scope.source.to_string()])?;
            self.add_object(tx, archive.scope, (number, object))?;
            if let Some(write) = archive.write.as_mut() {
                write.came_to(last);
            }
            // What arrives is no failure.
            (archive.failing, archive.failing_told) = (None, false);
            self.write_archive(tx, &archive)?;
            Ok(archive.write)
        })
    }

    /// The write is done: its manifest is where it has to be, or nothing had to be written. `late`: days before with records
    /// that came after them.
    pub fn note_archive_written(
        &self,
        archive: &Archive,
        (write, written): (&ArchiveWrite, Option<ArchiveWritten>),
        late: &[Day],
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut archive) = self.still_writes(tx, archive, write)? else { return Ok(()) };
            let day = write.day();
            match write.kind {
                ArchiveKind::Over => {
                    (archive.last_day, archive.next_day) = (Some(day), day.next());
                    archive.covered = write.to;
                    archive.late = late.to_vec();
                }
                ArchiveKind::Late => archive.late.retain(|late| *late != day),
                ArchiveKind::Asked => archive.asked.retain(|asked| *asked != day),
            }
            archive.write = None;
            (archive.failing, archive.failing_told) = (None, false);
            self.forget_objects(tx, archive.scope)?;
            self.write_archive(tx, &archive)?;
            let Some(written) = written else { return Ok(()) };
            let day = ArchiveDay::of(write, written, now);
            self.write_archive_day(tx, archive.scope, &day)?;
            let event = Event::Archived(Archived::ArchiveWritten {
                day: day.day.to_string(),
                number: day.number,
                records: day.records,
                objects: day.objects,
                bytes: day.bytes,
                manifest: day.sha256,
            });
            self.record(tx, &archive.deed(now), event)
        })
    }

    /// Something kept it from going on, for this reason. Owners are told when that lasts.
    pub fn note_archive_failed(&self, archive: &Archive, code: &str, now: Timestamp) -> Result<(), CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut archive) = self.still_archived(tx, archive)? else { return Ok(()) };
            let failing = Failing::again(archive.failing.as_ref(), code, now);
            let lasts = now.seconds_since(failing.since()) >= ARCHIVE_FAILING_SECONDS;
            let since = failing.since().to_string();
            archive.failing = Some(failing);
            if lasts && !archive.failing_told {
                archive.failing_told = true;
                let event = Archived::ArchiveFailing { code: code.to_owned(), since };
                self.record(tx, &archive.deed(now), Event::Archived(event))?;
                let (tenant, source) = (archive.scope.tenant.to_string(), archive.scope.source.to_string());
                let notice = Notice::ArchiveFailing { tenant, source, code: code.to_owned() };
                self.tell_owners(tx, archive.scope.tenant, &notice, now)?;
            }
            self.write_archive(tx, &archive)
        })
    }

    /// Days whose records retention ended before they were written are not waited for.
    fn pass_over(&self, tx: &Connection, archive: &mut Archive, now: Timestamp) -> Result<(), CatalogError> {
        let Some(source) = self.source_of_any(tx, archive.scope.source)? else { return Ok(()) };
        let first_kept = source.first_kept(now.day());
        archive.asked.retain(|day| *day >= first_kept);
        // One under way would find nothing any more, and say that there was nothing. What came late ends by when it came.
        if archive.write.as_ref().is_some_and(|write| write.kind != ArchiveKind::Late && write.day() < first_kept) {
            archive.write = None;
            self.forget_objects(tx, archive.scope)?;
        }
        if archive.next_day < first_kept {
            let (first, last) = (archive.next_day.to_string(), first_kept.plus(-1).to_string());
            archive.next_day = first_kept;
            self.record(tx, &archive.deed(now), Event::Archived(Archived::ArchiveMissed { first, last }))?;
        }
        Ok(())
    }

    /// Why nobody may work on it any more; the outer is none where it is another one, or has stopped.
    fn archive_bar(&self, archive: &Archive, now: Timestamp) -> Result<Option<Option<&'static str>>, CatalogError> {
        self.catalog.read(|db| match self.still_archived(db, archive)? {
            Some(archive) => self.barred_archive(db, &archive, now).map(Some),
            None => Ok(None),
        })
    }

    fn barred_archive(&self, db: &Connection, archive: &Archive, now: Timestamp) -> Result<Option<&'static str>, CatalogError> {
        if self.scope_of(db, archive.scope.source)? != Some(archive.scope) {
            return Ok(Some("source_gone"));
        }
        let reading = self.reading(db, Some(archive.keeper), archive.scope.tenant, now)?;
        Ok((!reading.may(archive.scope)).then_some("keeper_may_not_read"))
    }

    fn stop_archive(&self, archive: &Archive, code: &str, now: Timestamp) -> Result<(), CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut archive) = self.still_archived(tx, archive)? else { return Ok(()) };
            // Whoever keeps it may have got the role back since this was found.
            if self.barred_archive(tx, &archive, now)? != Some(code) {
                return Ok(());
            }
            archive.stopped = Some(code.to_owned());
            archive.write = None;
            self.forget_objects(tx, archive.scope)?;
            self.write_archive(tx, &archive)?;
            let event = Event::Archived(Archived::ArchiveStopped { code: code.to_owned() });
            self.record(tx, &archive.deed(now), event)?;
            let (tenant, source) = (archive.scope.tenant.to_string(), archive.scope.source.to_string());
            let notice = Notice::ArchiveStopped { tenant, source, code: code.to_owned() };
            self.tell_owners(tx, archive.scope.tenant, &notice, now)
        })
    }

    /// The archive as it is now, if nobody said it anew and it did not stop.
    fn still_archived(&self, db: &Connection, known: &Archive) -> Result<Option<Archive>, CatalogError> {
        let now = self.find_archive(db, known.scope)?;
        Ok(now.filter(|archive| archive.set_at == known.set_at && archive.keeper == known.keeper && archive.stopped.is_none()))
    }

    fn still_writes(&self, db: &Connection, known: &Archive, write: &ArchiveWrite) -> Result<Option<Archive>, CatalogError> {
        Ok(self.still_archived(db, known)?.filter(|archive| archive.write.as_ref() == Some(write)))
    }
}
