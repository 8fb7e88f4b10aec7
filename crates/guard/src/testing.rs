//! What several tests need: an authority in a folder of its own, and clients that trust it.

use std::sync::Arc;

use model::{Clock, Timestamp};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::certificate::{KeySafe, KeySafeError, LocalAuthority, Made};

/// Turns bits around: enough to see that a file holds no key in clear.
pub(crate) struct BitSafe(pub(crate) u8);

pub(crate) struct FixedClock(pub(crate) Timestamp);

pub(crate) struct Trusted {
    _folder: TempDir,
    pub(crate) authority: LocalAuthority,
}

impl KeySafe for BitSafe {
    fn seal(&self, key: &[u8]) -> Result<Vec<u8>, KeySafeError> {
        Ok([b"sealed".to_vec(), vec![self.0], key.iter().map(|byte| byte ^ self.0).collect()].concat())
    }

    fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeySafeError> {
        let key = sealed.strip_prefix(b"sealed").and_then(|rest| rest.strip_prefix(&[self.0]));
        Ok(Zeroizing::new(key.ok_or("sealed by another key")?.iter().map(|byte| byte ^ self.0).collect()))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// TLS clients look at the system's clock.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_nanos(0).plus_seconds(i64::try_from(UnixTime::now().as_secs()).unwrap())
}

pub(crate) fn trusted() -> Trusted {
    let folder = tempfile::tempdir().unwrap();
    let (authority, made) = LocalAuthority::load_or_create(folder.path(), Arc::new(BitSafe(0x5a)), now()).unwrap();
    assert_eq!(made, Made::New);
    Trusted { _folder: folder, authority }
}

pub(crate) fn localhost() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}

pub(crate) fn roots(certificate: &CertificateDer<'static>) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    Arc::new(roots)
}

pub(crate) fn client(
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    alpn: &[u8],
) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots(trusted))
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    Arc::new(config)
}
