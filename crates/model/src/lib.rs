//! The vocabulary of Blockhouse: ids, names, time, levels, checks and every limit.
//!
//! Always holds: a value of one of these types is well formed, because only its `parse` makes one.
//! Does no I/O, knows no framework, spawns nothing. Clock and randomness are traits that others implement.

mod address;
mod check;
mod email;
mod entropy;
mod field;
mod id;
mod level;
pub mod limits;
mod link_id;
mod name;
mod record;
mod round;
mod scope;
mod time;

pub use address::{AddressKey, AddressPlace};
pub use check::{Check, Count, Observation, Vantage, Verdict};
pub use email::{Email, EmailError};
pub use entropy::Entropy;
pub use field::{LEVEL_KEYS, MESSAGE_KEYS, RecordPart, TIME_KEYS, field_candidates};
pub use id::{
    AccessRequestId, AlertId, AlertMessageId, ApiKeyId, AuditStreamId, DestinationId, Id, IdError, IdKind, InvitationId, JobId,
    ObjectId, PasskeyId, ProviderId, RoleId, ServiceAccountId, SessionId, SourceId, TenantId, UserId, ViewId,
};
pub use level::Level;
pub use link_id::{LinkId, LinkIdError};
pub use name::{DisplayName, NameError};
pub use record::{RecordId, RecordIdError};
pub use round::{Budget, Found, Progress, Round};
pub use scope::Scope;
pub use time::{Clock, Day, TimeRange, Timestamp, TimestampError};
