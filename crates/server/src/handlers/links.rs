//! Short links: a look at a source's logs whose address is too long to pass on.
//!
//! | route | does |
//! |---|---|
//! | `GET`, `POST /v1/tenants/{tenant}/links` | lists one's own; `{source, query, columns, …}` makes one |
//! | `GET`, `DELETE …/links/{link}` | gives one to whoever may read its source; removes it |
//!
//! What a link leads to are named fields, never an address, so that none leads out of the console.

use identity::{LinkSpec, ManageViews, ShortLink, ViewTenant};
use model::{LinkId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use watch::{Linked, View};

use super::shown::Time;
use super::source_id;
use super::views::{ShownKeeper, hold_times, shown_keeper};
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkForm {
    source: String,
    #[serde(default)]
    query: String,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    /// `utc`, `local`, or a name such as `Europe/Berlin`; none means the reader's own.
    #[serde(default)]
    zone: String,
    /// The record that is open.
    #[serde(default)]
    record: String,
    #[serde(default)]
    wrapped: bool,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Links {
    links: Vec<ShownLink>,
}

/// A look at the logs of a source, to pass on. It holds no records and allows nothing.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Link")]
pub(crate) struct ShownLink {
    id: String,
    source: String,
    query: String,
    columns: Vec<String>,
    from: String,
    to: String,
    zone: String,
    record: String,
    wrapped: bool,
    created_at: Time,
    ends_at: Time,
    keeper: ShownKeeper,
}

// === impl LinkForm ===

impl LinkForm {
    fn spec(self, now: Timestamp) -> Result<LinkSpec, Problem> {
        let Self { source, query, columns, from, to, zone, record, wrapped } = self;
        // A query is kept as it is, also one with a mistake in it: people ask each other about those.
        let view = View { query, columns, from, to, graph: None };
        let linked = Linked { view, zone, record, wrapped };
        linked.hold()?;
        hold_times(&linked.view, now)?;
        Ok(LinkSpec { source: source_id(&source)?, linked })
    }
}

pub(crate) async fn links(who: Who) -> Result<Answer<Links>, Problem> {
    who.run(|who, identity| {
        let own = identity.own_links(&who.tenant_permit::<ViewTenant>()?)?;
        Ok(ok(Links { links: own.iter().map(shown).collect() }))
    })
    .await
}

pub(crate) async fn link(who: Who) -> Result<Answer<ShownLink>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let found = identity.link(&permit, link_id(who)?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(shown(&found)))
    })
    .await
}

pub(crate) async fn create(who: Who, Form(form): Form<LinkForm>) -> Result<Made<ShownLink>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let link = identity.create_link(&permit, form.spec(who.app.clock.now())?)?;
        Ok(made(shown(&link)))
    })
    .await
}

pub(crate) async fn remove(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let id = link_id(who)?;
        if !identity.remove_own_link(&permit, id)? {
            // Whether somebody else's is there is told only to whoever could open it.
            identity.link(&permit, id)?.ok_or_else(Problem::not_found)?;
            identity.remove_link(&who.tenant_permit::<ManageViews>()?, id)?;
        }
        Ok(nothing())
    })
    .await
}

/// What cannot be one is not found.
fn link_id(who: &Who) -> Result<LinkId, Problem> {
    LinkId::parse(who.text("link")).map_err(|_| Problem::not_found())
}

fn shown(link: &ShortLink) -> ShownLink {
    let Linked { view, zone, record, wrapped } = link.spec.linked.clone();
    ShownLink {
        id: link.id.to_string(),
        source: link.spec.source.to_string(),
        query: view.query,
        columns: view.columns,
        from: view.from,
        to: view.to,
        zone,
        record,
        wrapped,
        created_at: link.created_at.into(),
        ends_at: link.ends_at.into(),
        keeper: shown_keeper(link.keeper),
    }
}
