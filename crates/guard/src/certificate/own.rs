//! A certificate by configuration: PEM files from an authority that clients already trust.
//!
//! Refused, with what to do about it in the text: what no careful client would accept. Does not build or verify chains.

use std::io;
use std::path::{Path, PathBuf};

use model::Timestamp;
use rustls::InconsistentKeys;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::AlgorithmIdentifier;
use zeroize::Zeroizing;

use super::{Leaf, files, validity};

const RSA_BITS_MIN: usize = 2_048;
/// RSA with SHA-256, SHA-384, SHA-512; ECDSA with the same; Ed25519.
const STRONG_SIGNATURES: [&str; 7] = [
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.12",
    "1.2.840.113549.1.1.13",
    "1.2.840.10045.4.3.2",
    "1.2.840.10045.4.3.3",
    "1.2.840.10045.4.3.4",
    "1.3.101.112",
];
/// SHA-256, SHA-384, SHA-512: the hashes that RSA-PSS names in its parameters.
const STRONG_HASHES: [&str; 3] = ["2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"];

/// Why a configured certificate is not used.
#[derive(Debug, thiserror::Error)]
pub enum OwnCertificateError {
    #[error("could not read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    #[error("{} holds a certificate that is not well formed", .0.display())]
    Malformed(PathBuf),
    #[error("the chain is empty, or a certificate in it is not well formed")]
    NotWellFormed,
    #[error("{} holds no private key in PEM form without a passphrase", .0.display())]
    NoKey(PathBuf),
    #[error("the certificate expired at {0}")]
    Expired(Timestamp),
    #[error("the certificate is not valid before {0}")]
    NotYetValid(Timestamp),
    #[error("the certificate names no host in its subject alternative names, so no client accepts it")]
    NoNames,
    #[error("the certificate is not for servers: its extended key usage lacks serverAuth")]
    NotForServers,
    #[error("the certificate of {subject} is signed with {algorithm}; SHA-256 or stronger is needed")]
    WeakSignature { subject: String, algorithm: String },
    #[error("the certificate of {subject} has an RSA key of {bits} bits; at least 2048 are needed")]
    WeakKey { subject: String, bits: usize },
    #[error("the private key does not belong to the certificate; are the files of the same renewal?")]
    KeyMismatch,
    #[error("the certificate and key are not usable")]
    Unusable(#[source] rustls::Error),
}

/// Reads a chain (the server's own certificate first) and its private key.
pub fn load_pem(certificate: &Path, key: &Path, now: Timestamp) -> Result<Leaf, OwnCertificateError> {
    let malformed = || OwnCertificateError::Malformed(certificate.to_owned());
    let pem = read(certificate)?;
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| malformed())?;
    if chain.is_empty() {
        return Err(OwnCertificateError::NoCertificate(certificate.to_owned()));
    }
    check_chain(&chain, now).map_err(|error| match error {
        OwnCertificateError::NotWellFormed => malformed(),
        error => error,
    })?;

    let key_der = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| OwnCertificateError::NoKey(key.to_owned()))?;
    let key_der = Zeroizing::new(key_der);
    Leaf::new(chain, &key_der).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => OwnCertificateError::KeyMismatch,
        other => OwnCertificateError::Unusable(other),
    })
}

/// SHA-256 of the first certificate in a file, in the form that browsers show.
pub fn fingerprint_of_pem(path: &Path) -> Result<String, OwnCertificateError> {
    let pem = read(path)?;
    let first = CertificateDer::pem_slice_iter(&pem).next();
    let certificate = first.ok_or_else(|| OwnCertificateError::NoCertificate(path.to_owned()))?;
    let certificate = certificate.map_err(|_| OwnCertificateError::Malformed(path.to_owned()))?;
    Ok(super::fingerprint(&certificate))
}

/// Refuses a chain (the server's own certificate first) that a careful client would not accept, whoever signed it.
pub fn check_chain(chain: &[CertificateDer<'_>], now: Timestamp) -> Result<(), OwnCertificateError> {
    let parse = |der| X509Certificate::from_der(der).map(|(_, link)| link).map_err(|_| OwnCertificateError::NotWellFormed);
    let links: Vec<X509Certificate<'_>> = chain.iter().map(|der| parse(der)).collect::<Result<_, _>>()?;
    check_server(links.first().ok_or(OwnCertificateError::NotWellFormed)?, now)?;
    links.iter().try_for_each(check_strength)
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, OwnCertificateError> {
    let failed = |source| OwnCertificateError::Read { path: path.to_owned(), source };
    files::read(path).map_err(failed)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
}

fn check_server(certificate: &X509Certificate<'_>, now: Timestamp) -> Result<(), OwnCertificateError> {
    let (not_before, not_after) = validity(certificate);
    if not_after <= now {
        return Err(OwnCertificateError::Expired(not_after));
    }
    if now < not_before {
        return Err(OwnCertificateError::NotYetValid(not_before));
    }
    let names = certificate.subject_alternative_name().ok().flatten();
    if names.is_none_or(|extension| extension.value.general_names.is_empty()) {
        return Err(OwnCertificateError::NoNames);
    }
    match certificate.extended_key_usage() {
        Ok(Some(usage)) if !usage.value.server_auth && !usage.value.any => Err(OwnCertificateError::NotForServers),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn check_strength(certificate: &X509Certificate<'_>) -> Result<(), OwnCertificateError> {
    let subject = || certificate.subject().to_string();
    if let Ok(PublicKey::RSA(key)) = certificate.public_key().parsed()
        && key.key_size() < RSA_BITS_MIN
    {
        return Err(OwnCertificateError::WeakKey { subject: subject(), bits: key.key_size() });
    }
    // Nobody relies on the signature of an authority over itself.
    let is_root = certificate.issuer().as_raw() == certificate.subject().as_raw() && certificate.is_ca();
    if is_root || is_strong(&certificate.signature_algorithm) {
        return Ok(());
    }
    Err(OwnCertificateError::WeakSignature {
        subject: subject(),
        algorithm: name(&certificate.signature_algorithm.algorithm.to_id_string()),
    })
}

fn is_strong(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    if STRONG_SIGNATURES.contains(&algorithm.algorithm.to_id_string().as_str()) {
        return true;
    }
    match SignatureAlgorithm::try_from(algorithm) {
        Ok(SignatureAlgorithm::RSASSA_PSS(params)) => {
            STRONG_HASHES.contains(&params.hash_algorithm_oid().to_id_string().as_str())
        }
        Ok(_) | Err(_) => false,
    }
}

fn name(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.4" => "MD5",
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" => "SHA-1",
        "1.2.840.113549.1.1.10" => "RSA-PSS and a weak hash",
        other => return format!("algorithm {other}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests;
