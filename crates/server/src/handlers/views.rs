//! Questions that people of a tenant saved.
//!
//! | route | does |
//! |---|---|
//! | `GET`, `POST /v1/tenants/{tenant}/views` | lists them; `{name, source, query, columns, from, to, graph}` saves one |
//! | `GET`, `PUT`, `DELETE …/views/{view}` | gives one, says it anew, forgets it |
//!
//! A view is data: whoever asks what it asks does so at `/v1/sources/…`, with what they may themselves.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Keeper, ManageViews, SavedView, ViewSpec, ViewViews};
use model::Timestamp;
use search::Query;
use search::query::parse_time;
use serde::Deserialize;
use serde_json::{Value, json};
use watch::{Graph, View};

use super::me::display_name;
use super::source_id;
use super::who::{Who, answer, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ViewForm {
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

// === impl ViewForm ===

impl ViewForm {
    fn spec(self, now: Timestamp) -> Result<ViewSpec, Problem> {
        let Self { name, source, query, columns, from, to, graph } = self;
        let view = View { query, columns, from, to, graph };
        view.hold()?;
        Query::parse(&view.query)?;
        for (name, text) in [("from", &view.from), ("to", &view.to)] {
            if !text.is_empty() {
                let invalid = |error| Problem::bad_request("time_invalid", format!("`{name}`: {error}"));
                parse_time(text, now).map_err(invalid)?;
            }
        }
        Ok(ViewSpec { name: display_name(&name)?, source: source_id(&source)?, view })
    }
}

pub(crate) async fn views(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let all = identity.views(&who.tenant_permit::<ViewViews>()?)?;
        Ok(ok(json!({"views": all.iter().map(shown).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn view(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewViews>()?;
        let found = identity.view(&permit, who.id("view")?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(shown(&found)))
    })
    .await
}

pub(crate) async fn create(who: Who, body: Body) -> Result<Response, Problem> {
    let form: ViewForm = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageViews>()?;
        let saved = identity.create_view(&permit, form.spec(who.app.clock.now())?)?;
        Ok(answer(StatusCode::CREATED, shown(&saved)))
    })
    .await
}

pub(crate) async fn change(who: Who, body: Body) -> Result<Response, Problem> {
    let form: ViewForm = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageViews>()?;
        let saved = identity.change_view(&permit, who.id("view")?, form.spec(who.app.clock.now())?)?;
        Ok(ok(shown(&saved)))
    })
    .await
}

pub(crate) async fn remove(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageViews>()?;
        identity.remove_view(&permit, who.id("view")?)?;
        Ok(nothing())
    })
    .await
}

/// Who saved something, as it is shown.
pub(super) fn shown_keeper(keeper: Keeper) -> Value {
    match keeper {
        Keeper::Person(user) => json!({"kind": "person", "id": user.to_string()}),
        Keeper::ServiceAccount(account) => json!({"kind": "service_account", "id": account.to_string()}),
    }
}

fn shown(view: &SavedView) -> Value {
    let SavedView { spec: ViewSpec { name, source, view: asked }, .. } = view;
    json!({
        "id": view.id.to_string(),
        "name": name.as_str(),
        "source": source.to_string(),
        "query": asked.query,
        "columns": asked.columns,
        "from": asked.from,
        "to": asked.to,
        "graph": asked.graph,
        "created_at": view.created_at.to_string(),
        "changed_at": view.changed_at.to_string(),
        "keeper": shown_keeper(view.keeper),
    })
}
