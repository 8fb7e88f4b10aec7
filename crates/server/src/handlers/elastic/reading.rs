//! What clients of Elasticsearch read: searches, one or several at once, and the fields that there are.
//!
//! Always holds: the source is the one that the key is bound to, whatever indexes a request names; a parameter that would
//! change an answer and is not understood is refused.

use audit::Question;
use axum::body::Body;
use axum::http::Uri;
use axum::response::Response;
use bytes::Bytes;
use identity::{Permit, Read};
use ingest::encoding::{BodyLimits, ContentEncoding};
use model::{TimeRange, limits};
use search::elastic::{self, Request, RequestError, Sorted};
use search::{AggregateError, Aggregated, Cancel, Find, Predicate, aggregate};
use serde_json::Value;

use super::super::frames::content_encoding;
use super::super::query::{run, started};
use super::super::receiver::Received;
use super::answer::{self, Answered};
use super::{Refusal, fields, in_form};
use crate::app::App;
use crate::body;
use crate::problem::Problem;

/// Parameters that choose nothing here: there is one index, and it is there.
const PARAMETERS: [&str; 13] = [
    "allow_no_indices",
    "batched_reduce_size",
    "ccs_minimize_roundtrips",
    "error_trace",
    "expand_wildcards",
    "ignore_throttled",
    "ignore_unavailable",
    "max_concurrent_searches",
    "max_concurrent_shard_requests",
    "pre_filter_shard_size",
    "preference",
    "request_cache",
    "search_type",
];

/// Which parts of an index are described.
const FEATURES: &str = "features";
/// The others change nothing of it here.
const DESCRIBING: [&str; 5] = [FEATURES, "flat_settings", "include_defaults", "local", "master_timeout"];

/// Clients that have a type for each kind of aggregation tell them by their names.
const TYPED: &str = "typed_keys";

/// `GET`, `POST`, `/_search` or `/{index}/_search`
pub(crate) async fn search(request: Received, uri: Uri, body: Body) -> Response {
    let answered = one(&request, &uri, body).await;
    in_form(&request, answered)
}

/// `GET`, `POST`, `/_msearch` or `/{index}/_msearch`
pub(crate) async fn searches(request: Received, uri: Uri, body: Body) -> Response {
    let answered = several(&request, &uri, body).await;
    in_form(&request, answered)
}

/// `GET`, `POST`, `/_count` or `/{index}/_count`
pub(crate) async fn count(request: Received, uri: Uri, body: Body) -> Response {
    let answered = counted(&request, &uri, body).await;
    in_form(&request, answered)
}

/// `GET`, `/_mapping` or `/{index}/_mapping`
pub(crate) async fn mapping(request: Received, uri: Uri) -> Response {
    let answered = listed(&request, &uri, (&[], Body::empty()), |fields, _| fields::mapping(fields)).await;
    in_form(&request, answered)
}

/// `GET`, `POST`, `/_field_caps` or `/{index}/_field_caps`
pub(crate) async fn capabilities(request: Received, uri: Uri, body: Body) -> Response {
    let answered = listed(&request, &uri, (&["fields"], body), fields::capabilities).await;
    in_form(&request, answered)
}

/// `GET /{index}`: with the fields for whoever may read them.
pub(super) async fn description(request: &Received, uri: &Uri, name: &str) -> Result<Vec<u8>, Refusal> {
    let permit = request.listing().await?;
    if permit.is_none() {
        drop(request.permit()?);
    }
    let said = parameters(uri, &DESCRIBING)?.into_iter();
    let parts: Vec<String> = said.filter(|(name, _)| name == FEATURES).map(|(_, parts)| parts).collect();
    let Some(permit) = permit else { return Ok(fields::description(None, name, &features(&parts))) };
    let name = name.to_owned();
    let list = move |app: &App, permit: &Permit<Read>, cancel: &Cancel| {
        let known = search::fields(&app.store, permit, None, TimeRange::ALL, cancel)?;
        Ok(fields::description(Some(&known), &name, &features(&parts)))
    };
    Ok(run(&request.app, permit, list).await?)
}

/// `mappings,settings`, `_aliases`: as older clients name them, too.
fn features(parts: &[String]) -> Vec<&str> {
    parts.iter().flat_map(|part| part.split(',')).map(|part| part.trim_start_matches('_')).collect()
}

async fn one(request: &Received, uri: &Uri, body: Body) -> Result<Vec<u8>, Refusal> {
    let permit = request.read_permit(Question::Search).await?;
    let mut said = parameters(uri, &[&elastic::PARAMETERS[..], &[TYPED]].concat())?;
    let typed = typed(&mut said)?;
    let asked = Request::parse_with(&read(request, body).await?, &said)?;
    run(&request.app, permit, move |app, permit, cancel| Ok(answer(app, permit, (&asked, typed), cancel))).await?
}

async fn several(request: &Received, uri: &Uri, body: Body) -> Result<Vec<u8>, Refusal> {
    let permit = request.read_permit(Question::Search).await?;
    let typed = typed(&mut parameters(uri, &[TYPED])?)?;
    let body = read(request, body).await?;
    let searches = pairs(&body)?;
    let began = started();
    // One place and one deadline for all of them, one after the other.
    let written = run(&request.app, permit, move |app, permit, cancel| {
        let mut responses = Vec::new();
        for search in searches {
            let answered = match responses.len() > limits::PAGE_BYTES_MAX {
                true => Err(answer::too_large().into()),
                false => {
                    Request::parse(&search).map_err(Refusal::from).and_then(|asked| answer(app, permit, (&asked, typed), cancel))
                }
            };
            if !responses.is_empty() {
                responses.push(b',');
            }
            match answered {
                Ok(written) => answer::with_status(&written, &mut responses),
                Err(refusal) => responses.extend_from_slice(refusal.body().to_string().as_bytes()),
            }
        }
        Ok(responses)
    });
    let responses = written.await?;
    let mut whole = format!("{{\"took\":{},\"responses\":[", began.elapsed().as_millis()).into_bytes();
    whole.extend_from_slice(&responses);
    whole.extend_from_slice(b"]}");
    Ok(whole)
}

async fn counted(request: &Received, uri: &Uri, body: Body) -> Result<Vec<u8>, Refusal> {
    let permit = request.read_permit(Question::Search).await?;
    parameters(uri, &[])?;
    let query = elastic::counted(&read(request, body).await?)?;
    let count = move |app: &App, permit: &Permit<Read>, cancel: &Cancel| {
        let predicate = Predicate::compile(&query, app.clock.now());
        let bounds = predicate.time_bounds();
        let range = TimeRange { from: bounds.from, to: bounds.to };
        let gathered = match range.from < range.to {
            true => aggregate(&app.store, permit, (&predicate, &[], app.clock.now()), range, cancel),
            false => Aggregated::nothing(&[]),
        };
        Ok(gathered.map(|gathered| answer::count(&gathered)))
    };
    Ok(run(&request.app, permit, count).await??)
}

/// What is written of the fields, and of the names that are asked for among them, in the address or in the body.
async fn listed(
    request: &Received,
    uri: &Uri,
    (known, body): (&[&str], Body),
    write: fn(&search::Fields, &[String]) -> Vec<u8>,
) -> Result<Vec<u8>, Refusal> {
    let permit = request.read_permit(Question::Fields).await?;
    let mut said: Vec<String> = parameters(uri, known)?.into_iter().map(|(_, names)| names).collect();
    said.extend(elastic::field_names(&read(request, body).await?)?);
    if said.iter().map(|names| names.split(',').count()).sum::<usize>() > limits::FIELD_NAMES_ASKED_MAX {
        let reason = format!("at most {} names of fields in one request", limits::FIELD_NAMES_ASKED_MAX);
        return Err(RequestError { code: "search_invalid", ..unknown(&reason) }.into());
    }
    let list = move |app: &App, permit: &Permit<Read>, cancel: &Cancel| {
        let fields = search::fields(&app.store, permit, None, TimeRange::ALL, cancel)?;
        Ok(write(&fields, &said))
    };
    Ok(run(&request.app, permit, list).await?)
}

/// A body as it was before its client compressed it.
async fn read(request: &Received, body: Body) -> Result<Bytes, Problem> {
    let encoding = content_encoding(&request.headers)?;
    let mut share = request.app.bodies.share();
    let wire = body::read_up_to(body, &request.headers, limits::SEARCH_BODY_BYTES_MAX, &mut share).await?;
    if encoding == ContentEncoding::Identity {
        return Ok(wire);
    }
    let bounds = BodyLimits { bytes_max: limits::SEARCH_BODY_BYTES_MAX, ..BodyLimits::default() };
    Ok(body::decompressed((&request.app, None), (encoding, wire), bounds, share).await?.0)
}

/// Whether names of aggregations are to say their kind.
fn typed(said: &mut Vec<(String, String)>) -> Result<bool, RequestError> {
    let mut typed = false;
    for (_, value) in said.extract_if(.., |(name, _)| name == TYPED) {
        typed = match value.as_str() {
            "" | "true" => true,
            "false" => false,
            other => {
                let reason = format!("Failed to parse value [{other}] as only [true] or [false] are allowed.");
                return Err(RequestError { code: "search_invalid", ..unknown(&reason) });
            }
        };
    }
    Ok(typed)
}

/// The parameters that are `known`; others choose nothing, or are refused.
fn parameters(uri: &Uri, known: &[&str]) -> Result<Vec<(String, String)>, RequestError> {
    let mut said = Vec::new();
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if known.contains(&&*name) {
            said.push((name.into_owned(), value.into_owned()));
        } else if !PARAMETERS.contains(&&*name) {
            return Err(unknown(&format!("request [{}] contains unrecognized parameter: [{name}]", uri.path())));
        }
    }
    Ok(said)
}

fn unknown(reason: &str) -> RequestError {
    RequestError { kind: "illegal_argument_exception", code: "search_unsupported", reason: reason.to_owned() }
}

/// The bodies of several searches, each behind a line that says where to search.
fn pairs(body: &Bytes) -> Result<Vec<Bytes>, RequestError> {
    let odd = || unknown("The msearch request must be terminated by a newline [\\n], and each search has two lines");
    let mut lines = body.strip_suffix(b"\n").ok_or_else(odd)?.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut searches = Vec::new();
    while let Some(head) = lines.next() {
        let search = lines.next().filter(|search| !search.is_empty()).ok_or_else(odd)?;
        header_of(head)?;
        searches.push(body.slice_ref(search));
        if searches.len() > limits::SEARCHES_PER_REQUEST_MAX {
            return Err(unknown(&format!("at most {} searches in one request", limits::SEARCHES_PER_REQUEST_MAX)));
        }
    }
    Ok(searches)
}

fn header_of(head: &[u8]) -> Result<(), RequestError> {
    let head = if head.is_empty() { b"{}" } else { head };
    let Ok(Value::Object(members)) = serde_json::from_slice(head) else {
        return Err(unknown("the line before a search is no object"));
    };
    let foreign = |name: &&String| !PARAMETERS.contains(&name.as_str()) && !matches!(&***name, "index" | "indices" | "routing");
    match members.keys().find(foreign) {
        Some(name) => Err(unknown(&format!("key [{name}] is not supported in the metadata section"))),
        None => Ok(()),
    }
}

/// One search, on a thread that may block.
fn answer(app: &App, permit: &Permit<Read>, (asked, typed): (&Request, bool), cancel: &Cancel) -> Result<Vec<u8>, Refusal> {
    let (began, now) = (started(), app.clock.now());
    let predicate = asked.predicate(now);
    let bounds = predicate.time_bounds();
    let range = TimeRange { from: bounds.from, to: bounds.to };
    let gathered = match asked.gathers() && range.from < range.to {
        true => aggregate(&app.store, permit, (&predicate, &asked.aggregations, now), range, cancel)?,
        false => Aggregated::nothing(&asked.aggregations)?,
    };
    let Sorted { order, from, size, after, .. } = asked.sorted;
    let (range, cursor) = after.map_or((range, None), |after| (after.narrow(order, range), after.record()));
    let wanted = Find { predicate: &predicate, range, order, limit: if size == 0 { 0 } else { from + size }, after: cursor };
    let found = search::find(&app.store, permit, &wanted, cancel)?;
    if found.cut {
        return Err(answer::too_large().into());
    }
    Ok(answer::written(
        asked,
        &Answered { records: found.records.get(from..).unwrap_or_default(), gathered: &gathered, began, typed },
        &found.stats,
    )?)
}

impl From<AggregateError> for Refusal {
    fn from(error: AggregateError) -> Self {
        match error {
            AggregateError::Scan(error) => Problem::from(error).into(),
            AggregateError::TooManyBuckets(_) | AggregateError::TooMuch(_) | AggregateError::TooFine => {
                let problem = Problem::bad_request("too_many_buckets", error.to_string());
                Self { problem, kind: Some("too_many_buckets_exception") }
            }
        }
    }
}

impl From<search::ScanError> for Refusal {
    fn from(error: search::ScanError) -> Self {
        Problem::from(error).into()
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self { problem: Problem::bad_request(error.code, error.reason), kind: Some(error.kind) }
    }
}
