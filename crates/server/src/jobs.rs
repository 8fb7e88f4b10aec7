//! What the server does on its own: parts from fresh tables, merges, retention, renewed certificates, last use of keys.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use audit::{Actor, Deed, Event};
use identity::Identity;
use model::{Clock, Scope};
use store::{Close, Ended, Store};

use crate::anchors;
use crate::node::Node;
use crate::problem::Chain;

const TICK: Duration = Duration::from_secs(1);
const SECONDS_BETWEEN_HOUSEKEEPING: i64 = 30;
const SECONDS_BETWEEN_VOLUMES: i64 = 5;
const SECONDS_BETWEEN_RETENTION: i64 = 600;

/// The thread that maintains the store.
pub(crate) struct Maintenance {
    store: Arc<Store>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

struct Worker {
    store: Arc<Store>,
    identity: Arc<Identity>,
    clock: Arc<dyn Clock>,
    data: PathBuf,
    stop: Arc<AtomicBool>,
}

// === impl Maintenance ===

impl Maintenance {
    pub(crate) fn start(store: &Arc<Store>, node: &Node) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            store: Arc::clone(store),
            identity: Arc::clone(&node.identity),
            clock: Arc::clone(&node.clock),
            data: node.data.clone(),
            stop: Arc::clone(&stop),
        };
        let thread = std::thread::Builder::new().name("maintenance".to_owned()).spawn(move || worker.run())?;
        Ok(Self { store: Arc::clone(store), stop, thread })
    }

    /// Ends the thread after what it is doing, then writes what is fresh, so that the next start has nothing to replay.
    pub(crate) fn finish(self) {
        self.stop.store(true, Ordering::Release);
        self.store.wake_maintenance();
        if self.thread.join().is_err() {
            tracing::error!("maintenance ended by a defect; the journal keeps what it had not written");
        }
        self.store.close_tables(Close::All);
        if let Err(error) = self.store.flush() {
            tracing::warn!(error = %Chain(&error), "could not write the newest records as parts; the journal keeps them");
        }
    }
}

// === impl Worker ===

impl Worker {
    fn run(self) {
        let mut volumes = self.clock.now();
        let (mut housekeeping, mut retention) = (self.clock.now(), self.clock.now().plus_seconds(-SECONDS_BETWEEN_RETENTION));
        while !self.stop.load(Ordering::Acquire) {
            self.store.wait_for_work(TICK);
            self.store.close_tables(Close::Old);
            if self.store.is_short_of_memory() {
                self.store.close_largest_table();
            }
            match self.store.flush() {
                Ok(0) => self.store.drop_spare_table(),
                Ok(_) => {}
                Err(error) => tracing::error!(error = %Chain(&error), "could not write a part; the journal keeps its records"),
            }
            match self.store.compact() {
                Ok(_) => {}
                Err(error) => tracing::error!(error = %Chain(&error), "could not merge parts"),
            }
            self.store.trim_open_parts();
            let now = self.clock.now();
            if now.seconds_since(volumes) >= SECONDS_BETWEEN_VOLUMES {
                volumes = now;
                self.keep_volumes();
            }
            if now.seconds_since(housekeeping) >= SECONDS_BETWEEN_HOUSEKEEPING {
                housekeeping = now;
                self.keep_house();
            }
            if now.seconds_since(retention) >= SECONDS_BETWEEN_RETENTION {
                retention = now;
                self.retain();
                self.keep_trail();
                self.end_links();
            }
        }
        self.keep_volumes();
        self.keep_house();
    }

    fn keep_volumes(&self) {
        if let Err(error) = self.identity.flush_volumes(self.clock.now()) {
            tracing::warn!(error = %Chain(&error), "could not record how much came in, or tell that a quota is used");
        }
    }

    /// Writes down what requests only remembered, and signs what the trail has become.
    fn keep_house(&self) {
        if let Err(error) = self.identity.flush_last_used() {
            tracing::warn!(error = %Chain(&error), "could not record when keys were last used");
        }
        if let Err(error) = self.identity.flush_counts() {
            tracing::warn!(error = %Chain(&error), "could not record how often something was masked");
        }
        if let Err(error) = self.identity.flush_refusals(self.clock.now()) {
            tracing::warn!(error = %Chain(&error), "could not record how many strangers were refused");
        }
        if let Err(error) = self.identity.flush_attacks(self.clock.now()) {
            tracing::warn!(error = %Chain(&error), "could not tell people whose accounts are under attack");
        }
        if let Err(error) = self.identity.flush_last_seen(self.clock.now()) {
            tracing::warn!(error = %Chain(&error), "could not record when sessions were last used");
        }
        if let Err(error) = self.identity.lapse_access(self.clock.now()) {
            tracing::error!(error = %Chain(&error), "could not end access of staff that is over; it is refused all the same");
        }
        if let Err(error) = anchors::renew(&self.identity, &self.data, self.clock.now()) {
            tracing::error!(error = %format!("{error:#}"), "could not renew the checkpoints of the audit trail");
        }
    }

    /// Clears short links that are over: nobody is given one of them any more.
    fn end_links(&self) {
        if let Err(error) = self.identity.end_links(self.clock.now()) {
            tracing::error!(error = %Chain(&error), "short links that are over could not be cleared");
        }
    }

    /// Ends what the trail has kept long enough, and anchors every log in the public one once a day.
    fn keep_trail(&self) {
        if let Err(error) = self.identity.keep_audit(self.clock.now()) {
            tracing::error!(error = %Chain(&error), "could not keep the audit trail: retention or the daily anchor failed");
        }
    }

    fn retain(&self) {
        if let Err(error) = self.store.forget_deliveries() {
            tracing::error!(error = %Chain(&error), "old deliveries could not be forgotten");
        }
        let tenants = match self.identity.tenants() {
            Ok(tenants) => tenants,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "retention could not list tenants");
                return;
            }
        };
        for tenant in tenants {
            let sources = self.identity.sources(tenant.id).unwrap_or_else(|error| {
                tracing::error!(error = %Chain(&error), "retention could not list sources");
                Vec::new()
            });
            for source in sources {
                let permit = self.identity.maintain(source.scope(), self.clock.now());
                match self.store.retain(permit.scope(), source.retention_days as i32) {
                    Ok(ended) if ended.parts > 0 || ended.keys > 0 => {
                        self.note_retention(source.scope(), &ended);
                        tracing::info!(source = %source.id, parts = ended.parts, records = ended.records, keys = ended.keys, "retention ended records and their keys");
                    }
                    Ok(_) => {}
                    Err(error) => tracing::error!(source = %source.id, error = %Chain(&error), "retention failed"),
                }
            }
            if let Err(error) = self.store.retain_tenant_keys(tenant.id) {
                tracing::error!(tenant = %tenant.id, error = %Chain(&error), "retention could not end the tenant's old keys");
            }
        }
    }

    fn note_retention(&self, scope: Scope, ended: &Ended) {
        let event = Event::RetentionEnded { parts: ended.parts as u64, records: ended.records, keys: ended.keys as u64 };
        let deed = Deed::by(Actor::Server, self.clock.now()).of_source(scope);
        if let Err(error) = self.identity.note(&deed, event) {
            tracing::error!(source = %scope.source, error = %Chain(&error), "could not write into the audit trail what retention ended");
        }
    }
}
