//! A source's life: accepted and durable in the journal, fresh and searchable, then sealed columnar parts.
//!
//! Always holds: a request is acknowledged only when its records are durable; a record is found exactly once, in the fresh
//! table or in one part; every operation names one source. Synchronous throughout, so that a simulation replays it; callers
//! give it threads that may block.

mod append;
mod arrivals;
mod catalog;
mod checks;
mod columns;
mod commit;
mod compact;
mod flush;
mod fresh;
mod group;
mod held;
mod live;
mod origin;
mod part;
mod recover;
mod retain;
mod seals;
mod source;
mod store;
mod tokens;
mod upload;
mod view;

pub use append::{Append, AppendError, Next, refusal};
pub use arrivals::{Arrivals, ArrivalsError, Sender};
pub use catalog::{Catalog, CatalogError, PartRow, PartState};
pub use checks::{RetentionDays, checks};
pub use columns::{ColumnKey, Columns, FieldPath, Kind, Projection};
pub use flush::{Close, FlushError};
pub use fresh::{Appended, Arrival, Expected, FreshTable, ShredError, ShredReason};
pub use group::{Content, Delivery, FrameError};
pub use held::{HeldError, KeyHeld};
pub use live::LivePart;
pub use origin::Origin;
pub use part::{IndexError, Part, PartBuilder, PartBytes, PartError, PartIndex, PartRows, PartWriteError, RowRanges, Zone};
pub use recover::RecoverError;
pub use retain::{Ended, RetainError};
pub use seal::ObjectName as UploadName;
pub use seals::Seal;
pub use source::{CommitError, Done, Durable, Outcome, Remembered};
pub use store::{Follower, Following, Store};
pub use tokens::{for_each_token, is_token_byte};
pub use upload::UploadError;
pub use view::{FreshRows, View};
