//! The board: which claims are published, what stands behind each now, and when it is looked at again.
//!
//! Always holds: one round at a time; nothing counts that is not in the public log; what a round found and could not
//! publish is published before the next one begins.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use claims::statement::{Build, Sha256};
use claims::{Claim, Library, MissingSlot, State};
use model::limits::{CHECK_SECONDS_MAX, OVERVIEW_SECONDS};
use model::{Check, Clock, Entropy, TenantId, Timestamp};
use parking_lot::Mutex;
use seal::FieldSealer;

use crate::look::{Runner, Seen};
use crate::overview::Page;
use crate::plan::{Plan, PlanError, Planned, Publication};
use crate::public::{PublicLog, PublicLogError};
use crate::sentence::{Sentence, Slots};
use crate::standing::Basis;
use crate::store::{Kept, Store, StoreError};

mod round;
mod sealed;
mod shown;
mod withdrawn;

pub use round::{Changed, Progress, Tick};
pub(crate) use sealed::Sealing;
pub use sealed::commit;
pub use shown::{ClaimNow, Past};
pub(crate) use withdrawn::TakenBack;

/// Runs checks, keeps what they showed, and says what is shown of it.
pub struct Board {
    pub(crate) plan: Plan,
    pub(crate) speaker: Speaker,
    pub(crate) log: Arc<dyn PublicLog>,
    pub(crate) store: Store,
    pub(crate) page: Mutex<Option<Arc<Page>>>,
    clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) sealer: FieldSealer,
    runner: Runner,
    pub(crate) slots: Slots,
    opened: Timestamp,
    /// The newest look of each check in this process.
    latest: Mutex<BTreeMap<String, Seen>>,
    sentences: Mutex<Option<(Timestamp, Arc<Sentences>)>>,
    rounds: Mutex<Rounds>,
    /// Claims that a person took back, and when.
    withdrawn: Mutex<BTreeMap<String, Timestamp>>,
    /// In whose trail it is told what people signed.
    pub(crate) owner: Option<TenantId>,
    /// Held while what people signed is changed.
    pub(crate) attesting: Mutex<()>,
    ending: AtomicBool,
}

/// Everything a board needs.
pub struct Setup {
    pub library: Library,
    pub publication: Publication,
    pub checks: Vec<Box<dyn Check>>,
    pub slots: Slots,
    pub speaker: Speaker,
    pub log: Arc<dyn PublicLog>,
    pub sealer: FieldSealer,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

/// Who speaks, where, and with which program and configuration.
#[derive(Debug, Clone)]
pub struct Speaker {
    pub publisher: String,
    pub url: String,
    pub build: Build,
    /// Of the effective configuration, without its secrets.
    pub configuration: Sha256,
}

#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Log(#[from] PublicLogError),
    #[error("{0} is not published here")]
    NotPublished(String),
    #[error("the public log does not have what it said it has")]
    NotInLog,
    #[error("the file of evidence has an envelope that cannot be read")]
    Envelope,
    #[error("the server is ending")]
    Ending,
}

pub(crate) type Sentences = BTreeMap<String, Result<Sentence, MissingSlot>>;

/// What rounds remember of each other.
#[derive(Debug, Default)]
struct Rounds {
    tidied: Option<Timestamp>,
    /// When the log was told last what people's words are worth.
    settled: Option<Timestamp>,
    /// Of each claim, the digest of the sentence that the newest statement is about.
    sentences: BTreeMap<String, String>,
}

// === impl Board ===

impl Board {
    /// Opens the file of evidence, and makes it if there is none. Looks at nothing yet: whoever owns the board calls
    /// [`Board::tick`] about once a second.
    pub fn open(path: &Path, setup: Setup) -> Result<Self, BoardError> {
        Self::open_with(path, setup, Duration::from_secs(CHECK_SECONDS_MAX))
    }

    /// With another patience with checks than production has.
    pub(crate) fn open_with(path: &Path, setup: Setup, patience: Duration) -> Result<Self, BoardError> {
        let Setup { library, publication, checks, slots, speaker, log, sealer, clock, entropy } = setup;
        Ok(Self {
            plan: Plan::new(&library, &publication, checks)?,
            store: Store::open(path)?,
            runner: Runner::new(Arc::clone(&clock), patience),
            opened: clock.now(),
            speaker,
            log,
            page: Mutex::default(),
            clock,
            entropy,
            sealer,
            slots,
            latest: Mutex::default(),
            sentences: Mutex::default(),
            rounds: Mutex::default(),
            withdrawn: Mutex::default(),
            owner: None,
            attesting: Mutex::default(),
            ending: AtomicBool::new(false),
        })
    }

    /// The board speaks for a tenant.
    pub(crate) fn of_tenant(self, tenant: TenantId) -> Self {
        Self { owner: Some(tenant), ..self }
    }

    /// What is looked at comes to its end from here on, and says nothing of its claims: looks that are under way are not
    /// kept.
    pub fn end(&self) {
        self.ending.store(true, Ordering::Release);
    }

    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn opened(&self) -> Timestamp {
        self.opened
    }

    /// The sentences as they are shown now. Counts in them are not made more often than a page is.
    pub(crate) fn sentences(&self, now: Timestamp) -> Arc<Sentences> {
        let mut kept = self.sentences.lock();
        if let Some((at, sentences)) = &*kept
            && (0..OVERVIEW_SECONDS).contains(&now.seconds_since(*at))
        {
            return Arc::clone(sentences);
        }
        let all = self.plan.claims.iter().map(|planned| &planned.claim).chain(&self.plan.derived);
        let values = (self.slots)();
        let render = |claim: &Claim| (claim.id.clone(), Sentence::of(claim, &values));
        let sentences = Arc::new(all.map(render).collect::<Sentences>());
        *kept = Some((now, Arc::clone(&sentences)));
        sentences
    }

    /// What a claim is worth now, and the newest result that the public log has.
    pub(crate) fn standing(
        &self,
        planned: &Planned,
        sentence: &Sentence,
        now: Timestamp,
    ) -> Result<(State, Option<Kept>), StoreError> {
        let id = planned.claim.id.as_str();
        let newest = self.store.newest(id)?;
        if self.withdrawn(id).is_some() {
            return Ok((State::Withdrawn, newest));
        }
        let (embargo, awaiting) = (self.store.embargo(id)?, self.store.awaiting()?);
        let awaiting = awaiting.iter().rfind(|kept| kept.claim == id).map(|kept| kept.state);
        let basis = Basis {
            newest: newest.as_ref(),
            awaiting,
            embargo: embargo.as_ref(),
            sentence: &sentence.digest.sha256,
            budget_seconds: planned.budget_seconds(),
        };
        Ok((basis.state(now), newest))
    }
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board").field("claims", &self.plan.claims.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("checks", &self.checks.len()).finish_non_exhaustive()
    }
}
