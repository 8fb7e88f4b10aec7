//! What runs here: the version, since when, how it listens, and how much room is left.
//!
//! Always holds: nothing of it names a tenant, a person, a record or a path.

use std::sync::Arc;

use axum::body::Bytes;
use guard::{Certificates, EdgeCounters, TlsFloor};
use model::Timestamp;

pub(crate) struct System {
    pub(crate) started: Timestamp,
    pub(crate) floor: TlsFloor,
    pub(crate) certificates: Arc<Certificates>,
    /// None where the certificate was given.
    pub(crate) authority: Option<Authority>,
    pub(crate) counters: Arc<EdgeCounters>,
    pub(crate) in_bucket: bool,
}

/// The local authority, as clients know it.
pub(crate) struct Authority {
    /// SHA-256 of its certificate.
    pub(crate) fingerprint: String,
    /// Its certificate, as PEM.
    pub(crate) certificate: Bytes,
}
