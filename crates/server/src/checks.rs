//! Checks that need the whole server: its sockets, its folder, and what a stranger sees over the network.
//!
//! Always holds: what is sent to look is marked, goes to sources that belong to the checks, and names nobody.

pub(crate) mod apart;
mod canary;
mod clear;
mod egress;
mod headers;
pub(crate) mod hello;
mod listeners;
mod outside;
mod plain;
mod routes;
mod security_txt;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use identity::Identity;
use model::{Check, Entropy};

use crate::checks::canary::Canaries;
use crate::checks::outside::Dialler;
pub(crate) use crate::checks::outside::{OWN_ADDRESS, Outside};
use crate::contacts::Contacts;
use crate::turned_away::Attempts;

/// What the checks look at.
pub(crate) struct Surroundings {
    pub(crate) contacts: Option<Arc<Contacts>>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) data: PathBuf,
    /// Every address that is listened on, with the oldest TLS that is spoken there.
    pub(crate) listeners: Vec<(SocketAddr, guard::TlsFloor)>,
    pub(crate) outside: Outside,
    /// Where connections that are turned away are kept, which those of the checks are not to be among.
    pub(crate) attempts: Arc<Attempts>,
    /// Whether the bucket is spoken to in clear.
    pub(crate) objects_plaintext: bool,
    pub(crate) runtime: tokio::runtime::Handle,
}

/// All of them.
pub(crate) fn checks(around: Surroundings) -> Vec<Box<dyn Check>> {
    let Surroundings { contacts, identity, entropy, data, listeners, outside, attempts, objects_plaintext, runtime } = around;
    let dialler = Dialler::new(attempts);
    let addresses: Vec<SocketAddr> = listeners.iter().map(|(address, _)| *address).collect();
    let canaries = Arc::new(Canaries::new(Arc::clone(&identity), entropy, outside.clone()));
    let published = contacts.map(|contacts| security_txt::SecurityTxtPublished::new(outside.clone(), contacts));
    let mut all: Vec<Box<dyn Check>> = vec![
        Box::new(listeners::ListenersKnown::new(addresses.clone())),
        Box::new(plain::PlaintextRefused::new(Arc::clone(&canaries), addresses, dialler.clone())),
        Box::new(tls::TlsProfile::new(outside.clone(), listeners, dialler.clone())),
        Box::new(tls::CertificateChain::new(outside.clone(), dialler)),
        Box::new(clear::CanaryNotInClear::new(Arc::clone(&canaries), data)),
        Box::new(apart::SourcesApart::new(Arc::clone(&canaries))),
        Box::new(routes::RoutesDeny::new(canaries, identity)),
        Box::new(headers::Headers::new(outside)),
        Box::new(egress::EgressVerified::new(runtime, objects_plaintext)),
    ];
    all.extend(published.map(|check| Box::new(check) as Box<dyn Check>));
    all
}
