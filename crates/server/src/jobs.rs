//! What the server does on its own: parts from fresh tables, merges, retention, renewed certificates, last use of keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use identity::Identity;
use model::Clock;
use store::{Close, Store};

const TICK: Duration = Duration::from_secs(1);
const SECONDS_BETWEEN_HOUSEKEEPING: i64 = 30;
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
    stop: Arc<AtomicBool>,
}

// === impl Maintenance ===

impl Maintenance {
    pub(crate) fn start(store: &Arc<Store>, identity: &Arc<Identity>, clock: &Arc<dyn Clock>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            store: Arc::clone(store),
            identity: Arc::clone(identity),
            clock: Arc::clone(clock),
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
            tracing::warn!(error = %error, "could not write the newest records as parts; the journal keeps them");
        }
    }
}

// === impl Worker ===

impl Worker {
    fn run(self) {
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
                Err(error) => tracing::error!(error = %error, "could not write a part; the journal keeps its records"),
            }
            match self.store.compact() {
                Ok(_) => {}
                Err(error) => tracing::error!(error = %error, "could not merge parts"),
            }
            self.store.trim_open_parts();
            let now = self.clock.now();
            if now.seconds_since(housekeeping) >= SECONDS_BETWEEN_HOUSEKEEPING {
                housekeeping = now;
                if let Err(error) = self.identity.flush_last_used() {
                    tracing::warn!(error = %error, "could not record when keys were last used");
                }
            }
            if now.seconds_since(retention) >= SECONDS_BETWEEN_RETENTION {
                retention = now;
                self.retain();
            }
        }
        if let Err(error) = self.identity.flush_last_used() {
            tracing::warn!(error = %error, "could not record when keys were last used");
        }
    }

    fn retain(&self) {
        let tenants = match self.identity.tenants() {
            Ok(tenants) => tenants,
            Err(error) => {
                tracing::error!(error = %error, "retention could not list tenants");
                return;
            }
        };
        for tenant in tenants {
            let sources = self.identity.sources(tenant.id).unwrap_or_else(|error| {
                tracing::error!(error = %error, "retention could not list sources");
                Vec::new()
            });
            for source in sources {
                let permit = self.identity.maintain(source.scope());
                match self.store.retain(permit.scope(), source.retention_days as i32) {
                    Ok(ended) if ended.parts > 0 || ended.keys > 0 => {
                        tracing::info!(source = %source.id, parts = ended.parts, records = ended.records, keys = ended.keys, "retention ended records and their keys");
                    }
                    Ok(_) => {}
                    Err(error) => tracing::error!(source = %source.id, error = %error, "retention failed"),
                }
            }
            if let Err(error) = self.store.retain_tenant_keys(tenant.id) {
                tracing::error!(tenant = %tenant.id, error = %error, "retention could not end the tenant's old keys");
            }
        }
    }
}
