//! The providers that were discovered, so that not every sign-in asks who they are.
//!
//! Always holds: what is known of one is at most `limits::SSO_DISCOVERY_SECONDS_MAX` old and of its configuration as it is
//! now; many who ask at once cause one request; a provider that failed is not asked for `limits::SSO_FAILURE_SECONDS`.

use std::collections::HashMap;
use std::sync::Arc;

use model::{ProviderId, Timestamp, limits};
use tokio::sync::Mutex;

use crate::config::ProviderConfig;
use crate::error::DiscoverError;
use crate::keys::has_passed;
use crate::provider::Provider;

#[derive(Debug, Default)]
pub struct Providers {
    known: parking_lot::Mutex<HashMap<ProviderId, Slot>>,
}

#[derive(Debug)]
struct Slot {
    used_at: Timestamp,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Unknown,
    Found(Arc<Provider>, Timestamp),
    Failed(Arc<DiscoverError>, ProviderConfig, Timestamp),
}

// === impl Providers ===

impl Providers {
    pub async fn get(&self, id: ProviderId, config: &ProviderConfig, now: Timestamp) -> Result<Arc<Provider>, DiscoverError> {
        let state = self.slot(id, now);
        let mut state = state.lock().await;
        match &*state {
            State::Found(provider, at)
                if provider.config == *config && !has_passed(limits::SSO_DISCOVERY_SECONDS_MAX, *at, now) =>
            {
                return Ok(Arc::clone(provider));
            }
            State::Failed(error, of, at) if of == config && !has_passed(limits::SSO_FAILURE_SECONDS, *at, now) => {
                return Err(DiscoverError::FailedBefore(Arc::clone(error)));
            }
            State::Unknown | State::Found(..) | State::Failed(..) => {}
        }
        match Provider::discover(config.clone(), now).await {
            Ok(provider) => {
                let provider = Arc::new(provider);
                *state = State::Found(Arc::clone(&provider), now);
                Ok(provider)
            }
            Err(error) => {
                let error = Arc::new(error);
                *state = State::Failed(Arc::clone(&error), config.clone(), now);
                Err(DiscoverError::FailedBefore(error))
            }
        }
    }

    /// The one that was used longest ago makes room.
    fn slot(&self, id: ProviderId, now: Timestamp) -> Arc<Mutex<State>> {
        let mut known = self.known.lock();
        if !known.contains_key(&id) && known.len() >= limits::SSO_PROVIDERS_KEPT_MAX {
            let oldest = known.iter().min_by_key(|(_, slot)| slot.used_at).map(|(id, _)| *id);
            oldest.and_then(|oldest| known.remove(&oldest));
        }
        let slot = known.entry(id).or_insert_with(|| Slot { used_at: now, state: Arc::default() });
        slot.used_at = now;
        Arc::clone(&slot.state)
    }
}
