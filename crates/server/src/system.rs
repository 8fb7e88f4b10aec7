//! What runs here: the version, since when, how it listens, and how much room is left.
//!
//! Always holds: nothing of it names a tenant, a person, a record or a path.

use std::sync::Arc;

use guard::{Certificates, EdgeCounters, TlsFloor};
use model::Timestamp;

pub(crate) struct System {
    pub(crate) started: Timestamp,
    pub(crate) floor: TlsFloor,
    pub(crate) certificates: Arc<Certificates>,
    /// Of the local authority; none where the certificate was given.
    pub(crate) authority: Option<String>,
    pub(crate) counters: Arc<EdgeCounters>,
    pub(crate) in_bucket: bool,
}
