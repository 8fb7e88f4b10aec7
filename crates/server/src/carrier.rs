//! Carries the audit trails of tenants to where they want them: into a source of theirs, or to an https address.
//!
//! Always holds: a stream goes on where it stopped, whenever and however that was, and in order; one that fails waits ever
//! longer, at most `limits::AUDIT_STREAM_RETRY_SECONDS_MAX`, and holds up no other. What goes wrong is written in the
//! stream's state and never in the trail, so that a stream does not carry its own failures.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use audit::{Recorded, stream_lines, stream_records};
use bytes::Bytes;
use identity::{AuditStream, StreamAddress, StreamTarget};
use ingest::{Name, NormalBody};
use model::{AuditStreamId, limits};
use oidc::{Egress, EgressError};
use parking_lot::Mutex;
use store::AppendError;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::handlers::{frames, streams};
use crate::problem::{Chain, KEY_REUSED};

const TICK: Duration = Duration::from_secs(1);
const CARRYING: &str = "carrying the audit trail";

pub(crate) struct Carrier {
    app: Arc<App>,
    under_way: Mutex<HashSet<AuditStreamId>>,
    ways: Mutex<HashMap<AuditStreamId, Arc<Egress>>>,
    places: Arc<Semaphore>,
}

/// Why something did not arrive, as a code that is stable.
struct NotCarried(String);

// === impl NotCarried ===

impl NotCarried {
    fn because(code: &str) -> Self {
        Self(code.to_owned())
    }
}

impl From<EgressError> for NotCarried {
    fn from(error: EgressError) -> Self {
        Self::because(code_of(&error))
    }
}

/// What kept something from an address that a tenant named, as a code that is stable.
pub(crate) fn code_of(error: &EgressError) -> &'static str {
    match error {
        EgressError::Unreachable(_) | EgressError::Name => "unreachable",
        EgressError::Slow => "slow",
        EgressError::Address => "address_not_public",
        EgressError::Plaintext => "address_invalid",
        EgressError::Redirected => "redirected",
        EgressError::TooLarge => "answer_too_large",
    }
}

impl From<AppendError> for NotCarried {
    fn from(error: AppendError) -> Self {
        Self::because(match &error {
            AppendError::Busy | AppendError::DeliveryPending => "busy",
            AppendError::DeliveryReused => KEY_REUSED,
            AppendError::Refused(refused) => refused.reason.code(),
            AppendError::Source(error) => {
                tracing::error!(error = %Chain(error), "the audit trail could not be carried into a source");
                "internal"
            }
        })
    }
}

// === impl Carrier ===

impl Carrier {
    pub(crate) fn new(app: &Arc<App>) -> Arc<Self> {
        Arc::new(Self {
            app: Arc::clone(app),
            under_way: Mutex::default(),
            ways: Mutex::default(),
            places: Arc::new(Semaphore::new(limits::AUDIT_STREAMS_AT_ONCE)),
        })
    }

    /// Looks for what there is to carry until the server stops.
    pub(crate) async fn run(self: Arc<Self>) {
        let (mut stopping, mut tick) = (self.app.stopping.clone(), tokio::time::interval(TICK));
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                _ = stopping.changed() => return,
            }
            let now = self.app.clock.now();
            let due = self.app.ask(CARRYING, move |identity| identity.due_audit_streams(now)).await;
            let Some(due) = due else { continue };
            self.ways.lock().retain(|id, _| due.iter().any(|stream| stream.id == *id));
            for stream in due {
                // Each in a task of its own: an address that does not answer holds up nobody.
                let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { break };
                if self.under_way.lock().insert(stream.id) {
                    let carrier = Arc::clone(&self);
                    tokio::spawn(async move {
                        let (_place, id) = (place, stream.id);
                        carrier.carry(stream).await;
                        carrier.under_way.lock().remove(&id);
                    });
                }
            }
        }
    }

    /// Carries until everything has arrived, or something has not.
    async fn carry(&self, mut stream: AuditStream) {
        while !*self.app.stopping.borrow() {
            let id = stream.id;
            let asked = self.app.ask(CARRYING, move |identity| Ok((identity.audit_to_carry(&stream)?, stream))).await;
            let Some((entries, asked)) = asked else { return };
            stream = asked;
            let Some(last) = entries.last().map(|recorded| recorded.entry.sequence) else { return };
            let arrived = match &stream.target {
                StreamTarget::Source(_) => self.carry_into(id, &entries).await,
                StreamTarget::Address(address) => self.post_to(id, address, &entries).await,
            };
            let now = self.app.clock.now();
            match arrived {
                Ok(()) => {
                    let noted = self.app.ask(CARRYING, move |identity| identity.note_audit_carried(id, last, now)).await;
                    if noted.is_none() {
                        return;
                    }
                    stream.last = Some(last);
                }
                Err(NotCarried(code)) => {
                    tracing::warn!(stream = %id, %code, "a stream of an audit trail is held up");
                    self.app.ask(CARRYING, move |identity| identity.note_audit_not_carried(id, &code, now)).await;
                    return;
                }
            }
        }
    }

    async fn carry_into(&self, id: AuditStreamId, entries: &[Recorded]) -> Result<(), NotCarried> {
        let now = self.app.clock.now();
        let permit = self.app.ask(CARRYING, move |identity| identity.carry_audit(id, now)).await;
        let permit = permit.flatten().ok_or_else(|| NotCarried::because("source_unknown"))?;
        let places = [entries.first(), entries.last()].map(|one| one.map_or(0, |recorded| recorded.entry.sequence));
        // Entries that were stored and not noted are recognised, as those of any client that sends again.
        let delivery = format!("audit-stream/{id}/{}-{}", places[0], places[1]);
        let body = NormalBody { bytes: Bytes::from(stream_records(entries)), ..NormalBody::default() };
        let records = frames::enriched(&self.app, permit, body).await.map_err(|problem| NotCarried::because(problem.code))?;
        let durable = frames::commit(&self.app, &Arc::new(records), Some(Name { name: delivery, content: None })).await?;
        match durable.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(NotCarried::because(error.code())),
            Err(_) => Err(NotCarried::because("internal")),
        }
    }

    async fn post_to(&self, id: AuditStreamId, address: &StreamAddress, entries: &[Recorded]) -> Result<(), NotCarried> {
        let way = self.way(id, address)?;
        let body = stream_lines(entries);
        let (signature, stream) = (address.secret.sign(&body, self.app.clock.now()), id.to_string());
        let headers = [
            ("content-type", "application/x-ndjson"),
            ("blockhouse-stream", stream.as_str()),
            ("blockhouse-signature", signature.as_str()),
        ];
        match way.post(&address.url, &headers, body).await? {
            200..=299 => Ok(()),
            status => Err(NotCarried(format!("status_{status}"))),
        }
    }

    fn way(&self, id: AuditStreamId, address: &StreamAddress) -> Result<Arc<Egress>, NotCarried> {
        if let Some(way) = self.ways.lock().get(&id) {
            return Ok(Arc::clone(way));
        }
        let made = streams::way(&self.app, &address.url, address.authority.as_deref());
        let way = Arc::new(made.map_err(|_| NotCarried::because("address_invalid"))?);
        self.ways.lock().insert(id, Arc::clone(&way));
        Ok(way)
    }
}
