//! The server that a client command speaks to: its address, the authority that vouches for it, and the key.
//!
//! Always holds: HTTPS with TLS 1.3 and a verified certificate; there is no setting that turns verification off. The key
//! goes to this server only (no redirect is followed) and is never printed, but by the sign-in that it comes from.

use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use model::limits;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::failure::{Failure, Problem};

/// Where `blockhouse up` leaves the certificate of its authority unless it is told otherwise.
const CA_FILE_DEFAULT: &str = "blockhouse-data/ca.crt";
const URL_HINT: &str = "--url (BLOCKHOUSE_URL) is one such as https://localhost:8443; there is no plain HTTP";
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// A query waits, runs, and its answer travels.
pub(super) const ASK_TIME_MAX: Duration = Duration::from_secs(limits::QUERY_WAIT_SECONDS + limits::QUERY_SECONDS_MAX + 30);

/// A server, and who vouches for it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct AddressArgs {
    /// The server
    #[arg(long, global = true, env = "BLOCKHOUSE_URL", value_name = "URL", default_value = "https://localhost:8443")]
    url: String,
    /// Certificates (PEM) of the authority that vouches for the server. Where there is none, ./blockhouse-data/ca.crt
    /// if that exists, else the authorities that this machine trusts
    #[arg(long, global = true, env = "BLOCKHOUSE_CA", value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct ServerArgs {
    #[command(flatten)]
    address: AddressArgs,
    /// The API key, or a session's token. Other users of this machine see it in the list of processes: prefer --key-file or
    /// the environment
    #[arg(long, global = true, env = "BLOCKHOUSE_KEY", value_name = "KEY", hide_env_values = true, conflicts_with = "key_file")]
    key: Option<Key>,
    /// A file that holds the API key and nothing else
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// An API key. Wiped from memory when the last copy goes; its `Debug` prints nothing of it.
#[derive(Clone)]
pub(super) struct Key(Arc<Zeroizing<String>>);

#[derive(Debug, thiserror::Error)]
#[error("an API key is one word of letters, digits and signs")]
pub(super) struct KeyError;

/// A server that was not asked yet, and the key that it is told.
#[derive(Debug, Clone)]
pub(super) struct Server {
    client: Client,
    base: Url,
}

// === impl AddressArgs ===

impl AddressArgs {
    /// Without a key, for whoever has none yet.
    pub(super) fn open(&self, key: Option<&Key>) -> Result<Server, Failure> {
        let base = parse_url(&self.url)?;
        let headers = key.map(|key| Ok((AUTHORIZATION, key.bearer()?))).transpose()?;
        let mut client = Client::builder()
            .https_only(true)
            .tls_version_min(reqwest::tls::Version::TLS_1_3)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIME_MAX)
            .tcp_nodelay(true)
            .default_headers(HeaderMap::from_iter(headers))
            .user_agent(concat!("blockhouse/", env!("CARGO_PKG_VERSION")));
        let default = Path::new(CA_FILE_DEFAULT);
        if let Some(file) = self.ca_file.as_deref().or_else(|| default.exists().then_some(default)) {
            client = client.tls_certs_only(read_certificates(file)?);
        }
        let client = client.build().map_err(|error| Failure::Answer(deepest(&error)))?;
        Ok(Server { client, base })
    }
}

// === impl ServerArgs ===

impl ServerArgs {
    /// `hint` says where the key comes from.
    pub(super) fn open(&self, hint: &'static str) -> Result<Server, Failure> {
        self.base()?;
        self.address.open(Some(&self.read_key(hint)?))
    }

    pub(super) fn base(&self) -> Result<Url, Failure> {
        parse_url(&self.address.url)
    }

    pub(super) fn key_file(&self) -> Option<&Path> {
        self.key_file.as_deref()
    }

    fn read_key(&self, hint: &'static str) -> Result<Key, Failure> {
        let Some(file) = &self.key_file else {
            return self.key.clone().ok_or_else(|| Failure::usage("the API key is missing", hint));
        };
        let text = Zeroizing::new(fs::read_to_string(file).map_err(Failure::file("read", file))?);
        text.parse().map_err(|error: KeyError| Failure::usage(format!("{}: {error}", file.display()), hint))
    }
}

fn parse_url(text: &str) -> Result<Url, Failure> {
    let refused = |why: &dyn fmt::Display| Failure::usage(format!("{text}: {why}"), URL_HINT);
    let url = Url::parse(text).map_err(|error| refused(&error))?;
    if url.scheme() != "https" {
        return Err(refused(&"the server speaks HTTPS only"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(refused(&"only a scheme, a host, a port and a path may stand here"));
    }
    Ok(url)
}

fn read_certificates(file: &Path) -> Result<Vec<Certificate>, Failure> {
    let pem = fs::read(file).map_err(Failure::file("read", file))?;
    let invalid = |why: String| Failure::file("use", file)(io::Error::new(io::ErrorKind::InvalidData, why));
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| invalid(deepest(&error)))?;
    if certificates.is_empty() {
        return Err(invalid("it holds no certificate in PEM".to_owned()));
    }
    Ok(certificates)
}

// === impl Key ===

impl Key {
    /// For whoever it was made for.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    fn bearer(&self) -> Result<HeaderValue, Failure> {
        let bearer = Zeroizing::new(format!("Bearer {}", self.reveal()));
        let bearer = HeaderValue::from_str(&bearer);
        let mut bearer = bearer.map_err(|_| Failure::usage(KeyError.to_string(), "--key-file or BLOCKHOUSE_KEY gives it"))?;
        bearer.set_sensitive(true);
        Ok(bearer)
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let word = text.trim();
        let valid = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
        if valid { Ok(Self(Arc::new(Zeroizing::new(word.to_owned())))) } else { Err(KeyError) }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

// === impl Server ===

impl Server {
    /// Where people reach a page of it.
    pub(super) fn page(&self, path: &[&str]) -> String {
        self.url(path, &[]).to_string()
    }

    pub(super) fn request(&self, method: Method, path: &[&str], parameters: &[(&str, String)]) -> RequestBuilder {
        self.client.request(method, self.url(path, parameters))
    }

    /// Sends a request and reads the answer; one without a body is null.
    pub(super) async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        let body = self.bytes(request).await?;
        let body = if body.is_empty() { b"null" } else { &body[..] };
        serde_json::from_slice(body).map_err(|error| Failure::Answer(error.to_string()))
    }

    /// An answer, whatever it is of.
    pub(super) async fn bytes(&self, request: RequestBuilder) -> Result<Vec<u8>, Failure> {
        let body = self.answer(request).await?.bytes().await.map_err(|error| self.failure_of(&error))?;
        Ok(body.to_vec())
    }

    /// Asks for this path with a body of JSON, or without one.
    pub(super) async fn call(&self, method: Method, path: &[&str], body: Option<Vec<u8>>) -> Result<Box<RawValue>, Failure> {
        let mut request = self.request(method, path, &[]);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        self.ask(request).await
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.timeout(ASK_TIME_MAX).send().await.map_err(|error| self.failure_of(&error))?;
        if response.status().is_success() { Ok(response) } else { Err(self.problem(response).await) }
    }

    pub(super) async fn problem(&self, response: Response) -> Failure {
        let status = response.status().as_u16();
        // An answer that breaks off still says by its status what is wrong.
        let body = response.bytes().await.unwrap_or_default();
        Failure::Refused(Box::new(Problem::read(status, &body)))
    }

    fn url(&self, path: &[&str], parameters: &[(&str, String)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }

    pub(super) fn unreachable(&self, reason: String) -> Failure {
        Failure::Unreachable { url: self.base.to_string(), reason }
    }

    /// What kept a request from being answered.
    pub(super) fn failure_of(&self, error: &reqwest::Error) -> Failure {
        let url = self.base.to_string();
        if let Some(rustls::Error::InvalidCertificate(why)) = tls_error(error) {
            return Failure::Untrusted { url, reason: why.to_string() };
        }
        let reason = if error.is_timeout() { "no answer in time".to_owned() } else { deepest(error) };
        if error.is_connect() || error.is_timeout() {
            return Failure::Unreachable { url, reason };
        }
        Failure::BrokeOff { url, reason }
    }
}

/// What started the chain of errors.
fn deepest(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

/// What TLS refused, however deep it lies. An `io::Error` does not name what it wraps as its source, so it is looked into.
pub(crate) fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_url(text: &str, expected: &str) {
        let shown = parse_url(text).map_or_else(|failure| failure.to_string(), |url| url.to_string());
        assert!(shown.contains(expected), "{shown}");
    }

    #[test]
    fn only_https_is_spoken() {
        check_url("https://localhost:8443", "https://localhost:8443/");
        check_url("https://logs.example.org/blockhouse/", "https://logs.example.org/blockhouse/");
        check_url("http://localhost:8443", "HTTPS only");
        check_url("localhost:8443", "HTTPS only");
        check_url("https://ann:secret@localhost", "only a scheme");
        check_url("", "relative URL");
    }

    #[test]
    fn a_key_is_one_word_and_is_not_printed() {
        let key: Key = " bh_write_0123\n".parse().unwrap();
        assert_eq!((key.0.as_str(), format!("{key:?}").as_str()), ("bh_write_0123", "Key(..)"));
        for text in ["", " ", "two words", "größe"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_certificate_that_is_refused_is_found_below_what_wraps_it() {
        let refused = || rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert_eq!(tls_error(&refused()), Some(&refused()));
        assert_eq!(tls_error(&io::Error::other(io::Error::other(refused()))), Some(&refused()));
        assert_eq!(tls_error(&io::Error::other("something else")), None);
        assert_eq!(tls_error(&io::Error::from(io::ErrorKind::NotFound)), None);
    }
}
