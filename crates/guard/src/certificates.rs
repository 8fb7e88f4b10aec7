//! The certificate that new connections are shown, replaced while the server runs.
//!
//! Always holds: there is one, and a new one takes its place only when it is known to be usable.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use model::limits::{CERTIFICATE_POLL_SECONDS, LEAF_RENEWAL_POLL_SECONDS};
use model::{Clock, Timestamp};
use parking_lot::RwLock;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certificate::{Leaf, LocalAuthority, OwnCertificateError, load_pem};

/// Hands out the current leaf. Connections made before a change keep theirs.
pub struct Certificates {
    current: RwLock<Arc<Leaf>>,
}

/// Where a configured certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemFiles {
    /// The server's certificate, then the authorities between it and the client's trust anchor.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Changes whenever one of the two files was written or replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Stamp([Option<(SystemTime, u64)>; 2]);

#[derive(Debug)]
enum Reload {
    Unchanged,
    Replaced,
    Refused(OwnCertificateError),
}

// === impl Certificates ===

impl Certificates {
    #[must_use]
    pub fn new(leaf: Leaf) -> Arc<Self> {
        Arc::new(Self { current: RwLock::new(Arc::new(leaf)) })
    }

    #[must_use]
    pub fn current(&self) -> Arc<Leaf> {
        Arc::clone(&self.current.read())
    }

    pub fn replace(&self, leaf: Leaf) {
        *self.current.write() = Arc::new(leaf);
    }

    /// Reads `files` again whenever they change, for as long as it is polled. A pair that cannot be used is reported and
    /// the certificate before it stays.
    pub async fn watch_files(self: Arc<Self>, files: PemFiles, clock: Arc<dyn Clock>) {
        let files = Arc::new(files);
        let mut ticks = tokio::time::interval(Duration::from_secs(CERTIFICATE_POLL_SECONDS));
        // No stamp yet: the files may have changed since the certificate was read from them.
        let mut seen = Stamp::default();
        loop {
            ticks.tick().await;
            let (this, pair, clock, before) = (Arc::clone(&self), Arc::clone(&files), Arc::clone(&clock), seen.clone());
            let looked = tokio::task::spawn_blocking(move || this.reload_if_changed(&pair, &before, clock.now()));
            let Ok((reload, stamp)) = looked.await else { continue };
            seen = stamp;
            match reload {
                Reload::Unchanged => {}
                Reload::Replaced => {
                    tracing::info!(tls.not_after = %self.current().not_after(), "serving a new certificate");
                }
                Reload::Refused(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    tls.not_after = %self.current().not_after(),
                    "the new certificate cannot be used; still serving the one before"
                ),
            }
        }
    }

    /// Replaces the local certificate when it is due, for as long as it is polled.
    pub async fn keep_local(self: Arc<Self>, authority: Arc<LocalAuthority>, names: Vec<String>, clock: Arc<dyn Clock>) {
        let names = Arc::new(names);
        let mut ticks = tokio::time::interval(Duration::from_secs(LEAF_RENEWAL_POLL_SECONDS));
        loop {
            ticks.tick().await;
            let now = clock.now();
            if !authority.renewal_due(&self.current(), now) {
                continue;
            }
            let (authority, names) = (Arc::clone(&authority), Arc::clone(&names));
            let issued = tokio::task::spawn_blocking(move || {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                authority.load_or_issue(&names, now)
            });
            match issued.await {
                Ok(Ok(leaf)) => {
                    tracing::info!(tls.not_after = %leaf.not_after(), "renewed the local certificate");
                    self.replace(leaf);
                }
                Ok(Err(error)) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "could not renew the local certificate");
                }
                Err(_) => {}
            }
        }
    }

    /// The stamp is taken before the files are read, so a change in between is seen the next time.
    fn reload_if_changed(&self, files: &PemFiles, seen: &Stamp, now: Timestamp) -> (Reload, Stamp) {
        let stamp = files.stamp();
        if stamp == *seen {
            return (Reload::Unchanged, stamp);
        }
        let reload = match load_pem(&files.certificate, &files.key, now) {
            Ok(leaf) if leaf.fingerprint() == self.current().fingerprint() => Reload::Unchanged,
            Ok(leaf) => {
                self.replace(leaf);
                Reload::Replaced
            }
            Err(error) => Reload::Refused(error),
        };
        (reload, stamp)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().certified(hello.server_name()))
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("current", &self.current()).finish()
    }
}

// === impl PemFiles ===

impl PemFiles {
    fn stamp(&self) -> Stamp {
        Stamp([&self.certificate, &self.key].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        }))
    }
}

#[cfg(test)]
mod tests;
