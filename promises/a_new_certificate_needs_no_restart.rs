//! A new certificate needs no restart: when its files are replaced, new connections are shown it and those that are open
//! live on; files that cannot be used are reported, and the certificate before them stays.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::client::Lines;
use crate::clock::eventually;
use crate::house::{Access, House};

/// The files are looked at every few seconds.
const PATIENCE: Duration = Duration::from_secs(60);
const REFUSED: &str = "the new certificate cannot be used";

/// A certificate for this machine, of an authority that vouches for nothing else.
struct Pair {
    certificate: String,
    key: String,
    authority: PathBuf,
}

// === impl Pair ===

impl Pair {
    fn make(folder: &Path, name: &str) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let file = folder.join(format!("{name}.ca.pem"));
        fs::write(&file, authority.self_signed(&authority_key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        Self { certificate: leaf.pem(), key: key.serialize_pem(), authority: file }
    }
}

/// As a renewal does it: each file appears whole, one after the other.
fn replace(folder: &Path, certificate: &str, key: &str) {
    for (name, content) in [("server.key", key), ("server.pem", certificate)] {
        let new = folder.join("new");
        fs::write(&new, content).unwrap();
        fs::rename(new, folder.join(name)).unwrap();
    }
}

/// Whether a new connection is shown a certificate of this authority; by a client that has no earlier session to resume.
fn is_shown(house: &House, access: &Access, pair: &Pair) -> bool {
    let mut client = house.client(&Access { ca_file: pair.authority.clone(), ..access.clone() });
    client.get("/healthz", "").is_ok_and(|response| response.status == 200)
}

/// A record that is sent over a new connection comes out of the one that was opened at first.
#[track_caller]
fn check_lives_on((house, access): (&House, &Access), current: &Pair, open: &mut Lines, marker: &str) {
    let access = Access { ca_file: current.authority.clone(), ..access.clone() };
    access.send(&mut house.client(&access), &format!("{{\"message\":\"{marker}\"}}"));
    // Heartbeats come in between.
    assert!(open.by_ref().take(100).any(|line| line.contains(marker)), "the open connection lives on");
}

#[test]
fn a_new_certificate_needs_no_restart() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().to_owned();
    let [first, second, third] = ["first", "second", "third"].map(|name| Pair::make(&files, name));
    replace(&files, &first.certificate, &first.key);
    let flag = |flag: &str, file: &str| [OsString::from(flag), files.join(file).into_os_string()];
    let flags = [flag("--tls-certificate", "server.pem"), flag("--tls-key", "server.key")].concat();
    let (house, access) = House::open_certified(folder, flags, &first.authority);
    let authorization = format!("Bearer {}", access.read_key);
    let (_, mut open) = house.client(&access).follow(&access.tail_path(""), &[("Authorization", &authorization)]).unwrap();
    check_lives_on((&house, &access), &first, &mut open, "before");

    replace(&files, &second.certificate, &second.key);
    eventually("the second certificate is shown", PATIENCE, || is_shown(&house, &access, &second).then_some(()));
    assert!(!is_shown(&house, &access, &first));
    check_lives_on((&house, &access), &second, &mut open, "renewed");

    let told = |log: &str| log.matches(REFUSED).count();
    for (what, certificate, key) in
        [("no certificate at all", "nonsense", &first.key), ("another's key", &third.certificate, &first.key)]
    {
        let before = told(&house.log());
        replace(&files, certificate, key);
        eventually(what, PATIENCE, || (told(&house.log()) > before).then_some(()));
        assert!(is_shown(&house, &access, &second) && !is_shown(&house, &access, &third), "{what}");
    }
    assert!(!house.log().contains("PRIVATE KEY"), "{}", house.log());
    check_lives_on((&house, &access), &second, &mut open, "refused");

    replace(&files, &third.certificate, &third.key);
    eventually("the third certificate is shown", PATIENCE, || is_shown(&house, &access, &third).then_some(()));
    assert!(!is_shown(&house, &access, &second));
    check_lives_on((&house, &access), &third, &mut open, "repaired");
}
