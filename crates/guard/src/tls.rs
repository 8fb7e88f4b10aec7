//! Which TLS is spoken: 1.3, and 1.2 only where it is asked for; hybrid post-quantum key exchange first.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::version::{TLS12, TLS13};
use rustls::{ProtocolVersion, ServerConfig, SupportedProtocolVersion};

use crate::certificates::Certificates;
use crate::clients::Pinned;

pub(crate) const ALPN_HTTP2: &[u8] = b"h2";
pub(crate) const ALPN_HTTP1: &[u8] = b"http/1.1";

/// The oldest TLS that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsFloor {
    #[default]
    Tls13,
    /// For clients that cannot do better; with ephemeral keys and authenticated encryption only.
    Tls12,
}

/// What the edge offers in a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TlsProfile {
    pub floor: TlsFloor,
}

/// The TLS that a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    Tls12,
    Tls13,
}

// === impl TlsProfile ===

impl TlsProfile {
    pub(crate) fn server_config(self, certificates: Arc<Certificates>) -> Result<Arc<ServerConfig>, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&self.floor.versions())?
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        config.alpn_protocols = vec![ALPN_HTTP2.to_vec(), ALPN_HTTP1.to_vec()];
        Ok(bounded(config))
    }

    /// With certificates of clients.
    pub(crate) fn stream_config(self, certificates: Arc<Certificates>) -> Result<Arc<ServerConfig>, rustls::Error> {
        let provider = provider();
        let clients = Pinned::new(&provider);
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&self.floor.versions())?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(certificates);
        Ok(bounded(config))
    }
}

// === impl TlsFloor ===

impl TlsFloor {
    fn versions(self) -> Vec<&'static SupportedProtocolVersion> {
        match self {
            Self::Tls13 => vec![&TLS13],
            Self::Tls12 => vec![&TLS13, &TLS12],
        }
    }
}

fn provider() -> CryptoProvider {
    let groups = vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
    CryptoProvider { kx_groups: groups, ..default_provider() }
}

fn bounded(mut config: ServerConfig) -> Arc<ServerConfig> {
    config.require_ems = true;
    // A replayed early request would be stored twice.
    config.max_early_data_size = 0;
    Arc::new(config)
}

// === impl TlsVersion ===

impl TlsVersion {
    pub(crate) fn of(version: Option<ProtocolVersion>) -> Self {
        if version == Some(ProtocolVersion::TLSv1_3) { Self::Tls13 } else { Self::Tls12 }
    }

    /// `1.2` or `1.3`.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        }
    }
}
