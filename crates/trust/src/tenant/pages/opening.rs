//! Boards of pages, opened when they are needed: a library of what the tenant says, and a check for each claim.

use std::collections::BTreeMap;
use std::sync::Arc;

use claims::{Claim, Library};
use model::{Check, Scope, TenantId, Timestamp};

use super::{Bound, Draft, KeptClaim, KeptPage, Pages, PagesError, Shown, Slug};
use crate::board::{Board, Setup, Speaker};
use crate::plan::Publication;
use crate::tenant::claim::{check_name, claim, mark};
use crate::tenant::evidence::{self, EvidenceCheck};
use crate::tenant::probe::ProbeCheck;
use crate::tenant::sequence::{self, SequenceCheck};

const MINUTE: i64 = 60;

/// What of a page is said.
struct Said {
    claims: Vec<Claim>,
    checks: Vec<Box<dyn Check>>,
    withdrawn: BTreeMap<String, Timestamp>,
}

// === impl Pages ===

impl Pages {
    /// The board of the page with this name, for everybody; `None` where nothing was ever said.
    pub fn page(&self, slug: &str) -> Result<Option<Arc<Board>>, PagesError> {
        let Ok(slug) = Slug::parse(slug) else { return Ok(None) };
        match self.store.tenant_of(&slug)? {
            Some(tenant) => self.board(tenant),
            None => Ok(None),
        }
    }

    /// Those of all tenants that say something. One that cannot be opened is left out: looking at it says why.
    pub fn boards(&self) -> Result<Vec<Arc<Board>>, PagesError> {
        Ok(self.store.tenants()?.into_iter().filter_map(|tenant| self.board(tenant).ok().flatten()).collect())
    }

    /// A tenant's board; `None` where it says nothing.
    pub fn board(&self, tenant: TenantId) -> Result<Option<Arc<Board>>, PagesError> {
        let mut boards = self.boards.lock();
        if let Some(board) = boards.get(&tenant) {
            return Ok(Some(Arc::clone(board)));
        }
        let Some(kept) = self.store.page(tenant)? else { return Ok(None) };
        let said = self.said(tenant, &kept.slug)?;
        if said.claims.is_empty() {
            return Ok(None);
        }
        let board = Arc::new(self.opened(tenant, &kept, said)?);
        boards.insert(tenant, Arc::clone(&board));
        Ok(Some(board))
    }

    /// The next one to need the board has it as it is kept then.
    pub(super) fn close(&self, tenant: TenantId) {
        self.boards.lock().remove(&tenant);
    }

    fn opened(&self, tenant: TenantId, kept: &KeptPage, said: Said) -> Result<Board, PagesError> {
        let claims = said.claims.iter().map(|claim| claim.id.clone()).collect();
        let publication = Publication { claims: Some(claims), ..Publication::default() };
        let setup = Setup {
            library: Library::of(said.claims)?,
            publication,
            checks: said.checks,
            slots: Box::new(BTreeMap::new),
            speaker: Speaker {
                publisher: kept.publisher.clone(),
                url: self.url(&kept.slug),
                build: self.means.build.clone(),
                configuration: self.means.configuration.clone(),
            },
            log: Arc::clone(&self.means.log),
            sealer: (self.means.sealer)(),
            clock: Arc::clone(&self.means.clock),
            entropy: Arc::clone(&self.means.entropy),
        };
        let file = self.folder.join(format!("{}.sqlite", kept.page));
        Ok(Board::open(&file, setup)?.of_tenant(tenant).remember_withdrawn(said.withdrawn))
    }

    fn said(&self, tenant: TenantId, slug: &Slug) -> Result<Said, PagesError> {
        let mut said = Said { claims: Vec::new(), checks: Vec::new(), withdrawn: BTreeMap::new() };
        for (place, KeptClaim { published, withdrawn, .. }) in self.store.claims(tenant)? {
            let Some(written) = published else { continue };
            let draft = Draft::kept(written);
            let claim = claim(&draft, slug, place, &mark(&self.sealer, tenant, draft.bound()));
            match withdrawn {
                Some(withdrawn) => {
                    said.withdrawn.insert(claim.id.clone(), Timestamp::from_nanos(withdrawn.since));
                }
                None => said.checks.extend(self.check(tenant, draft.bound(), place)),
            }
            said.claims.push(claim);
        }
        Ok(said)
    }

    /// What looks at a claim at this place.
    pub(super) fn check(&self, tenant: TenantId, bound: &Bound, place: usize) -> Option<Box<dyn Check>> {
        let name = check_name(bound, place)?;
        let logs = Arc::clone(&self.means.questions);
        match bound.clone() {
            Bound::Probe { host, kinds } => {
                let shown = Arc::new(Shown(Arc::clone(&self.store)));
                Some(Box::new(ProbeCheck::new(name, (tenant, host), kinds, shown, Arc::clone(&self.means.probes))))
            }
            Bound::Evidence { source, query, window_minutes, at_least, at_most } => {
                let rule = evidence::Rule { query, window_seconds: i64::from(window_minutes) * MINUTE, at_least, at_most };
                Some(Box::new(EvidenceCheck::new(name, Scope { tenant, source }, rule, logs)))
            }
            Bound::Sequence { source, trigger, burst, within_seconds, follows, answer_seconds, group_by, window_minutes } => {
                let rule = sequence::Rule {
                    trigger,
                    burst: burst as usize,
                    within_seconds: i64::from(within_seconds),
                    follows,
                    answer_seconds: i64::from(answer_seconds),
                    group_by,
                    window_seconds: i64::from(window_minutes) * MINUTE,
                };
                Some(Box::new(SequenceCheck::new(name, Scope { tenant, source }, rule, logs)))
            }
            Bound::Attested { .. } => None,
        }
    }
}
