//! Who calls: the address and the request's id, as the audit trail has them.

use std::net::IpAddr;

use audit::{Actor, Deed};
use guard::{Peer, TlsVersion};
use model::Timestamp;

/// Travels with each request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) address: Option<IpAddr>,
    pub(crate) request: String,
    tls: Option<TlsVersion>,
}

// === impl Caller ===

impl Caller {
    pub(crate) fn new(peer: Option<&Peer>, request: &str) -> Self {
        Self { address: peer.map(|peer| peer.addr.ip()), request: request.to_owned(), tls: peer.map(|peer| peer.tls_version) }
    }

    /// Something that this request does. Who it is, unless said here, a credential shows.
    pub(crate) fn deed(&self, actor: Actor, at: Timestamp) -> Deed {
        let tls = self.tls.map(TlsVersion::number);
        Deed { address: self.address, request: Some(self.request.clone()), tls, ..Deed::by(actor, at) }
    }
}
