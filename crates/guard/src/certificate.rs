//! What the server shows to prove who it is: a leaf certificate with its key, and where it comes from.
//!
//! By default a local authority that can only vouch for this machine's own names issues it; by configuration it is read
//! from PEM files. Does not fetch certificates from anywhere.

mod authority;
mod files;
mod own;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use model::Timestamp;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use zeroize::Zeroizing;

pub use authority::{CertificateError, LocalAuthority, Made};
pub use own::{OwnCertificateError, check_chain, fingerprint_of_pem, load_pem};

/// Why a `KeySafe` could not seal or open.
pub type KeySafeError = Box<dyn std::error::Error + Send + Sync>;

/// Seals private keys before they touch the disk. Given by whoever holds a key to seal with.
pub trait KeySafe: Send + Sync {
    fn seal(&self, key: &[u8]) -> Result<Vec<u8>, KeySafeError>;
    fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeySafeError>;
}

/// A certificate for the server's names with its chain and private key, which is known to fit it.
pub struct Leaf {
    certified: Arc<CertifiedKey>,
    /// Shown to a client that names no host, because it connects to an address.
    for_addresses: Option<Arc<CertifiedKey>>,
    not_before: Timestamp,
    not_after: Timestamp,
}

// === impl Leaf ===

impl Leaf {
    /// The leaf comes first in `chain`.
    fn new(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>) -> Result<Self, rustls::Error> {
        let certified = CertifiedKey::new(chain, any_supported_type(key)?);
        certified.keys_match()?;
        let encoding = rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding);
        let (_, certificate) = X509Certificate::from_der(certified.end_entity_cert()?).map_err(|_| encoding)?;
        let (not_before, not_after) = validity(&certificate);
        Ok(Self { certified: Arc::new(certified), for_addresses: None, not_before, not_after })
    }

    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// SHA-256 of the leaf itself, as browsers show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.certified.cert.first().map(fingerprint).unwrap_or_default()
    }

    /// Adds the certificate of the same key that also holds addresses.
    fn with_addresses(mut self, chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>) -> Result<Self, rustls::Error> {
        let certified = CertifiedKey::new(chain, any_supported_type(key)?);
        certified.keys_match()?;
        self.for_addresses = Some(Arc::new(certified));
        Ok(self)
    }

    /// What a client is shown that asked for `server_name`, or for none.
    pub(crate) fn certified(&self, server_name: Option<&str>) -> Arc<CertifiedKey> {
        match (&self.for_addresses, server_name) {
            (Some(certified), None) => Arc::clone(certified),
            (Some(_) | None, _) => Arc::clone(&self.certified),
        }
    }

    fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaf").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

/// `3A:9F:…`: SHA-256 of a certificate, in the form that browsers show.
#[must_use]
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    digest(&SHA256, certificate).as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// When a certificate ends; `None` where it is none.
#[must_use]
pub fn ends(certificate: &CertificateDer<'_>) -> Option<Timestamp> {
    dates(certificate).map(|(_, ends)| ends)
}

/// When a certificate begins and ends; `None` where it is none.
pub(crate) fn dates(certificate: &CertificateDer<'_>) -> Option<(Timestamp, Timestamp)> {
    X509Certificate::from_der(certificate).ok().map(|(_, certificate)| validity(&certificate))
}

fn validity(certificate: &X509Certificate<'_>) -> (Timestamp, Timestamp) {
    let start = Timestamp::from_nanos(0);
    let validity = certificate.validity();
    (start.plus_seconds(validity.not_before.timestamp()), start.plus_seconds(validity.not_after.timestamp()))
}
