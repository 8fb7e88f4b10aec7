//! A provider on loopback that says and does what it is told, over TLS.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::forge::Signer;

pub(crate) const DOCUMENT: &str = "/.well-known/openid-configuration";
pub(crate) const KEYS: &str = "/keys";
pub(crate) const TOKEN: &str = "/token";
pub(crate) const USER_INFO: &str = "/me";
/// Where a redirect would lead.
pub(crate) const ELSEWHERE: &str = "/elsewhere";

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Gone when dropped.
pub(crate) struct Crooked {
    issuer: String,
    certificate: Certificate,
    told: Arc<Mutex<Told>>,
    listening: tokio::task::JoinHandle<()>,
}

/// A certificate of `localhost` and 127.0.0.1, in PEM, that vouches for itself.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) authority: String,
    pub(crate) key: String,
    der: (rustls::pki_types::CertificateDer<'static>, Vec<u8>),
}

/// What becomes of requests to one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Redirect(u16),
    Status(u16),
    Huge,
    Garbage,
    /// Nothing comes; the test's clock runs ahead.
    Silence,
    /// A byte comes, and no other; the test's clock runs ahead.
    Stall,
}

#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
}

struct Told {
    answers: HashMap<&'static str, (u16, Value)>,
    faults: HashMap<&'static str, Fault>,
    seen: Vec<Seen>,
}

// === impl Crooked ===

impl Crooked {
    pub(crate) async fn open() -> Self {
        let certificate = Certificate::make();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let issuer = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
            "token_endpoint": format!("{issuer}{TOKEN}"),
            "jwks_uri": format!("{issuer}{KEYS}"),
            "userinfo_endpoint": format!("{issuer}{USER_INFO}"),
            "end_session_endpoint": format!("{issuer}/leave"),
        });
        let answers = HashMap::from([(DOCUMENT, (200, document)), (KEYS, (200, json!({ "keys": [] })))]);
        let told = Arc::new(Mutex::new(Told { answers, faults: HashMap::new(), seen: Vec::new() }));
        let listening = tokio::spawn(listen(listener, certificate.acceptor(), Arc::clone(&told)));
        Self { issuer, certificate, told, listening }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn authority(&self) -> &str {
        &self.certificate.authority
    }

    pub(crate) fn has_keys(&self, signers: &[&Signer]) {
        let keys: Vec<_> = signers.iter().map(|signer| signer.jwk()).collect();
        self.answers(KEYS, 200, json!({ "keys": keys }));
    }

    pub(crate) fn answers_codes(&self, answer: Value) {
        self.answers(TOKEN, 200, answer);
    }

    pub(crate) fn answers(&self, path: &'static str, status: u16, answer: Value) {
        self.told.lock().answers.insert(path, (status, answer));
    }

    /// Says something else of itself.
    pub(crate) fn says(&self, name: &str, value: Value) {
        let mut told = self.told.lock();
        told.answers.get_mut(DOCUMENT).unwrap().1[name] = value;
    }

    pub(crate) fn spoils(&self, path: &'static str, fault: Fault) {
        self.told.lock().faults.insert(path, fault);
    }

    pub(crate) fn heals(&self) {
        self.told.lock().faults.clear();
    }

    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        self.told.lock().seen.iter().filter(|seen| seen.path == path).cloned().collect()
    }
}

impl Drop for Crooked {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

// === impl Certificate ===

impl Certificate {
    pub(crate) fn make() -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        Self {
            authority: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
            der: (made.cert.der().clone(), made.signing_key.serialize_der()),
        }
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let (certificate, key) = self.der.clone();
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key.into())).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, told: Arc<Mutex<Told>>) {
    while let Ok((socket, _)) = listener.accept().await {
        let (acceptor, told) = (acceptor.clone(), Arc::clone(&told));
        tokio::spawn(async move {
            // A client that does not trust the certificate hangs up.
            let Ok(socket) = acceptor.accept(socket).await else { return };
            let service = hyper::service::service_fn(move |request| answer(request, Arc::clone(&told)));
            let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            // One that breaks off an answer does so on purpose.
            let _ = server.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, told: Arc<Mutex<Told>>) -> Result<Answer, Infallible> {
    let path = request.uri().path().to_owned();
    let authorization = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let (fault, answer) = {
        let mut told = told.lock();
        told.seen.push(Seen { path: path.clone(), authorization, body });
        (told.faults.get(path.as_str()).copied(), told.answers.get(path.as_str()).cloned())
    };
    let Some(fault) = fault else {
        let (status, answer) = answer.unwrap_or((404, Value::Null));
        let response = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
        return Ok(response.body(whole(answer.to_string())).unwrap());
    };
    Ok(match fault {
        Fault::Redirect(status) => {
            Response::builder().status(status).header(LOCATION, ELSEWHERE).body(whole(String::new())).unwrap()
        }
        Fault::Status(status) => Response::builder().status(status).body(whole("{}".to_owned())).unwrap(),
        Fault::Huge => Response::new(whole(format!("\"{}\"", "x".repeat(2 << 20)))),
        Fault::Garbage => Response::new(whole("<html>".to_owned())),
        Fault::Silence => {
            tokio::time::pause();
            std::future::pending().await
        }
        Fault::Stall => {
            tokio::time::pause();
            let begun = futures_util::stream::iter([Ok(Frame::data(Bytes::from_static(b"{")))]);
            let stalled = futures_util::StreamExt::chain(begun, futures_util::stream::pending());
            Response::new(StreamBody::new(stalled).boxed_unsync())
        }
    })
}

fn whole(text: String) -> UnsyncBoxBody<Bytes, Infallible> {
    Full::new(text.into()).boxed_unsync()
}
