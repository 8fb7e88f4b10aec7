//! `server.tls-profile` and `server.certificate-chain`: handshakes as a stranger makes them.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use guard::TlsFloor;
use guard::twin::Beside;
use model::{Check, Observation, Timestamp, Vantage};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, ServerConfig, ServerConnection, SignatureScheme};

use super::Outside;

/// A handshake takes milliseconds; a server that says nothing has refused.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(3);
const ALERT: u8 = 0x15;
const HANDSHAKE: u8 = 0x16;
const SERVER_HELLO: u8 = 0x02;
/// RSA key exchange with CBC, 3DES and RC4: forward secrecy or the cipher is missing (RFC 9325, section 4.1).
const WEAK: [u16; 6] = [0x002f, 0x0035, 0x003c, 0x000a, 0x0005, 0xc013];
/// ECDHE with AES-GCM, which TLS 1.2 would be spoken with.
const STRONG_12: [u16; 4] = [0xc02b, 0xc02f, 0xc02c, 0xc030];

pub(super) struct TlsProfile {
    outside: Outside,
    floor: TlsFloor,
}

pub(super) struct CertificateChain {
    outside: Outside,
}

/// An offer that a stranger makes.
struct Offer {
    what: &'static str,
    version: u16,
    suites: &'static [u16],
}

/// Takes any chain, for what is looked at is the chain and not the trust in it.
#[derive(Debug)]
struct Any(Arc<CryptoProvider>);

// === impl TlsProfile ===

impl TlsProfile {
    pub(super) fn new(outside: Outside, floor: TlsFloor) -> Self {
        Self { outside, floor }
    }

    /// Makes every offer that has to be refused to whoever listens at `address`.
    fn judge(&self, address: SocketAddr) -> Observation {
        let mut offers = vec![
            Offer { what: "TLS 1.0", version: 0x0301, suites: &WEAK },
            Offer { what: "TLS 1.1", version: 0x0302, suites: &WEAK },
            Offer { what: "TLS 1.2 with weak suites", version: 0x0303, suites: &WEAK },
        ];
        match self.floor {
            TlsFloor::Tls13 => offers.push(Offer { what: "TLS 1.2", version: 0x0303, suites: &STRONG_12 }),
            TlsFloor::Tls12 => {}
        }
        let name = self.outside.origin.host_str().unwrap_or_default().to_owned();
        let (mut refused, mut details) = (0, Vec::new());
        for offer in &offers {
            match taken(address, &hello(offer, &name)) {
                Ok(false) => refused += 1,
                Ok(true) => details.push(format!("took {}", offer.what)),
                Err(error) => return Observation::not_run("the listener could not be reached").detail(error.to_string()),
            }
        }
        Observation::all("offers of old TLS or of weak suites were refused", refused, offers.len() as u64).with_details(details)
    }
}

impl Check for TlsProfile {
    fn id(&self) -> &'static str {
        "server.tls-profile"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Outside
    }

    fn look(&self, _now: Timestamp) -> Observation {
        // A port that speaks nothing refuses everything.
        match self.outside.get("/healthz", "") {
            Ok(answer) if answer.status == 200 => self.judge(self.outside.address),
            Ok(answer) => {
                Observation::not_run("TLS 1.3 was spoken, and not by a healthy server").detail(answer.status.to_string())
            }
            Err(reason) => Observation::not_run("TLS 1.3 is not spoken").detail(reason),
        }
    }

    /// A listener that says yes to every offer.
    fn look_at_twin(&self, _now: Timestamp) -> Observation {
        let beside = Beside::start(|mut stream| {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(&[HANDSHAKE, 3, 3, 0, 4, SERVER_HELLO, 0, 0, 0]);
        });
        match beside {
            Ok(beside) => self.judge(beside.address),
            Err(error) => Observation::not_run("no broken twin could listen").detail(error.to_string()),
        }
    }
}

/// Whether the answer to these bytes begins a handshake.
fn taken(address: SocketAddr, hello: &[u8]) -> io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_TIME_MAX)?;
    stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
    stream.write_all(hello)?;
    let mut head = [0; 6];
    // Closing, resetting, an alert and silence are refusals.
    Ok(stream.read_exact(&mut head).is_ok() && head[0] != ALERT && head[0] == HANDSHAKE && head[5] == SERVER_HELLO)
}

/// A ClientHello (RFC 5246, 7.4.1.2) in one record.
fn hello(offer: &Offer, name: &str) -> Vec<u8> {
    let sized = |bytes: Vec<u8>| [&(bytes.len() as u16).to_be_bytes()[..], &bytes].concat();
    let extension = |kind: u16, body: Vec<u8>| [&kind.to_be_bytes()[..], &sized(body)].concat();
    let suites: Vec<u8> = offer.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
    let extensions = [
        extension(0, sized([&[0][..], &sized(name.as_bytes().to_vec())].concat())),
        // X25519, P-256, P-384; uncompressed points; RSA and ECDSA with SHA-256 and SHA-1; extended master secret.
        extension(10, sized(vec![0, 29, 0, 23, 0, 24])),
        extension(11, vec![1, 0]),
        extension(13, sized(vec![4, 1, 4, 3, 8, 4, 2, 1, 2, 3])),
        extension(23, Vec::new()),
    ];
    let body =
        [&offer.version.to_be_bytes()[..], &[0x5a; 32], &[0], &sized(suites), &[1, 0], &sized(extensions.concat())].concat();
    let length = (body.len() as u32).to_be_bytes();
    let message = [&[1][..], &length[1..], &body].concat();
    [&[HANDSHAKE, 3, 1][..], &sized(message)].concat()
}

// === impl CertificateChain ===

impl CertificateChain {
    pub(super) fn new(outside: Outside) -> Self {
        Self { outside }
    }

    fn judge(&self, address: SocketAddr, now: Timestamp) -> Observation {
        let chain = match presented(address, self.outside.origin.host_str().unwrap_or_default()) {
            Ok(chain) => chain,
            Err(reason) => return Observation::not_run("no certificate was presented").detail(reason),
        };
        let whole = chain.len() as u64;
        let what = "certificates presented are valid now, of strong keys and signatures";
        match guard::certificate::check_chain(&chain, now) {
            Ok(()) => Observation::all(what, whole, whole),
            Err(error) => Observation::all(what, whole.saturating_sub(1), whole).detail(error.to_string()),
        }
    }
}

impl Check for CertificateChain {
    fn id(&self) -> &'static str {
        "server.certificate-chain"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Outside
    }

    fn look(&self, now: Timestamp) -> Observation {
        self.judge(self.outside.address, now)
    }

    /// A listener whose certificate has ended.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        match with_ended_certificate() {
            Ok(beside) => self.judge(beside.address, now),
            Err(reason) => Observation::not_run("no broken twin could listen").detail(reason),
        }
    }
}

/// The chain that whoever listens at `address` presents for `name`.
fn presented(address: SocketAddr, name: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let config = builder
        .map_err(|error| text(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Any(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(|error| text(&error))?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(|error| text(&error))?;
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_TIME_MAX).map_err(|error| text(&error))?;
    stream.set_read_timeout(Some(ANSWER_TIME_MAX)).map_err(|error| text(&error))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).map_err(|error| text(&error))?;
    }
    let chain = connection.peer_certificates().unwrap_or_default();
    Ok(chain.iter().map(|certificate| certificate.clone().into_owned()).collect())
}

fn with_ended_certificate() -> Result<Beside, String> {
    let key = rcgen::KeyPair::generate().map_err(|error| error.to_string())?;
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).map_err(|error| error.to_string())?;
    params.not_before = rcgen::date_time_ymd(2001, 1, 1);
    params.not_after = rcgen::date_time_ymd(2001, 2, 1);
    let certificate = params.self_signed(&key).map_err(|error| error.to_string())?;
    let der = PrivateKeyDer::try_from(key.serialize_der()).map_err(str::to_owned)?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.der().clone()], der);
    let config = Arc::new(config.map_err(|error| error.to_string())?);
    Beside::start(move |mut stream| {
        let Ok(mut connection) = ServerConnection::new(Arc::clone(&config)) else { return };
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    })
    .map_err(|error| error.to_string())
}

// === impl Any ===

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
