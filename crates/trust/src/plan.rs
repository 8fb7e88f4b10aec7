//! What is looked at, and how often: the claims that are published, their checks, and what the others lack.
//!
//! Always holds: each check runs four times within the smallest budget of its claims, so that one round that is missed
//! makes nothing stale.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use claims::document::NotClaimed;
use claims::{Claim, Disposition, Library};
use model::Check;
use model::limits::EMBARGO_HOURS_MAX;

const LOOKS_IN_A_BUDGET: i64 = 4;

/// What the operator says in public.
#[derive(Debug, Clone, Default)]
pub struct Publication {
    /// Ids of claims; without it, all that can be checked. What people sign is said once they have.
    pub claims: Option<Vec<String>>,
    /// Ids of claims that are not told apart, only counted.
    pub withheld: Vec<String>,
    /// Hours for which the details of a failure are kept back, instead of what the library says.
    pub embargo_hours: BTreeMap<String, NonZeroU32>,
}

pub(crate) struct Plan {
    /// Those that checks stand behind, in the order of the library.
    pub(crate) claims: Vec<Planned>,
    /// Those that hold while others do.
    pub(crate) derived: Vec<Claim>,
    /// Those that are said once people have signed them.
    pub(crate) attested: Vec<Claim>,
    /// What is not said, those among it.
    pub(crate) not_claimed: Vec<NotClaimed>,
    pub(crate) withheld: u64,
    pub(crate) checks: BTreeMap<String, PlannedCheck>,
}

#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) claim: Claim,
    pub(crate) budget_minutes: u32,
    pub(crate) embargo_hours: Option<NonZeroU32>,
}

pub(crate) struct PlannedCheck {
    /// `None` where this build has no such check.
    pub(crate) check: Option<Arc<dyn Check>>,
    /// Its place in the order that the checks were given in, which is the one that they run in.
    pub(crate) place: usize,
    pub(crate) interval_seconds: i64,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("{0} is not in the library of claims")]
    NoSuchClaim(String),
    #[error("{0} has no checks that stand behind it, so it cannot be published as verified")]
    NotChecked(String),
    #[error("two checks are called {0}")]
    CheckTwice(&'static str),
    #[error("a failure of {id} may be sealed for at most {EMBARGO_HOURS_MAX} hours")]
    EmbargoTooLong { id: String },
}

// === impl Plan ===

impl Plan {
    pub(crate) fn new(library: &Library, publication: &Publication, checks: Vec<Box<dyn Check>>) -> Result<Self, PlanError> {
        let find = |id: &String| library.find(id).ok_or_else(|| PlanError::NoSuchClaim(id.clone()));
        let own = |ids: &[String]| ids.iter().map(|id| Ok(find(id)?.id.clone())).collect::<Result<BTreeSet<_>, _>>();
        let withheld = own(&publication.withheld)?;
        let chosen = publication.claims.as_deref().map(own).transpose()?;
        let embargoes = publication.embargo_hours.iter().map(|(id, hours)| Ok((find(id)?.id.clone(), *hours)));
        let embargoes = embargoes.collect::<Result<BTreeMap<_, _>, PlanError>>()?;
        let (mut claims, mut derived, mut attested) = (Vec::new(), Vec::new(), Vec::new());
        for claim in library.claims().filter(|claim| !withheld.contains(&claim.id)) {
            match (&claim.disposition, chosen.as_ref().map(|chosen| chosen.contains(&claim.id))) {
                (Disposition::Checked { budget, .. }, Some(true) | None) => {
                    let embargo_hours = embargoes.get(&claim.id).copied().or(claim.embargo_hours);
                    if embargo_hours.is_some_and(|hours| hours.get() > EMBARGO_HOURS_MAX) {
                        return Err(PlanError::EmbargoTooLong { id: claim.id.clone() });
                    }
                    claims.push(Planned { claim: claim.clone(), budget_minutes: budget.0, embargo_hours });
                }
                (Disposition::Derived { .. }, Some(true)) => derived.push(claim.clone()),
                // Signing it says it; nobody has to list it too.
                (Disposition::Attested { .. } | Disposition::Documented { .. }, _) => attested.push(claim.clone()),
                (_, Some(true)) => return Err(PlanError::NotChecked(claim.id.clone())),
                (_, Some(false) | None) => {}
            }
        }
        let checks = planned_checks(&claims, checks)?;
        let published = claims.iter().map(|planned: &Planned| &planned.claim).chain(&derived);
        let mut not_claimed = library.not_claimed(&published.map(|claim| claim.id.as_str()).collect());
        not_claimed.retain(|claim| !withheld.contains(&claim.id));
        Ok(Self { claims, derived, attested, not_claimed, withheld: withheld.len() as u64, checks })
    }

    pub(crate) fn place(&self, check: &str) -> usize {
        self.checks.get(check).map_or(usize::MAX, |planned| planned.place)
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Planned> {
        self.claims.iter().find(|planned| planned.claim.ids().any(|own| own == id))
    }
}

fn planned_checks(claims: &[Planned], checks: Vec<Box<dyn Check>>) -> Result<BTreeMap<String, PlannedCheck>, PlanError> {
    let mut there: BTreeMap<&'static str, (usize, Arc<dyn Check>)> = BTreeMap::new();
    let whole = checks.len();
    for (place, check) in checks.into_iter().enumerate() {
        let id = check.id();
        if there.insert(id, (place, Arc::from(check))).is_some() {
            return Err(PlanError::CheckTwice(id));
        }
    }
    let mut planned: BTreeMap<String, PlannedCheck> = BTreeMap::new();
    for claim in claims {
        let interval_seconds = (claim.budget_seconds() / LOOKS_IN_A_BUDGET).max(1);
        for id in claim.claim.checks() {
            let known = planned.entry(id.clone()).or_insert_with(|| {
                let (place, check) = there.get(id.as_str()).cloned().unzip();
                PlannedCheck { check, place: place.unwrap_or(whole), interval_seconds }
            });
            known.interval_seconds = known.interval_seconds.min(interval_seconds);
        }
    }
    Ok(planned)
}

// === impl Planned ===

impl Planned {
    pub(crate) fn budget_seconds(&self) -> i64 {
        i64::from(self.budget_minutes) * 60
    }

    /// How old the newest statement may be before another is made.
    pub(crate) fn interval_seconds(&self) -> i64 {
        (self.budget_seconds() / LOOKS_IN_A_BUDGET).max(1)
    }
}
