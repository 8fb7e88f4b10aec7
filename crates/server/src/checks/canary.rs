//! Sources of the checks' own, of two tenants of their own, and what is sent to them.
//!
//! Always holds: they are made only once a real tenant exists, so they never take the place of the setup; their keys are in
//! memory alone, new ones at each start; what they hold is marked lines, for a day.

use std::sync::Arc;

use audit::{Actor, Deed};
use identity::{Identity, KeyState, PlainKey, SourceChange, TENANTS_OF_CHECKS};
use model::{DisplayName, Entropy, Scope, Timestamp};
use parking_lot::Mutex;
use reqwest::Method;

use super::Outside;

/// Tenants and sources. Two of one tenant, for that is the thinner wall.
const PLACES: [(&str, &str); 3] =
    [(TENANTS_OF_CHECKS[0], "canary one"), (TENANTS_OF_CHECKS[0], "canary two"), (TENANTS_OF_CHECKS[1], "canary three")];
const RETENTION_DAYS: u32 = 1;
const MARKER_BYTES: usize = 15;

/// One source with its keys.
pub(super) struct Canary {
    pub(super) scope: Scope,
    pub(super) write: PlainKey,
    pub(super) read: PlainKey,
}

pub(super) struct Canaries {
    identity: Arc<Identity>,
    entropy: Arc<dyn Entropy>,
    pub(super) outside: Outside,
    made: Mutex<Option<Arc<[Canary]>>>,
}

// === impl Canaries ===

impl Canaries {
    pub(super) fn new(identity: Arc<Identity>, entropy: Arc<dyn Entropy>, outside: Outside) -> Self {
        Self { identity, entropy, outside, made: Mutex::new(None) }
    }

    /// The sources, made when they are asked for first. An error says why there are none.
    pub(super) fn sources(&self, now: Timestamp) -> Result<Arc<[Canary]>, String> {
        let mut made = self.made.lock();
        if let Some(sources) = &*made {
            return Ok(Arc::clone(sources));
        }
        if self.identity.is_setup_open().map_err(|error| error.to_string())? {
            return Err("there is no tenant yet".to_owned());
        }
        let deed = Deed::by(Actor::Server, now);
        let sources = PLACES.iter().map(|place| self.make(*place, &deed)).collect::<Result<Arc<[Canary]>, _>>()?;
        *made = Some(Arc::clone(&sources));
        Ok(sources)
    }

    /// A word that is nowhere else.
    pub(super) fn marker(&self) -> String {
        let mut random = [0; MARKER_BYTES];
        self.entropy.fill(&mut random);
        let letters = random.iter().map(|byte| char::from(b'a' + byte % 26));
        format!("canary{}", letters.collect::<String>())
    }

    /// Sends a marked line to a source over the network, and waits until it is acknowledged.
    pub(super) fn send(&self, canary: &Canary, marker: &str) -> Result<(), String> {
        let path = format!("/sources/{}/frames", canary.scope.source);
        let line = serde_json::json!({"message": marker, "level": "info", "check": marker}).to_string();
        let answer = self.outside.ask(&Method::POST, &path, canary.write.reveal(), ("application/json", line.into_bytes()))?;
        if answer.status == 202 { Ok(()) } else { Err(format!("a marked line was answered {}", answer.status)) }
    }

    fn make(&self, (tenant, source): (&str, &str), deed: &Deed) -> Result<Canary, String> {
        let name = |text: &str| DisplayName::parse(text).map_err(|error| error.to_string());
        let (tenant, source) = (name(tenant)?, name(source)?);
        self.end_keys(&tenant, &source, deed)?;
        let made = self.identity.bootstrap(&tenant, &source, deed).map_err(|error| error.to_string())?;
        let (scope, kept) = (made.scope(), SourceChange { retention_days: Some(RETENTION_DAYS), ..SourceChange::default() });
        self.identity.configure_source(scope, &kept, deed).map_err(|error| error.to_string())?;
        Ok(Canary { scope, write: made.write_key, read: made.read_key })
    }

    /// Revokes the keys of earlier starts.
    fn end_keys(&self, tenant: &DisplayName, source: &DisplayName, deed: &Deed) -> Result<(), String> {
        let text = |error: identity::CatalogError| error.to_string();
        let Some(tenant) = self.identity.tenant_by_name(tenant).map_err(text)? else { return Ok(()) };
        let Some(source) = self.identity.source_by_name(tenant.id, source).map_err(text)? else { return Ok(()) };
        for key in self.identity.keys(source.scope()).map_err(text)? {
            if key.state(deed.at) == KeyState::Active {
                self.identity.revoke_key(source.scope(), key.id, deed).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}
