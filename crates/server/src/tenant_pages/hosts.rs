//! Hosts of tenants' pages, as a stranger sees them, and what they show to be a tenant's.
//!
//! Always holds: a name is resolved here, each address is judged by the rules for outgoing connections, and only one that was
//! judged is connected to; what a host answers is read over verified TLS, within bytes and seconds, and no redirect is
//! followed. A handshake that verifies nothing sends and reads nothing but itself.

use std::error::Error;
use std::fs;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use model::Entropy;
use model::limits::{PROBE_FILE_BYTES_MAX, PROBE_SECONDS_MAX};
use oidc::{Addresses, Egress, EgressError, Named};
use tokio::runtime::Handle;
use trust::tenant::{Host, LookError, Outreach, Probes, SecurityTxt, TlsSeen};

use super::handshake;
use crate::client::tls_error;
use crate::config::PrivateHost;

const HTTPS_PORT: u16 = 443;
const DNS_PORT: u16 = 53;
const RESOLVERS: &str = "/etc/resolv.conf";
/// The second is asked where the first does not answer.
const RESOLVERS_ASKED: usize = 2;
const SECURITY_TXT: &str = "/.well-known/security.txt";

pub(super) struct Hosts {
    pub(super) private: Vec<PrivateHost>,
    /// Those that vouch for private hosts, in PEM.
    pub(super) authority: Option<String>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) runtime: Handle,
}

// === impl Hosts ===

impl Hosts {
    /// Whether ways to private hosts can be made at all.
    pub(super) fn hold(&self) -> Result<(), oidc::ConfigError> {
        let mut ways = self.private.iter().filter_map(|private| Host::parse(&private.name).ok()).map(|host| self.way(&host));
        ways.try_for_each(|way| way.map(|_| ()))
    }

    fn way(&self, host: &Host) -> Result<Egress, oidc::ConfigError> {
        let private = self.private.iter().find(|private| private.name == host.as_str());
        Egress::to_host(&Named {
            host: host.as_str(),
            addresses: if private.is_some() { Addresses::PrivateToo } else { Addresses::Public },
            placed: private.and_then(|private| private.placed),
            authority: self.authority.as_deref().filter(|_| private.is_some()),
        })
    }

    fn open(&self, host: &Host) -> Result<Egress, LookError> {
        self.way(host).map_err(|error| LookError::Failed(error.to_string()))
    }

    fn get(&self, host: &Host, path: &str, bytes_max: usize) -> Result<oidc::Answered, LookError> {
        let way = self.open(host)?;
        self.run(async { way.get(&format!("https://{host}{path}"), bytes_max).await.map_err(|error| looked(&error)) })
    }

    fn run<T>(&self, look: impl Future<Output = Result<T, LookError>>) -> Result<T, LookError> {
        let limit = Duration::from_secs(PROBE_SECONDS_MAX);
        let looked = self.runtime.block_on(async { tokio::time::timeout(limit, look).await });
        looked.unwrap_or(Err(LookError::Unreachable))
    }
}

impl Probes for Hosts {
    fn tls(&self, host: &Host) -> Result<TlsSeen, LookError> {
        let way = self.open(host)?;
        self.run(async {
            let addresses = way.addresses(host.as_str(), HTTPS_PORT).await.map_err(|error| looked(&error))?;
            let url = format!("https://{host}/");
            let (agreed, answered) = tokio::join!(handshake::agreed(&addresses, host.as_str()), way.get(&url, 0));
            let agreed = agreed.ok_or(LookError::Unreachable)?;
            let Some(ends) = agreed.ends else {
                let ends = model::Timestamp::MIN;
                return Ok(TlsSeen { old_versions: agreed.old_versions, is_current: false, is_verified: false, ends });
            };
            let is_verified = match answered {
                Ok(_) => true,
                Err(error) if is_untrusted(&error) => false,
                Err(error) => return Err(looked(&error)),
            };
            Ok(TlsSeen { old_versions: agreed.old_versions, is_current: true, is_verified, ends })
        })
    }

    fn headers(&self, host: &Host) -> Result<Vec<(String, String)>, LookError> {
        Ok(self.get(host, "/", 0)?.headers)
    }

    fn security_txt(&self, host: &Host) -> Result<SecurityTxt, LookError> {
        let answered = self.get(host, SECURITY_TXT, PROBE_FILE_BYTES_MAX)?;
        match (answered.status, answered.body) {
            (200, Some(bytes)) => Ok(SecurityTxt::There(bytes)),
            (429 | 500.., _) => Err(LookError::Unreachable),
            (_, _) => Ok(SecurityTxt::NotThere),
        }
    }
}

impl Outreach for Hosts {
    fn texts(&self, name: &str) -> Result<Vec<String>, LookError> {
        let resolvers = fs::read_to_string(RESOLVERS).unwrap_or_default();
        self.runtime.block_on(async {
            for resolver in resolvers_of(&resolvers).take(RESOLVERS_ASKED) {
                if let Ok(texts) = oidc::texts(resolver, name, &*self.entropy).await {
                    return Ok(texts);
                }
            }
            Err(LookError::Unreachable)
        })
    }

    fn file(&self, host: &Host, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, LookError> {
        let answered = self.get(host, path, bytes_max)?;
        match answered.status {
            200 => Ok(answered.body),
            429 | 500.. => Err(LookError::Unreachable),
            _ => Ok(None),
        }
    }
}

fn looked(error: &EgressError) -> LookError {
    match error {
        EgressError::Address => LookError::Forbidden,
        EgressError::TooLarge => LookError::TooMuch,
        EgressError::Unreachable(_) | EgressError::Name | EgressError::Slow => LookError::Unreachable,
        EgressError::Plaintext | EgressError::Redirected => LookError::Failed(error.to_string()),
    }
}

/// Whether it was the certificate that was refused.
fn is_untrusted(error: &EgressError) -> bool {
    let tls = error.source().and_then(tls_error);
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}

/// The resolvers of this machine (resolv.conf(5)), in their order.
fn resolvers_of(text: &str) -> impl Iterator<Item = SocketAddr> {
    let named = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    named.filter_map(|address| address.trim().parse::<IpAddr>().ok()).map(|address| SocketAddr::new(address, DNS_PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolvers_are_those_of_the_machine_in_their_order() {
        let text = "# nameserver 9.9.9.9\nsearch example.com\nnameserver 127.0.0.53\nnameserver\t::1\nnameserver fe80::1%eth0\n";
        let found: Vec<String> = resolvers_of(text).map(|address| address.to_string()).collect();
        assert_eq!(found, ["127.0.0.53:53", "[::1]:53"]);
    }
}
