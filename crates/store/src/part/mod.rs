//! Parts: the sealed columnar files that hold a source's records once they leave the journal.
//!
//! A part's plaintext is a Parquet file, then our index, then a trailer (byte table in `docs/formats/part.md`).
//! Rows are sorted by the part's stream key (the service, where records have one), then newest first.
//! Always holds: a part is written once and never changed; whatever the index rules out is not in the page.

mod bloom;
mod encode;
mod error;
mod index;
mod object;
mod packed;
mod pages;
mod read;
mod sort;
mod write;

pub use error::PartError;
pub use index::{IndexError, PartIndex, Zone};
pub(crate) use object::PartObject;
pub use read::{Part, RowRanges};
pub use write::{PartBuilder, PartBytes, PartRows, PartWriteError};
