//! How a tenant shows that a host is its own: it puts what only the installation could have named into the host's DNS or
//! under its address.
//!
//! Always holds: a token is of one tenant and one host, so that another tenant's does not count; a host counts as shown
//! for a day, and no longer than until it is asked and does not show it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::limits::{HOST_AGAIN_SECONDS, HOST_FILE_BYTES_MAX, HOST_RETRY_SECONDS, HOST_SHOWN_SECONDS_MAX, HOST_TEXTS_MAX};
use model::{TenantId, Timestamp};
use seal::FieldSealer;

use super::host::Host;
use super::outside::{Outreach, ShownHosts};
use super::store::{KeptHost, PageStore};
use crate::standing::is_stale;

const LABEL: &str = "_blockhouse-challenge";
const PATH: &str = "/.well-known/blockhouse-challenge";
const TOKEN_BEGINS: &str = "blockhouse-challenge=";

/// What a host has to show, at one of two places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The name of the TXT record.
    pub record: String,
    /// The address of the file.
    pub url: String,
    pub token: String,
}

/// What asking a host came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showed {
    Shown,
    /// It was asked, and shows nothing or something else.
    NotShown,
    /// It could not be asked at one of the two places. What counted before counts until its day is over.
    NotAsked,
}

/// Hosts as they are kept.
pub(crate) struct Shown(pub(crate) Arc<PageStore>);

// === impl Challenge ===

impl Challenge {
    pub(crate) fn of(sealer: &FieldSealer, tenant: TenantId, host: &Host) -> Self {
        let named = [tenant.as_bytes().as_slice(), host.as_str().as_bytes()].concat();
        let token = URL_SAFE_NO_PAD.encode(sealer.blind_index("page_hosts", "token", &named));
        Self { record: format!("{LABEL}.{host}"), url: format!("https://{host}{PATH}"), token: format!("{TOKEN_BEGINS}{token}") }
    }

    /// Asks the host at both places.
    pub(crate) fn ask(&self, outreach: &dyn Outreach, host: &Host) -> Showed {
        let texts = outreach.texts(&self.record);
        if texts.as_ref().is_ok_and(|texts| texts.iter().take(HOST_TEXTS_MAX).any(|text| *text == self.token)) {
            return Showed::Shown;
        }
        let file = outreach.file(host, PATH, HOST_FILE_BYTES_MAX);
        let is_token = |bytes: &Vec<u8>| bytes.len() <= HOST_FILE_BYTES_MAX && bytes.trim_ascii() == self.token.as_bytes();
        match (texts, file) {
            (_, Ok(Some(bytes))) if is_token(&bytes) => Showed::Shown,
            (Ok(_), Ok(_)) => Showed::NotShown,
            (Err(_), _) | (_, Err(_)) => Showed::NotAsked,
        }
    }
}

// === impl KeptHost ===

impl KeptHost {
    pub(crate) fn is_shown(&self, now: Timestamp) -> bool {
        self.shown.is_some_and(|shown| !is_stale(Timestamp::from_nanos(shown), HOST_SHOWN_SECONDS_MAX, now))
    }

    /// Whether a host that counts is to be asked again. One that does not is asked when its tenant says so.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let old = |at: Option<i64>, seconds| at.is_none_or(|at| is_stale(Timestamp::from_nanos(at), seconds, now));
        self.shown.is_some() && old(self.shown, HOST_AGAIN_SECONDS) && old(self.asked, HOST_RETRY_SECONDS)
    }

    pub(crate) fn asked(&mut self, showed: Showed, now: Timestamp) {
        self.asked = Some(now.nanos());
        match showed {
            Showed::Shown => self.shown = Some(now.nanos()),
            Showed::NotShown => self.shown = None,
            Showed::NotAsked => {}
        }
    }
}

impl ShownHosts for Shown {
    fn is_shown(&self, tenant: TenantId, host: &Host, now: Timestamp) -> bool {
        // What cannot be read is not shown.
        self.0.hosts(tenant).is_ok_and(|hosts| hosts.iter().any(|(_, kept)| kept.host == *host && kept.is_shown(now)))
    }
}
