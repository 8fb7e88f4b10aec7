//! A port that speaks TLS and something else than HTTP: its senders, with and without a certificate of their own.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use crate::house::Access;

pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A client's certificate and its key, in DER.
pub(crate) type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

pub(crate) type Connected = StreamOwned<ClientConnection, TcpStream>;

/// Behind a handshake, with the server's certificate verified.
pub(crate) fn connect(
    address: SocketAddr,
    access: &Access,
    version: &'static SupportedProtocolVersion,
    identity: Option<&Identity>,
) -> std::io::Result<Connected> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&fs::read(&access.ca_file).unwrap()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
    let builder = builder.with_root_certificates(roots);
    let config = match identity {
        Some((certificate, key)) => builder.with_client_auth_cert(vec![certificate.clone()], key.clone_key()).unwrap(),
        None => builder.with_no_client_auth(),
    };
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(SOON))?;
    let session = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(session, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// Made just now, and the certificate in PEM.
pub(crate) fn identity() -> (Identity, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["sender".to_owned()]).unwrap().self_signed(&key).unwrap();
    let der = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ((certificate.der().clone(), der), certificate.pem())
}
