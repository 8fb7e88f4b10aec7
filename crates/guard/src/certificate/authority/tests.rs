use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use tempfile::TempDir;

use super::*;
use crate::testing::{BitSafe, now, roots};

fn load(folder: &TempDir, at: Timestamp) -> Result<(LocalAuthority, Made), CertificateError> {
    LocalAuthority::load_or_create(folder.path(), Arc::new(BitSafe(0x5a)), at)
}

fn made(folder: &TempDir) -> LocalAuthority {
    load(folder, now()).unwrap().0
}

/// What a client that trusts `authority` says to a leaf with `sans` when it looks for `name`.
fn verify(authority: &LocalAuthority, sans: &[&str], name: &str, at: Timestamp) -> Result<(), String> {
    let sans: Vec<String> = sans.iter().map(|&san| san.to_owned()).collect();
    let (pem, _) = authority.sign_leaf(&sans, now()).unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    // A client that connects to an address names no host, and is shown the second certificate.
    let shown = if let ServerName::IpAddress(_) = name { 1 } else { 0 };
    let leaf = CertificateDer::pem_slice_iter(pem.as_bytes()).nth(shown).unwrap().unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots(authority.certificate()), provider).build().unwrap();
    let seconds = u64::try_from(at.seconds_since(Timestamp::from_nanos(0))).unwrap();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    verifier.verify_server_cert(&leaf, &[], &name, &[], at).map(|_| ()).map_err(|error| format!("{error:?}"))
}

fn check(sans: &[&str], name: &str, expected: Result<(), &str>) {
    let folder = tempfile::tempdir().unwrap();
    let authority = made(&folder);
    match (verify(&authority, sans, name, now()), expected) {
        (Ok(()), Ok(())) => {}
        (Err(error), Err(part)) => assert!(error.contains(part), "{sans:?} for {name}: {error}"),
        (got, _) => panic!("{sans:?} for {name}: {got:?}"),
    }
}

#[test]
fn a_leaf_is_accepted_for_this_machines_names_and_no_other() {
    check(&LOCAL_NAMES, "localhost", Ok(()));
    check(&LOCAL_NAMES, "blockhouse.localhost", Ok(()));
    check(&LOCAL_NAMES, "127.0.0.1", Ok(()));
    check(&LOCAL_NAMES, "::1", Ok(()));
    check(&LOCAL_NAMES, "other.localhost", Err("NotValidForName"));
    check(&LOCAL_NAMES, "127.0.0.2", Err("NotValidForName"));
    check(&["localhost", "other.localhost"], "other.localhost", Ok(()));
}

#[test]
fn the_authority_cannot_vouch_for_other_names_even_when_its_key_signs_them() {
    check(&["example.com"], "example.com", Err("NameConstraint"));
    check(&["localhost", "example.com"], "localhost", Err("NameConstraint"));
    check(&["notlocalhost"], "notlocalhost", Err("NameConstraint"));
    check(&["localhost.example.com"], "localhost.example.com", Err("NameConstraint"));
}

#[test]
fn a_leaf_lives_ninety_days() {
    let folder = tempfile::tempdir().unwrap();
    let authority = made(&folder);
    let day = |days: i64| now().plus_seconds(days * DAY_SECONDS);
    assert_eq!(verify(&authority, &LOCAL_NAMES, "localhost", day(89)), Ok(()));
    assert!(verify(&authority, &LOCAL_NAMES, "localhost", day(91)).unwrap_err().contains("Expired"));
    assert!(verify(&authority, &LOCAL_NAMES, "localhost", day(-1)).unwrap_err().contains("NotValidYet"));
}

#[test]
fn names_beyond_localhost_are_refused_before_signing() {
    let folder = tempfile::tempdir().unwrap();
    let authority = made(&folder);
    for name in ["example.com", "localhost.example.com", "evillocalhost", ".localhost", "a b.localhost", ""] {
        let issued = authority.issue(&[name], now());
        assert!(matches!(issued, Err(CertificateError::NameNotLocal(_))), "{name:?}");
    }
    assert!(authority.issue(&["logs.localhost", "localhost"], now()).is_ok());
}

#[test]
fn the_authority_is_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (first, made) = load(&folder, now()).unwrap();
    assert_eq!(made, Made::New);
    let leaf = first.load_or_issue(&["logs.localhost"], now()).unwrap();

    let (again, made) = load(&folder, now()).unwrap();
    assert_eq!(made, Made::Loaded);
    assert_eq!(again.fingerprint(), first.fingerprint());
    assert_eq!(again.not_after(), first.not_after());
    assert_eq!(again.load_or_issue(&["logs.localhost"], now()).unwrap().fingerprint(), leaf.fingerprint());
    assert_ne!(again.load_or_issue(&[], now()).unwrap().fingerprint(), leaf.fingerprint());

    let print = first.fingerprint();
    assert_eq!(print.len(), 32 * 3 - 1);
    assert!(print.split(':').all(|byte| byte.len() == 2 && u8::from_str_radix(byte, 16).is_ok()));
}

#[test]
fn private_keys_are_on_disk_only_sealed() {
    let folder = tempfile::tempdir().unwrap();
    made(&folder).load_or_issue(&[], now()).unwrap();
    let mut files: Vec<(String, u32)> = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let bytes = fs::read(entry.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("PRIVATE KEY"));
        // The object identifiers of an elliptic curve key, as they stand in every PKCS #8 or SEC 1 file of one.
        let curve = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
        assert!(!bytes.windows(curve.len()).any(|window| window == curve));
        files.push((entry.file_name().into_string().unwrap(), entry.metadata().unwrap().permissions().mode() & 0o777));
    }
    files.sort();
    let expected = [("ca.crt", 0o644), ("ca.key", 0o600), ("localhost.crt", 0o644), ("localhost.key", 0o600)];
    assert_eq!(files, expected.map(|(name, mode)| (name.to_owned(), mode)));
}

#[test]
fn a_leaf_is_renewed_in_its_last_thirty_days_and_never_outlives_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    // Off the whole second, which is all that a certificate can say.
    let start = now();
    let start = Timestamp::from_nanos(start.nanos() + 700_000_000);
    let authority = load(&folder, start).unwrap().0;
    let day = |days: i64| start.plus_seconds(days * DAY_SECONDS);
    let first = authority.load_or_issue(&[], start).unwrap();
    assert_eq!(authority.load_or_issue(&[], day(59)).unwrap().fingerprint(), first.fingerprint());
    let second = authority.load_or_issue(&[], day(61)).unwrap();
    assert_ne!(second.fingerprint(), first.fingerprint());
    assert!(authority.renewal_due(&first, day(61)) && !authority.renewal_due(&second, day(61)));

    let last = authority.load_or_issue(&[], day(800)).unwrap();
    assert_eq!(last.not_after(), authority.not_after());
    assert_eq!(authority.load_or_issue(&[], day(824)).unwrap().fingerprint(), last.fingerprint());
}

#[test]
fn an_expired_authority_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let first = made(&folder);
    let leaf = first.load_or_issue(&[], now()).unwrap();
    let later = now().plus_seconds((LOCAL_AUTHORITY_DAYS + 1) * DAY_SECONDS);
    let (second, made) = load(&folder, later).unwrap();
    assert_eq!(made, Made::Replaced);
    assert_ne!(second.fingerprint(), first.fingerprint());
    assert_ne!(second.load_or_issue(&[], later).unwrap().fingerprint(), leaf.fingerprint());
}

#[test]
fn an_authority_that_is_not_whole_is_named_and_never_replaced_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("ca.key");
    made(&folder);
    let other = tempfile::tempdir().unwrap();
    made(&other);

    let wrong_safe = LocalAuthority::load_or_create(folder.path(), Arc::new(BitSafe(0x33)), now());
    assert!(matches!(wrong_safe, Err(CertificateError::Safe(_))));
    fs::copy(other.path().join("ca.key"), &key).unwrap();
    assert!(matches!(load(&folder, now()), Err(CertificateError::KeyMismatch(_))));
    fs::remove_file(&key).unwrap();
    assert!(matches!(load(&folder, now()), Err(CertificateError::KeyMissing(_))));
    fs::write(folder.path().join("ca.crt"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(matches!(load(&folder, now()), Err(CertificateError::Malformed(_))));
}

#[test]
fn what_a_crash_left_of_a_first_start_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ca.key"), "half").unwrap();
    fs::write(folder.path().join(".ca.crt.new"), "half").unwrap();
    let (first, made) = load(&folder, now()).unwrap();
    assert_eq!(made, Made::New);
    assert_eq!(load(&folder, now()).unwrap().0.fingerprint(), first.fingerprint());
}
