//! The audit trail: who did what, in logs that only grow and whose growth anybody can check.
//!
//! A log is a Merkle tree (RFC 6962) of entries, exported and served as C2SP tlog-tiles with signed checkpoints. There is
//! one for the installation and one for each tenant. Knows neither requests nor policies, and decides nothing.

mod entry;
mod event;
mod note;
mod shelf;
mod tile;
mod trail;
mod tree;
mod verify;

#[cfg(test)]
mod tests;

pub use entry::{Entry, Personal};
pub use event::{Actor, Deed, Direction, Event, Outcome, Question};
pub use note::{Checkpoint, NoteError, Signer, Verifier};
pub use shelf::{ExportError, Stored};
pub use trail::{Log, Recorded, SCHEMA, Trail, TrailError, size};
pub use tree::{Hash, Nodes, consistency, inclusion, root, verify_consistency, verify_inclusion};
pub use verify::{Expected, Finding, Folder, Report, Shelf, verify};
