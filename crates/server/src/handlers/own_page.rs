//! A tenant's page about its own product, for whoever looks after it.
//!
//! | route | does |
//! |---|---|
//! | `GET /v1/tenants/{tenant}/overview` | the page, its claims with what each is worth, its hosts |
//! | `POST /v1/tenants/{tenant}/overview` | `{slug, publisher}`: gives the page its name, for ever |
//! | `PUT`, `DELETE …/overview/claims/{claim}` | keeps a draft, forgets one that is not on the page |
//! | `POST …/claims/{claim}/try` | looks once at what the draft measures; nobody else sees it |
//! | `POST …/claims/{claim}/publish`, `/unpublish` | says the draft on the page, takes it back |
//! | `GET`, `POST …/overview/hosts` | hosts, and what each has to show; `{host}` adds one |
//! | `POST …/hosts/{host}/show` | asks a host for it now |
//! | `DELETE …/hosts/{host}` | forgets a host |
//! | `GET /v1/claims/library` | sentences to start from; `?group=`, `?class=` |
//!
//! Always holds: nobody has records counted that they may not read: whoever writes, tries or publishes a claim over a source
//! may read that source. Which bytes are a page, `overview` says to everybody.

mod shown;

use axum::http::StatusCode;
use claims::{Claim, Class, Disposition, Group};
use identity::{Identity, ManageOverview, Permit, ViewOverview};
use model::Scope;
use model::limits::OWN_DRAFT_BYTES_MAX;
use schemars::JsonSchema;
use search::Query;
use serde::Deserialize;
use trust::tenant::{Bound, Draft, Host, OwnClaim, Pages, Showed, Slug, Unpublished, Written};

use shown::{
    HostAsked, HostChallenge, Hosts, LibraryClaims, ShownOwnClaim, ShownPage, ShownShowed, TakenBack, Tried, Whole,
    shown_challenge, shown_claim, shown_host, shown_look, shown_of_library, shown_page,
};

use super::me::display_name;
use super::who::Who;
use crate::api::{Answer, Done, Form, JsonOf, Made, Parameters, Sent, made, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnPageForm {
    slug: String,
    publisher: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostForm {
    host: String,
}

/// Of the library.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    group: Option<Group>,
    class: Option<Class>,
}

pub(crate) async fn page(who: Who) -> Result<Answer<Whole>, Problem> {
    who.run(|who, _| {
        let permit = who.tenant_permit::<ViewOverview>()?;
        let pages = &who.app.pages;
        let page = pages.own_page(permit.tenant())?.map(shown_page);
        let claims = pages.claims(permit.tenant())?;
        let hosts = pages.hosts(permit.tenant())?;
        Ok(ok(Whole {
            page,
            claims: claims.into_iter().map(shown_claim).collect(),
            hosts: hosts.into_iter().map(shown_host).collect(),
        }))
    })
    .await
}

pub(crate) async fn found(who: Who, Form(form): Form<OwnPageForm>) -> Result<Made<ShownPage>, Problem> {
    let publisher = display_name(&form.publisher)?;
    who.run(move |who, _| {
        let permit = who.tenant_permit::<ManageOverview>()?;
        who.app.pages.found(&permit, &Slug::parse(&form.slug)?, &publisher)?;
        let page = who.app.pages.own_page(permit.tenant())?.ok_or_else(Problem::not_found)?;
        Ok(made(shown_page(page)))
    })
    .await
}

// --- claims ---

pub(crate) async fn write(who: Who, body: Sent<JsonOf<Written>>) -> Result<Answer<ShownOwnClaim>, Problem> {
    let bytes = who.bytes(body.0, OWN_DRAFT_BYTES_MAX).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageOverview>()?;
        let draft = Draft::read(&bytes)?;
        if draft.id() != who.text("claim") {
            let detail = "the draft has another id than the address";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "claim_id_differs", detail));
        }
        may_look(who, identity, (&permit, draft.bound()))?;
        who.app.pages.write(&permit, &draft)?;
        claim_of(&who.app.pages, &permit, draft.id()).map(|claim| ok(shown_claim(claim)))
    })
    .await
}

pub(crate) async fn discard(who: Who) -> Result<Done, Problem> {
    who.run(|who, _| {
        let permit = who.tenant_permit::<ManageOverview>()?;
        who.app.pages.discard(&permit, who.text("claim"))?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn publish(who: Who) -> Result<Answer<ShownOwnClaim>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageOverview>()?;
        let id = who.text("claim");
        let claim = claim_of(&who.app.pages, &permit, id)?;
        may_look(who, identity, (&permit, &claim.draft.bound))?;
        who.app.pages.publish(&permit, id)?;
        claim_of(&who.app.pages, &permit, id).map(|claim| ok(shown_claim(claim)))
    })
    .await
}

pub(crate) async fn unpublish(who: Who) -> Result<Answer<TakenBack>, Problem> {
    who.run(|who, _| {
        let permit = who.tenant_permit::<ManageOverview>()?;
        Ok(ok(match who.app.pages.unpublish(&permit, who.text("claim"))? {
            Unpublished::Removed => TakenBack::Removed,
            Unpublished::Withdrawn { until } => TakenBack::Withdrawn { until: until.into() },
        }))
    })
    .await
}

pub(crate) async fn try_once(who: Who) -> Result<Answer<Tried>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageOverview>()?;
        let id = who.text("claim");
        let claim = claim_of(&who.app.pages, &permit, id)?;
        may_look(who, identity, (&permit, &claim.draft.bound))?;
        let tried = who.app.pages.try_once(&permit, id)?;
        Ok(ok(shown_look(tried.look, tried.twin)))
    })
    .await
}

/// The queries can be read, and the source is the tenant's own and one that whoever asks may read.
fn may_look(who: &Who, identity: &Identity, (permit, bound): (&Permit<ManageOverview>, &Bound)) -> Result<(), Problem> {
    let (source, queries) = match bound {
        Bound::Evidence { source, query, .. } => (source, vec![query]),
        Bound::Sequence { source, trigger, follows, .. } => (source, vec![trigger, follows]),
        Bound::Probe { .. } | Bound::Attested { .. } => return Ok(()),
    };
    let scope = Scope { tenant: permit.tenant(), source: *source };
    if identity.source(scope)?.is_none() {
        let detail = "the organization has no such source";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "source_unknown", detail));
    }
    identity.is_still_allowed(who.credential()?.as_ref(), scope, &who.deed())?;
    for query in queries {
        Query::parse(query)?;
    }
    Ok(())
}

fn claim_of(pages: &Pages, permit: &Permit<ManageOverview>, id: &str) -> Result<OwnClaim, Problem> {
    let found = pages.claims(permit.tenant())?.into_iter().find(|claim| claim.draft.id == id);
    Ok(found.ok_or_else(|| trust::tenant::PagesError::NoClaim(id.to_owned()))?)
}

// --- hosts ---

pub(crate) async fn hosts(who: Who) -> Result<Answer<Hosts>, Problem> {
    who.run(|who, _| {
        let hosts = who.app.pages.hosts(who.tenant_permit::<ViewOverview>()?.tenant())?;
        Ok(ok(Hosts { hosts: hosts.into_iter().map(shown_host).collect() }))
    })
    .await
}

pub(crate) async fn challenge(who: Who, Form(form): Form<HostForm>) -> Result<Made<HostChallenge>, Problem> {
    who.run(move |who, _| {
        let permit = who.tenant_permit::<ManageOverview>()?;
        let host = Host::parse(&form.host)?;
        let challenge = who.app.pages.challenge(&permit, &host)?;
        Ok(made(shown_challenge(&host, challenge)))
    })
    .await
}

pub(crate) async fn show(who: Who) -> Result<Answer<HostAsked>, Problem> {
    who.run(|who, _| {
        let permit = who.tenant_permit::<ManageOverview>()?;
        let host = host_of(who)?;
        let showed = match who.app.pages.show(&permit, &host)? {
            Showed::Shown => ShownShowed::Shown,
            Showed::NotShown => ShownShowed::NotShown,
            Showed::NotAsked => ShownShowed::NotAsked,
        };
        Ok(ok(HostAsked { host: host.as_str().to_owned(), showed }))
    })
    .await
}

pub(crate) async fn forget_host(who: Who) -> Result<Done, Problem> {
    who.run(|who, _| {
        let permit = who.tenant_permit::<ManageOverview>()?;
        who.app.pages.forget_host(&permit, &host_of(who)?)?;
        Ok(nothing())
    })
    .await
}

/// A host of the path; one that cannot exist is none of the tenant's.
fn host_of(who: &Who) -> Result<Host, Problem> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "host_unknown", "the organization has no such host");
    Host::parse(who.text("host")).map_err(|_| unknown())
}

// --- the library ---

/// For whoever is signed in: it is part of the product, and holds nothing of anybody.
pub(crate) async fn library(who: Who, Parameters(wanted): Parameters<Wanted>) -> Result<Answer<LibraryClaims>, Problem> {
    who.run(move |who, _| {
        who.signed_in()?;
        let fits = |claim: &&Claim| {
            is_to_start_from(claim)
                && wanted.group.is_none_or(|group| claim.group == group)
                && wanted.class.is_none_or(|class| claim.class == class)
        };
        Ok(ok(LibraryClaims { claims: who.app.library.claims().filter(fits).map(shown_of_library).collect() }))
    })
    .await
}

/// Whether there is a sentence that a page could say.
fn is_to_start_from(claim: &Claim) -> bool {
    match claim.disposition {
        Disposition::Checked { .. }
        | Disposition::NotYet { .. }
        | Disposition::Attested { .. }
        | Disposition::Documented { .. }
        | Disposition::Derived { .. } => true,
        Disposition::BuildRule { .. } | Disposition::Refused { .. } | Disposition::Description => false,
    }
}
