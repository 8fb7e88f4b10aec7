//! What is shown of a tenant's own page.

use claims::{Claim, Class, Group};
use model::{Count, Observation, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use trust::tenant::{Challenge, Host, OwnClaim, OwnHost, OwnPage, Written};

use crate::handlers::shown::Time;

/// A tenant's page about its own product, with all that belongs to it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnPageWithClaims")]
pub(crate) struct Whole {
    pub(super) page: Option<ShownPage>,
    pub(super) claims: Vec<ShownOwnClaim>,
    pub(super) hosts: Vec<ShownHost>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnPage")]
pub(crate) struct ShownPage {
    pub(super) slug: String,
    pub(super) publisher: String,
    pub(super) url: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnClaim")]
pub(crate) struct ShownOwnClaim {
    pub(super) id: String,
    pub(super) draft: Written,
    /// As it is on the page.
    pub(super) published: Option<Written>,
    pub(super) state: Option<claims::State>,
    pub(super) withdrawn_until: Option<Time>,
}

/// What became of a claim that was taken back.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "became", rename_all = "snake_case")]
#[schemars(rename = "OwnClaimUnpublished")]
pub(crate) enum TakenBack {
    Removed,
    /// It is shown as withdrawn until then.
    Withdrawn {
        until: Time,
    },
}

/// One look at what a draft measures.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tried {
    /// `held`, `broken` or `not-run`.
    pub(super) verdict: &'static str,
    pub(super) summary: String,
    pub(super) counts: Vec<ShownCount>,
    pub(super) details: Vec<String>,
    /// Whether the same was found out at a broken twin: `broken` if it was.
    pub(super) twin: &'static str,
}

/// So many of so many.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Count")]
pub(crate) struct ShownCount {
    pub(super) what: String,
    pub(super) counted: u64,
    pub(super) whole: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Hosts {
    pub(super) hosts: Vec<ShownHost>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Host")]
pub(crate) struct ShownHost {
    #[serde(flatten)]
    pub(super) challenge: HostChallenge,
    pub(super) is_shown: bool,
    pub(super) asked_at: Option<Time>,
}

/// What a host has to show: a TXT record, or a file.
#[derive(Serialize, JsonSchema)]
pub(crate) struct HostChallenge {
    pub(super) host: String,
    pub(super) record: String,
    pub(super) url: String,
    pub(super) token: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct HostAsked {
    pub(super) host: String,
    pub(super) showed: ShownShowed,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "HostShowed")]
pub(crate) enum ShownShowed {
    Shown,
    NotShown,
    NotAsked,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct LibraryClaims {
    pub(super) claims: Vec<LibraryClaim>,
}

/// A sentence to start from.
#[derive(Serialize, JsonSchema)]
pub(crate) struct LibraryClaim {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) sentence: String,
    pub(super) group: Group,
    pub(super) class: Class,
    pub(super) limits: String,
}

pub(super) fn shown_of_library(claim: &Claim) -> LibraryClaim {
    LibraryClaim {
        id: claim.id.to_string(),
        title: claim.title.to_string(),
        sentence: claim.sentence.to_string(),
        group: claim.group,
        class: claim.class,
        limits: claim.limits.to_string(),
    }
}

pub(super) fn shown_page(page: OwnPage) -> ShownPage {
    ShownPage { slug: page.slug.as_str().to_owned(), publisher: page.publisher.to_string(), url: page.url }
}

pub(super) fn shown_claim(claim: OwnClaim) -> ShownOwnClaim {
    ShownOwnClaim {
        id: claim.draft.id.clone(),
        draft: claim.draft,
        published: claim.published,
        state: claim.state,
        withdrawn_until: claim.withdrawn_until.map(Time::from),
    }
}

pub(super) fn shown_look(look: Observation, twin: Verdict) -> Tried {
    let count = |one: &Count| ShownCount { what: one.what.to_string(), counted: one.counted, whole: one.whole };
    Tried {
        verdict: look.verdict.as_str(),
        summary: look.summary,
        counts: look.counts.iter().map(count).collect(),
        details: look.details,
        twin: twin.as_str(),
    }
}

pub(super) fn shown_host(host: OwnHost) -> ShownHost {
    ShownHost {
        challenge: shown_challenge(&host.host, host.challenge),
        is_shown: host.is_shown,
        asked_at: host.asked.map(Time::from),
    }
}

pub(super) fn shown_challenge(host: &Host, challenge: Challenge) -> HostChallenge {
    HostChallenge { host: host.as_str().to_owned(), record: challenge.record, url: challenge.url, token: challenge.token }
}
