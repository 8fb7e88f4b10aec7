//! The audit trail: who did what, in logs that only grow and whose growth anybody can check.
//!
//! A log is a Merkle tree (RFC 6962) of entries, exported and served as C2SP tlog-tiles with signed checkpoints, which
//! witnesses may cosign. There is one for the installation, one for each tenant, and a public one that anchors the others.
//! Knows neither requests nor policies, and decides nothing.

mod anchor;
mod archived;
mod checks;
mod cosign;
mod cosignatures;
mod deed;
mod download;
mod entry;
mod event;
mod folder;
mod key;
mod measured;
mod note;
mod query;
mod recovered;
mod retention;
mod shelf;
mod stream;
mod templated;
mod terms;
mod tile;
mod trail;
mod treated;
mod tree;
mod verify;
mod watched;
mod witness;
mod worked;

#[cfg(test)]
mod tests;

pub use anchor::Anchored;
pub use archived::Archived;
pub use checks::{Trails, checks};
pub use cosign::{Cosigner, WitnessKey};
pub use cosignatures::CosignError;
pub use deed::{Actor, Deed, Outcome};
pub use download::{Download, Form};
pub use entry::{Entry, Personal};
pub use event::Event;
pub use folder::Folder;
pub use measured::Measured;
pub use note::{Checkpoint, NoteError, Signer, Verifier};
pub use query::{ActorFilter, Ended, Filter, Page, Paging};
pub use recovered::Recovered;
pub use retention::EndedBodies;
pub use shelf::{ExportError, Stored};
pub use stream::{StreamSecret, stream_lines, stream_records};
pub use templated::Templated;
pub use terms::{Direction, Question};
pub use trail::{Log, Recorded, SCHEMA, SCHEMA_2, Trail, TrailError, size};
pub use treated::Treated;
pub use tree::{Hash, Nodes, consistency, inclusion, root, verify_consistency, verify_inclusion};
pub use verify::{Expected, Finding, Report, Shelf, Witnesses, verify};
pub use watched::Watched;
pub use witness::{AddCheckpoint, OpenWitnessError, Witness, WitnessError};
pub use worked::Worked;
