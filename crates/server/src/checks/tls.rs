//! `server.tls-profile` and `server.certificate-chain`: handshakes as a stranger makes them.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use guard::TlsFloor;
use guard::twin::Beside;
use model::{Check, Observation, Timestamp, Vantage};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};

use super::Outside;
use super::hello::{ANSWER_BYTES, Any, HANDSHAKE, OLD_VERSIONS, Offer, SERVER_HELLO, TLS12_STRONG, TLS12_WEAK, begins_handshake};
use super::outside::Dialler;

/// A handshake takes milliseconds; a server that says nothing has refused.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(3);
pub(super) struct TlsProfile {
    outside: Outside,
    listeners: Vec<(SocketAddr, TlsFloor)>,
    dialler: Dialler,
}

pub(super) struct CertificateChain {
    outside: Outside,
    dialler: Dialler,
}

// === impl TlsProfile ===

impl TlsProfile {
    pub(super) fn new(outside: Outside, listeners: Vec<(SocketAddr, TlsFloor)>, dialler: Dialler) -> Self {
        Self { outside, listeners, dialler }
    }

    /// Makes every offer that has to be refused to whoever listens at these addresses.
    fn judge(&self, listeners: &[(SocketAddr, TlsFloor)]) -> Observation {
        let name = self.outside.origin.host_str().unwrap_or_default().to_owned();
        let (mut refused, mut whole, mut details) = (0, 0, Vec::new());
        for (address, floor) in listeners {
            for offer in offers(*floor) {
                whole += 1;
                match taken(&self.dialler, *address, &offer.hello(&name)) {
                    Ok(false) => refused += 1,
                    Ok(true) => details.push(format!("took {}", offer.what)),
                    Err(error) => return Observation::not_run("the listener could not be reached").detail(error.to_string()),
                }
            }
        }
        let seen = Observation::all("offers of old TLS or of weak suites were refused", refused, whole);
        seen.counting("listeners tried", listeners.len() as u64, None).with_details(details)
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
            Ok(answer) if answer.status == 200 => {
                // A port in front of a proxy is not the port that is listened on.
                let [(_, floor), others @ ..] = self.listeners.as_slice() else {
                    return Observation::not_run("there is no listener");
                };
                let others = others.iter().map(|(address, floor)| (super::outside::reachable(*address), *floor));
                self.judge(&[(self.outside.address, *floor)].into_iter().chain(others).collect::<Vec<_>>())
            }
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
            Ok(beside) => self.judge(&[(beside.address, TlsFloor::Tls13)]),
            Err(error) => Observation::not_run("no broken twin could listen").detail(error.to_string()),
        }
    }
}

/// What has to be refused where nothing older than this is spoken.
fn offers(floor: TlsFloor) -> Vec<Offer> {
    let mut offers: Vec<Offer> = OLD_VERSIONS.into_iter().chain([TLS12_WEAK]).collect();
    match floor {
        TlsFloor::Tls13 => offers.push(TLS12_STRONG),
        TlsFloor::Tls12 => {}
    }
    offers
}

/// Whether the offer is taken.
fn taken(dialler: &Dialler, address: SocketAddr, hello: &[u8]) -> io::Result<bool> {
    let mut stream = dialler.connect(address, ANSWER_TIME_MAX)?;
    stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
    stream.write_all(hello)?;
    let mut head = [0; ANSWER_BYTES];
    // Closing, resetting, an alert and silence are refusals.
    Ok(stream.read_exact(&mut head).is_ok() && begins_handshake(&head))
}

// === impl CertificateChain ===

impl CertificateChain {
    pub(super) fn new(outside: Outside, dialler: Dialler) -> Self {
        Self { outside, dialler }
    }

    fn judge(&self, address: SocketAddr, now: Timestamp) -> Observation {
        let chain = match presented(&self.dialler, address, self.outside.origin.host_str().unwrap_or_default()) {
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
fn presented(dialler: &Dialler, address: SocketAddr, name: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let config = builder
        .map_err(|error| text(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Any::new(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(|error| text(&error))?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(|error| text(&error))?;
    let mut stream = dialler.connect(address, ANSWER_TIME_MAX).map_err(|error| text(&error))?;
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
