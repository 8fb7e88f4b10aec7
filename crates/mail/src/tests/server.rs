//! A mail server on loopback that does as it is told and remembers what it was told.

use std::sync::Arc;

use parking_lot::Mutex;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// When it encrypts, and how it cheats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Implicit,
    StartTls,
    /// Somebody on the way took the offer of STARTTLS out.
    Stripped,
    /// Answers STARTTLS, with more behind it that would be taken for an answer over TLS.
    Injecting,
    /// Says `454` to STARTTLS.
    Declining,
    Silent,
    /// One line in clear that never ends.
    Flooding,
    /// Greets and goes.
    Leaving,
}

/// What it answers over TLS.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answers {
    pub(super) offers: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) recipient: &'static str,
    pub(super) data: &'static str,
}

pub(super) struct Server {
    pub(super) port: u16,
    pub(super) authority: String,
    seen: Arc<Mutex<Seen>>,
}

/// Lines as they came, in clear and over TLS.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    pub(super) clear: Vec<String>,
    pub(super) encrypted: Vec<String>,
}

pub(super) const FRIENDLY: Answers =
    Answers { offers: "AUTH PLAIN LOGIN", sign_in: "235 ok", recipient: "250 ok", data: "250 2.0.0 queued as 4F7K" };

// === impl Server ===

impl Server {
    pub(super) async fn start(way: Way, name: &str, answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (acceptor, authority) = certified(name);
        let seen = Arc::new(Mutex::new(Seen::default()));
        let told = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, way, acceptor.clone(), answers, Arc::clone(&told)));
            }
        });
        Self { port, authority, seen }
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().clone()
    }
}

fn certified(name: &str) -> (TlsAcceptor, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

/// Ends with the client, whatever it does.
async fn serve(stream: TcpStream, way: Way, acceptor: TlsAcceptor, answers: Answers, seen: Arc<Mutex<Seen>>) {
    let encrypted = match way {
        Way::Implicit => acceptor.accept(stream).await.ok(),
        _ => match greet(stream, way, &seen).await {
            Some(stream) => acceptor.accept(stream).await.ok(),
            None => None,
        },
    };
    if let Some(stream) = encrypted {
        let _ = talk(stream, way, answers, &seen).await;
    }
}

/// The part in clear. `None` unless TLS begins after it.
async fn greet(stream: TcpStream, way: Way, seen: &Mutex<Seen>) -> Option<TcpStream> {
    let mut stream = BufReader::new(stream);
    match way {
        Way::Silent => std::future::pending().await,
        Way::Flooding => loop {
            stream.write_all(&[b'2'; 4096]).await.ok()?;
        },
        _ => stream.write_all(b"220 mail.example.org\r\n").await.ok()?,
    }
    if way == Way::Leaving {
        return None;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        seen.lock().clear.push(line.trim_end().to_owned());
        let answer = match (line.split_whitespace().next().unwrap_or_default(), way) {
            ("EHLO", Way::Stripped) => "250-mail.example.org\r\n250 AUTH PLAIN LOGIN\r\n",
            ("EHLO", _) => "250-mail.example.org\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n",
            ("STARTTLS", Way::Declining) => "454 not now\r\n",
            ("STARTTLS", Way::Injecting) => "220 go\r\n250-evil.example.org\r\n250 AUTH PLAIN\r\n",
            ("STARTTLS", _) => "220 go\r\n",
            // A client that goes on in clear is let in, so that a test sees it.
            ("DATA", _) => "354 go\r\n",
            _ => "250 ok\r\n",
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
        if line.starts_with("STARTTLS") && answer.starts_with("220") {
            return Some(stream.into_inner());
        }
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    way: Way,
    answers: Answers,
    seen: &Mutex<Seen>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if way == Way::Implicit {
        stream.write_all(b"220 mail.example.org\r\n").await?;
    }
    let mut in_data = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end_matches(['\r', '\n']);
        seen.lock().encrypted.push(line.to_owned());
        let ends_data = in_data && line == ".";
        let answer = match line.split_whitespace().next().unwrap_or_default() {
            _ if ends_data => answers.data.to_owned(),
            _ if in_data => continue,
            "EHLO" => format!("250-mail.example.org\r\n250 {}", answers.offers),
            "AUTH" => answers.sign_in.to_owned(),
            "RCPT" => answers.recipient.to_owned(),
            "DATA" => "354 go".to_owned(),
            _ => "250 ok".to_owned(),
        };
        in_data = answer.starts_with("354");
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        stream.flush().await?;
    }
}
