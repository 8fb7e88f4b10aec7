//! What Timber's command line, and whatever else asks Timber's API, reads: answers are `{"data": …}`, refusals
//! `{"error": {"message", "code"}}`.
//!
//! | route | asks |
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

/// Where these calls are. What is below and is none is refused in their form too.
const PLACES: [&str; 6] = ["/organizations", "/applications", "/log_lines", "/saved_views", "/sql_queries", "/log_filters"];

pub(crate) fn is_below(path: &str) -> bool {
    PLACES.iter().any(|place| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_these_places_is_known() {
        for path in ["/organizations", "/sql_queries/x/results", "/log_lines/", "/applications/"] {
            assert!(is_below(path), "{path}");
        }
        for path in ["/", "/organizationsx", "/v1/applications", "/app/applications", "/log"] {
            assert!(!is_below(path), "{path}");
        }
    }
}
