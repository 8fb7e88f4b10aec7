//! What is promised in public, as data: the library of sentences, their states, the template format and its linter.
//!
//! Pure: reads no file, opens no connection, signs nothing. `trust` runs the checks, keeps the evidence and shows the page;
//! a reader's verifier uses the same types.

mod claim;
pub mod document;
mod family;
mod library;
pub mod lint;
pub mod matching;
mod own;
mod slot;
mod state;
pub mod statement;
pub mod template;

pub use claim::{Claim, Class, Disposition, Evidence, Group, Kind, Minutes, Speaks};
pub use library::{Library, LibraryError};
pub use own::{own_id, own_path, page_at, page_of};
pub use slot::{MissingSlot, Slot};
pub use state::State;
