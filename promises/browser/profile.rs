//! The home of a browser: a store of certificates that trusts given authorities, as `blockhouse trust` would make it.
//!
//! Nothing is switched off for it: a page opens because its certificate is good, which passkeys ask for as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[track_caller]
pub(super) fn make(home: &Path, ca_files: &[PathBuf]) {
    let store = home.join(".pki/nssdb");
    fs::create_dir_all(&store).unwrap();
    let database = format!("sql:{}", store.display());
    certutil(&["-N", "--empty-password", "-d", &database]);
    for (i, file) in ca_files.iter().enumerate() {
        let (name, file) = (format!("authority {i}"), file.to_string_lossy());
        certutil(&["-A", "-d", &database, "-t", "C,,", "-n", &name, "-i", &file]);
    }
}

#[track_caller]
fn certutil(arguments: &[&str]) {
    let output = Command::new("certutil").args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("certutil cannot be started (sh scripts/setup-tests): {error}"));
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
