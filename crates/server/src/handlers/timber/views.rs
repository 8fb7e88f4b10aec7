//! `/timber/saved_views`: questions that people saved, in the shape that Timber's console gave them.

use axum::response::Response;
use identity::{SavedView, ViewViews};
use model::Id;
use serde_json::{Value, json};

use super::asked::Asked;
use super::{answered, data};
use crate::problem::Problem;

/// A view without a graph, and one with it.
const KINDS: [&str; 2] = ["CONSOLE", "CHART"];

/// `GET /timber/saved_views?type=CONSOLE`
pub(crate) async fn views(asked: Asked) -> Response {
    answered(list(&asked).await)
}

/// `GET /timber/saved_views/{id}`
pub(crate) async fn view(asked: Asked) -> Response {
    answered(one(&asked).await)
}

async fn list(asked: &Asked) -> Result<Response, Problem> {
    let whose = asked.whose().await?;
    let wanted = asked.parameter("type");
    asked
        .run(move |asked, identity| {
            let all = identity.views(&asked.tenant_permit::<ViewViews>(whose.tenant)?)?;
            if wanted.as_deref().is_some_and(|wanted| !KINDS.contains(&wanted)) {
                return Err(Problem::bad_request("parameter_invalid", "`type` is CONSOLE or CHART"));
            }
            let fits = |view: &&SavedView| wanted.as_deref().is_none_or(|wanted| wanted == kind(view));
            Ok(data(&all.iter().filter(fits).map(shown).collect()))
        })
        .await
}

async fn one(asked: &Asked) -> Result<Response, Problem> {
    let whose = asked.whose().await?;
    asked
        .run(move |asked, identity| {
            let permit = asked.tenant_permit::<ViewViews>(whose.tenant)?;
            let id = Id::parse(asked.id()).map_err(|_| Problem::not_found())?;
            Ok(data(&shown(&identity.view(&permit, id)?.ok_or_else(Problem::not_found)?)))
        })
        .await
}

fn kind(view: &SavedView) -> &'static str {
    match view.spec.view.graph {
        None => KINDS[0],
        Some(_) => KINDS[1],
    }
}

fn shown(view: &SavedView) -> Value {
    let asked = &view.spec.view;
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    json!({
        "id": view.id.to_string(),
        "organization_id": view.tenant.to_string(),
        "name": view.spec.name.as_str(),
        "type": kind(view),
        "console_settings": {
            "dt_gte": text(&asked.from),
            "dt_lte": text(&asked.to),
            "facets": [],
            "log_line_format": line_format(&asked.columns),
            "query": text(&asked.query),
            "source_ids": [view.spec.source.to_string()],
        },
        "chart_settings": asked.graph,
        "inserted_at": view.created_at.to_string(),
        "updated_at": view.changed_at.to_string(),
    })
}

/// The columns as a line of Timber's command line, which knows the time as `date`.
fn line_format(columns: &[String]) -> String {
    let own = ["level", "message", "timestamp"];
    let columns = columns.iter().map(String::as_str).filter(|column| !own.contains(column) && !column.contains(['{', '}']));
    let fields = ["date", "level"].into_iter().chain(columns).chain(["message"]);
    fields.map(|field| format!("{{{{ {field} }}}}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_between_level_and_message() {
        assert_eq!(line_format(&[]), super::super::applications::LINE_FORMAT);
        let columns = ["status", "message", "context.user.id", "a{b"].map(str::to_owned);
        assert_eq!(line_format(&columns), "{{ date }} {{ level }} {{ status }} {{ context.user.id }} {{ message }}");
    }
}
