//! `server.egress-verified`: whatever goes out is HTTPS to a verified name; a call in clear, and one to somebody else, fail.
//!
//! Both are tried: a listener in clear, and one whose certificate is of a trusted authority but for another name. What
//! counts is whether a request arrives there.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use guard::twin::Beside;
use model::{Check, Observation, Timestamp, Vantage};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// However a call ends, it does.
const CALL_TIME_MAX: Duration = Duration::from_secs(3);
const OTHER_NAME: &str = "elsewhere.invalid";

pub(super) struct EgressVerified {
    runtime: tokio::runtime::Handle,
    /// Whether the bucket is spoken to in clear.
    objects_plaintext: bool,
}

/// How calls are made.
#[derive(Clone, Copy)]
enum Caller {
    /// As the product makes them.
    Strict,
    /// As a careless program would: in clear where it is asked to, to whoever answers.
    Careless,
}

// === impl EgressVerified ===

impl EgressVerified {
    pub(super) fn new(runtime: tokio::runtime::Handle, objects_plaintext: bool) -> Self {
        Self { runtime, objects_plaintext }
    }

    fn judge(&self, caller: Caller, now: Timestamp) -> Observation {
        match (self.in_clear(caller, now), self.to_another(caller, now)) {
            (Ok(clear), Ok(another)) => {
                let tries = [
                    ("a call in clear arrived", !clear),
                    ("a call to another name arrived", !another),
                    ("the bucket is spoken to in clear", !self.objects_plaintext),
                ];
                let held = tries.iter().filter(|(_, held)| *held).count() as u64;
                let seen =
                    Observation::all("kinds of outgoing calls without a verified name do not happen", held, tries.len() as u64);
                seen.with_details(tries.iter().filter(|(_, held)| !held).map(|(what, _)| (*what).to_owned()))
            }
            (Err(reason), _) | (_, Err(reason)) => Observation::not_run("a call could not be tried").detail(reason),
        }
    }

    /// Whether anything comes to a listener in clear that the caller is pointed at.
    fn in_clear(&self, caller: Caller, now: Timestamp) -> Result<bool, String> {
        let arrived = Arc::new(AtomicBool::new(false));
        let telling = Arc::clone(&arrived);
        let beside = Beside::start(move |mut stream| {
            telling.fetch_or(stream.read(&mut [0; 16]).is_ok_and(|read| read > 0), Ordering::AcqRel);
        });
        let beside = beside.map_err(|error| error.to_string())?;
        self.call(&format!("http://{}", beside.address), None, caller, now);
        drop(beside);
        Ok(arrived.load(Ordering::Acquire))
    }

    /// Whether a request comes to a listener whose certificate is trusted, but for another name than was called.
    fn to_another(&self, caller: Caller, now: Timestamp) -> Result<bool, String> {
        let made = rcgen::generate_simple_self_signed(vec![OTHER_NAME.to_owned()]).map_err(|error| error.to_string())?;
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(str::to_owned)?;
        let versions = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key);
        let config = Arc::new(versions.map_err(|error| error.to_string())?);
        let arrived = Arc::new(AtomicBool::new(false));
        let telling = Arc::clone(&arrived);
        let beside = Beside::start(move |stream| {
            let Ok(connection) = ServerConnection::new(Arc::clone(&config)) else { return };
            // The handshake runs within the first read; a byte of a request comes only after it.
            let read = StreamOwned::new(connection, stream).read(&mut [0; 16]);
            telling.fetch_or(read.is_ok_and(|read| read > 0), Ordering::AcqRel);
        });
        let beside = beside.map_err(|error| error.to_string())?;
        self.call(&format!("https://{}", beside.address), Some(made.cert.pem()), caller, now);
        drop(beside);
        Ok(arrived.load(Ordering::Acquire))
    }

    /// Calls. Whether it worked is seen at the other end.
    fn call(&self, url: &str, authority: Option<String>, caller: Caller, now: Timestamp) {
        let call = async {
            match caller {
                Caller::Strict => {
                    let mut config = oidc::ProviderConfig::new(url, "check", None);
                    config.authority = authority;
                    config.addresses = oidc::Addresses::PrivateToo;
                    drop(oidc::Provider::discover(config, now).await);
                }
                Caller::Careless => {
                    let client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).no_proxy().build();
                    if let Ok(client) = client {
                        drop(client.get(url).send().await);
                    }
                }
            }
        };
        self.runtime.block_on(async {
            let _ = tokio::time::timeout(CALL_TIME_MAX, call).await;
        });
    }
}

impl Check for EgressVerified {
    fn id(&self) -> &'static str {
        "server.egress-verified"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        self.judge(Caller::Strict, now)
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        self.judge(Caller::Careless, now)
    }
}
