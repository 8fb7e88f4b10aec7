//! Questions that people of a tenant saved.
//!
//! | route | does |
//! |---|---|
//! | `GET`, `POST /v1/tenants/{tenant}/views` | lists them; `{name, source, query, columns, from, to, graph}` saves one |
//! | `GET`, `PUT`, `DELETE …/views/{view}` | gives one, says it anew, forgets it |
//!
//! A view is data: whoever asks what it asks does so at `/v1/sources/…`, with what they may themselves.

use identity::{Keeper, ManageViews, SavedView, ViewSpec, ViewViews};
use model::Timestamp;
use schemars::JsonSchema;
use search::Query;
use search::query::parse_time;
use serde::{Deserialize, Serialize};
use watch::{Graph, View};

use super::me::display_name;
use super::shown::Time;
use super::source_id;
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewForm {
    name: String,
    source: String,
    #[serde(default)]
    query: String,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    graph: Option<Graph>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Views {
    views: Vec<ShownView>,
}

/// A question that somebody saved.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "View")]
pub(crate) struct ShownView {
    id: String,
    name: String,
    source: String,
    query: String,
    columns: Vec<String>,
    from: String,
    to: String,
    graph: Option<Graph>,
    created_at: Time,
    changed_at: Time,
    keeper: ShownKeeper,
}

/// Who saved something.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "Keeper")]
pub(super) enum ShownKeeper {
    Person { id: String },
    ServiceAccount { id: String },
}

// === impl ViewForm ===

impl ViewForm {
    fn spec(self, now: Timestamp) -> Result<ViewSpec, Problem> {
        let Self { name, source, query, columns, from, to, graph } = self;
        let view = View { query, columns, from, to, graph };
        view.hold()?;
        Query::parse(&view.query)?;
        hold_times(&view, now)?;
        Ok(ViewSpec { name: display_name(&name)?, source: source_id(&source)?, view })
    }
}

pub(crate) async fn views(who: Who) -> Result<Answer<Views>, Problem> {
    who.run(|who, identity| {
        let all = identity.views(&who.tenant_permit::<ViewViews>()?)?;
        Ok(ok(Views { views: all.iter().map(shown).collect() }))
    })
    .await
}

pub(crate) async fn view(who: Who) -> Result<Answer<ShownView>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewViews>()?;
        let found = identity.view(&permit, who.id("view")?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(shown(&found)))
    })
    .await
}

pub(crate) async fn create(who: Who, Form(form): Form<ViewForm>) -> Result<Made<ShownView>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageViews>()?;
        let saved = identity.create_view(&permit, form.spec(who.app.clock.now())?)?;
        Ok(made(shown(&saved)))
    })
    .await
}

pub(crate) async fn change(who: Who, Form(form): Form<ViewForm>) -> Result<Answer<ShownView>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageViews>()?;
        let saved = identity.change_view(&permit, who.id("view")?, form.spec(who.app.clock.now())?)?;
        Ok(ok(shown(&saved)))
    })
    .await
}

pub(crate) async fn remove(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageViews>()?;
        identity.remove_view(&permit, who.id("view")?)?;
        Ok(nothing())
    })
    .await
}

/// Whether a view's times are times.
pub(super) fn hold_times(view: &View, now: Timestamp) -> Result<(), Problem> {
    for (name, text) in [("from", &view.from), ("to", &view.to)] {
        if !text.is_empty() {
            let invalid = |error| Problem::bad_request("time_invalid", format!("`{name}`: {error}"));
            parse_time(text, now).map_err(invalid)?;
        }
    }
    Ok(())
}

/// Who saved something, as it is shown.
pub(super) fn shown_keeper(keeper: Keeper) -> ShownKeeper {
    match keeper {
        Keeper::Person(user) => ShownKeeper::Person { id: user.to_string() },
        Keeper::ServiceAccount(account) => ShownKeeper::ServiceAccount { id: account.to_string() },
    }
}

fn shown(view: &SavedView) -> ShownView {
    let ViewSpec { name, source, view: asked } = view.spec.clone();
    ShownView {
        id: view.id.to_string(),
        name: name.as_str().to_owned(),
        source: source.to_string(),
        query: asked.query,
        columns: asked.columns,
        from: asked.from,
        to: asked.to,
        graph: asked.graph,
        created_at: view.created_at.into(),
        changed_at: view.changed_at.into(),
        keeper: shown_keeper(view.keeper),
    }
}
