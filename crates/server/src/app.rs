//! What every handler shares.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use claims::Library;
use identity::{CatalogError, Identity};
use mail::Mailer;
use model::{Clock, DestinationId, Entropy, TenantId, Timestamp, limits};
use parking_lot::Mutex;
use seal::RootKeyId;
use search::{Cancel, Cancelled};
use store::Store;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use trust::tenant::Pages;
use trust::{Board, Templates};

use crate::bodies::BodyBudget;
use crate::config::PrivateHost;
use crate::contacts::Contacts;
use crate::figures::Drawing;
use crate::handlers::hec::Moments;
use crate::handlers::overview::Rendered;
use crate::hashing::Hashing;
use crate::headers::Hsts;
use crate::problem::{Chain, Problem};
use crate::refusals::Refusals;
use crate::sql_queries::SqlQueries;
use crate::system::System;

pub(crate) struct App {
    pub(crate) store: Arc<Store>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// SQL computes on the threads that poll it, so it gets its own.
    pub(crate) sql_runtime: Handle,
    pub(crate) queries: Arc<Semaphore>,
    /// Those that their clients come back for.
    pub(crate) sql_queries: Arc<SqlQueries>,
    pub(crate) bodies: BodyBudget,
    pub(crate) hec_moments: Moments,
    pub(crate) hashing: Hashing,
    pub(crate) refusals: Refusals,
    /// Where people reach this server, such as `https://localhost:8443`.
    pub(crate) origin: String,
    pub(crate) hsts: Hsts,
    pub(crate) board: Arc<Board>,
    /// Tenants' pages about their own products.
    pub(crate) pages: Arc<Pages>,
    pub(crate) templates: Templates,
    pub(crate) library: Library,
    pub(crate) rendered: Rendered,
    pub(crate) drawing: Drawing,
    pub(crate) contacts: Option<Arc<Contacts>>,
    pub(crate) system: System,
    /// Where the root key lies. It is read when the recovery kit is given out, and not before.
    pub(crate) root_key: PathBuf,
    pub(crate) root_id: RootKeyId,
    /// Where nobody named a mail server, nothing is sent by mail.
    pub(crate) mailer: Option<Arc<Mailer>>,
    /// When a destination of alerts was tested last.
    pub(crate) tested: Mutex<HashMap<DestinationId, Timestamp>>,
    pub(crate) providers: oidc::Providers,
    /// Hosts at private addresses that tenants may name: for their audit trails, and on their own pages.
    pub(crate) private_hosts: Vec<PrivateHost>,
    /// Where tenants' archives may be written on this machine; nowhere without it.
    pub(crate) archive_folder: Option<PathBuf>,
    /// Tenants of which a destination of an archive is being tried.
    pub(crate) trying: Mutex<HashSet<TenantId>>,
    /// Ends streams that would otherwise outlive the server.
    pub(crate) stopping: tokio::sync::watch::Receiver<bool>,
}

/// Places among the queries that run at once, for threads of the server's own.
#[derive(Clone)]
pub(crate) struct Places {
    pub(crate) queries: Arc<Semaphore>,
    pub(crate) runtime: Handle,
}

/// Stops a query when its time is over, or when the one who asked is gone.
pub(crate) struct Deadline {
    cancel: Cancel,
    timer: tokio::task::JoinHandle<()>,
}

// === impl App ===

impl App {
    /// A name for a request, for the log and the trail.
    pub(crate) fn request_id(&self) -> String {
        let mut random = [0; 8];
        self.entropy.fill(&mut random);
        format!("{:016x}", u64::from_be_bytes(random))
    }

    /// Asks what blocks on the disk, on a thread that may. What fails is in the server's own log, where `what` could not be
    /// done.
    pub(crate) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        what: &'static str,
        work: impl FnOnce(&Identity) -> Result<T, CatalogError> + Send + 'static,
    ) -> Option<T> {
        let app = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&app.identity)).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::error!(error = %Chain(&error), "{what} could not be done");
                None
            }
            Err(error) => {
                tracing::error!(error = %Chain(&error), "{what} ended by a defect");
                None
            }
        }
    }

    /// A place among the queries that run at once. It goes with the work: whoever hangs up makes no room for more before
    /// that ends.
    pub(crate) async fn query_place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let wait = Duration::from_secs(limits::QUERY_WAIT_SECONDS);
        match tokio::time::timeout(wait, Arc::clone(&self.queries).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Problem::busy("too many queries run at once; try again in a moment")),
        }
    }
}

// === impl Places ===

impl Places {
    /// Waits for one, so long at most. Not for threads of the runtime.
    pub(crate) fn take(&self, seconds_max: u64) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.queries).acquire_owned();
        let wait = Duration::from_secs(seconds_max);
        let place = self.runtime.block_on(async { tokio::time::timeout(wait, place).await });
        place.ok().and_then(Result::ok)
    }

    pub(crate) fn deadline(&self, seconds: u64) -> Deadline {
        let _entered = self.runtime.enter();
        Deadline::within(seconds)
    }
}

// === impl Deadline ===

impl Deadline {
    pub(crate) fn start() -> Self {
        Self::within(limits::QUERY_SECONDS_MAX)
    }

    pub(crate) fn within(seconds: u64) -> Self {
        let cancel = Cancel::default();
        let timed = cancel.clone();
        let timer = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            timed.stop(Cancelled::TimedOut);
        });
        Self { cancel, timer }
    }

    pub(crate) fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.timer.abort();
        self.cancel.stop(Cancelled::Abandoned);
    }
}
