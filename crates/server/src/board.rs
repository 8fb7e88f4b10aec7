//! The board of claims in the server: which checks there are, the values that sentences name, and the thread that looks.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use claims::statement::{Build, Sha256};
use claims::{Library, Slot, State};
use guard::{Edge, TlsFloor};
use identity::{Identity, SecondFactorSaid, UserKind};
use model::{Check, Scope, Timestamp, limits};
use parking_lot::Mutex;
use seal::SealedStore;
use serde::Deserialize;
use store::{RetentionDays, Store};
use trust::{Board, Changed, Publication, Setup, Speaker};

use crate::checks::{self, Outside, Surroundings};
use crate::config::UpArgs;
use crate::contacts::Contacts;
use crate::node::Node;
use crate::problem::Chain;
use crate::turned_away::Attempts;

const TICK: Duration = Duration::from_secs(1);
const FILE: &str = "evidence.sqlite";

/// What an operator publishes, as a TOML file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Published {
    /// Ids; without it, everything that can be checked.
    claims: Option<Vec<String>>,
    #[serde(default)]
    withheld: Vec<String>,
    #[serde(default)]
    embargo_hours: BTreeMap<String, std::num::NonZeroU32>,
}

/// The thread that looks.
pub(crate) struct Looking {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// Where the evidence of a data folder is.
pub(crate) fn file(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// Where a server listens, with the oldest TLS that each listener speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listeners {
    http: (SocketAddr, TlsFloor),
    syslog: Option<(SocketAddr, TlsFloor)>,
    forward: Option<(SocketAddr, TlsFloor)>,
}

// === impl Listeners ===

impl Listeners {
    pub(crate) fn of(http: &Edge, floor: TlsFloor, (syslog, forward): (Option<&Edge>, Option<&Edge>)) -> Self {
        let syslog = syslog.map(|edge| (edge.local_addr(), TlsFloor::Tls12));
        let forward = forward.map(|edge| (edge.local_addr(), TlsFloor::Tls13));
        Self { http: (http.local_addr(), floor), syslog, forward }
    }

    fn all(&self) -> Vec<(SocketAddr, TlsFloor)> {
        [Some(self.http), self.syslog, self.forward].into_iter().flatten().collect()
    }
}

/// Opens the board of a server that listens there.
pub(crate) fn open(
    node: &Node,
    stored: (&Arc<Store>, &Arc<SealedStore>),
    (args, contacts): (&UpArgs, Option<&Arc<Contacts>>),
    (listeners, attempts, build): (Listeners, &Arc<Attempts>, Build),
) -> anyhow::Result<Arc<Board>> {
    let site = args.site();
    let url = format!("{}/security", site.origin);
    let library = Library::shipped().context("the library of claims is not well formed")?;
    let checks = all_checks(node, stored, (args, contacts), (&listeners, attempts, &library))?;
    let setup = Setup {
        publication: publication(args.overview.as_deref(), &library, &checks)?,
        library,
        checks,
        slots: slots(node, args),
        speaker: Speaker { publisher: args.publisher.clone(), url, build, configuration: configuration(args) },
        log: Arc::clone(&node.identity) as Arc<dyn trust::PublicLog>,
        sealer: node.sealer()?,
        clock: Arc::clone(&node.clock),
        entropy: Arc::clone(&node.entropy),
    };
    let board = Board::open(&file(&node.data), setup).context("could not open the board of claims")?;
    Ok(Arc::new(board))
}

fn all_checks(
    node: &Node,
    (store, sealed): (&Arc<Store>, &Arc<SealedStore>),
    (args, contacts): (&UpArgs, Option<&Arc<Contacts>>),
    (listeners, attempts, library): (&Listeners, &Arc<Attempts>, &Library),
) -> anyhow::Result<Vec<Box<dyn Check>>> {
    let runtime = tokio::runtime::Handle::current();
    let certificate = args.tls.tls_certificate.clone().unwrap_or_else(|| node.ca_file());
    let authority = fs::read(&certificate).with_context(|| format!("could not read {}", certificate.display()))?;
    let origin = args.site().origin;
    let outside =
        Outside::new(&origin, listeners.http.0, Some(&authority), runtime.clone()).context("could not look from outside")?;
    // First those that store a line of their own: a new installation has nothing else for the others to look at.
    let mut all = checks::checks(Surroundings {
        contacts: contacts.cloned(),
        identity: Arc::clone(&node.identity),
        entropy: Arc::clone(&node.entropy),
        data: node.data.clone(),
        listeners: listeners.all(),
        outside: outside.clone(),
        attempts: Arc::clone(attempts),
        objects_plaintext: args.objects.is_plaintext(),
        runtime,
    });
    all.extend(identity::checks(&node.identity, &node.data.join("tls").join("scratch")).context("could not make the checks")?);
    all.extend(seal::checks(sealed, Arc::clone(store) as Arc<dyn seal::Ledger>));
    all.extend(store::checks(store, Arc::new(Days(Arc::clone(&node.identity)))));
    if let Some(contacts) = contacts {
        all.extend(contact::checks(Arc::clone(contacts) as Arc<dyn contact::Watched>, Arc::clone(&node.entropy)));
    }
    let (reader, log) = (Arc::new(outside), Arc::clone(&node.identity) as Arc<dyn trust::PublicLog>);
    all.extend(trust::checks(reader, log, library.clone(), Arc::clone(&node.entropy)));
    Ok(all)
}

/// What the operator says is published; without it, all that this server has the checks for as it is configured.
fn publication(file: Option<&Path>, library: &Library, checks: &[Box<dyn Check>]) -> anyhow::Result<Publication> {
    let Some(file) = file else {
        let there = |id: &String| checks.iter().any(|check| check.id() == id);
        let looked_at = library.claims().filter(|claim| !claim.checks().is_empty() && claim.checks().iter().all(there));
        let claims = looked_at.map(|claim| claim.id.clone()).collect();
        return Ok(Publication { claims: Some(claims), ..Publication::default() });
    };
    let text = fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))?;
    let Published { claims, withheld, embargo_hours } =
        toml::from_str(&text).with_context(|| format!("{} is not a list of claims", file.display()))?;
    Ok(Publication { claims, withheld, embargo_hours })
}

/// This very executable.
pub(crate) fn build() -> anyhow::Result<Build> {
    let path = std::env::current_exe().context("the executable of this process has no path")?;
    let bytes = fs::File::open(&path).with_context(|| format!("could not read {}", path.display()))?;
    let executable = trust::sha256_of(bytes).with_context(|| format!("could not read {}", path.display()))?;
    Ok(Build { version: env!("CARGO_PKG_VERSION").to_owned(), executable })
}

/// What decides how this installation behaves; it has no secrets.
pub(crate) fn configuration(args: &UpArgs) -> Sha256 {
    let effective = serde_json::json!({
        "url": args.site().origin,
        "tls12": args.tls.tls12,
        "syslog": args.syslog_listen.is_some(),
        "forward": args.forward_listen.is_some(),
        "own_certificate": args.tls.tls_certificate.is_some(),
        "bucket": args.objects.s3().is_some(),
        "bucket_plaintext": args.objects.is_plaintext(),
        "archive_folder": args.archive_folder.is_some(),
    });
    trust::sha256(effective.to_string().as_bytes())
}

/// Values that sentences name: settings as they are in force, and counts.
fn slots(node: &Node, args: &UpArgs) -> trust::Slots {
    let (identity, clock) = (Arc::clone(&node.identity), Arc::clone(&node.clock));
    let tls = match (args.tls.tls12, args.syslog_listen) {
        (true, _) => "TLS 1.2 and TLS 1.3",
        (false, Some(_)) => "TLS 1.3, and on the port for syslog TLS 1.2 too,",
        (false, None) => "TLS 1.3",
    };
    let storage = if args.objects.s3().is_some() { "an S3 bucket" } else { "the data folder" };
    let last = Mutex::new(Vec::new());
    Box::new(move || {
        let mut values = BTreeMap::from([
            (Slot::TlsVersions, tls.to_owned()),
            (Slot::Storage, storage.to_owned()),
            (Slot::KeyHours, (limits::DATA_KEY_SEAL_SECONDS_MAX / 3_600).to_string()),
            (Slot::PassphraseMemoryMib, (limits::PASSPHRASE_MEMORY_KIB_MIN >> 10).to_string()),
            (Slot::PassphrasePasses, limits::PASSPHRASE_PASSES_MIN.to_string()),
            (Slot::GuessesFree, limits::GUESSES_PAIR_FREE.to_string()),
            (Slot::AccessMinutesMax, limits::ACCESS_MINUTES_MAX.to_string()),
        ]);
        // Who damages a row must not take a sentence off the page by it: it stands in its last words, and its check says
        // what it is worth. Before a first count it is left unsaid.
        let mut last = last.lock();
        match counted(&identity, clock.now()) {
            Ok(counts) => *last = counts,
            Err(error) => tracing::warn!(error = %Chain(&error), "could not count what the security page says"),
        }
        values.extend(last.iter().cloned());
        values
    })
}

fn counted(identity: &Identity, now: Timestamp) -> Result<Vec<(Slot, String)>, identity::CatalogError> {
    let (staff, said) = (identity.staff()?, identity.said(now)?);
    let of = |kind: UserKind| staff.iter().filter(|one| one.user.kind == kind).count().to_string();
    let second_factor = match said.second_factor {
        SecondFactorSaid::Optional => "optional",
        SecondFactorSaid::DemandedByAll => "demanded by each tenant",
        SecondFactorSaid::DemandedBySome => "demanded by some tenants and optional in the others",
    };
    // A number that says nothing leaves its sentence unsaid.
    let tenants = (said.tenants_at_least > 0).then(|| (Slot::TenantsAtLeast, said.tenants_at_least.to_string()));
    let counts = [
        (Slot::StaffEngineers, of(UserKind::Engineer)),
        (Slot::StaffOperators, of(UserKind::Operator)),
        (Slot::AccessesIn90Days, said.accesses.to_string()),
        (Slot::TrailDays, said.trail_days.to_string()),
        (Slot::RetentionDaysMax, said.retention_days_max.to_string()),
        (Slot::SecondFactorRule, second_factor.to_owned()),
    ];
    Ok(counts.into_iter().chain(tenants).collect())
}

/// Knows for how long each source keeps its records.
struct Days(Arc<Identity>);

// === impl Days ===

impl RetentionDays for Days {
    fn days(&self) -> Result<BTreeMap<Scope, u32>, Box<dyn std::error::Error + Send + Sync>> {
        let mut days = BTreeMap::new();
        for tenant in self.0.tenants()? {
            days.extend(self.0.sources(tenant.id)?.into_iter().map(|source| (source.scope(), source.retention_days)));
        }
        Ok(days)
    }
}

// === impl Looking ===

impl Looking {
    pub(crate) fn start(board: &Arc<Board>) -> std::io::Result<Self> {
        let board = Arc::clone(board);
        Self::with("claims", move || match board.tick() {
            Ok(tick) => tick.changed.iter().for_each(tell),
            Err(error) => tracing::error!(error = %Chain(&error), "the claims could not be looked at"),
        })
    }

    /// Does this again and again, on a thread with this name.
    pub(crate) fn with(name: &str, round: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let work = move || {
            while !stopping.load(Ordering::Acquire) {
                round();
                std::thread::park_timeout(TICK);
            }
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread after what it is doing.
    pub(crate) fn finish(self) {
        self.stop.store(true, Ordering::Release);
        self.thread.thread().unpark();
        if self.thread.join().is_err() {
            tracing::error!("looking at the claims ended by a defect");
        }
    }
}

/// A sentence that does not stand any more is for the operator to see; the first look of a start is nothing new.
pub(crate) fn tell(changed: &Changed) {
    let Changed { claim, from, to } = changed;
    match (from, to) {
        (State::Unknown | State::NotClaimed | State::Stale, State::Pass) => tracing::debug!(claim, %from, %to, "a claim holds"),
        (_, State::Pass) => tracing::info!(claim, %from, %to, "a claim holds again"),
        (State::Pass, _) | (_, State::Fail | State::SealedFail) => {
            tracing::warn!(claim, %from, %to, "a claim does not hold: blockhouse check says why");
        }
        _ => tracing::info!(claim, %from, %to, "a claim changed"),
    }
}
