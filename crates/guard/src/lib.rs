//! The edge: the only way into Blockhouse from the network, and it speaks TLS.
//!
//! Always holds: nothing is listened on without a certificate, no request reaches a service before a TLS handshake,
//! and every connection is bounded in number, time and memory. Private keys of its own are on disk only sealed.
//! Does not route, read bodies, or decide who may do what.

pub mod certificate;
mod certificates;
mod clients;
mod counters;
mod edge;
#[cfg(test)]
mod testing;
mod tls;
pub mod twin;

pub use certificates::{Certificates, PemFiles};
pub use clients::ClientCertificate;
pub use counters::{EdgeCounters, EdgeCounts};
pub use edge::{Alert, BindError, Drained, Edge, EdgeLimits, Peer, Reason, Stream, Tell, TurnedAway};
pub use tls::{TlsFloor, TlsProfile, TlsVersion};
