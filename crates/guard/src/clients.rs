//! Certificates of clients: asked for, not demanded, and known only by their fingerprint.
//!
//! Always holds: whoever presents one has shown in the handshake that they hold its key, and it is within its dates. Says
//! nothing about who that is; no authority vouches for it.

use std::fmt;
use std::sync::Arc;

use model::Timestamp;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use crate::certificate;

/// A certificate whose key its client holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    fingerprint: String,
}

/// Takes every certificate that is within its dates.
pub(crate) struct Pinned {
    algorithms: WebPkiSupportedAlgorithms,
}

// === impl ClientCertificate ===

impl ClientCertificate {
    /// Of a certificate that a handshake has verified.
    pub(crate) fn verified(certificate: &CertificateDer<'_>) -> Self {
        Self { fingerprint: certificate::fingerprint(certificate) }
    }

    /// `3A:9F:…`: SHA-256, in the form that browsers show.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

// === impl Pinned ===

impl Pinned {
    pub(crate) fn new(provider: &CryptoProvider) -> Arc<Self> {
        Arc::new(Self { algorithms: provider.signature_verification_algorithms })
    }
}

impl ClientCertVerifier for Pinned {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let now = Timestamp::from_nanos(0).plus_seconds(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
        let (starts, ends) = certificate::dates(end_entity).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
        if now < starts {
            return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
        }
        if now >= ends {
            return Err(Error::InvalidCertificate(CertificateError::Expired));
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinned")
    }
}
