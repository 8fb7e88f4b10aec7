//! What clients trust the server by is given to whoever asks, for nothing: a certificate that is public by nature, saved under
//! the name that the snippets have. Over a connection that nobody trusts yet its fingerprint tells whether it is the right one.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rcgen::{CertificateParams, KeyPair};

use crate::house::House;

const PATH: &str = "/ca.crt";
/// What curl has for a certificate that it cannot verify.
const CURL_UNVERIFIED: i32 = 60;

fn curl(house: &House, folder: &Path, words: &[&str], path: &str) -> Output {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail"]).args(words).current_dir(folder);
    curl.arg(format!("https://localhost:{}{path}", house.address().port())).output().unwrap()
}

/// As OpenSSL says it, without its label.
#[track_caller]
fn fingerprint(file: &Path) -> String {
    let mut openssl = Command::new("openssl");
    let said = openssl.args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(file).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    said.trim().split_once('=').expect("OpenSSL reads the certificate").1.to_owned()
}

#[test]
fn curl_fetches_the_certificate_compares_it_and_trusts_it_from_then_on() {
    let (house, access) = House::open();
    let folder = tempfile::tempdir().unwrap();
    let line = ["--header", "Content-Type: text/plain", "--data-binary", "hello from curl"];
    let key = format!("Authorization: Bearer {}", access.write_key);
    let send = [&["--cacert", "ca.crt", "--header", &key][..], &line].concat();

    let refused = curl(&house, folder.path(), &[], PATH);
    assert_eq!(refused.status.code(), Some(CURL_UNVERIFIED), "this machine does not know the authority");
    // The one request that verifies nothing, and carries nothing.
    let fetched = curl(&house, folder.path(), &["--insecure", "--remote-name", "--remote-header-name"], PATH);
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    let file = folder.path().join("ca.crt");
    let told = format!("certificate SHA-256  {}\n", fingerprint(&file));
    assert!(house.log().contains(&told), "what the server printed is compared with: {told}{}", house.log());

    let taken = curl(&house, folder.path(), &send, &access.frames_path());
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    let found = access.search(&mut house.client(&access), "");
    assert_eq!((found.len(), &found[0]["message"]), (1, &"hello from curl".into()));
    assert_eq!(fs::read(&file).unwrap(), fs::read(house.ca_file()).unwrap(), "the same as the file in the data folder");

    let answer = house.visitor().get(PATH, "").unwrap();
    assert_eq!(answer.header("content-type"), Some("application/x-pem-file"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"ca.crt\""));
    let text = answer.text();
    assert!(text.starts_with("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE"), "{text}");
    assert_eq!(text.matches("-----BEGIN").count(), 1, "the certificate alone");
}

#[test]
fn a_server_whose_certificate_was_given_has_none_to_give() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let [certificate, key_file] = ["own.pem", "own.key"].map(|name| folder.path().join(name));
    fs::write(&certificate, own.pem()).unwrap();
    fs::write(&key_file, key.serialize_pem()).unwrap();
    let flags: [OsString; 4] = ["--tls-certificate".into(), certificate.clone().into(), "--tls-key".into(), key_file.into()];
    let (house, access) = House::open_certified(folder, flags.to_vec(), &certificate);
    let answer = house.client(&access).get(PATH, "").unwrap();
    assert_eq!((answer.status, &answer.json()["code"]), (404, &"no_own_authority".into()), "{}", answer.text());
}
