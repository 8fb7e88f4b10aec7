//! A certified OpenID provider on this machine (`crates/oidc/tests/provider`), with people of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::Value;

use crate::free_port::free_port;

/// Ended when dropped.
pub(crate) struct Provider {
    folder: tempfile::TempDir,
    port: u16,
    redirect_uri: String,
    users: String,
    /// Vouches for the house, so that the provider can tell it who signed out.
    house_authority: PathBuf,
    process: Child,
}

pub(crate) const CLIENT_ID: &str = "blockhouse";
pub(crate) const CLIENT_SECRET: &str = "a secret of the client";

// === impl Provider ===

impl Provider {
    pub(crate) fn open(redirect_uri: &str, users: &Value, house_authority: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_certificate(folder.path());
        let port = free_port();
        let (redirect_uri, users) = (redirect_uri.to_owned(), users.to_string());
        let house_authority = house_authority.to_owned();
        let process = spawn(folder.path(), (port, &redirect_uri, &users, &house_authority), None);
        Self { folder, port, redirect_uri, users, house_authority, process }
    }

    /// Ends it and starts it again, with new keys, as one that tells there who signed out.
    pub(crate) fn restart(&mut self, logout_uri: &str) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let settings = (self.port, self.redirect_uri.as_str(), self.users.as_str(), self.house_authority.as_path());
        self.process = spawn(self.folder.path(), settings, Some(logout_uri));
    }

    pub(crate) fn issuer(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The authority that vouches for it.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("provider.ca.pem")
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn make_certificate(folder: &Path) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    fs::write(folder.join("provider.ca.pem"), authority.self_signed(&authority_key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    fs::write(folder.join("provider.crt"), leaf.pem()).unwrap();
    fs::write(folder.join("provider.key"), key.serialize_pem()).unwrap();
}

fn spawn(folder: &Path, (port, redirect_uri, users, authority): (u16, &str, &str, &Path), logout_uri: Option<&str>) -> Child {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oidc/tests/provider");
    assert!(home.join("node_modules/oidc-provider").exists(), "the provider is not installed: `make setup-tests` does that");
    let mut command = Command::new("node");
    command
        .arg("provider.mjs")
        .current_dir(home)
        .env("PROVIDER_CERT", folder.join("provider.crt"))
        .env("PROVIDER_KEY", folder.join("provider.key"))
        .env("PROVIDER_PORT", port.to_string())
        .env("PROVIDER_CLIENT_ID", CLIENT_ID)
        .env("PROVIDER_CLIENT_SECRET", CLIENT_SECRET)
        .env("PROVIDER_REDIRECT_URIS", redirect_uri)
        .env("PROVIDER_USERS", users)
        .env("NODE_EXTRA_CA_CERTS", authority)
        .envs(logout_uri.map(|uri| ("PROVIDER_LOGOUT_URI", uri)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut process = command.spawn().expect("Node.js runs: `make setup-tests` installs it");
    let mut issuer = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut issuer).unwrap();
    assert!(issuer.starts_with("https://"), "the provider did not start; it says why above");
    process
}
