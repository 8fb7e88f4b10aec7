//! What is in lines and which labels there are, for clients that offer them: judged, as in Loki, by the newest lines.

use std::collections::{BTreeMap, BTreeSet};

use audit::Question;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use logql::{parse_bytes, parse_duration};
use model::limits;
use search::{Amount, Find, Order, Predicate, labels};
use serde_json::{Value, json};

use super::super::query::run;
use super::answer::{self, refused};
use super::asked::{Asked, Params};
use super::labels::{Wanted, pipeline};
use super::lines::{HELD_MAX, Shown, Streams};
use crate::problem::Problem;

/// As Loki has them where a client says nothing.
const FIELDS_DEFAULT: usize = 1_000;
const LINES_DEFAULT: usize = 1_000;
/// What a value takes beyond its text.
const HELD_OF_VALUE: usize = 64;

/// Fields of the lines that were looked at, and their different values.
type Seen = BTreeMap<String, BTreeSet<String>>;

/// `GET`, `POST /loki/api/v1/detected_fields`
pub(crate) async fn fields(asked: Asked, body: Body) -> Response {
    let answered = async {
        let limit = |params: &Params| limit_of(params, &["limit", "field_limit"], FIELDS_DEFAULT);
        let (found, limit) = seen(&asked, body, Question::Fields, limit).await?;
        // Whatever is there can be asked for without another parser.
        let of = |(label, values): (String, BTreeSet<String>)| json!({"label": label, "type": kind(&values), "cardinality": values.len(), "parsers": null});
        let fields: Vec<Value> = found.into_iter().take(limit).map(of).collect();
        Ok(answer::plain(&json!({"fields": fields, "limit": limit})))
    };
    answered.await.unwrap_or_else(refused)
}

/// `GET /loki/api/v1/detected_field/{name}/values`
pub(crate) async fn values(Path(name): Path<String>, asked: Asked, body: Body) -> Response {
    let answered = async {
        let limit = |params: &Params| limit_of(params, &["limit", "field_limit"], FIELDS_DEFAULT);
        let (mut found, limit) = seen(&asked, body, Question::FieldValues, limit).await?;
        let values: Vec<String> = found.remove(&name).unwrap_or_default().into_iter().take(limit).collect();
        Ok(answer::plain(&json!({"values": values, "limit": limit})))
    };
    answered.await.unwrap_or_else(refused)
}

/// `GET`, `POST /loki/api/v1/detected_labels`
pub(crate) async fn names(asked: Asked, body: Body) -> Response {
    let answered = async {
        let permit = asked.permit(Question::Fields).await?;
        let params = asked.params(body).await?;
        let range = params.range(asked.app.clock.now())?;
        let pipeline = pipeline(params.text("query").unwrap_or("{}"))?;
        run(&asked.app, permit, move |app, permit, cancel| {
            let (names, _) = labels(&app.store, permit, range, cancel)?;
            let wanted = Wanted { pipeline: &pipeline, range, labels: &names, measure: Amount::Records };
            let (groups, _) = wanted.groups(&app.store, permit, cancel)?;
            let of = |(at, name): (usize, &String)| {
                let values: BTreeSet<&str> = groups.iter().map(|group| group.labels[at].as_str()).collect();
                let cardinality = values.iter().filter(|value| !value.is_empty()).count();
                (cardinality > 0).then(|| json!({"label": name, "cardinality": cardinality}))
            };
            let detected: Vec<Value> = names.iter().enumerate().filter_map(of).collect();
            Ok(answer::plain(&json!({"detectedLabels": detected})))
        })
        .await
    };
    answered.await.unwrap_or_else(refused)
}

/// The fields of the newest lines that a query finds, which are no labels of streams, and how many are wanted.
async fn seen(
    asked: &Asked,
    body: Body,
    question: Question,
    limit: impl Fn(&Params) -> Result<usize, Problem>,
) -> Result<(Seen, usize), Problem> {
    let permit = asked.permit(question).await?;
    let params = asked.params(body).await?;
    let range = params.range(asked.app.clock.now())?;
    let pipeline = pipeline(params.text("query").unwrap_or("{}"))?;
    let (wanted, lines) = (limit(&params)?, limit_of(&params, &["line_limit"], LINES_DEFAULT)?);
    let found = run(&asked.app, permit, move |app, permit, cancel| {
        let predicate = Predicate::of_pipeline(&pipeline);
        let wanted = Find { predicate: &predicate, range, order: Order::NewestFirst, limit: lines, after: None };
        let found = search::find(&app.store, permit, &wanted, cancel)?;
        let (names, _) = labels(&app.store, permit, range, cancel)?;
        let shown = Shown::of(&pipeline);
        let streams = Streams::new(&names, &shown, true, cancel);
        let (mut all, mut bytes) = (Seen::new(), 0);
        for record in &found.records {
            let entry = streams.entry(record)?;
            for (label, text) in entry.metadata.into_iter().chain(entry.parsed) {
                let more = label.len() + text.len() + HELD_OF_VALUE;
                if all.entry(label).or_default().insert(text) {
                    bytes += more;
                }
            }
            // Stages make labels longer than they are in records. What the lines before had is an answer as well.
            if bytes > HELD_MAX {
                break;
            }
        }
        Ok(all)
    });
    Ok((found.await?, wanted))
}

fn limit_of(params: &Params, names: &[&str], default: usize) -> Result<usize, Problem> {
    let Some((name, text)) = names.iter().find_map(|name| Some((name, params.text(name)?))) else { return Ok(default) };
    let limit = text.parse().ok().filter(|limit| (1..=limits::LOKI_LINES_MAX).contains(limit));
    let detail = || format!("`{name}` is a number from 1 to {}", limits::LOKI_LINES_MAX);
    limit.ok_or_else(|| Problem::bad_request("limit_invalid", detail()))
}

/// What all of the values are.
fn kind(values: &BTreeSet<String>) -> &'static str {
    let all = |is: fn(&str) -> bool| values.iter().all(|text| is(text));
    if all(|text| text.parse::<i64>().is_ok()) {
        "int"
    } else if all(|text| text.parse::<f64>().is_ok()) {
        "float"
    } else if all(|text| matches!(text, "true" | "false")) {
        "boolean"
    } else if all(|text| parse_duration(text).is_some()) {
        "duration"
    } else if all(|text| parse_bytes(text).is_some()) {
        "bytes"
    } else {
        "string"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_of_the_kind_of_all_its_values() {
        let of = |values: &[&str]| kind(&values.iter().map(|value| (*value).to_owned()).collect());
        assert_eq!([of(&["1", "-2"]), of(&["1", "2.5"]), of(&["true", "false"])], ["int", "float", "boolean"]);
        assert_eq!([of(&["2s", "1m30s"]), of(&["5KB", "1GiB"]), of(&["1", "x"])], ["duration", "bytes", "string"]);
    }
}
