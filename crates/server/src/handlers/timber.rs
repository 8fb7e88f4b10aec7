//! What Timber's command line, and whatever else asks Timber's API, reads: answers are `{"data": …}`, refusals
//! `{"error": {"message", "code"}}`.
//!
//! | below `/timber` | asks |
//! |---|---|
//! | `/organizations…`, `/applications…` | for the tenant, and its sources that may be read |
//! | `/log_lines/search` | one source for lines |
//! | `/saved_views…` | for saved views |
//! | `/sql_queries…` | one source with SQL, and comes back for the result |
//! | `/log_filters…` | what is dropped, and changes it |
//!
//! Always holds: a read key opens its one source; whoever else asks has a role that allows it, and names the one source that a
//! question reaches. No cookie counts. Every answer is JSON: clients read refusals too.

pub(crate) mod applications;
pub(crate) mod asked;
pub(crate) mod filters;
pub(crate) mod lines;
pub(crate) mod queries;
pub(crate) mod views;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::query;
use crate::problem::Problem;

/// Below this are Timber's own paths, so that none is taken for an index of Elasticsearch. What is none of them is refused in
/// their form too.
const ROOT: &str = "/timber/";

pub(crate) fn is_below(path: &str) -> bool {
    path.starts_with(ROOT)
}

pub(crate) fn refused(problem: Problem) -> Response {
    let body = json!({"error": {"message": problem.told(), "code": problem.code}});
    problem.in_form("application/json", body.to_string().into_bytes())
}

fn answered(answer: Result<Response, Problem>) -> Response {
    answer.unwrap_or_else(refused)
}

fn data(data: &Value) -> Response {
    query::json(json!({ "data": data }).to_string().into_bytes())
}

fn made(data: &Value) -> Response {
    let mut response = self::data(data);
    *response.status_mut() = StatusCode::CREATED;
    response
}
