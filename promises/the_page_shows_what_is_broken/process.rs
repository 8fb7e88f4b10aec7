//! Who breaks how the process is started: a socket that it inherits, a bucket in clear, a certificate that ends.

use std::ffi::OsString;
use std::fs;
use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bucket::{Bucket, Wire};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::page::{Page, remembers, shows};
use super::{Saboteur, by, wait_until_all_passes};
use crate::client::read_response;
use crate::clock::{eventually, unix_seconds};
use crate::house::House;

pub(super) const SABOTEURS: [Saboteur; 3] = [
    by(&["TIM-TLS-1"], "guard.listeners-known", "a listener in clear that the process was started with"),
    by(&["TIM-TLS-4"], "server.egress-verified", "a bucket that is spoken to in clear"),
    by(&["TIM-TLS-2"], "server.certificate-chain", "a certificate that has ended"),
];
const CLAIMS: [&str; 3] = ["TIM-TLS-1", "TIM-TLS-2", "TIM-TLS-4"];

/// Long enough to start with, and short enough to wait for.
const CERTIFICATE_SECONDS: u64 = 25;

/// A certificate that ends soon, the authority's behind it.
struct Ending {
    certificate: PathBuf,
    key: PathBuf,
    authority: String,
    until: u64,
}

/// A reader's clock that stands, so that a certificate which has ended is none to it.
#[derive(Debug)]
struct Standing(u64);

// === impl Ending ===

impl Ending {
    fn make(folder: &Path) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let until = unix_seconds() + CERTIFICATE_SECONDS;
        leaf.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(until);
        let [certificate, key_file] = ["server.pem", "server.key"].map(|name| folder.join(name));
        fs::write(&certificate, leaf.signed_by(&key, &issuer).unwrap().pem() + &authority_pem).unwrap();
        fs::write(&key_file, key.serialize_pem()).unwrap();
        Self { certificate, key: key_file, authority: authority_pem, until }
    }

    /// The body of a path, to a reader to whom the certificate has not ended.
    fn get(&self, house: &House, path: &str) -> String {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_details(provider, Arc::new(Standing(self.until - CERTIFICATE_SECONDS)));
        let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
        let session = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
        let mut stream = StreamOwned::new(session, TcpStream::connect(house.address()).unwrap());
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", house.address().port()).unwrap();
        let answer = read_response(&mut BufReader::new(stream)).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }
}

impl TimeProvider for Standing {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0)))
    }
}

#[test]
fn a_process_that_was_started_wrong_is_shown() {
    let (mut house, access) = House::open();
    wait_until_all_passes(&house, &CLAIMS);
    assert!(house.stop().success(), "{}", house.log());

    let bucket = Bucket::open(Wire::Plaintext);
    let folder = tempfile::tempdir().unwrap();
    let inherited = OwnedFd::from(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let ending = Ending::make(folder.path());
    let flags = [
        OsString::from("--dangerous-s3-plaintext"),
        "--tls-certificate".into(),
        ending.certificate.clone().into(),
        "--tls-key".into(),
        ending.key.clone().into(),
    ];
    let settings = [
        ("BLOCKHOUSE_S3_BUCKET", bucket::NAME.into()),
        ("BLOCKHOUSE_S3_ENDPOINT", bucket.endpoint().into()),
        ("AWS_ACCESS_KEY_ID", bucket::ACCESS_KEY_ID.into()),
        ("AWS_SECRET_ACCESS_KEY", bucket::SECRET_ACCESS_KEY.into()),
    ];
    house.start_once(&flags, &settings, inherited);
    let page = || Page::with(|path| ending.get(&house, path));
    let mut wrong = Vec::new();
    for saboteur in &SABOTEURS {
        if saboteur.check == "server.certificate-chain" {
            let patience = Duration::from_secs(CERTIFICATE_SECONDS + 5);
            eventually("the certificate ends", patience, || (unix_seconds() > ending.until).then_some(()));
        }
        wrong.extend(saboteur.is_told(&house, &page));
    }
    assert!(house.stop().success(), "{}", house.log());

    house.start(&access);
    wait_until_all_passes(&house, &CLAIMS);
    for claim in CLAIMS {
        wrong.extend(shows(&|| Page::of(&house), claim, "PASS").err());
        wrong.extend(remembers(&house, claim).err());
    }
    assert!(wrong.is_empty(), "{}\n\n{}", wrong.join("\n\n"), house.log());
}
