use std::fs;

use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

use super::*;
use crate::testing::{now, trusted};

fn files(folder: &TempDir) -> PemFiles {
    PemFiles { certificate: folder.path().join("web.crt"), key: folder.path().join("web.key") }
}

fn write(files: &PemFiles, names: usize) {
    let key = KeyPair::generate().unwrap();
    // Another number of names makes another length: two writes may fall into one tick of the file system's clock.
    let names: Vec<String> = (0..names).map(|i| format!("web{i}.example")).collect();
    fs::write(&files.certificate, CertificateParams::new(names).unwrap().self_signed(&key).unwrap().pem()).unwrap();
    fs::write(&files.key, key.serialize_pem()).unwrap();
}

#[test]
fn a_changed_pair_replaces_the_certificate_and_a_bad_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(&folder);
    write(&files, 1);
    let certificates = Certificates::new(load_pem(&files.certificate, &files.key, now()).unwrap());
    let first = certificates.current().fingerprint();
    let seen = files.stamp();
    assert!(matches!(certificates.reload_if_changed(&files, &seen, now()).0, Reload::Unchanged));
    assert!(matches!(certificates.reload_if_changed(&files, &Stamp::default(), now()).0, Reload::Unchanged));

    write(&files, 2);
    let (reload, seen) = certificates.reload_if_changed(&files, &seen, now());
    assert!(matches!(reload, Reload::Replaced));
    let second = certificates.current().fingerprint();
    assert_ne!(second, first);

    fs::write(&files.key, "half a ke").unwrap();
    let (reload, seen) = certificates.reload_if_changed(&files, &seen, now());
    assert!(matches!(reload, Reload::Refused(OwnCertificateError::NoKey(_))));
    fs::remove_file(&files.certificate).unwrap();
    let (reload, seen) = certificates.reload_if_changed(&files, &seen, now());
    assert!(matches!(reload, Reload::Refused(OwnCertificateError::Read { .. })));
    assert_eq!(certificates.current().fingerprint(), second);

    write(&files, 3);
    assert!(matches!(certificates.reload_if_changed(&files, &seen, now()).0, Reload::Replaced));
}

#[tokio::test(start_paused = true)]
async fn watched_files_are_seen_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(&folder);
    write(&files, 1);
    let certificates = Certificates::new(load_pem(&files.certificate, &files.key, now()).unwrap());
    let first = certificates.current().fingerprint();
    let clock = Arc::new(crate::testing::FixedClock(now()));
    write(&files, 2);
    let watcher = tokio::spawn(Arc::clone(&certificates).watch_files(files, clock));
    while certificates.current().fingerprint() == first {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    watcher.abort();
}

#[tokio::test(start_paused = true)]
async fn the_local_certificate_is_replaced_when_it_is_due() {
    let trusted = trusted();
    let leaf = trusted.authority.load_or_issue(&[], now()).unwrap();
    let first = leaf.fingerprint();
    let certificates = Certificates::new(leaf);
    let clock = Arc::new(crate::testing::FixedClock(now().plus_seconds(70 * 86_400)));
    let keeper = tokio::spawn(Arc::clone(&certificates).keep_local(Arc::new(trusted.authority), vec![], clock));
    while certificates.current().fingerprint() == first {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    keeper.abort();
}
