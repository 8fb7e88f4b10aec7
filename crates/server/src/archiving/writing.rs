//! One write of one day: object after object, then the manifest that names them.

use std::collections::BTreeSet;

use archive::{Destination, Manifest, ManifestObject, ObjectWriter, PutError};
use identity::{Archive, ArchiveObject, ArchiveRecords, ArchiveWrite, ArchiveWritten, CatalogError, Permit};
use model::limits::{
    ARCHIVE_UPLOAD_BYTES_A_SECOND, ARCHIVE_UPLOAD_SECONDS_MAX, ARCHIVE_UPLOAD_SECONDS_MIN, QUERY_SECONDS_MAX, QUERY_WAIT_SECONDS,
};
use model::{Day, RecordId, TimeRange};
use search::{LookError, ScanError};

use super::sweeping::{self, Next, Sweeping};
use super::{Stuck, put};
use crate::app::{App, Places};
use crate::problem::Chain;

/// Days in which late records are looked for at once; fewer where that takes too long.
const LATE_DAYS_AT_ONCE: i32 = 64;

#[derive(Debug)]
pub(super) struct Writing {
    archive: Archive,
    permit: Permit<ArchiveRecords>,
    write: ArchiveWrite,
    objects: Vec<ArchiveObject>,
    sweeping: Sweeping,
    destination: Destination,
}

/// What became of a turn.
pub(super) enum Step {
    /// An object arrived.
    Went,
    /// Not now: the machine has other work, or the server stops.
    Later,
    /// The day is written, or nobody wants it any more.
    Ended,
    Stuck(Stuck),
}

/// An object with the last record in it.
struct Filled {
    writer: ObjectWriter,
    last: Option<RecordId>,
}

// === impl Writing ===

impl Writing {
    pub(super) fn new(
        (archive, permit): (Archive, Permit<ArchiveRecords>),
        (write, objects): (ArchiveWrite, Vec<ArchiveObject>),
        destination: Destination,
    ) -> Self {
        let sweeping = Sweeping::of(&write);
        Self { archive, permit, write, objects, sweeping, destination }
    }

    pub(super) fn archive(&self) -> &Archive {
        &self.archive
    }

    pub(super) fn step(&mut self, app: &App, places: &Places) -> Result<Step, CatalogError> {
        if !app.identity.archive_stands(&self.archive, app.clock.now())? {
            return Ok(Step::Ended);
        }
        let filled = match self.fill(app, places) {
            Ok(Some(filled)) => filled,
            // What was read is read again: the cursor stands at the last object.
            Ok(None) => {
                self.sweeping.rewind(&self.write);
                return Ok(Step::Later);
            }
            Err(stuck) => return Ok(Step::Stuck(stuck)),
        };
        // To read that much may have taken minutes.
        if !app.identity.archive_stands(&self.archive, app.clock.now())? {
            return Ok(Step::Ended);
        }
        match filled.last {
            Some(last) => self.send(app, places, (filled.writer, last)),
            None => self.finish(app, places),
        }
    }

    /// As many records as go into one object; `None` where that has to wait.
    fn fill(&mut self, app: &App, places: &Places) -> Result<Option<Filled>, Stuck> {
        let failed = |error: archive::ObjectError| {
            tracing::error!(error = %Chain(&error), "records could not be packed for an archive");
            Stuck("internal")
        };
        let mut writer = ObjectWriter::new(self.archive.recipient.as_ref(), &*app.entropy).map_err(failed)?;
        let mut last = None;
        while !writer.is_full() {
            if *app.stopping.borrow() {
                return Ok(None);
            }
            match self.sweeping.next(app, places, &self.permit)? {
                Next::Record(id, record) => {
                    writer.push(&record).map_err(failed)?;
                    last = Some(id);
                }
                Next::Busy => return Ok(None),
                Next::End => break,
            }
        }
        Ok(Some(Filled { writer, last }))
    }

    fn send(&mut self, app: &App, places: &Places, (writer, last): (ObjectWriter, RecordId)) -> Result<Step, CatalogError> {
        let object = match writer.finish() {
            Ok(object) => object,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "records could not be packed for an archive");
                return Ok(Step::Stuck(Stuck("internal")));
            }
        };
        let number = self.write.first_object.saturating_add(u32::try_from(self.objects.len()).unwrap_or(u32::MAX));
        let (source, recipient) = (self.archive.scope.source, self.archive.recipient.as_ref());
        let sent = ArchiveObject {
            name: archive::object_name(source, self.write.day(), number, recipient),
            records: object.records,
            ndjson_bytes: object.ndjson_bytes,
            bytes: object.bytes.len() as u64,
            sha256: object.sha256,
        };
        match self.put(app, places, (&sent.name, object.bytes)) {
            None => return Ok(Step::Later),
            Some(Err(stuck)) => return Ok(Step::Stuck(stuck)),
            Some(Ok(())) => {}
        }
        match app.identity.note_archive_object(&self.archive, &self.write, (&sent, last))? {
            Some(write) => {
                self.write = write;
                self.objects.push(sent);
                // What is left of a page is read again, and not kept for each tenant meanwhile.
                self.sweeping.rewind(&self.write);
                Ok(Step::Went)
            }
            None => Ok(Step::Ended),
        }
    }

    fn finish(&mut self, app: &App, places: &Places) -> Result<Step, CatalogError> {
        // Before the manifest, which is said once: looking may have to wait.
        let late = match self.late(app, places) {
            Ok(Some(late)) => late,
            Ok(None) => return Ok(Step::Later),
            Err(stuck) => return Ok(Step::Stuck(stuck)),
        };
        let is_first = self.write.number == 1;
        let is_needed = is_first || self.write.is_anew() || !self.objects.is_empty();
        let written = match is_needed.then(|| self.manifest(app)).transpose()? {
            None => None,
            Some(Err(stuck)) => return Ok(Step::Stuck(stuck)),
            Some(Ok(manifest)) => {
                let (bytes, name) =
                    (manifest.bytes(), archive::manifest_name(self.archive.scope.source, self.write.day(), self.write.number));
                let sha256 = archive::sha256(&bytes);
                match self.put(app, places, (&name, bytes)) {
                    None => return Ok(Step::Later),
                    Some(Err(stuck)) => return Ok(Step::Stuck(stuck)),
                    Some(Ok(())) => {}
                }
                Some(ArchiveWritten {
                    records: manifest.records,
                    objects: u32::try_from(self.objects.len()).unwrap_or(u32::MAX),
                    bytes: self.objects.iter().map(|object| object.bytes).sum(),
                    unreadable_parts: manifest.unreadable_parts,
                    manifest: name,
                    sha256,
                })
            }
        };
        if let Some(written) = &written {
            let source = self.archive.scope.source;
            tracing::info!(%source, day = %self.write.day(), records = written.records, objects = written.objects, "a day is archived");
        }
        app.identity.note_archive_written(&self.archive, (&self.write, written), &late, app.clock.now())?;
        Ok(Step::Ended)
    }

    fn manifest(&self, app: &App) -> Result<Result<Manifest, Stuck>, CatalogError> {
        let unreadable = search::unreadable_parts(&app.store, &self.permit, self.write.day().range());
        let unreadable = match unreadable.map_err(|error| sweeping::stuck(&error.into())) {
            Ok(unreadable) => unreadable as u64,
            Err(stuck) => return Ok(Err(stuck)),
        };
        let previous = app.identity.archive_previous(self.archive.scope, self.write.day())?;
        let objects = self.objects.iter().map(|object| ManifestObject {
            name: object.name.clone(),
            records: object.records,
            ndjson_bytes: object.ndjson_bytes,
            bytes: object.bytes,
            sha256: object.sha256.clone(),
        });
        Ok(Ok(Manifest {
            format: archive::FORMAT.to_owned(),
            tenant: self.archive.scope.tenant.to_string(),
            source: self.archive.scope.source.to_string(),
            day: self.write.day().to_string(),
            number: self.write.number,
            anew: self.write.is_anew(),
            previous: previous.map(|previous| archive::Previous { name: previous.name, sha256: previous.sha256 }),
            after_sequence: self.write.after,
            to_sequence: self.write.to,
            begun_at: self.write.begun_at().to_string(),
            recipient: self.archive.recipient.as_ref().map(|recipient| recipient.as_str().to_owned()),
            records: self.objects.iter().map(|object| object.records).sum(),
            unreadable_parts: unreadable,
            objects: objects.collect(),
        }))
    }

    /// Days before with records that came after they were written; `None` where that has to wait.
    fn late(&self, app: &App, places: &Places) -> Result<Option<Vec<Day>>, Stuck> {
        let Some((from, after)) = self.archive.before(&self.write) else { return Ok(Some(Vec::new())) };
        let (mut at, mut days, mut late) = (from, LATE_DAYS_AT_ONCE, BTreeSet::new());
        while at < self.write.day() {
            if *app.stopping.borrow() {
                return Ok(None);
            }
            let until = at.plus(days).min(self.write.day());
            let range = TimeRange { from: at.start(), to: until.start() };
            let Some(_place) = places.take(QUERY_WAIT_SECONDS) else { return Ok(None) };
            let deadline = places.deadline(QUERY_SECONDS_MAX);
            match search::arrived_late(&app.store, &self.permit, range, (after, self.write.to), &deadline.cancel()) {
                Ok(found) => {
                    late.extend(found.into_keys());
                    at = until;
                }
                Err(LookError::Scan(ScanError::Cancelled(_))) if days > 1 => days = (days / 4).max(1),
                Err(error) => return Err(sweeping::stuck(&error)),
            }
        }
        Ok(Some(late.into_iter().collect()))
    }

    /// Puts an object where it has to be; `None` where the server stops before.
    fn put(&self, app: &App, places: &Places, object: (&str, Vec<u8>)) -> Option<Result<(), Stuck>> {
        // Others wait behind it.
        let seconds = ARCHIVE_UPLOAD_SECONDS_MIN + object.1.len() as u64 / ARCHIVE_UPLOAD_BYTES_A_SECOND;
        let seconds = seconds.min(ARCHIVE_UPLOAD_SECONDS_MAX);
        let sent = places.runtime.block_on(put(app, &self.destination, object, seconds))?;
        Some(sent.map_err(|error: PutError| {
            tracing::warn!(source = %self.archive.scope.source, error = %Chain(&error), "an object of an archive did not arrive");
            Stuck(error.code())
        }))
    }
}
