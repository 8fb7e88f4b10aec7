//! Where sealed bytes lie. Synchronous, so that a simulation can stand in for a disk and replay its faults.
//!
//! Always holds: what `put`, `delete` and `create_log` did survives a loss of power once they have returned; no reader
//! sees half of a `put`. A disk knows neither keys nor what the bytes mean.

pub(crate) mod local;
pub(crate) mod memory;
pub(crate) mod s3;

use std::io;
use std::ops::Range;

use crate::path::ObjectPath;

pub trait Disk: Send + Sync {
    /// Stores an object whole or not at all. After an error it may be there or not, but never in part.
    fn put(&self, path: &ObjectPath, bytes: &[u8], mode: PutMode) -> Result<(), DiskError>;

    /// The bytes of exactly this range; past the end it is an error.
    fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Vec<u8>, DiskError>;

    fn size(&self, path: &ObjectPath) -> Result<u64, DiskError>;

    /// Every object in the folder `prefix` at any depth with its size, in the order of their paths. The empty prefix is
    /// the whole disk. Writes under way are not objects; foreign files are passed over.
    fn list(&self, prefix: &str) -> Result<Vec<(ObjectPath, u64)>, DiskError>;

    /// What else lies here: files whose names no object has.
    fn foreign(&self) -> Result<Vec<Foreign>, DiskError> {
        Ok(Vec::new())
    }

    /// An absent object counts as deleted.
    fn delete(&self, path: &ObjectPath) -> Result<(), DiskError>;

    /// Makes an existing object durable that an earlier process may have left in a cache.
    fn sync(&self, path: &ObjectPath) -> Result<(), DiskError>;

    /// A new file to append to. Refuses an existing one: a log is never continued.
    fn create_log(&self, path: &ObjectPath) -> Result<Box<dyn LogFile>, DiskError>;

    /// `None` where a disk has no end that could be told.
    fn room(&self) -> Option<Room> {
        None
    }
}

/// A file that is no object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    pub path: String,
    /// Of a write under way, or cut short, its first bytes; `None` for what no write of ours leaves.
    pub written: Option<Vec<u8>>,
}

/// How many bytes may still be written, of how many in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    pub free: u64,
    pub total: u64,
}

pub trait LogFile: Send {
    /// After an error any part of `bytes` may have been written.
    fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError>;

    /// Makes durable what was appended. After an error nothing is known about what was appended since the last success.
    fn sync(&mut self) -> Result<(), DiskError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutMode {
    /// Refuses an object that exists.
    Create,
    Replace,
}

#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    #[error("there is no such object")]
    NotFound,
    #[error("the object exists already")]
    AlreadyExists,
    #[error("the disk or its quota is full")]
    Full,
    #[error("the disk failed")]
    Io(#[source] io::Error),
    #[error("the object store failed to {operation}")]
    Remote { operation: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
}

// === impl DiskError ===

impl From<io::Error> for DiskError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::AlreadyExists => Self::AlreadyExists,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

impl DiskError {
    pub(crate) fn invalid_prefix() -> Self {
        Self::Io(io::Error::new(io::ErrorKind::InvalidInput, "a prefix is a folder's path"))
    }

    pub(crate) fn past_end() -> Self {
        Self::Io(io::Error::new(io::ErrorKind::UnexpectedEof, "the object is shorter than the range to read"))
    }
}
