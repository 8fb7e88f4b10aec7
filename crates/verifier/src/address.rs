//! Where a page is: `https://HOST[:PORT][/PATH]`.
//!
//! Always holds: the scheme is `https`, the host can stand in a request and in a certificate, and the path has no character
//! that would end a line or a word of a request.

use std::fmt;

use rustls::pki_types::ServerName;

const PORT: u16 = 443;
/// Where the page is if the address names only a host.
const PAGE: &str = "/security";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Without a slash at its end.
    pub(crate) page: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("the address has to begin with https://")]
    NotHttps,
    #[error("`{0}` is no host name or address")]
    Host(String),
    #[error("`{0}` is no port")]
    Port(String),
    #[error("the path may hold letters, digits and -._~/ only")]
    Path,
}

// === impl Address ===

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let rest = text.strip_prefix("https://").ok_or(AddressError::NotHttps)?;
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = split_port(authority);
        let port = match port {
            None => PORT,
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| AddressError::Port(port.to_owned()))?,
        };
        let address = Self { host: host.to_ascii_lowercase(), port, page: PAGE.to_owned() };
        address.server_name().ok_or_else(|| AddressError::Host(host.to_owned()))?;
        let path = path.trim_end_matches('/');
        if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte)) {
            return Err(AddressError::Path);
        }
        Ok(if path.is_empty() { address } else { Self { page: path.to_owned(), ..address } })
    }

    pub(crate) fn server_name(&self) -> Option<ServerName<'static>> {
        ServerName::try_from(self.host.trim_start_matches('[').trim_end_matches(']').to_owned()).ok()
    }

    /// As the `Host` of a request.
    pub(crate) fn authority(&self) -> String {
        if self.port == PORT { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// As the name of a file.
    pub(crate) fn file_name(&self) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' };
        format!("{}_{}{}.json", self.host, self.port, self.page).chars().map(safe).collect()
    }

    pub(crate) fn signed(&self) -> String {
        format!("{}.json", self.page)
    }

    pub(crate) fn evidence(&self, digest: &str) -> String {
        format!("{}/evidence/{digest}", self.page)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}{}", self.authority(), self.page)
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, AddressError>) {
        assert_eq!(Address::parse(text).map(|address| address.to_string()), expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn an_address_is_https_with_a_host() {
        check("https://logs.example.com", Ok("https://logs.example.com/security"));
        check("https://Logs.example.com:8443/", Ok("https://logs.example.com:8443/security"));
        check("https://[2001:db8::1]:8443/trust/", Ok("https://[2001:db8::1]:8443/trust"));
        check("https://192.0.2.1/security", Ok("https://192.0.2.1/security"));
        check("http://logs.example.com", Err(AddressError::NotHttps));
        check("https://", Err(AddressError::Host(String::new())));
        check("https://a b", Err(AddressError::Host("a b".to_owned())));
        check("https://a:0", Err(AddressError::Port("0".to_owned())));
        check("https://a/b c", Err(AddressError::Path));
        check("https://a/b\r\nX: y", Err(AddressError::Path));
    }

    #[test]
    fn a_file_name_has_no_path() {
        let address = Address::parse("https://[2001:db8::1]/../x").unwrap();
        assert_eq!(address.file_name(), "_2001_db8__1__443_.._x.json");
    }
}
