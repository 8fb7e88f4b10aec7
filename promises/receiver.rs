//! Somebody who takes what the server sends to an https address of this machine; ended with the process.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::clock::unix_seconds;

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) path: String,
    /// Names in lower case.
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Receiver {
    port: u16,
    /// In PEM.
    certificate: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    /// How many of the next requests are refused.
    refuses: Arc<AtomicUsize>,
}

// === impl Arrived ===

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// As a receiver would check it, with the secret that it was told once.
    #[track_caller]
    pub(crate) fn check_signature(&self, secret: &str) {
        let (time, signature) = self.header("blockhouse-signature").split_once(',').unwrap();
        let seconds = time.strip_prefix("t=").unwrap();
        assert!(seconds.parse::<u64>().unwrap().abs_diff(unix_seconds()) < 300, "{time}");
        assert_eq!(signature.strip_prefix("v1="), Some(signed(secret, seconds, &self.body).as_str()));
    }

    /// Whether this secret signed it.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let signature = self.header("blockhouse-signature").split_once(',');
        signature.is_some_and(|(time, signature)| {
            let seconds = time.strip_prefix("t=").unwrap_or_default();
            signature.strip_prefix("v1=") == Some(signed(secret, seconds, &self.body).as_str())
        })
    }
}

fn signed(secret: &str, seconds: &str, body: &[u8]) -> String {
    let words = [seconds.as_bytes(), b".", body].concat();
    let made = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), &words);
    made.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

// === impl Receiver ===

impl Receiver {
    pub(crate) fn open() -> Self {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (arrived, refuses) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (kept, wrong, config) = (Arc::clone(&arrived), Arc::clone(&refuses), Arc::new(config));
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut tls = BufReader::new(StreamOwned::new(connection, socket));
                // A client that verifies nothing else hangs up; one request a connection is enough.
                let Some(request) = read_request(&mut tls) else { continue };
                let refused = wrong.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
                let status = if refused { "503 Service Unavailable" } else { "204 No Content" };
                if !refused {
                    kept.lock().unwrap().push(request);
                }
                drop(tls.get_mut().write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n").as_bytes()));
                tls.get_mut().conn.send_close_notify();
                drop(tls.get_mut().flush());
            }
        });
        Self { port, certificate: leaf.pem(), arrived, refuses }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// The only authority that vouches for it, in PEM.
    pub(crate) fn authority(&self) -> &str {
        &self.certificate
    }

    pub(crate) fn refuse(&self, requests: usize) {
        self.refuses.store(requests, Ordering::SeqCst);
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    pub(crate) fn arrived_at(&self, path: &str) -> Vec<Arrived> {
        self.arrived().into_iter().filter(|one| one.path == path).collect()
    }
}

fn read_request(tls: &mut impl BufRead) -> Option<Arrived> {
    let (mut headers, mut line) = (BTreeMap::new(), String::new());
    tls.read_line(&mut line).ok()?;
    let path = line.strip_prefix("POST ")?.split(' ').next()?.to_owned();
    loop {
        line.clear();
        tls.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    tls.read_exact(&mut body).ok()?;
    Some(Arrived { path, headers, body })
}
