use std::fs;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};

use super::*;
use crate::testing::now;

const DAY: i64 = 86_400;

/// Loads a certificate for `web.example` with changes, or a sample's text, with its own key or another.
fn load(change: impl Fn(&mut CertificateParams), key: &KeyPair, shown: &KeyPair) -> Result<Leaf, OwnCertificateError> {
    let mut params = CertificateParams::new(vec!["web.example".to_owned()]).unwrap();
    change(&mut params);
    load_text(&params.self_signed(key).unwrap().pem(), &shown.serialize_pem())
}

fn load_text(certificate: &str, key: &str) -> Result<Leaf, OwnCertificateError> {
    let folder = tempfile::tempdir().unwrap();
    let (certificate_path, key_path) = (folder.path().join("web.crt"), folder.path().join("web.key"));
    fs::write(&certificate_path, certificate).unwrap();
    fs::write(&key_path, key).unwrap();
    load_pem(&certificate_path, &key_path, now())
}

fn check(loaded: Result<Leaf, OwnCertificateError>, expected: &str) {
    let text = match loaded {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.to_string(),
    };
    assert!(text.contains(expected), "{text:?} lacks {expected:?}");
}

fn at(days: i64) -> std::time::Duration {
    let seconds = now().plus_seconds(days * DAY).seconds_since(Timestamp::from_nanos(0));
    std::time::Duration::from_secs(u64::try_from(seconds).unwrap())
}

#[test]
fn a_usable_pair_is_loaded() {
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ED25519, &rcgen::PKCS_RSA_SHA256] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        check(load(|_| {}, &key, &key), "ok");
    }
}

#[test]
fn what_clients_would_refuse_is_refused_with_the_reason() {
    let key = KeyPair::generate().unwrap();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    check(load(|params| params.not_after = epoch + at(-1), &key, &key), "the certificate expired at 20");
    check(load(|params| params.not_before = epoch + at(1), &key, &key), "not valid before 20");
    check(load(|params| params.subject_alt_names.clear(), &key, &key), "names no host");
    check(load(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth], &key, &key), "lacks serverAuth");
    check(load(|_| {}, &key, &KeyPair::generate().unwrap()), "does not belong to the certificate");
}

#[test]
fn weak_cryptography_is_refused_by_name() {
    check(load_text(include_str!("samples/weak_key.pem"), ""), "of CN=weak-key has an RSA key of 1024 bits");
    check(load_text(include_str!("samples/weak_sha1.pem"), ""), "of CN=weak-signature is signed with SHA-1");
    check(load_text(include_str!("samples/weak_md5.pem"), ""), "of CN=weak-signature is signed with MD5");
    check(load_text(include_str!("samples/weak_pss.pem"), ""), "signed with RSA-PSS and a weak hash");
    check(load_text(include_str!("samples/strong_pss.pem"), ""), "holds no private key");
    // An authority in the chain counts as much as the leaf.
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["web.example".to_owned()]).unwrap().self_signed(&key).unwrap().pem();
    check(load_text(&[&leaf, include_str!("samples/weak_sha1.pem")].concat(), &key.serialize_pem()), "SHA-1");
}

#[test]
fn files_that_are_something_else_are_named() {
    let key = KeyPair::generate().unwrap().serialize_pem();
    check(load_text("", &key), "web.crt holds no certificate");
    check(load_text(&key, &key), "web.crt holds no certificate");
    check(load_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &key), "web.crt holds a certificate that");
    check(load_text(&"x".repeat(2 << 20), &key), "could not read");
    check(load_pem(Path::new("/nowhere/web.crt"), Path::new("/nowhere/web.key"), now()), "could not read /nowhere/web.crt");
}
