//! Sealing: keys, their rotation and destruction, the sealed formats, and the disks that hold sealed bytes.
//!
//! Always holds: a disk is given ciphertext only; a key and a nonce meet once; a sealed object opens only under the
//! tenant, source, kind and id it was sealed for; a data key seals on its own UTC day, for 24 hours at most.
//! Foreign bytes come in through the `parse` functions, and over a disk through `KeyRing::open`, `SealedStore::open` and
//! `SealedStore::read_journal`; all of them run over a `MemoryDisk`.
//! What is for a tenant and not for this server is encrypted in the format of age, which nothing here opens.
//! The formats are tables in `docs/formats/`. Decides neither who may read nor when something is deleted.

mod age;
mod cache;
mod checks;
mod disk;
mod entropy;
mod field;
#[cfg(test)]
mod fixture;
mod journal;
mod keyring;
mod name;
mod path;
mod pepper;
mod person;
mod root;
mod secret;
mod shared_key;
mod store;
mod stream;
#[cfg(test)]
mod vectors;
mod words;

pub use age::{AgeRecipient, AgeRefused, AgeWriter, RecipientError};
pub use checks::{Ledger, checks};
pub use disk::local::LocalDisk;
pub use disk::memory::MemoryDisk;
pub use disk::s3::{S3Config, S3Credentials, S3Disk};
pub use disk::{Disk, DiskError, Foreign, LogFile, PutMode, Room};
pub use entropy::SystemEntropy;
pub use field::{Field, FieldError, FieldSealer};
pub use journal::reader::{JournalError, JournalFrame, JournalReader, Tail};
pub use journal::writer::JournalWriter;
pub use keyring::{KeyError, KeyRing};
pub use name::{DataKeyId, NameError, ObjectKind, ObjectName};
pub use path::{ExportPath, ObjectPath, PathError};
pub use pepper::Pepper;
pub use person::PersonKey;
pub use root::{RootKey, RootKeyError, RootKeyId};
pub use secret::constant_time_eq;
pub use shared_key::SharedKey;
pub use store::{OpenError, SealError, Sealed, SealedReader, SealedStore};
pub use words::{RECOVERY_WORDS, RecoveryWords, WordsError};
