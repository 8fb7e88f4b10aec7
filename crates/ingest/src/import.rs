//! A file, as it was uploaded, becomes batches of records.
//!
//! | step | where |
//! |---|---|
//! | bytes of the file, decompressed | `inflate` |
//! | what they look like | `shape` |
//! | lines or objects, in batches | `lines` |
//! | records in normal form | `batch` |
//!
//! Always holds: memory does not grow with the file; the same file gives the same batches, and a reader that goes on at the
//! end of one gives those that come after it; what is wrong is told by a code and a place, never by a piece of the file.

mod batch;
mod inflate;
mod shape;

use identity::{ImportCompression, ImportFormat, ImportFound, ImportLayout, ImportPlace};
use model::Timestamp;

use crate::lines::{self, Broken, Cutter, ObjectCutter, RawBatch, Recogniser};
pub use batch::{Exception, ImportBatch};
use inflate::Inflate;

/// Reads a file from its beginning, and gives batches from a place on.
#[derive(Debug)]
pub struct Reader {
    format: ImportFormat,
    inflate: Inflate,
    /// Decompressed bytes that are passed over until the place is reached.
    to_skip: u64,
    /// The beginning of the file, until it shows what it is.
    head: Vec<u8>,
    cut: Option<Cut>,
    recogniser: Recogniser,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum Cut {
    Lines(Cutter),
    Objects(ObjectCutter),
}

// === impl Reader ===

impl Reader {
    /// For a whole file. `now`: tells the year of a time that names none.
    #[must_use]
    pub fn new(format: ImportFormat, compression: ImportCompression, now: Timestamp) -> Self {
        Self {
            format,
            inflate: Inflate::new(compression),
            to_skip: 0,
            head: Vec::new(),
            cut: None,
            recogniser: Recogniser::new(of_lines(format), now),
            buffer: Vec::new(),
        }
    }

    /// Goes on at a place. What is compressed is read from its beginning all the same; else it is read from
    /// [`uploaded`](Self::uploaded) on.
    #[must_use]
    pub fn at(format: ImportFormat, found: ImportFound, place: ImportPlace, now: Timestamp) -> Self {
        let mut reader = Self::new(format, found.compression, now);
        reader.cut = Some(Cut::new(found.layout, place));
        match found.compression {
            ImportCompression::None => reader.inflate.go_on_at(place.at),
            ImportCompression::Auto | ImportCompression::Gzip | ImportCompression::Zstd => reader.to_skip = place.at,
        }
        reader
    }

    /// What the file turned out to be, as soon as that is known.
    #[must_use]
    pub fn found(&self) -> Option<ImportFound> {
        let layout = match self.cut.as_ref()? {
            Cut::Lines(_) => ImportLayout::Lines,
            Cut::Objects(_) => ImportLayout::Objects,
        };
        Some(ImportFound { compression: self.inflate.found()?, layout })
    }

    /// Bytes of the file as it was uploaded that were read: the next ones are those behind them.
    #[must_use]
    pub fn uploaded(&self) -> u64 {
        self.inflate.read()
    }

    /// Whether it only looks for the place where it goes on.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        self.to_skip > 0
    }

    /// Reads some of the next uploaded bytes, and says how many. Where none are left it may give more of those before:
    /// it has read all of them when it [`is_thirsty`](Self::is_thirsty). Where it breaks, [`next`](Self::next) gives what is
    /// whole before.
    pub fn read(&mut self, uploaded: &[u8]) -> Result<usize, Broken> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let read = self.inflate.step(uploaded, &mut buffer);
        let skipped = usize::try_from(self.to_skip).unwrap_or(usize::MAX).min(buffer.len());
        self.to_skip -= skipped as u64;
        let taken = self.take(&buffer[skipped..]);
        self.buffer = buffer;
        let read = taken.and(read);
        if read.is_err() {
            self.give_up();
        }
        read
    }

    /// Whether it needs more of the file.
    #[must_use]
    pub fn is_thirsty(&self) -> bool {
        !self.inflate.has_more()
    }

    /// The file is over.
    pub fn finish(&mut self) -> Result<(), Broken> {
        if let Err(broken) = self.inflate.finish() {
            self.give_up();
            return Err(broken);
        }
        if self.cut.is_none() {
            self.decide(shape::of_whole(self.format, &self.head))?;
        }
        match &mut self.cut {
            Some(Cut::Lines(cutter)) => {
                cutter.finish();
                Ok(())
            }
            Some(Cut::Objects(cutter)) => cutter.finish(),
            None => Ok(()),
        }
    }

    /// The next batch that is complete.
    #[expect(clippy::should_implement_trait, reason = "more may come after none")]
    pub fn next(&mut self) -> Option<ImportBatch> {
        let (raw, layout): (RawBatch, ImportLayout) = match self.cut.as_mut()? {
            Cut::Lines(cutter) => (cutter.next()?, ImportLayout::Lines),
            Cut::Objects(cutter) => (cutter.next()?, ImportLayout::Objects),
        };
        Some(ImportBatch::new(&raw, layout, &self.recogniser))
    }

    /// It breaks here: what is whole before that can be taken.
    fn give_up(&mut self) {
        if self.cut.is_none() && self.decide(shape::of_whole(self.format, &self.head)).is_err() {
            return;
        }
        match &mut self.cut {
            Some(Cut::Lines(cutter)) => cutter.flush(),
            Some(Cut::Objects(cutter)) => cutter.flush(),
            None => {}
        }
    }

    fn take(&mut self, plain: &[u8]) -> Result<(), Broken> {
        match &mut self.cut {
            Some(cut) => cut.push(plain),
            None => {
                self.head.extend_from_slice(plain);
                match shape::of_beginning(self.format, &self.head) {
                    Some(layout) => self.decide(layout),
                    None => Ok(()),
                }
            }
        }
    }

    fn decide(&mut self, layout: ImportLayout) -> Result<(), Broken> {
        let head = std::mem::take(&mut self.head);
        let mark = match layout {
            ImportLayout::Lines => 0,
            ImportLayout::Objects => shape::mark(&head),
        };
        let mut cut = Cut::new(layout, ImportPlace { at: mark as u64, lines: 0 });
        let pushed = cut.push(&head[mark..]);
        self.cut = Some(cut);
        pushed
    }
}

// === impl Cut ===

impl Cut {
    fn new(layout: ImportLayout, place: ImportPlace) -> Self {
        match layout {
            ImportLayout::Lines => Self::Lines(Cutter::new(place.at, place.lines, [])),
            ImportLayout::Objects => Self::Objects(ObjectCutter::new(place.at, place.lines)),
        }
    }

    fn push(&mut self, plain: &[u8]) -> Result<(), Broken> {
        match self {
            Self::Lines(cutter) => {
                cutter.push(plain);
                Ok(())
            }
            Self::Objects(cutter) => cutter.push(plain),
        }
    }
}

/// Where lines are what a file has.
fn of_lines(format: ImportFormat) -> lines::Format {
    match format {
        ImportFormat::Auto | ImportFormat::Json => lines::Format::Auto,
        ImportFormat::Ndjson => lines::Format::Ndjson,
        ImportFormat::Plain => lines::Format::Plain,
        ImportFormat::Syslog => lines::Format::Syslog,
    }
}

#[cfg(test)]
mod tests;
