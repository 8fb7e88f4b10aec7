//! Hellos that no careful library says, as bytes, and the chain of whoever answers one.
//!
//! Always holds: a handshake that is begun with one is never completed, so its random may be constant; whoever takes any chain
//! looks at the chain and sends nothing behind the handshake.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

pub(crate) const ALERT: u8 = 0x15;
pub(crate) const HANDSHAKE: u8 = 0x16;
pub(crate) const SERVER_HELLO: u8 = 0x02;
/// As many bytes of an answer as tell what it is.
pub(crate) const ANSWER_BYTES: usize = 6;

/// RSA key exchange with CBC, 3DES and RC4: forward secrecy or the cipher is missing (RFC 9325, section 4.1).
const WEAK: [u16; 6] = [0x002f, 0x0035, 0x003c, 0x000a, 0x0005, 0xc013];
/// ECDHE with AES-GCM, which TLS 1.2 would be spoken with.
const STRONG_12: [u16; 4] = [0xc02b, 0xc02f, 0xc02c, 0xc030];
/// Those that every old version has, with keys of either kind.
const OLD: [u16; 8] = [0xc013, 0xc014, 0xc009, 0xc00a, 0x002f, 0x0035, 0x000a, 0x0005];

/// Versions that are not fit for use (RFC 8996).
pub(crate) const OLD_VERSIONS: [Offer; 2] =
    [Offer { what: "TLS 1.0", version: 0x0301, suites: &OLD }, Offer { what: "TLS 1.1", version: 0x0302, suites: &OLD }];
pub(crate) const TLS12_WEAK: Offer = Offer { what: "TLS 1.2 with weak suites", version: 0x0303, suites: &WEAK };
pub(crate) const TLS12_STRONG: Offer = Offer { what: "TLS 1.2", version: 0x0303, suites: &STRONG_12 };

/// An offer that a stranger makes.
pub(crate) struct Offer {
    pub(crate) what: &'static str,
    version: u16,
    suites: &'static [u16],
}

/// Whether an answer, by its first bytes, takes what was offered.
pub(crate) fn begins_handshake(head: &[u8; ANSWER_BYTES]) -> bool {
    head[0] != ALERT && head[0] == HANDSHAKE && head[5] == SERVER_HELLO
}

/// Takes any chain, for what is looked at is the chain and not the trust in it.
#[derive(Debug)]
pub(crate) struct Any(Arc<CryptoProvider>);

// === impl Offer ===

impl Offer {
    /// A ClientHello (RFC 5246, 7.4.1.2) in one record.
    pub(crate) fn hello(&self, name: &str) -> Vec<u8> {
        let sized = |bytes: Vec<u8>| [&(bytes.len() as u16).to_be_bytes()[..], &bytes].concat();
        let extension = |kind: u16, body: Vec<u8>| [&kind.to_be_bytes()[..], &sized(body)].concat();
        let suites: Vec<u8> = self.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        let extensions = [
            extension(0, sized([&[0][..], &sized(name.as_bytes().to_vec())].concat())),
            // X25519, P-256, P-384; uncompressed points; RSA and ECDSA with SHA-256 and SHA-1; extended master secret.
            extension(10, sized(vec![0, 29, 0, 23, 0, 24])),
            extension(11, vec![1, 0]),
            extension(13, sized(vec![4, 1, 4, 3, 8, 4, 2, 1, 2, 3])),
            extension(23, Vec::new()),
        ];
        let body =
            [&self.version.to_be_bytes()[..], &[0x5a; 32], &[0], &sized(suites), &[1, 0], &sized(extensions.concat())].concat();
        let length = (body.len() as u32).to_be_bytes();
        let message = [&[1][..], &length[1..], &body].concat();
        [&[HANDSHAKE, 3, 1][..], &sized(message)].concat()
    }
}

// === impl Any ===

impl Any {
    pub(crate) fn new(provider: Arc<CryptoProvider>) -> Self {
        Self(provider)
    }
}

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
