//! The local authority: made on first run, trusted by nobody until a person says so, unable to vouch for other machines.
//!
//! | file          | what it is                                           | mode |
//! |---------------|------------------------------------------------------|------|
//! | ca.crt        | the authority's certificate, PEM                     | 0644 |
//! | ca.key        | its private key, PKCS #8, sealed                     | 0600 |
//! | localhost.crt | the certificate the server shows, PEM                | 0644 |
//! | localhost.key | its private key, PKCS #8, sealed                     | 0600 |
//!
//! Always holds: the authority's certificate carries critical name constraints for `localhost` and loopback addresses,
//! and its private key is open only while it signs. Keys come from the operating system's generator, not from `Entropy`:
//! no simulation reaches this far.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use model::Timestamp;
use model::limits::{LEAF_DAYS, LEAF_RENEWAL_DAYS, LOCAL_AUTHORITY_DAYS};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType, SignatureAlgorithm, SigningKey,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use zeroize::Zeroizing;

use super::files::{self, Readers};
use super::{KeySafe, KeySafeError, Leaf, fingerprint, validity};

const DAY_SECONDS: i64 = 86_400;
/// Clocks of other programs on the machine's network may be a little behind.
const BACKDATED_SECONDS: i64 = 3_600;
/// Names that every local certificate has. A wildcard is not among them: clients refuse one directly below a top level.
const LOCAL_NAMES: [&str; 2] = ["localhost", "blockhouse.localhost"];

/// Signs certificates for this machine's own names.
pub struct LocalAuthority {
    folder: PathBuf,
    safe: Arc<dyn KeySafe>,
    certificate: CertificateDer<'static>,
    sealed_key: Vec<u8>,
    not_after: Timestamp,
}

/// Where a `LocalAuthority` came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    New,
    Loaded,
    /// The one before had expired. Whoever trusted it has to trust this one again.
    Replaced,
}

/// Why there is no local authority, or no certificate by it.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("could not read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("could not write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} is not a certificate that this server wrote", .0.display())]
    Malformed(PathBuf),
    #[error("{} is missing; to make a new authority, remove ca.crt too", .0.display())]
    KeyMissing(PathBuf),
    #[error("the key in {} does not belong to ca.crt", .0.display())]
    KeyMismatch(PathBuf),
    #[error("could not seal or open a private key")]
    Safe(#[source] KeySafeError),
    #[error("the local authority only vouches for localhost and names below it, not for {0}")]
    NameNotLocal(String),
    #[error("could not make a key")]
    MakeKey,
    #[error("could not sign a certificate")]
    Sign(#[from] rcgen::Error),
    #[error("the certificate just made is not usable")]
    Unusable(#[from] rustls::Error),
}

/// A key pair held by the cryptographic library, which wipes it.
struct Signer(EcdsaKeyPair);

// === impl LocalAuthority ===

impl LocalAuthority {
    /// The authority in `folder`, which exists; a new one when there is none yet or the one there has expired.
    pub fn load_or_create(folder: &Path, safe: Arc<dyn KeySafe>, now: Timestamp) -> Result<(Self, Made), CertificateError> {
        let certificate_path = folder.join("ca.crt");
        // The key is written first, so a key alone is what a crash left of an authority that nobody has seen.
        let Some(pem) = read(&certificate_path)? else {
            return Ok((Self::create(folder, safe, now)?, Made::New));
        };
        let malformed = || CertificateError::Malformed(certificate_path.clone());
        let certificate = CertificateDer::from_pem_slice(&pem).map_err(|_| malformed())?;
        let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|_| malformed())?;
        let not_after = validity(&parsed).1;
        let public_key = parsed.public_key().subject_public_key.data.to_vec();
        if not_after <= now {
            return Ok((Self::create(folder, safe, now)?, Made::Replaced));
        }

        let key_path = folder.join("ca.key");
        let sealed_key = read(&key_path)?.ok_or_else(|| CertificateError::KeyMissing(key_path.clone()))?.to_vec();
        let authority = Self::new(folder, safe, certificate, sealed_key)?;
        if authority.signer()?.der_bytes() != public_key {
            return Err(CertificateError::KeyMismatch(key_path));
        }
        Ok((authority, Made::Loaded))
    }

    fn create(folder: &Path, safe: Arc<dyn KeySafe>, now: Timestamp) -> Result<Self, CertificateError> {
        let (signer, pkcs8) = Signer::generate()?;
        let start = now.plus_seconds(-BACKDATED_SECONDS);
        let mut params = dated(start, start.plus_seconds(LOCAL_AUTHORITY_DAYS * DAY_SECONDS));
        // Part of the key's hash in the name keeps two installations apart in one trust store.
        let hash = digest(&SHA256, signer.der_bytes());
        let id: String = hash.as_ref().iter().take(4).map(|byte| format!("{byte:02X}")).collect();
        params.distinguished_name.push(DnType::CommonName, format!("Blockhouse local authority {id}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        // On an authority, this keeps its certificates from signing code or mail where clients honour it.
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![
                GeneralSubtree::DnsName("localhost".to_owned()),
                GeneralSubtree::IpAddress(CidrSubnet::V4(Ipv4Addr::LOCALHOST.octets(), [0xff; 4])),
                GeneralSubtree::IpAddress(CidrSubnet::V6(Ipv6Addr::LOCALHOST.octets(), [0xff; 16])),
            ],
            excluded_subtrees: vec![],
        });
        let certificate = params.self_signed(&signer)?;

        let sealed_key = safe.seal(&pkcs8).map_err(CertificateError::Safe)?;
        write(&folder.join("ca.key"), &sealed_key, Readers::Owner)?;
        write(&folder.join("ca.crt"), certificate.pem().as_bytes(), Readers::Everyone)?;
        Self::new(folder, safe, certificate.der().clone(), sealed_key)
    }

    /// The end is read back from the certificate, which knows whole seconds only: leaves are compared with it.
    fn new(
        folder: &Path,
        safe: Arc<dyn KeySafe>,
        certificate: CertificateDer<'static>,
        sealed_key: Vec<u8>,
    ) -> Result<Self, CertificateError> {
        let (_, parsed) =
            X509Certificate::from_der(&certificate).map_err(|_| CertificateError::Malformed(folder.join("ca.crt")))?;
        let not_after = validity(&parsed).1;
        Ok(Self { folder: folder.to_owned(), safe, certificate, sealed_key, not_after })
    }

    /// `3A:9F:…`: SHA-256 of the authority's certificate. It stays the same when leaves are renewed.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.certificate)
    }

    /// The file to give to clients as their trust anchor.
    #[must_use]
    pub fn certificate_path(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The stored certificate when it is for the same names and not due for renewal; else a new one, which is stored.
    pub fn load_or_issue(&self, names: &[&str], now: Timestamp) -> Result<Leaf, CertificateError> {
        if let Some(leaf) = self.load_leaf(names)?
            && leaf.is_valid_at(now)
            && !self.renewal_due(&leaf, now)
        {
            return Ok(leaf);
        }
        let (pem, pkcs8) = self.sign_leaf(&local_names(names)?, now)?;
        let sealed_key = self.safe.seal(&pkcs8).map_err(CertificateError::Safe)?;
        write(&self.folder.join("localhost.key"), &sealed_key, Readers::Owner)?;
        write(&self.folder.join("localhost.crt"), pem.as_bytes(), Readers::Everyone)?;
        self.leaf(pem.as_bytes(), &pkcs8)
    }

    /// A certificate that is stored nowhere, for `localhost`, the loopback addresses, and `names` below `localhost`.
    pub fn issue(&self, names: &[&str], now: Timestamp) -> Result<Leaf, CertificateError> {
        let (pem, pkcs8) = self.sign_leaf(&local_names(names)?, now)?;
        self.leaf(pem.as_bytes(), &pkcs8)
    }

    /// Whether fewer than 30 days are left, unless the authority itself ends with the leaf and could not give more.
    #[must_use]
    pub fn renewal_due(&self, leaf: &Leaf, now: Timestamp) -> bool {
        leaf.not_after.seconds_since(now) < LEAF_RENEWAL_DAYS * DAY_SECONDS && leaf.not_after < self.not_after
    }

    /// `None` for anything but a certificate by this authority for exactly these names, with its key.
    fn load_leaf(&self, names: &[&str]) -> Result<Option<Leaf>, CertificateError> {
        let pem = read(&self.folder.join("localhost.crt"))?;
        let sealed_key = read(&self.folder.join("localhost.key"))?;
        let (Some(pem), Some(sealed_key)) = (pem, sealed_key) else {
            return Ok(None);
        };
        let Ok(pkcs8) = self.safe.open(&sealed_key) else {
            return Ok(None);
        };
        let names = local_names(names)?;
        let is_ours = CertificateDer::from_pem_slice(&pem).is_ok_and(|leaf| self.issued(&leaf, &names));
        Ok(if is_ours { self.leaf(&pem, &pkcs8).ok() } else { None })
    }

    fn issued(&self, leaf: &CertificateDer<'_>, names: &[String]) -> bool {
        let (Ok((_, leaf)), Ok((_, authority))) = (X509Certificate::from_der(leaf), X509Certificate::from_der(&self.certificate))
        else {
            return false;
        };
        let found: Vec<&str> = leaf.subject_alternative_name().ok().flatten().map_or_else(Vec::new, |extension| {
            let names = extension.value.general_names.iter();
            names.filter_map(|name| if let GeneralName::DNSName(name) = name { Some(*name) } else { None }).collect()
        });
        leaf.issuer().as_raw() == authority.subject().as_raw() && found == names
    }

    /// The leaf first, then the authority: a browser then shows the fingerprint that people compare.
    fn leaf(&self, pem: &[u8], pkcs8: &[u8]) -> Result<Leaf, CertificateError> {
        let bad = || rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding);
        let mut leaves = CertificateDer::pem_slice_iter(pem).map(|leaf| leaf.map_err(|_| bad()));
        let (named, addressed) = (leaves.next().ok_or_else(bad)??, leaves.next().ok_or_else(bad)??);
        let key = PrivatePkcs8KeyDer::from(pkcs8).into();
        let leaf = Leaf::new(vec![named, self.certificate.clone()], &key)?;
        Ok(leaf.with_addresses(vec![addressed, self.certificate.clone()], &key)?)
    }

    fn signer(&self) -> Result<Signer, CertificateError> {
        let pkcs8 = self.safe.open(&self.sealed_key).map_err(CertificateError::Safe)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8);
        pair.map(Signer).map_err(|_| CertificateError::KeyMismatch(self.folder.join("ca.key")))
    }

    /// Two certificates of one key: for clients that name the host, and for those that connect to an address. BoringSSL,
    /// which gRPC clients are built on, refuses a certificate with addresses under an authority that constrains them.
    fn sign_leaf(&self, names: &[String], now: Timestamp) -> Result<(String, Zeroizing<Vec<u8>>), CertificateError> {
        let (signer, pkcs8) = Signer::generate()?;
        let issuer = Issuer::from_ca_cert_der(&self.certificate, self.signer()?)?;
        let mut params = self.leaf_params(names, now)?;
        let named = params.signed_by(&signer, &issuer)?.pem();
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)));
        Ok((named + &params.signed_by(&signer, &issuer)?.pem(), pkcs8))
    }

    fn leaf_params(&self, names: &[String], now: Timestamp) -> Result<CertificateParams, CertificateError> {
        let start = now.plus_seconds(-BACKDATED_SECONDS);
        let mut params = dated(start, start.plus_seconds(LEAF_DAYS * DAY_SECONDS).min(self.not_after));
        params.distinguished_name.push(DnType::CommonName, "localhost");
        for name in names {
            params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
        }
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        Ok(params)
    }
}

impl fmt::Debug for LocalAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalAuthority").field("folder", &self.folder).field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

/// The names of every local certificate and then `more`, each once.
fn local_names(more: &[&str]) -> Result<Vec<String>, CertificateError> {
    let mut names: Vec<String> = LOCAL_NAMES.iter().map(|&name| name.to_owned()).collect();
    for name in more {
        let is_local = name.ends_with(".localhost") && rustls::pki_types::DnsName::try_from(*name).is_ok();
        if !is_local && *name != "localhost" {
            return Err(CertificateError::NameNotLocal((*name).to_owned()));
        }
        if !names.iter().any(|known| known == name) {
            names.push((*name).to_owned());
        }
    }
    Ok(names)
}

fn dated(not_before: Timestamp, not_after: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    let since_1970 = |at: Timestamp| Duration::from_secs(u64::try_from(at.seconds_since(Timestamp::from_nanos(0))).unwrap_or(0));
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + since_1970(not_before);
    params.not_after = epoch + since_1970(not_after);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
}

fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, CertificateError> {
    files::read(path).map_err(|source| CertificateError::Read { path: path.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), CertificateError> {
    files::write(path, bytes, readers).map_err(|source| CertificateError::Write { path: path.to_owned(), source })
}

// === impl Signer ===

impl Signer {
    fn generate() -> Result<(Self, Zeroizing<Vec<u8>>), CertificateError> {
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).map_err(|_| CertificateError::MakeKey)?;
        let pkcs8 = Zeroizing::new(document.as_ref().to_vec());
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8).map_err(|_| CertificateError::MakeKey)?;
        Ok((Self(pair), pkcs8))
    }
}

impl PublicKeyData for Signer {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Signer {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.0.sign(&SystemRandom::new(), message).map_err(|_| rcgen::Error::RemoteKeyError)?;
        Ok(signature.as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests;
