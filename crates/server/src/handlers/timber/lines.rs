//! `POST /timber/log_lines/search`: lines of one source.
//!
//! A client that follows a source asks again for what is later than the last line it saw (`dt_gt`), and so loses what has
//! the same time; with `cursor`, which names that line, it loses nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use audit::Question;
use axum::body::Body;
use axum::response::Response;
use model::{RecordId, SourceId, TimeRange, Timestamp, limits};
use search::{Find, Found, Order, Predicate, Query};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::super::query::{json as answer, run, warnings};
use super::answered;
use super::asked::{Asked, sources};
use crate::problem::Problem;

/// Names that a line has by itself, and `fields`, which Timber's command line keeps the others in.
const OWN: [&str; 6] = ["id", "application_id", "dt", "level", "message", "fields"];
/// How a time begins that a client of Go left unset.
const UNSET: &str = "0001-01-01T00:00:00";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    application_ids: Option<Vec<String>>,
    dt_gt: Option<String>,
    dt_gte: Option<String>,
    dt_lt: Option<String>,
    dt_lte: Option<String>,
    limit: Option<usize>,
    query: Option<String>,
    sort: Option<String>,
    cursor: Option<String>,
}

/// A record as an answer of `search` gives it.
#[derive(Deserialize)]
struct Record<'a> {
    id: &'a str,
    timestamp: &'a str,
    #[serde(borrow)]
    level: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    attributes: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

pub(crate) async fn search(asked: Asked, body: Body) -> Response {
    answered(find(&asked, body).await)
}

async fn find(asked: &Asked, body: Body) -> Result<Response, Problem> {
    let whose = asked.whose().await?;
    let search: Search = asked.form(body, limits::FORM_BYTES_MAX).await?;
    let permit = asked.permit(whose, sources(search.application_ids.as_ref())?, Question::Search).await?;
    let source = permit.scope().source;
    let query = Query::parse(search.query.as_deref().unwrap_or_default())?;
    let predicate = Predicate::compile(&query, asked.app.clock.now());
    let bounds = predicate.time_bounds();
    let range = search.range()?;
    let range = TimeRange { from: range.from.max(bounds.from), to: range.to.min(bounds.to) };
    let (limit, order, after) = (search.limit()?, search.order()?, search.cursor()?);
    run(&asked.app, permit, move |app, permit, cancel| {
        let found = search::find(&app.store, permit, &Find { predicate: &predicate, range, order, limit, after }, cancel)?;
        written(source, &found, next(order, after, &found)).map_err(|error| Problem::internal(&error))
    })
    .await
}

// === impl Search ===

impl Search {
    fn range(&self) -> Result<TimeRange, Problem> {
        let after = |at: Timestamp| Timestamp::from_nanos(at.nanos().saturating_add(1));
        let (gt, gte) = (time("dt_gt", self.dt_gt.as_deref())?, time("dt_gte", self.dt_gte.as_deref())?);
        let (lt, lte) = (time("dt_lt", self.dt_lt.as_deref())?, time("dt_lte", self.dt_lte.as_deref())?);
        let from = gt.map(after).into_iter().chain(gte).max();
        let to = lte.map(after).into_iter().chain(lt).min();
        Ok(TimeRange { from: from.unwrap_or(Timestamp::MIN), to: to.unwrap_or(Timestamp::MAX) })
    }

    fn limit(&self) -> Result<usize, Problem> {
        let limit = self.limit.unwrap_or(limits::TIMBER_LINES_DEFAULT);
        let detail = || format!("`limit` is a number from 1 to {}", limits::PAGE_RECORDS_MAX);
        let fits = (1..=limits::PAGE_RECORDS_MAX).contains(&limit);
        fits.then_some(limit).ok_or_else(|| Problem::bad_request("limit_invalid", detail()))
    }

    fn order(&self) -> Result<Order, Problem> {
        match self.sort.as_deref() {
            None | Some("" | "dt.desc") => Ok(Order::NewestFirst),
            Some("dt.asc") => Ok(Order::OldestFirst),
            Some(_) => Err(Problem::bad_request("order_invalid", "`sort` is dt.desc or dt.asc")),
        }
    }

    fn cursor(&self) -> Result<Option<RecordId>, Problem> {
        let cursor = self.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let invalid = |_| Problem::bad_request("cursor_invalid", "`cursor` is a `next_cursor`, or the id of a line");
        cursor.map(|cursor| cursor.parse().map_err(invalid)).transpose()
    }
}

fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty() && !text.starts_with(UNSET)) else { return Ok(None) };
    let invalid = |error| Problem::bad_request("time_invalid", format!("`{name}`: {error}"));
    Timestamp::parse(text).map(Some).map_err(invalid)
}

/// Where a client goes on. The newest lines have no end: more of them may come.
fn next(order: Order, after: Option<RecordId>, found: &Found) -> Option<RecordId> {
    let last =
        || found.records.last().and_then(|record| serde_json::from_slice::<Record<'_>>(record).ok()?.id.parse::<RecordId>().ok());
    match order {
        Order::NewestFirst => found.next,
        Order::OldestFirst => found.next.or_else(last).or(after),
    }
}

fn written(source: SourceId, found: &Found, next: Option<RecordId>) -> Result<Response, serde_json::Error> {
    let mut whole = b"{\"data\":[".to_vec();
    for (at, record) in found.records.iter().enumerate() {
        if at > 0 {
            whole.push(b',');
        }
        line(source, record, &mut whole)?;
    }
    let rest = json!({"next_cursor": next.map(|id| id.to_string()), "warnings": warnings(&found.stats)}).to_string();
    whole.extend_from_slice(b"],");
    whole.extend_from_slice(rest.as_bytes().get(1..).unwrap_or_default());
    Ok(answer(whole))
}

fn line(source: SourceId, record: &[u8], out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let Record { id, timestamp, level, message, attributes } = serde_json::from_slice(record)?;
    let text = |value: Option<&RawValue>| value.map_or("null", RawValue::get).to_owned();
    let (level, message) = (text(level), text(message));
    let own = format!(r#"{{"id":"{id}","application_id":"{source}","dt":"{timestamp}","level":{level},"message":{message}"#);
    out.extend_from_slice(own.as_bytes());
    for (name, value) in &attributes {
        let mut name = Cow::Borrowed(&**name);
        // Programs in Go read a name in any case as their own.
        if OWN.iter().any(|own| own.eq_ignore_ascii_case(&name)) {
            while attributes.contains_key(&*name) {
                name = Cow::Owned(format!("_{name}"));
            }
        }
        out.extend_from_slice(format!(",{}:{}", json!(name), value.get()).as_bytes());
    }
    out.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(json: &str) -> Search {
        serde_json::from_str(json).unwrap()
    }

    #[track_caller]
    fn check_range(json: &str, (from, to): (i64, i64)) {
        let range = search(json).range().unwrap();
        assert_eq!((range.from.nanos(), range.to.nanos()), (from, to), "{json}");
    }

    #[test]
    fn times_bound_from_both_sides() {
        let first = 1_769_860_800_000_000_007;
        check_range(r#"{"dt_gt":"0001-01-01T00:00:00Z"}"#, (i64::MIN, i64::MAX));
        check_range(r#"{"dt_gt":"2026-01-31T12:00:00.000000007Z","dt_lt":null}"#, (first + 1, i64::MAX));
        check_range(
            r#"{"dt_gte":"2026-01-31T12:00:00.000000007Z","dt_lte":"2026-01-31T13:00:00.000000007+01:00"}"#,
            (first, first + 1),
        );
        check_range(r#"{"dt_lt":"2026-01-31T12:00:00.000000007Z","dt_lte":"2027-01-31T12:00:00Z"}"#, (i64::MIN, first));
        assert_eq!(search(r#"{"dt_lt":"yesterday"}"#).range().unwrap_err().code, "time_invalid");
    }

    #[test]
    fn a_line_has_its_fields_beside_what_is_its_own() {
        let record = br#"{"id":"0-1","timestamp":"2026-01-31T12:00:00Z","level":null,"message":"a \"b\"","attributes":
            {"ID":5,"_fields":1.50,"context":{"user":{"id":7}},"fields":"x","gr\u00f6\u00dfe":1e400}}"#;
        let mut out = Vec::new();
        line(SourceId::NONE, record, &mut out).unwrap();
        let expected = concat!(
            r#"{"id":"0-1","application_id":"0000000000000000","dt":"2026-01-31T12:00:00Z","level":null,"message":"a \"b\"","#,
            r#""_ID":5,"_fields":1.50,"context":{"user":{"id":7}},"__fields":"x","größe":1e400}"#
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
