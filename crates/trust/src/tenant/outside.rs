//! What a server does for tenants' pages: it asks logs, looks at hosts, and finds out whether a host shows its challenge.
//!
//! Always holds: whoever implements these bounds each call in time, well below that of a check, and in size.

use std::sync::Arc;

use claims::statement::{Build, Sha256};
use model::{Clock, Entropy, Scope, TenantId, TimeRange, Timestamp};
use seal::FieldSealer;

use super::host::{Host, Reach};
use crate::public::PublicLog;

/// Everything that pages need.
pub struct Means {
    /// Where the installation is reached, without a slash at the end.
    pub origin: String,
    pub build: Build,
    pub configuration: Sha256,
    pub reach: Reach,
    pub log: Arc<dyn PublicLog>,
    pub questions: Arc<dyn LogQuestions>,
    pub probes: Arc<dyn Probes>,
    pub outreach: Arc<dyn Outreach>,
    /// A sealer under the root key; each board has its own.
    pub sealer: Box<dyn Fn() -> FieldSealer + Send + Sync>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

/// Why something could not be looked at. Nothing is said then, neither that it holds nor that it does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    #[error("it could not be reached")]
    Unreachable,
    #[error("its address is not one that may be looked at")]
    Forbidden,
    #[error("there is no such source")]
    NoSource,
    #[error("the query cannot be read")]
    Query,
    #[error("it took too long or was too much")]
    TooMuch,
    #[error("it failed: {0}")]
    Failed(String),
}

/// A query over one source, and the times that it is about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub scope: Scope,
    /// In the language of searches.
    pub query: &'a str,
    pub range: TimeRange,
}

/// When a record was written, and its value of the field that records are told apart by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    pub at: Timestamp,
    pub group: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moments {
    /// All that match, in any order.
    All(Vec<Moment>),
    /// There are more than were asked for.
    TooMany,
}

/// Asks the logs. Only records that were durable are counted, and those whose own time is in the range.
pub trait LogQuestions: Send + Sync {
    /// How many records match; exact.
    fn count(&self, question: &Question<'_>) -> Result<u64, LookError>;

    /// Whether the source has any record of these times.
    fn has_any(&self, scope: Scope, range: TimeRange) -> Result<bool, LookError>;

    /// When the records that match were written, with their value of `group_by`.
    fn times(&self, question: &Question<'_>, group_by: Option<&str>, limit: usize) -> Result<Moments, LookError>;
}

/// What one connection to a host on port 443 showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSeen {
    /// Versions below 1.2 that the host agreed to.
    pub old_versions: Vec<&'static str>,
    /// Whether it agreed to 1.2 or 1.3. Where not, what follows says nothing.
    pub is_current: bool,
    /// Whether the chain leads to a known authority and the certificate is for this name.
    pub is_verified: bool,
    /// When the certificate ends.
    pub ends: Timestamp,
}

/// What `/.well-known/security.txt` gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecurityTxt {
    /// At most `PROBE_FILE_BYTES_MAX` of it.
    There(Vec<u8>),
    /// The host answered that there is none, or more than that.
    NotThere,
}

/// Looks at a host as a stranger does. Implementations resolve the name themselves, connect only to an address that they
/// have judged, follow no redirection, and verify TLS where they read what it answers.
pub trait Probes: Send + Sync {
    fn tls(&self, host: &Host) -> Result<TlsSeen, LookError>;

    /// The headers of the answer to `GET /`, names in lower case.
    fn headers(&self, host: &Host) -> Result<Vec<(String, String)>, LookError>;

    fn security_txt(&self, host: &Host) -> Result<SecurityTxt, LookError>;
}

/// Finds out whether a host shows its challenge, under the same rules.
pub trait Outreach: Send + Sync {
    /// The texts of the TXT records of this name; none if there is no such name.
    fn texts(&self, name: &str) -> Result<Vec<String>, LookError>;

    /// The file at this path of the host, over verified TLS, of at most so many bytes; `None` where there is none or more.
    fn file(&self, host: &Host, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, LookError>;
}

/// Knows which hosts tenants have shown to be theirs.
pub trait ShownHosts: Send + Sync {
    fn is_shown(&self, tenant: TenantId, host: &Host, now: Timestamp) -> bool;
}

impl std::fmt::Debug for Means {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Means").field("origin", &self.origin).finish_non_exhaustive()
    }
}
