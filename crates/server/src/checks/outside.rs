//! Looking from outside: requests over the network, as a stranger sends them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::Value;

use crate::failed_keys::TOO_MANY_FAILED_KEYS;
use crate::turned_away::Attempts;

/// However slow an answer is, the look ends.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 4 << 20;
/// Where requests come from that go over the loopback. Many carry keys that do not count, and whoever sends with a wrong key
/// from this machine is not to be told to wait because of them.
pub(crate) const OWN_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 66, 72, 1);

/// A client of this server, with the trust of a stranger who was given its authority's certificate.
#[derive(Clone)]
pub(crate) struct Outside {
    client: Client,
    pub(super) origin: Url,
    pub(super) address: SocketAddr,
    runtime: tokio::runtime::Handle,
}

/// Connects to this server as its own checks do, for what a library would not say.
#[derive(Clone)]
pub(super) struct Dialler(Arc<Attempts>);

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

// === impl Outside ===

impl Outside {
    /// Of the server at `address`, which answers for `origin`, trusted by these certificates (PEM) and the machine's own.
    pub(crate) fn new(
        origin: &str,
        address: SocketAddr,
        authority: Option<&[u8]>,
        runtime: tokio::runtime::Handle,
    ) -> anyhow::Result<Self> {
        let origin = Url::parse(origin)?;
        // Whatever the name resolves to elsewhere: it is this process that is looked at.
        let address = reachable(address);
        let mut client = Client::builder()
            .https_only(true)
            .tls_version_min(reqwest::tls::Version::TLS_1_3)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .resolve(origin.host_str().unwrap_or_default(), address)
            .local_address(own_address(address.ip()))
            .timeout(ANSWER_TIME_MAX)
            .pool_max_idle_per_host(0)
            .user_agent("blockhouse-check");
        if let Some(pem) = authority {
            client = client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
        }
        let mut origin = origin;
        // A port in front of a proxy is not the port that is listened on.
        let _ = origin.set_port(Some(address.port()));
        Ok(Self { client: client.build()?, origin, address, runtime })
    }

    pub(super) fn get(&self, path: &str, key: &str) -> Result<Answer, String> {
        self.ask(&Method::GET, path, key, ("", Vec::new()))
    }

    pub(super) fn post(&self, path: &str, key: &str, body: &Value) -> Result<Answer, String> {
        self.ask(&Method::POST, path, key, ("application/json", body.to_string().into_bytes()))
    }

    /// Sends one request and reads its answer, up to a bound. An empty key sends none.
    pub(super) fn ask(&self, method: &Method, path: &str, key: &str, (kind, body): (&str, Vec<u8>)) -> Result<Answer, String> {
        let request = self.request(method, path, key, (kind, body))?;
        let exchange = async {
            let mut answer = request.send().await?;
            let mut body = Vec::new();
            while let Some(some) = answer.chunk().await? {
                body.extend_from_slice(&some);
                if body.len() > ANSWER_BYTES_MAX {
                    break;
                }
            }
            Ok::<_, reqwest::Error>(Answer { status: answer.status().as_u16(), headers: shown(answer.headers()), body })
        };
        self.runtime.block_on(exchange).map_err(|error| error.without_url().to_string())
    }

    /// The beginning of an answer, for those that may go on for ever.
    pub(super) fn head(&self, method: &Method, path: &str, key: &str, content: (&str, Vec<u8>)) -> Result<Answer, String> {
        let request = self.request(method, path, key, content)?;
        let exchange = async {
            let answer = request.send().await?;
            Ok::<_, reqwest::Error>(Answer {
                status: answer.status().as_u16(),
                headers: shown(answer.headers()),
                body: Vec::new(),
            })
        };
        self.runtime.block_on(exchange).map_err(|error| error.without_url().to_string())
    }

    fn request(&self, method: &Method, path: &str, key: &str, (kind, body): (&str, Vec<u8>)) -> Result<RequestBuilder, String> {
        let url = self.origin.join(path).map_err(|error| error.to_string())?;
        let mut request = self.client.request(method.clone(), url);
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        if !kind.is_empty() {
            request = request.header(reqwest::header::CONTENT_TYPE, kind).body(body);
        }
        Ok(request)
    }

    /// What arrives of a stream within a time.
    pub(super) fn listen(&self, path: &str, key: &str, time: Duration) -> Result<Answer, String> {
        let url = self.origin.join(path).map_err(|error| error.to_string())?;
        let request = self.client.get(url).bearer_auth(key);
        let exchange = async {
            let mut answer = request.send().await?;
            let status = answer.status().as_u16();
            let mut body = Vec::new();
            let reading = async {
                while let Ok(Some(some)) = answer.chunk().await {
                    body.extend_from_slice(&some);
                    if body.len() > ANSWER_BYTES_MAX {
                        break;
                    }
                }
            };
            // Running out of time is how a look at a stream ends.
            let _ = tokio::time::timeout(time, reading).await;
            Ok::<_, reqwest::Error>(Answer { status, headers: Vec::new(), body })
        };
        self.runtime.block_on(exchange).map_err(|error| error.without_url().to_string())
    }
}

impl trust::PageReader for Outside {
    fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        let answer = Self::get(self, path, "")?;
        if answer.status == 200 { Ok(answer.body) } else { Err(format!("{path} was answered {}", answer.status)) }
    }
}

// === impl Dialler ===

impl Dialler {
    pub(super) fn new(attempts: Arc<Attempts>) -> Self {
        Self(attempts)
    }

    /// What becomes of it is not told as somebody's that tried in vain.
    pub(super) fn connect(&self, address: SocketAddr, time: Duration) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&address, time)?;
        let from = stream.local_addr()?;
        self.0.expect(SocketAddr::new(from.ip().to_canonical(), from.port()));
        Ok(stream)
    }
}

// === impl Answer ===

impl Answer {
    pub(super) fn holds(&self, marker: &str) -> bool {
        memchr::memmem::find(&self.body, marker.as_bytes()).is_some()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The first of this name, which is in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it was denied for its credential. An address with too many wrong ones is told so in place of why, and only
    /// once it is known that this one is wrong as well.
    pub(super) fn is_denied(&self) -> bool {
        match (self.status, self.header("grpc-status")) {
            (401 | 403 | 404 | 410, _) | (_, Some("7" | "16")) => true,
            (429, _) => self.header("blockhouse-code") == Some(TOO_MANY_FAILED_KEYS),
            (_, Some("8")) => self.header("grpc-message").is_some_and(|message| message.starts_with(TOO_MANY_FAILED_KEYS)),
            _ => false,
        }
    }
}

fn own_address(server: IpAddr) -> Option<IpAddr> {
    matches!(server, IpAddr::V4(address) if address.is_loopback()).then_some(OWN_ADDRESS.into())
}

fn shown(headers: &reqwest::header::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// Where a listener of all addresses is reached from this machine.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = if address.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address.ip() };
    SocketAddr::new(ip, address.port())
}
