//! Who calls: the address and the request's id, as the audit trail has them.

use std::net::IpAddr;

use audit::{Actor, Deed};
use guard::Peer;
use model::Timestamp;

/// Travels with each request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) address: Option<IpAddr>,
    pub(crate) request: String,
}

// === impl Caller ===

impl Caller {
    pub(crate) fn new(peer: Option<&Peer>, request: &str) -> Self {
        Self { address: peer.map(|peer| peer.addr.ip()), request: request.to_owned() }
    }

    /// Something that this request does. Who it is, unless said here, a credential shows.
    pub(crate) fn deed(&self, actor: Actor, at: Timestamp) -> Deed {
        Deed { address: self.address, request: Some(self.request.clone()), ..Deed::by(actor, at) }
    }
}
