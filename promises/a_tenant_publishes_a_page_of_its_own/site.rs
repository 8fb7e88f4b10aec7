//! A product's host on this machine: TLS 1.2 and 1.3 by an authority of its own, and the few files that are looked at.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::{ServerConnection, StreamOwned};

use crate::certified;

/// Ended with the process.
pub(super) struct Site {
    port: u16,
    folder: tempfile::TempDir,
    answers: Arc<Answers>,
}

#[derive(Default)]
struct Answers {
    token: Mutex<Option<String>>,
    without_headers: AtomicBool,
    /// Requests for anything but the token.
    probed: AtomicUsize,
}

// === impl Site ===

impl Site {
    pub(super) const HOST: &'static str = "app.acme.test";

    pub(super) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Arc::new(certified::server(Self::HOST, &folder.path().join("ca.pem")));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers = Arc::new(Answers::default());
        let answering = Arc::clone(&answers);
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (config, answers) = (Arc::clone(&config), Arc::clone(&answering));
                std::thread::spawn(move || {
                    let connection = ServerConnection::new(config).unwrap();
                    let mut tls = BufReader::new(StreamOwned::new(connection, socket));
                    let mut asked = String::new();
                    // Whoever offers what is refused, or looks at the certificate only, asks for nothing.
                    if tls.read_line(&mut asked).is_ok() && !asked.is_empty() {
                        let answer = answers.to(asked.split(' ').nth(1).unwrap_or_default());
                        drop(tls.get_mut().write_all(answer.as_bytes()));
                        tls.get_mut().conn.send_close_notify();
                        drop(tls.get_mut().flush());
                    }
                });
            }
        });
        Self { port, folder, answers }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub(super) fn shows(&self, token: &str) {
        *self.answers.token.lock().unwrap() = Some(token.to_owned());
    }

    pub(super) fn drops_headers(&self) {
        self.answers.without_headers.store(true, Ordering::SeqCst);
    }

    pub(super) fn probed(&self) -> usize {
        self.answers.probed.load(Ordering::SeqCst)
    }
}

// === impl Answers ===

impl Answers {
    fn to(&self, path: &str) -> String {
        const HEADERS: &str = "Strict-Transport-Security: max-age=31536000\r\n\
             Content-Security-Policy: default-src 'self'; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\n";
        let token = self.token.lock().unwrap().clone();
        let (status, body) = match (path, token) {
            ("/.well-known/blockhouse-challenge", Some(token)) => ("200 OK", token),
            ("/.well-known/blockhouse-challenge", None) => ("404 Not Found", String::new()),
            ("/.well-known/security.txt", _) => {
                ("200 OK", "Contact: mailto:security@acme.test\nExpires: 2099-01-01T00:00:00Z\n".to_owned())
            }
            _ => ("200 OK", "hello".to_owned()),
        };
        self.probed.fetch_add(usize::from(!path.ends_with("blockhouse-challenge")), Ordering::SeqCst);
        let headers = if self.without_headers.load(Ordering::SeqCst) { "" } else { HEADERS };
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    }
}
