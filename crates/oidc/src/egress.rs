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

use model::limits;
use openidconnect::http::{Method, Request, header};
use openidconnect::url::{Host, Url};
use openidconnect::{HttpRequest, HttpResponse};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client};
use serde::de::DeserializeOwned;

use crate::address::{Place, place};
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
}

struct Resolver(Arc<Reach>);

#[derive(Debug, thiserror::Error)]
#[error("the name leads to no address that may be asked")]
struct NotAdmitted;

// === impl Egress ===

impl Egress {
    pub(crate) fn to(config: &ProviderConfig) -> Result<Self, ConfigError> {
        let issuer = parse_https(&config.issuer).ok_or(ConfigError::Issuer)?;
        Self::open(&issuer, config.authority.as_deref(), config.addresses)
    }

    /// A way to the host of this URL, for whatever else is sent by the rules for providers. An authority in PEM is then the
    /// only one that vouches for the host.
    pub fn to_url(url: &str, authority: Option<&str>, addresses: Addresses) -> Result<Self, ConfigError> {
        let url = parse_https(url).ok_or(ConfigError::Url)?;
        let way = Self::open(&url, authority, addresses)?;
        way.reach.check(&url).map_err(|_| ConfigError::Url)?;
        Ok(way)
    }

    fn open(url: &Url, authority: Option<&str>, addresses: Addresses) -> Result<Self, ConfigError> {
        let private_host = match addresses {
            Addresses::Public => None,
            Addresses::PrivateToo => url.host_str().map(str::to_owned),
        };
        let reach = Arc::new(Reach { private_host });
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

    fn admits(&self, host: &str, address: SocketAddr) -> bool {
        match place(address.ip()) {
            Place::Public => true,
            Place::Private => self.private_host.as_deref() == Some(host),
            Place::Nowhere => false,
        }
    }
}

// === impl Resolver ===

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<_> = found.filter(|address| reach.admits(name.as_str(), *address)).collect();
            if admitted.is_empty() {
                return Err(NotAdmitted.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
