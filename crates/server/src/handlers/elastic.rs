//! What clients of Elasticsearch and OpenSearch send: bulk requests, and what they ask before the first one; below, what
//! they read.
//!
//! Always holds: every answer carries `X-Elastic-Product`, refusals included, of what is nowhere too, since clients take an
//! answer without it for a foreign server. Templates, policies, pipelines, data streams and indexes are said to be there, and
//! what is put is taken and not kept: records need none of them.

mod answer;
mod fields;
pub(crate) mod names;
pub(crate) mod reading;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ingest::bulk;
use serde_json::{Value, json};

use super::receiver::Received;
use crate::body;
use crate::problem::Problem;

const JSON: &str = "application/json";
const VENDOR_JSON: &str = "application/vnd.elasticsearch+json";
const PRODUCT: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-elastic-product"), HeaderValue::from_static("Elasticsearch"));
/// The version that clients are told, which decides what they ask for.
const VERSION: &str = "8.19.0";
/// Bytes of a template or policy that is put. They are read, so that the connection can go on, and dropped.
const SETTINGS_BYTES_MAX: usize = 1 << 20;
const NAME_BYTES_MAX: usize = 255;
/// The index that all records are in.
const INDEX: &str = "logs";

/// Why something is not answered, with Elasticsearch's name of the kind where its status alone does not say it.
struct Refusal {
    problem: Problem,
    kind: Option<&'static str>,
}

/// What there would be an entry of.
#[derive(Debug, Clone, Copy)]
enum Kind {
    IndexTemplate,
    ComponentTemplate,
    Template,
    LifecyclePolicy,
    Pipeline,
    DataStream,
}

/// `POST` or `PUT`, `/_bulk` or `/{index}/_bulk`, at the root or below a source's address.
pub(crate) async fn bulk(request: Received, body: Body) -> Response {
    let answered = take(&request, body).await.map_err(Problem::for_senders_that_wait);
    in_form(&request, answered)
}

async fn take(request: &Received, body: Body) -> Result<Vec<u8>, Problem> {
    let (permit, began) = (request.permit()?, request.app.clock.now());
    let index = request.text("index").map(str::to_owned);
    let (durable, items) = request.store(permit, body, move |plain| Ok(bulk::decode(&plain, index.as_deref())?)).await?;
    let took = (request.app.clock.now().nanos() - began.nanos()).max(0) / 1_000_000;
    Ok(bulk::answer(&items, took, &durable, request.text("index")))
}

/// `POST /{index}/_doc`, `PUT` or `POST` of `/{index}/_doc/{id}` and `/{index}/_create/{id}`: one document.
pub(crate) async fn document(request: Received, body: Body) -> Response {
    let answered = take_one(&request, body).await.map_err(Problem::for_senders_that_wait);
    let is_stored = answered.is_ok();
    let mut response = in_form(&request, answered);
    if is_stored {
        *response.status_mut() = StatusCode::CREATED;
    }
    response
}

async fn take_one(request: &Received, body: Body) -> Result<Vec<u8>, Problem> {
    let permit = request.permit()?;
    let [index, id] = ["index", "id"].map(|name| request.text(name).map(str::to_owned));
    let decode = move |plain| Ok(bulk::decode_document(&plain, index.as_deref(), id.as_deref())?);
    let (durable, item) = request.store(permit, body, decode).await?;
    Ok(bulk::answer_document(&item, &durable))
}

/// What this is, for a client that looks whether it likes it, be it to write or to read.
pub(crate) async fn info(request: Received) -> Response {
    let about = json!({
        "name": "blockhouse",
        "cluster_name": "blockhouse",
        "cluster_uuid": "blockhouse",
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "build_type": "binary",
            "build_hash": "blockhouse",
            "build_date": "1970-01-01T00:00:00.000Z",
            "build_snapshot": false,
            "lucene_version": "9.12.0",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    });
    told(&request, &about).await
}

pub(crate) async fn license(request: Received) -> Response {
    say(&request, &json!({"license": {"status": "active", "uid": "blockhouse", "type": "basic", "mode": "basic"}}))
}

pub(crate) async fn features(request: Received) -> Response {
    let absent = json!({"available": false, "enabled": false});
    let features = json!({"ilm": absent, "security": {"available": true, "enabled": true}});
    say(
        &request,
        &json!({"license": {"status": "active", "uid": "blockhouse", "type": "basic", "mode": "basic"}, "features": features}),
    )
}

/// For a client that writes, and for one that reads.
pub(crate) async fn health(request: Received) -> Response {
    told(&request, &json!({"cluster_name": "blockhouse", "status": "green", "timed_out": false, "number_of_nodes": 1})).await
}

pub(crate) async fn index_template(request: Received) -> Response {
    there(&request, Kind::IndexTemplate)
}

pub(crate) async fn component_template(request: Received) -> Response {
    there(&request, Kind::ComponentTemplate)
}

pub(crate) async fn template(request: Received) -> Response {
    there(&request, Kind::Template)
}

pub(crate) async fn lifecycle_policy(request: Received) -> Response {
    there(&request, Kind::LifecyclePolicy)
}

pub(crate) async fn pipeline(request: Received) -> Response {
    there(&request, Kind::Pipeline)
}

pub(crate) async fn data_stream(request: Received) -> Response {
    there(&request, Kind::DataStream)
}

/// A template, policy, pipeline, data stream or alias is put.
pub(crate) async fn put(request: Received, body: Body) -> Response {
    let answered = taken(&request, body).await.map(|()| json!({"acknowledged": true}).to_string().into_bytes());
    in_form(&request, answered)
}

/// What is put by whoever may write. It is not kept.
async fn taken(request: &Received, body: Body) -> Result<(), Problem> {
    drop(request.permit()?);
    let mut share = request.app.bodies.share();
    body::read_up_to(body, &request.headers, SETTINGS_BYTES_MAX, &mut share).await.map(drop)
}

fn there(request: &Received, kind: Kind) -> Response {
    let name = request.text("name").unwrap_or_default();
    if name.len() > NAME_BYTES_MAX {
        return in_form(request, Err(Problem::bad_request("name_invalid", "the name is longer than 255 bytes")));
    }
    say(request, &kind.entry(name))
}

/// Says this to whoever may write.
fn say(request: &Received, answer: &Value) -> Response {
    in_form(request, request.permit().map(|_| answer.to_string().into_bytes()))
}

/// `GET /` of a client of Elasticsearch is known by its credential: nobody else sends one there.
pub(crate) fn is_client(request: &Received) -> bool {
    request.headers.contains_key(header::AUTHORIZATION)
}

/// Says this to whoever may write or read.
async fn told(request: &Received, answer: &Value) -> Response {
    in_form(request, request.knock().await.map(|()| answer.to_string().into_bytes()))
}

fn in_form(request: &Received, answered: Result<Vec<u8>, impl Into<Refusal>>) -> Response {
    dressed(&request.headers, answered.map_err(Into::into))
}

fn dressed(asked: &HeaderMap, answered: Result<Vec<u8>, Refusal>) -> Response {
    let mut response = match answered {
        Ok(body) => (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], body).into_response(),
        Err(refusal) => {
            let body = refusal.body().to_string().into_bytes();
            refusal.problem.in_form(JSON, body)
        }
    };
    let accept = asked.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    response.headers_mut().insert(header::CONTENT_TYPE, content_type(accept));
    response.headers_mut().insert(PRODUCT.0, PRODUCT.1);
    response
}

/// A client that names its version wants it named in the answer.
fn content_type(accept: &str) -> HeaderValue {
    let compatible =
        accept.strip_prefix(VENDOR_JSON).and_then(|rest| rest.trim_start_matches([';', ' ']).strip_prefix("compatible-with="));
    let version = compatible.and_then(|rest| rest.get(..1)).filter(|digit| digit.as_bytes()[0].is_ascii_digit());
    version
        .and_then(|version| HeaderValue::from_str(&format!("{VENDOR_JSON};compatible-with={version}")).ok())
        .unwrap_or(HeaderValue::from_static(JSON))
}

// === impl Refusal ===

impl Refusal {
    fn body(&self) -> Value {
        let problem = &self.problem;
        let kind = self.kind.unwrap_or(match problem.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "security_exception",
            StatusCode::NOT_FOUND => "index_not_found_exception",
            StatusCode::REQUEST_TIMEOUT => "timeout_exception",
            StatusCode::PAYLOAD_TOO_LARGE => "content_too_long_exception",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "media_type_header_exception",
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "es_rejected_execution_exception",
            StatusCode::INTERNAL_SERVER_ERROR => "exception",
            _ => "illegal_argument_exception",
        });
        let cause = json!({"type": kind, "reason": problem.told()});
        // What only a shard finds out is said of all of them.
        let (kind, reason) = match kind {
            "query_shard_exception" => ("search_phase_execution_exception", "all shards failed".to_owned()),
            kind => (kind, problem.told()),
        };
        let error = json!({"root_cause": [cause], "type": kind, "reason": reason});
        json!({"error": error, "status": problem.status().as_u16(), "code": problem.code})
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem, kind: None }
    }
}

// === impl Kind ===

impl Kind {
    fn entry(self, name: &str) -> Value {
        match self {
            Self::IndexTemplate => {
                json!({"index_templates": [{"name": name, "index_template": {"index_patterns": [], "composed_of": []}}]})
            }
            Self::ComponentTemplate => {
                json!({"component_templates": [{"name": name, "component_template": {"template": {}}}]})
            }
            Self::Template => json!({ name: {"order": 0, "index_patterns": [], "settings": {}, "mappings": {}, "aliases": {}} }),
            Self::LifecyclePolicy => json!({ name: {"version": 1, "policy": {"phases": {}}} }),
            Self::Pipeline => json!({ name: {"processors": []} }),
            Self::DataStream => json!({"data_streams": [{"name": name, "status": "GREEN", "indices": [], "generation": 1}]}),
        }
    }
}
