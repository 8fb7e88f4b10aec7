//! Fresh tables: a source's newest records as growing, queryable columns.
//!
//! Always holds: a body of JSON records goes in as a whole or not at all; no value is lost, whatever its field's type,
//! name or number of fields; memory follows the values present, not rows times columns.
//! Does not persist (see the journal), lock, or decode any protocol: it reads JSON objects and nothing else.
//!
//! A body is shredded in one pass, without a tree of its values: every field's path is a node that owns the field's
//! columns, and after one key the key that followed it last time is tried first. What that pass does not do, such as
//! merging duplicate keys, sends the one record concerned through a slower one.

mod candidates;
mod chunk;
mod column;
mod cursor;
mod error;
mod freeze;
mod merge;
mod number;
mod rows;
mod shred;
mod snapshot;
mod spare;
mod table;
mod text;
mod trie;

#[cfg(test)]
mod tests;

pub use error::{Expected, ShredError, ShredReason};
pub use table::{Appended, Arrival, FreshTable};
