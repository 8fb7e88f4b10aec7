//! Names that clients of Elasticsearch have for things: indexes, aliases, nodes. They choose nothing here: the key names the
//! source, so each is there as soon as somebody names it.
//!
//! Always holds: a path of ours is never an index, and a path of theirs that nobody takes is refused in their form, with or
//! without a key.

use axum::body::Body;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::json;

use super::super::open;
use super::super::receiver::Received;
use super::{INDEX, NAME_BYTES_MAX, Refusal, VERSION, dressed, in_form, is_client, reading, taken, told};
use crate::problem::Problem;
use crate::routes;

/// What leads to a source, and everything of theirs below it.
const BELOW: [&str; 2] = ["sources", "frames"];
const HTTPS: u16 = 443;

/// `PUT /{index}`
pub(crate) async fn create(request: Received, uri: Uri, body: Body) -> Response {
    let Some(name) = index(&request) else { return open::nothing_at((&Method::PUT, &uri), &request.headers) };
    let made = json!({"acknowledged": true, "shards_acknowledged": true, "index": name}).to_string().into_bytes();
    in_form(&request, sound(name).and(taken(&request, body).await).map(|()| made))
}

/// `HEAD /{index}`
pub(crate) async fn exists(request: Received, uri: Uri) -> Response {
    match index(&request) {
        Some(_) => told(&request, &json!({})).await,
        None => open::nothing_at((&Method::HEAD, &uri), &request.headers),
    }
}

/// `GET /{index}`, where somebody asks whose client it may be: a path of one word is nothing to a browser.
pub(crate) async fn describe(request: Received, uri: Uri) -> Response {
    let asks = request.text("source").is_some() || is_client(&request);
    let Some(name) = index(&request).filter(|_| asks) else {
        return open::nothing_at((&Method::GET, &uri), &request.headers);
    };
    let answered = match sound(name) {
        Ok(()) => reading::description(&request, &uri, name).await,
        Err(problem) => Err(problem.into()),
    };
    in_form(&request, answered)
}

/// `GET /_alias/{name}`
pub(crate) async fn alias(request: Received) -> Response {
    let name = request.text("name").unwrap_or_default();
    match sound(name) {
        Ok(()) => told(&request, &json!({INDEX: {"aliases": {name: {}}}})).await,
        Err(problem) => in_form(&request, Err(problem)),
    }
}

/// `GET`, `POST`, `/_refresh` or `/{index}/_refresh`: what was acknowledged is found already.
pub(crate) async fn refresh(request: Received) -> Response {
    told(&request, &json!({"_shards": {"total": 1, "successful": 1, "failed": 0}})).await
}

/// `GET /_nodes/http`: the one node, where the client asks already, so that it goes on doing so.
pub(crate) async fn nodes(request: Received, uri: Uri) -> Response {
    let host = request.header(header::HOST.as_str()).parse::<Authority>().ok();
    let asked = uri.authority().cloned().or(host).or_else(|| request.app.origin.parse::<Uri>().ok()?.into_parts().authority);
    let place = asked.map(|asked| format!("{}:{}", asked.host(), asked.port_u16().unwrap_or(HTTPS))).unwrap_or_default();
    let node = json!({
        "name": "blockhouse", "version": VERSION, "roles": ["data", "ingest"],
        "http": {"bound_address": [place], "publish_address": place},
    });
    let counts = json!({"total": 1, "successful": 1, "failed": 0});
    told(&request, &json!({"_nodes": counts, "cluster_name": "blockhouse", "nodes": {"blockhouse": node}})).await
}

/// The index that the path of a request is, unless it is a path of ours or a question of theirs.
fn index(request: &Received) -> Option<&str> {
    let name = request.text("index")?;
    let is_ours = request.text("source").is_none() && routes::begin_with(name);
    (!is_ours && !name.starts_with('_')).then_some(name)
}

fn sound(name: &str) -> Result<(), Problem> {
    match name.len() <= NAME_BYTES_MAX {
        true => Ok(()),
        false => Err(Problem::bad_request("name_invalid", "the name is longer than 255 bytes")),
    }
}

/// Whether a path is of one word that is no path of ours.
pub(crate) fn is_index(path: &str) -> bool {
    let name = path.strip_prefix('/').unwrap_or_default();
    !name.is_empty() && !name.starts_with('_') && !name.contains('/') && !routes::begin_with(name)
}

/// Whether whoever asks there is a client of Elasticsearch.
pub(crate) fn is_asked_at(path: &str, headers: &HeaderMap) -> bool {
    let mut words = path.split('/').skip(1).peekable();
    let is_below = path.split('/').nth(1) == Some(BELOW[0]) && path.split('/').nth(3) == Some(BELOW[1]);
    if is_below {
        words.nth(2);
    } else {
        words.next_if_eq(&BELOW[1]);
    }
    let [first, second] = [words.next(), words.next()].map(Option::unwrap_or_default);
    match first.starts_with('_') {
        true => true,
        false if second.starts_with('_') => is_below || !routes::begin_with(first),
        false => is_index(path) && headers.contains_key(header::AUTHORIZATION),
    }
}

/// What no handler takes.
pub(crate) fn refused(headers: &HeaderMap, problem: Problem) -> Response {
    let kind = (problem.status() == StatusCode::NOT_FOUND).then_some("resource_not_found_exception");
    dressed(headers, Err(Refusal { problem, kind }))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn paths_of_theirs_are_told_from_ours() {
        let known = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("ApiKey x"))]);
        let theirs = [
            "/_cat/indices",
            "/_plugins/_ism/policies/x",
            "/logs-app/_settings",
            "/frames/_cat",
            "/sources/0123456789abcdef/frames/_cat/nodes",
            "/sources/0123456789abcdef/frames/app/_settings",
        ];
        for path in theirs {
            assert!(is_asked_at(path, &HeaderMap::new()) && is_asked_at(path, &known), "{path}");
        }
        for path in ["/v1/_x", "/app/_x", "/security/_x", "/timber/_x", "/", "/v1/sources", "/a/b", "/sources/x/frames/y"] {
            assert!(!is_asked_at(path, &known), "{path}");
        }
        assert!(is_asked_at("/logs", &known) && !is_asked_at("/logs", &HeaderMap::new()));
        for path in ["/", "/v1", "/app", "/frames", "/security", "/.well-known", "/_search", "/a/b", ""] {
            assert!(!is_index(path), "{path}");
        }
    }
}
