//! A provider's signing keys, and when they are fetched anew.
//!
//! Always holds: keys are at most `limits::SSO_KEYS_SECONDS_MAX` old when a token is held against them, so one that the
//! provider took away stops counting by then. A key that is not known makes them be fetched anew, but not within
//! `limits::SSO_KEYS_REFETCH_SECONDS` of the last time; after a failure nobody asks for `limits::SSO_FAILURE_SECONDS`.
//! Only public keys for signatures are kept, and RSA keys of fewer than 2048 bits are not among them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Timestamp, limits};
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeySet};
use openidconnect::url::Url;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::egress::Egress;
use crate::error::FetchError;

const RSA_BYTES_MIN: usize = 256;

#[derive(Debug)]
pub(crate) struct Keys {
    url: Url,
    /// Held while keys are fetched, so that one request answers everybody who waits.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    fetched: Option<Fetched>,
    failed_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) set: Arc<CoreJsonWebKeySet>,
    at: Timestamp,
}

#[derive(Deserialize)]
struct Wire {
    keys: Vec<Value>,
}

// === impl Keys ===

impl Keys {
    pub(crate) async fn fetch(url: Url, egress: &Egress, now: Timestamp) -> Result<Self, FetchError> {
        let keys = Self { url, state: Mutex::default() };
        keys.current(egress, now).await?;
        Ok(keys)
    }

    pub(crate) async fn current(&self, egress: &Egress, now: Timestamp) -> Result<Fetched, FetchError> {
        let mut state = self.state.lock().await;
        if let Some(fetched) = &state.fetched
            && !has_passed(limits::SSO_KEYS_SECONDS_MAX, fetched.at, now)
        {
            return Ok(fetched.clone());
        }
        self.refetch(&mut state, egress, now).await
    }

    /// Keys that were fetched after `known`, if it is time for that.
    pub(crate) async fn newer(&self, known: &Fetched, egress: &Egress, now: Timestamp) -> Result<Option<Fetched>, FetchError> {
        let mut state = self.state.lock().await;
        if let Some(fetched) = &state.fetched {
            if !Arc::ptr_eq(&fetched.set, &known.set) {
                return Ok(Some(fetched.clone()));
            }
            if !has_passed(limits::SSO_KEYS_REFETCH_SECONDS, fetched.at, now) {
                return Ok(None);
            }
        }
        self.refetch(&mut state, egress, now).await.map(Some)
    }

    async fn refetch(&self, state: &mut State, egress: &Egress, now: Timestamp) -> Result<Fetched, FetchError> {
        if state.failed_at.is_some_and(|at| !has_passed(limits::SSO_FAILURE_SECONDS, at, now)) {
            return Err(FetchError::FailedBefore);
        }
        match egress.fetch::<Wire>(&self.url, None).await {
            Ok(wire) => {
                let keys = wire.keys.into_iter().filter(is_fit).take(limits::SSO_KEYS_MAX);
                // A key of a kind that is not known here is none of ours.
                let keys = keys.filter_map(|key| serde_json::from_value::<CoreJsonWebKey>(key).ok()).collect();
                let fetched = Fetched { set: Arc::new(CoreJsonWebKeySet::new(keys)), at: now };
                *state = State { fetched: Some(fetched.clone()), failed_at: None };
                Ok(fetched)
            }
            Err(error) => {
                state.failed_at = Some(now);
                Err(error)
            }
        }
    }
}

/// A clock that went back makes everything old.
pub(crate) fn has_passed(seconds: i64, since: Timestamp, now: Timestamp) -> bool {
    now < since || now.seconds_since(since) >= seconds
}

fn is_fit(key: &Value) -> bool {
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok();
    match key["kty"].as_str() {
        Some("RSA") => bytes("n").is_some_and(|n| n.iter().skip_while(|byte| **byte == 0).count() >= RSA_BYTES_MIN),
        Some("EC" | "OKP") => true,
        Some(_) | None => false,
    }
}
