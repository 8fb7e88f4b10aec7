//! The only way out of this crate: HTTPS requests to a provider, or to an address that a tenant named for something else.
//!
//! Always holds: TLS 1.2 or newer with a verified name; no redirect is followed and no proxy of the environment is used; an
//! answer has at most `limits::SSO_ANSWER_BYTES_MAX` bytes and `limits::SSO_REQUEST_SECONDS_MAX` to arrive; the address
//! that is judged is the one that is connected to, whatever a name resolves to a moment later.
//! The process's default provider of cryptography does TLS.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{AddressPlace, limits};
use openidconnect::http::{Method, Request, header};
use openidconnect::url::{Host, Url};
use openidconnect::{HttpRequest, HttpResponse};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client};
use serde::de::DeserializeOwned;

use crate::config::{Addresses, ProviderConfig};
use crate::error::{ConfigError, EgressError, FetchError};

/// A way to one host.
#[derive(Debug)]
pub struct Egress {
    client: Client,
    reach: Arc<Reach>,
}

/// Which addresses are connected to.
#[derive(Debug)]
struct Reach {
    private_host: Option<String>,
    /// Where the private host is, whatever its name leads to.
    placed: Option<SocketAddr>,
}

/// A host that a tenant named, and where it may lie.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    pub host: &'a str,
    pub addresses: Addresses,
    /// Where whoever runs the installation says that it is. Counts for `Addresses::PrivateToo` only.
    pub placed: Option<SocketAddr>,
    /// In PEM; the only ones that vouch for it then.
    pub authority: Option<&'a str>,
}

/// What a host answered to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// `None` where it has more bytes than were asked for.
    pub body: Option<Vec<u8>>,
}

struct Resolver(Arc<Reach>);

#[derive(Debug, thiserror::Error)]
#[error("the name leads to no address that may be asked")]
struct NotAdmitted;

// === impl Egress ===

impl Egress {
    pub(crate) fn to(config: &ProviderConfig) -> Result<Self, ConfigError> {
        let issuer = parse_https(&config.issuer).ok_or(ConfigError::Issuer)?;
        Self::open(&issuer, config.authority.as_deref(), (config.addresses, None))
    }

    /// A way to a host on port 443.
    pub fn to_host(named: &Named<'_>) -> Result<Self, ConfigError> {
        let url = parse_https(&format!("https://{}/", named.host)).ok_or(ConfigError::Url)?;
        match url.host() {
            Some(Host::Domain(_)) => Self::open(&url, named.authority, (named.addresses, named.placed)),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => Err(ConfigError::Url),
        }
    }

    /// A way to the host of this URL, for whatever else is sent by the rules for providers. An authority in PEM is then the
    /// only one that vouches for the host.
    pub fn to_url(url: &str, authority: Option<&str>, addresses: Addresses) -> Result<Self, ConfigError> {
        let url = parse_https(url).ok_or(ConfigError::Url)?;
        let way = Self::open(&url, authority, (addresses, None))?;
        way.reach.check(&url).map_err(|_| ConfigError::Url)?;
        Ok(way)
    }

    fn open(
        url: &Url,
        authority: Option<&str>,
        (addresses, placed): (Addresses, Option<SocketAddr>),
    ) -> Result<Self, ConfigError> {
        let reach = Arc::new(match addresses {
            Addresses::Public => Reach { private_host: None, placed: None },
            Addresses::PrivateToo => Reach { private_host: url.host_str().map(str::to_owned), placed },
        });
        let mut client = Client::builder()
            .https_only(true)
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(Duration::from_secs(limits::SSO_CONNECT_SECONDS_MAX))
            .timeout(Duration::from_secs(limits::SSO_REQUEST_SECONDS_MAX))
            .dns_resolver(Resolver(Arc::clone(&reach)))
            .user_agent("blockhouse");
        if let Some(pem) = authority {
            let certificates = Certificate::from_pem_bundle(pem.as_bytes()).map_err(ConfigError::Authority)?;
            if certificates.is_empty() {
                return Err(ConfigError::NoAuthority);
            }
            client = client.tls_certs_only(certificates);
        }
        Ok(Self { client: client.build().map_err(ConfigError::Client)?, reach })
    }

    /// Sends a body with these headers; gives the status of the answer.
    pub async fn post(&self, url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Result<u16, EgressError> {
        let request = headers
            .iter()
            .fold(Request::builder().method(Method::POST).uri(url), |request, (name, value)| request.header(*name, *value));
        let request = request.body(body).map_err(|_| EgressError::Plaintext)?;
        Ok(self.send(request).await?.status().as_u16())
    }

    /// Asks for what is at this URL; a redirect is an answer like another.
    pub async fn get(&self, url: &str, bytes_max: usize) -> Result<Answered, EgressError> {
        let url = parse_https(url).ok_or(EgressError::Plaintext)?;
        self.reach.check(&url)?;
        answered(self.client.get(url).send().await.map_err(failure_of)?, bytes_max).await
    }

    /// Puts a body at this URL, within so many seconds; a redirect is an answer like another.
    pub async fn put(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: Bytes,
        (bytes_max, seconds): (usize, u64),
    ) -> Result<Answered, EgressError> {
        let url = parse_https(url).ok_or(EgressError::Plaintext)?;
        self.reach.check(&url)?;
        let request = headers.iter().fold(self.client.put(url), |request, (name, value)| request.header(*name, *value));
        let request = request.timeout(Duration::from_secs(seconds));
        answered(request.body(body).send().await.map_err(failure_of)?, bytes_max).await
    }

    /// The addresses of a host that may be connected to, for what is no request.
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, EgressError> {
        let admitted = self.reach.admitted(host).await.map_err(|_| EgressError::Name)?;
        if admitted.is_empty() {
            return Err(EgressError::Address);
        }
        let on_port = |address: SocketAddr| if address.port() == 0 { SocketAddr::new(address.ip(), port) } else { address };
        Ok(admitted.into_iter().map(on_port).collect())
    }

    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, EgressError> {
        let request = reqwest::Request::try_from(request).map_err(EgressError::Unreachable)?;
        self.reach.check(request.url())?;
        let mut answer = self.client.execute(request).await.map_err(failure_of)?;
        if answer.status().is_redirection() {
            return Err(EgressError::Redirected);
        }
        let mut body = Vec::new();
        while let Some(some) = answer.chunk().await.map_err(failure_of)? {
            if body.len() + some.len() > limits::SSO_ANSWER_BYTES_MAX {
                return Err(EgressError::TooLarge);
            }
            body.extend_from_slice(&some);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }

    /// Asks for a JSON document, as whoever holds `bearer` where there is one.
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, url: &Url, bearer: Option<&str>) -> Result<T, FetchError> {
        let mut request = Request::builder().method(Method::GET).uri(url.as_str()).header(header::ACCEPT, "application/json");
        if let Some(bearer) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let request = request.body(Vec::new()).map_err(|_| FetchError::Malformed)?;
        let answer = self.send(request).await?;
        if !answer.status().is_success() {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        serde_json::from_slice(answer.body()).map_err(|_| FetchError::Malformed)
    }
}

/// An answer with so many bytes of its body at most.
async fn answered(mut answer: reqwest::Response, bytes_max: usize) -> Result<Answered, EgressError> {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let (status, mut body) = (answer.status().as_u16(), Vec::new());
    while let Some(some) = answer.chunk().await.map_err(failure_of)? {
        if body.len() + some.len() > bytes_max {
            return Ok(Answered { status, headers, body: None });
        }
        body.extend_from_slice(&some);
    }
    Ok(Answered { status, headers, body: Some(body) })
}

/// An https URL of a host, without what could hide in one.
pub(crate) fn parse_https(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (url.scheme() == "https" && url.has_host() && plain).then_some(url)
}

fn failure_of(error: reqwest::Error) -> EgressError {
    if error.is_timeout() {
        return EgressError::Slow;
    }
    if was_not_admitted(&error) { EgressError::Address } else { EgressError::Unreachable(error) }
}

/// An `io::Error` does not name what it wraps as its source, so it is looked into.
fn was_not_admitted(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<NotAdmitted>() {
            return true;
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}

// === impl Reach ===

impl Reach {
    /// Names are judged when they are resolved, addresses are never resolved.
    fn check(&self, url: &Url) -> Result<(), EgressError> {
        if url.scheme() != "https" {
            return Err(EgressError::Plaintext);
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        let host = url.host_str().unwrap_or_default();
        if self.admits(host, SocketAddr::new(address, 0)) { Ok(()) } else { Err(EgressError::Address) }
    }

    /// What a name leads to, as far as it is admitted.
    async fn admitted(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        let is_private = self.private_host.as_deref() == Some(host);
        let found = match self.placed.filter(|_| is_private) {
            Some(placed) => vec![placed],
            None => tokio::net::lookup_host((host, 0)).await?.collect(),
        };
        Ok(found.into_iter().filter(|address| self.admits(host, *address)).collect())
    }

    fn admits(&self, host: &str, address: SocketAddr) -> bool {
        match AddressPlace::of(address.ip()) {
            AddressPlace::Public => true,
            AddressPlace::Private => self.private_host.as_deref() == Some(host),
            AddressPlace::Nowhere => false,
        }
    }
}

// === impl Resolver ===

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            let admitted = reach.admitted(name.as_str()).await?;
            if admitted.is_empty() {
                return Err(NotAdmitted.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
