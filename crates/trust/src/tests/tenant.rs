//! Claims about pages of tenants, over a real public log, with logs and hosts that are made up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use audit::{Actor, Deed, Event};
use claims::State;
use claims::document::Published;
use claims::statement::{Build, Sha256};
use identity::{ManageOverview, Permit};
use model::limits::OWN_TRY_SECONDS_MIN;
use model::{Clock, DisplayName, Scope, SourceId, TenantId, TimeRange, Timestamp};
use parking_lot::Mutex;
use seal::{FieldSealer, SystemEntropy};

use super::{DAY, HOUR, House, MINUTE, NOW};
use crate::PublicLog;
use crate::tenant::{
    Draft, DraftError, Host, LogQuestions, LookError, Means, Moment, Moments, Outreach, Pages, PagesError, Probes, Question,
    Reach, SecurityTxt, Showed, Slug, TlsSeen,
};

mod drafts;
mod hosts;
mod looking;
mod sequences;
mod signing;
mod trying;
mod withdrawing;

const QUERY: &str = "event:backup-finished AND secretfield:1";
const FAILED: &str = "event:sign-in-failed";
const LOCKED: &str = "event:locked";

/// Records of sources: of each query, when and of which group.
#[derive(Default)]
struct Logs {
    records: Mutex<BTreeMap<(Scope, String), Vec<Moment>>>,
    is_down: AtomicBool,
    /// The source receives something else.
    is_busy: AtomicBool,
}

/// Hosts, as they answer.
struct Net {
    texts: Mutex<BTreeMap<String, Vec<String>>>,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    old_versions: Mutex<Vec<&'static str>>,
    is_down: AtomicBool,
    probed: AtomicBool,
}

/// An installation whose tenants have pages.
struct Street {
    house: House,
    logs: Arc<Logs>,
    net: Arc<Net>,
    tenant: TenantId,
    source: SourceId,
    pages: Pages,
}

impl LogQuestions for Logs {
    fn count(&self, question: &Question<'_>) -> Result<u64, LookError> {
        Ok(self.matching(question)?.len() as u64)
    }

    fn has_any(&self, scope: Scope, range: TimeRange) -> Result<bool, LookError> {
        let records = self.records.lock();
        let any = records.iter().any(|((at, _), all)| *at == scope && all.iter().any(|one| range.contains(one.at)));
        Ok(any || self.is_busy.load(Ordering::SeqCst))
    }

    fn times(&self, question: &Question<'_>, group_by: Option<&str>, limit: usize) -> Result<Moments, LookError> {
        let mut found = self.matching(question)?;
        if group_by.is_none() {
            found.iter_mut().for_each(|one| one.group = None);
        }
        Ok(if found.len() > limit { Moments::TooMany } else { Moments::All(found) })
    }
}

impl Logs {
    fn matching(&self, question: &Question<'_>) -> Result<Vec<Moment>, LookError> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(LookError::TooMuch);
        }
        let records = self.records.lock();
        let all = records.get(&(question.scope, question.query.to_owned())).into_iter().flatten();
        Ok(all.filter(|one| question.range.contains(one.at)).cloned().collect())
    }
}

impl Probes for Net {
    fn tls(&self, _: &Host) -> Result<TlsSeen, LookError> {
        self.probed.store(true, Ordering::SeqCst);
        let (old_versions, ends) = (self.old_versions.lock().clone(), NOW.plus_seconds(1_000 * DAY));
        Ok(TlsSeen { old_versions, is_current: true, is_verified: true, ends })
    }

    fn headers(&self, _: &Host) -> Result<Vec<(String, String)>, LookError> {
        Err(LookError::Unreachable)
    }

    fn security_txt(&self, _: &Host) -> Result<SecurityTxt, LookError> {
        Ok(SecurityTxt::NotThere)
    }
}

impl Outreach for Net {
    fn texts(&self, name: &str) -> Result<Vec<String>, LookError> {
        self.answer(|| self.texts.lock().get(name).cloned().unwrap_or_default())
    }

    fn file(&self, host: &Host, path: &str, _: usize) -> Result<Option<Vec<u8>>, LookError> {
        self.answer(|| self.files.lock().get(&format!("https://{host}{path}")).cloned())
    }
}

impl Net {
    fn answer<T>(&self, answer: impl FnOnce() -> T) -> Result<T, LookError> {
        if self.is_down.load(Ordering::SeqCst) { Err(LookError::Unreachable) } else { Ok(answer()) }
    }
}

impl Street {
    /// With one tenant, whose page is `acme`.
    fn new() -> Self {
        let house = House::new();
        let logs = Arc::new(Logs::default());
        let net = Arc::new(Net {
            texts: Mutex::default(),
            files: Mutex::default(),
            old_versions: Mutex::default(),
            is_down: AtomicBool::new(false),
            probed: AtomicBool::new(false),
        });
        let pages = open(&house, &logs, &net);
        let (tenant, source) = (TenantId::generate(&SystemEntropy), SourceId::generate(&SystemEntropy));
        let street = Self { house, logs, net, tenant, source, pages };
        street.pages.found(&street.permit(), &slug("acme"), &DisplayName::parse("Acme").unwrap()).unwrap();
        street
    }

    /// That says this, and looked once.
    fn saying(draft: impl FnOnce(&Self) -> String) -> Self {
        let street = Self::new();
        let draft = draft(&street);
        street.say(&draft);
        street.pages.tick().unwrap();
        street
    }

    fn say(&self, json: &str) {
        let draft = Draft::read(json.as_bytes()).unwrap();
        self.pages.write(&self.permit(), &draft).unwrap();
        self.pages.publish(&self.permit(), draft.id()).unwrap();
    }

    /// As after a new start.
    fn reopened(self) -> Self {
        let pages = open(&self.house, &self.logs, &self.net);
        Self { pages, ..self }
    }

    /// So many records that match at this many seconds before now.
    fn log(&self, query: &str, group: Option<&str>, seconds_ago: i64, count: usize) {
        let scope = Scope { tenant: self.tenant, source: self.source };
        let moment = Moment { at: self.now().plus_seconds(-seconds_ago), group: group.map(str::to_owned) };
        let mut records = self.logs.records.lock();
        records.entry((scope, query.to_owned())).or_default().extend(vec![moment; count]);
    }

    fn now(&self) -> Timestamp {
        self.house.clock.now()
    }

    /// Asked by hand, which nobody does twice at once.
    fn shows(&self, host: &Host) -> Result<Showed, PagesError> {
        self.house.pass(OWN_TRY_SECONDS_MIN);
        self.pages.show(&self.permit(), host)
    }

    fn permit(&self) -> Permit<ManageOverview> {
        self.permit_of(self.tenant)
    }

    fn permit_of(&self, tenant: TenantId) -> Permit<ManageOverview> {
        self.house.log.identity.by_shell(tenant, &Deed::by(Actor::Shell, self.now()))
    }

    fn pass(&self, seconds: i64) {
        self.house.pass(seconds);
        self.pages.tick().unwrap();
    }

    fn shown(&self, id: &str) -> Option<Published> {
        let board = self.pages.page("acme").unwrap()?;
        let page = board.overview().unwrap();
        page.overview.claims.iter().find(|claim| claim.id == format!("acme.{id}")).cloned()
    }

    fn state(&self, id: &str) -> Option<State> {
        self.shown(id).map(|claim| claim.state)
    }

    /// At least so many backups within a day.
    fn backups(&self, least: u64) -> String {
        self.evidence(&format!(r#""atLeast": {least}"#))
    }

    fn evidence(&self, bounds: &str) -> String {
        let bound = format!(
            r#"{{"kind": "evidence", "source": "{}", "query": "{QUERY}", "windowMinutes": 1440, {bounds}}}"#,
            self.source
        );
        written("OWN-BACKUP", "Backups run daily", "A backup is finished once a day.", &bound)
    }

    fn lockout(&self, group_by: &str) -> String {
        let bound = format!(
            r#"{{"kind": "sequence", "source": "{}", "trigger": "{FAILED}", "burst": 5, "withinSeconds": 60,
                "follows": "{LOCKED}", "answerSeconds": 60{group_by}, "windowMinutes": 240}}"#,
            self.source
        );
        written("OWN-LOCKOUT", "Lockout", "After five failed sign-ins within a minute an account is locked.", &bound)
    }
}

fn open(house: &House, logs: &Arc<Logs>, net: &Arc<Net>) -> Pages {
    let folder = house.folder.path().join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    let digest = || Sha256 { sha256: "00".repeat(32) };
    let root = Arc::clone(&house.root);
    let means = Means {
        origin: "https://logs.test".to_owned(),
        build: Build { version: "1".to_owned(), executable: digest() },
        configuration: digest(),
        reach: Reach::default(),
        log: Arc::clone(&house.log) as Arc<dyn PublicLog>,
        questions: Arc::clone(logs) as Arc<dyn LogQuestions>,
        probes: Arc::clone(net) as Arc<dyn Probes>,
        outreach: Arc::clone(net) as Arc<dyn Outreach>,
        sealer: Box::new(move || FieldSealer::new(&root, Arc::new(SystemEntropy))),
        clock: Arc::clone(&house.clock) as Arc<dyn Clock>,
        entropy: Arc::new(SystemEntropy),
    };
    Pages::open(&folder, means).unwrap()
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

fn written(id: &str, title: &str, sentence: &str, bound: &str) -> String {
    written_as("software", id, title, sentence, bound)
}

fn written_as(class: &str, id: &str, title: &str, sentence: &str, bound: &str) -> String {
    format!(
        r#"{{"id": "{id}", "title": "{title}", "sentence": "{sentence}", "group": "monitoring", "class": "{class}",
            "limits": "Of one region.", "bound": {bound}}}"#
    )
}
