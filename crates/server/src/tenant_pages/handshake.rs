//! Which versions of TLS a host agrees to, and until when its certificate counts.
//!
//! Always holds: nothing is sent beyond a handshake, and nothing that verifies it is needed: whether its certificate is
//! trusted is found out elsewhere. Silence, closing and alerts are refusals.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::Timestamp;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::checks::hello::{ANSWER_BYTES, Any, OLD_VERSIONS, Offer, begins_handshake};

/// For one connection and what it is answered.
const TRY_TIME_MAX: Duration = Duration::from_secs(3);
const ADDRESSES_TRIED: usize = 4;

pub(super) struct Agreed {
    pub(super) old_versions: Vec<&'static str>,
    /// Of the certificate, where 1.2 or 1.3 was agreed to.
    pub(super) ends: Option<Timestamp>,
}

enum Current {
    Agreed(Timestamp),
    Refused,
    /// It cannot be told.
    Nothing,
}

/// `None` where no address answers, or what it answers is no TLS.
pub(super) async fn agreed(addresses: &[SocketAddr], name: &str) -> Option<Agreed> {
    let address = reached(addresses).await?;
    let [first, second] = OLD_VERSIONS;
    let (current, first, second) =
        tokio::join!(current(address, name), taken(address, &first, name), taken(address, &second, name));
    let old_versions: Vec<&'static str> = first.into_iter().chain(second).collect();
    match current {
        Current::Agreed(ends) => Some(Agreed { old_versions, ends: Some(ends) }),
        Current::Refused => Some(Agreed { old_versions, ends: None }),
        Current::Nothing if !old_versions.is_empty() => Some(Agreed { old_versions, ends: None }),
        Current::Nothing => None,
    }
}

/// The first address that takes a connection.
async fn reached(addresses: &[SocketAddr]) -> Option<SocketAddr> {
    for address in addresses.iter().take(ADDRESSES_TRIED) {
        if let Ok(Ok(_)) = tokio::time::timeout(TRY_TIME_MAX / 2, TcpStream::connect(address)).await {
            return Some(*address);
        }
    }
    None
}

/// The offer's version, where the answer to it begins a handshake.
async fn taken(address: SocketAddr, offer: &Offer, name: &str) -> Option<&'static str> {
    let hello = offer.hello(name);
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(&hello).await.ok()?;
        let mut head = [0; ANSWER_BYTES];
        stream.read_exact(&mut head).await.ok()?;
        begins_handshake(&head).then_some(offer.what)
    };
    tokio::time::timeout(TRY_TIME_MAX, exchange).await.ok()?
}

async fn current(address: SocketAddr, name: &str) -> Current {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let (Ok(versions), Ok(name)) = (versions, ServerName::try_from(name.to_owned())) else { return Current::Nothing };
    let config = versions.dangerous().with_custom_certificate_verifier(Arc::new(Any::new(provider))).with_no_client_auth();
    let exchange = async {
        let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        shake(&mut connection, &mut TcpStream::connect(address).await?).await?;
        Ok::<_, io::Error>(connection)
    };
    match tokio::time::timeout(TRY_TIME_MAX, exchange).await {
        Ok(Ok(connection)) => {
            let own = connection.peer_certificates().and_then(<[_]>::first);
            own.and_then(guard::certificate::ends).map_or(Current::Nothing, Current::Agreed)
        }
        Ok(Err(error)) if is_of_versions(&error) => Current::Refused,
        Ok(Err(_)) | Err(_) => Current::Nothing,
    }
}

/// Only the edge carries anything behind a handshake; this is one and no more.
async fn shake(connection: &mut ClientConnection, stream: &mut TcpStream) -> io::Result<()> {
    let mut heard = [0; 4_096];
    loop {
        let mut said = Vec::new();
        while connection.wants_write() {
            connection.write_tls(&mut said)?;
        }
        stream.write_all(&said).await?;
        if !connection.is_handshaking() {
            return Ok(());
        }
        let length = stream.read(&mut heard).await?;
        let mut rest = heard.get(..length).unwrap_or_default();
        if rest.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        while !rest.is_empty() {
            connection.read_tls(&mut rest)?;
            connection.process_new_packets().map_err(io::Error::other)?;
        }
    }
}

/// Whether it was refused for its versions, by either side.
fn is_of_versions(error: &io::Error) -> bool {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(
        tls,
        Some(
            rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)
                | rustls::Error::PeerIncompatible(rustls::PeerIncompatible::ServerDoesNotSupportTls12Or13)
        )
    )
}
