//! All pages of an installation: what tenants do with theirs, and the rounds that look.
//!
//! Always holds: one change of a tenant's at a time; each is in the tenant's trail before it is made; what is said in public
//! follows what is kept, and a claim that was broken within the strip is withdrawn and not removed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit::Event;
use claims::{LibraryError, State, own_id, own_path};
use identity::{ManageOverview, Permit};
use model::limits::{OWN_CLAIMS_MAX, OWN_TRY_SECONDS_MIN, TENANT_HOSTS_MAX, TENANT_PAGES_MAX};
use model::{DisplayName, Observation, TenantId, Timestamp, Verdict};
use parking_lot::Mutex;
use seal::FieldSealer;

use super::bound::Bound;
use super::draft::{Draft, Written};
use super::host::{Host, HostError};
use super::outside::Means;
use super::showing::{Challenge, Shown};
use super::slug::Slug;
use super::store::{KeptClaim, KeptPage, PageId, PageStore, PageStoreError, Withdrawn};
use crate::attest::AttestationError;
use crate::board::{Board, BoardError, Changed, TakenBack};
use crate::public::PublicLogError;

mod hosts;
mod opening;
mod rounds;
mod trying;

pub use rounds::PagesTick;

const FILE: &str = "pages.sqlite";

pub struct Pages {
    folder: PathBuf,
    store: Arc<PageStore>,
    means: Means,
    sealer: FieldSealer,
    boards: Mutex<BTreeMap<TenantId, Arc<Board>>>,
    /// Of each tenant, held while something of its own is changed: what takes long for one holds up no other.
    changing: Mutex<BTreeMap<TenantId, Arc<Mutex<()>>>>,
    /// What each tenant has looked at, or had asked, by hand.
    trying: Mutex<BTreeMap<TenantId, trying::Try>>,
    /// The tenant whose page was looked at last.
    turn: Mutex<Option<TenantId>>,
}

/// A claim as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnClaim {
    pub draft: Written,
    /// As it is said now, which may be older words.
    pub published: Option<Written>,
    /// What it is worth now, if it is on the page.
    pub state: Option<State>,
    /// Until when it stays on the page, though it was taken back.
    pub withdrawn_until: Option<Timestamp>,
}

/// A host as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnHost {
    pub host: Host,
    pub challenge: Challenge,
    pub is_shown: bool,
    pub asked: Option<Timestamp>,
}

/// A page as it was founded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPage {
    pub slug: Slug,
    pub publisher: String,
    /// Where everybody finds it.
    pub url: String,
}

/// What one look at a draft showed.
#[derive(Debug, Clone)]
pub struct Tried {
    pub look: Observation,
    pub twin: Verdict,
}

/// What became of a claim that was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpublished {
    Removed,
    /// It was broken, so the page shows that it was withdrawn, until then.
    Withdrawn {
        until: Timestamp,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    #[error(transparent)]
    Store(#[from] PageStoreError),
    #[error(transparent)]
    Board(#[from] BoardError),
    #[error(transparent)]
    Attestation(#[from] AttestationError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Host(#[from] HostError),
    #[error("the change could not be written into the audit trail")]
    Trail(#[from] PublicLogError),
    #[error("the organization has a page, and its name is for ever")]
    HasPage,
    #[error("another page has this name")]
    NameTaken,
    #[error("an installation has at most {TENANT_PAGES_MAX} pages")]
    TooManyPages,
    #[error("the organization has no page yet; give it its name first")]
    NoPage,
    #[error("there is no claim {0}")]
    NoClaim(String),
    #[error("{0} is on the page; it has to be taken back first")]
    OnThePage(String),
    #[error("what is looked at cannot become a person's word, nor the other way round, while it is on the page")]
    OtherKind,
    #[error("a page has at most {OWN_CLAIMS_MAX} claims")]
    TooManyClaims,
    #[error("an organization has at most {TENANT_HOSTS_MAX} hosts")]
    TooManyHosts,
    #[error("there is no host {0}")]
    NoHost(Host),
    #[error("{0} does not show that it is the organization's")]
    HostNotShown(Host),
    #[error("a person signs this; there is nothing to look at")]
    NothingToLookAt,
    #[error("one look at a time; try again in {OWN_TRY_SECONDS_MIN} seconds")]
    TooSoon,
}

// === impl Pages ===

impl Pages {
    /// Opens the pages in this folder, which is there. Boards are opened when somebody needs them.
    pub fn open(folder: &Path, means: Means) -> Result<Self, PagesError> {
        let store = Arc::new(PageStore::open(&folder.join(FILE), (means.sealer)())?);
        let sealer = (means.sealer)();
        let (boards, changing, trying, turn) = (Mutex::default(), Mutex::default(), Mutex::default(), Mutex::default());
        Ok(Self { folder: folder.to_owned(), store, means, sealer, boards, changing, trying, turn })
    }

    /// Gives a tenant its page. Its name is for ever.
    pub fn found(&self, permit: &Permit<ManageOverview>, slug: &Slug, publisher: &DisplayName) -> Result<(), PagesError> {
        let tenant = permit.tenant();
        let lock = self.lock_of(tenant);
        let _changing = lock.lock();
        if self.store.page(tenant)?.is_some() {
            return Err(PagesError::HasPage);
        }
        if self.store.tenant_of(slug)?.is_some() {
            return Err(PagesError::NameTaken);
        }
        if self.store.tenants()?.len() >= TENANT_PAGES_MAX {
            return Err(PagesError::TooManyPages);
        }
        self.tell(permit, Event::OwnPageFounded { page: slug.to_string() })?;
        let page = PageId::generate(&*self.means.entropy);
        let kept = KeptPage { slug: slug.clone(), page, publisher: publisher.as_str().to_owned() };
        // Somebody else may have taken the name, or the last place, in this very moment.
        if self.store.add_page(tenant, &kept)? { Ok(()) } else { Err(PagesError::NameTaken) }
    }

    pub fn own_page(&self, tenant: TenantId) -> Result<Option<OwnPage>, PagesError> {
        let own = |kept: KeptPage| OwnPage { url: self.url(&kept.slug), slug: kept.slug, publisher: kept.publisher };
        Ok(self.store.page(tenant)?.map(own))
    }

    pub fn slug(&self, tenant: TenantId) -> Result<Option<Slug>, PagesError> {
        Ok(self.store.page(tenant)?.map(|kept| kept.slug))
    }

    // --- claims ---

    /// Keeps a draft, in the place of the one with its id. What is said does not change.
    pub fn write(&self, permit: &Permit<ManageOverview>, draft: &Draft) -> Result<(), PagesError> {
        let tenant = permit.tenant();
        let lock = self.lock_of(tenant);
        let _changing = lock.lock();
        self.store.page(tenant)?.ok_or(PagesError::NoPage)?;
        let rows = self.store.claims(tenant)?;
        let written = draft.written().clone();
        let (place, kept) = match rows.iter().find(|(_, kept)| kept.draft.id == written.id) {
            Some((place, kept)) => (*place, KeptClaim { draft: written, ..kept.clone() }),
            None => {
                let places = rows.iter().map(|(place, _)| *place);
                let place = free(places, OWN_CLAIMS_MAX).ok_or(PagesError::TooManyClaims)?;
                (place, KeptClaim { draft: written, published: None, withdrawn: None })
            }
        };
        self.tell(permit, Event::OwnClaimWritten { claim: kept.draft.id.clone() })?;
        Ok(self.store.put_claim(tenant, place, &kept)?)
    }

    /// Forgets a draft that is not on the page.
    pub fn discard(&self, permit: &Permit<ManageOverview>, id: &str) -> Result<(), PagesError> {
        let tenant = permit.tenant();
        let lock = self.lock_of(tenant);
        let _changing = lock.lock();
        let (place, kept) = self.row(tenant, id)?;
        if kept.published.is_some() {
            return Err(PagesError::OnThePage(id.to_owned()));
        }
        self.tell(permit, Event::OwnClaimDiscarded { claim: id.to_owned() })?;
        Ok(self.store.remove_claim(tenant, place)?)
    }

    /// Says a draft on the page, in the place of what was said under its id. What was found of that stays in its history.
    pub fn publish(&self, permit: &Permit<ManageOverview>, id: &str) -> Result<(), PagesError> {
        let tenant = permit.tenant();
        let lock = self.lock_of(tenant);
        let _changing = lock.lock();
        self.store.page(tenant)?.ok_or(PagesError::NoPage)?;
        let (place, kept) = self.row(tenant, id)?;
        let is_word = |written: &Written| matches!(written.bound, Bound::Attested { .. });
        if kept.published.as_ref().is_some_and(|published| is_word(published) != is_word(&kept.draft)) {
            // Otherwise what was broken would leave the page as a word that nobody looks at.
            return Err(PagesError::OtherKind);
        }
        if let Bound::Probe { host, .. } = &kept.draft.bound {
            let hosts = self.store.hosts(tenant)?;
            let now = self.means.clock.now();
            let is_shown = hosts.iter().any(|(_, kept)| kept.host == *host && kept.is_shown(now));
            is_shown.then_some(()).ok_or_else(|| PagesError::HostNotShown(host.clone()))?;
        }
        self.tell(permit, Event::OwnClaimPublished { claim: id.to_owned() })?;
        let published = Some(kept.draft.clone());
        self.store.put_claim(tenant, place, &KeptClaim { published, withdrawn: None, ..kept })?;
        self.close(tenant);
        Ok(())
    }

    /// Takes a claim back. One that was broken on a day that the page shows stays on it, as withdrawn, as long as that day.
    pub fn unpublish(&self, permit: &Permit<ManageOverview>, id: &str) -> Result<Unpublished, PagesError> {
        let tenant = permit.tenant();
        let lock = self.lock_of(tenant);
        let _changing = lock.lock();
        let (place, mut kept) = self.row(tenant, id)?;
        if kept.published.is_some() && kept.withdrawn.is_none() {
            self.tell(permit, Event::OwnClaimTakenBack { claim: id.to_owned() })?;
        }
        match (&kept.published, kept.withdrawn) {
            (None, _) => return Ok(Unpublished::Removed),
            (Some(_), Some(Withdrawn { until, .. })) => {
                return Ok(Unpublished::Withdrawn { until: Timestamp::from_nanos(until) });
            }
            (Some(Written { bound: Bound::Attested { .. }, .. }), None) => {
                // Nothing was ever found of it; what was signed for it counts no more.
                let slug = self.store.page(tenant)?.ok_or(PagesError::NoPage)?.slug;
                if let Some(board) = self.board(tenant)? {
                    board.unsay(&own_id(slug.as_str(), id))?;
                }
                self.store.put_claim(tenant, place, &KeptClaim { published: None, ..kept })?;
                self.close(tenant);
                return Ok(Unpublished::Removed);
            }
            (Some(_), None) => {}
        }
        let board = self.board(tenant)?.ok_or(PagesError::NoPage)?;
        let slug = self.store.page(tenant)?.ok_or(PagesError::NoPage)?.slug;
        let claim = own_id(slug.as_str(), id);
        let unpublished = match board.take_back(&claim)? {
            TakenBack::Withdrawn { since, until } => {
                kept.withdrawn = Some(Withdrawn { since: since.nanos(), until: until.nanos() });
                Unpublished::Withdrawn { until }
            }
            TakenBack::Removed => {
                kept.published = None;
                Unpublished::Removed
            }
        };
        self.store.put_claim(tenant, place, &kept)?;
        self.close(tenant);
        Ok(unpublished)
    }

    /// A tenant's claims, with what each is worth now.
    pub fn claims(&self, tenant: TenantId) -> Result<Vec<OwnClaim>, PagesError> {
        let states: BTreeMap<String, State> = match self.board(tenant)? {
            Some(board) => {
                let signed = board.attestable()?.into_iter().filter(|one| one.state != State::NotClaimed);
                let signed = signed.map(|one| (one.claim, one.state));
                board.claims()?.into_iter().map(|now| (now.claim, now.state)).chain(signed).collect()
            }
            None => BTreeMap::new(),
        };
        let slug = self.slug(tenant)?;
        let state = |id: &str| slug.as_ref().and_then(|slug| states.get(&own_id(slug.as_str(), id)).copied());
        let own = |(_, kept): (usize, KeptClaim)| OwnClaim {
            state: state(&kept.draft.id),
            withdrawn_until: kept.withdrawn.map(|withdrawn| Timestamp::from_nanos(withdrawn.until)),
            draft: kept.draft,
            published: kept.published,
        };
        Ok(self.store.claims(tenant)?.into_iter().map(own).collect())
    }

    fn lock_of(&self, tenant: TenantId) -> Arc<Mutex<()>> {
        Arc::clone(self.changing.lock().entry(tenant).or_default())
    }

    fn url(&self, slug: &Slug) -> String {
        format!("{}{}", self.means.origin, own_path(slug.as_str()))
    }

    /// What is about to be done is in the tenant's trail first.
    fn tell(&self, permit: &Permit<ManageOverview>, event: Event) -> Result<(), PagesError> {
        Ok(self.means.log.tell(&permit.deed().clone().of_tenant(permit.tenant()), event)?)
    }

    fn row(&self, tenant: TenantId, id: &str) -> Result<(usize, KeptClaim), PagesError> {
        let found = self.store.claims(tenant)?.into_iter().find(|(_, kept)| kept.draft.id == id);
        found.ok_or_else(|| PagesError::NoClaim(id.to_owned()))
    }
}

fn free(taken: impl Iterator<Item = usize>, places: usize) -> Option<usize> {
    let taken: Vec<usize> = taken.collect();
    (0..places).find(|place| !taken.contains(place))
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("means", &self.means).finish_non_exhaustive()
    }
}
