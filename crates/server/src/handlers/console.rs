//! The console below `/app/`: one page, the files that it loads, and the policy under which it runs.
//!
//! Always holds: the page and its files are the same for everybody and hold nothing of anybody; what the console shows, it
//! asks the API for, with the rights of whoever is signed in. The policy lets it load and reach nothing but this server,
//! run no script that is not a file of it, turn no text into HTML or script, and be framed by nobody.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::cached::{Cached, takes};
use super::who;
use crate::problem::Problem;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);
/// The theme that somebody chose, `light` or `dark`; without it the page follows the system.
const THEME_COOKIE: &str = "blockhouse-theme";
const NOT_BUILT: &str = include_str!("pages/console-not-built.html");

pub(crate) async fn bare() -> Redirect {
    Redirect::permanent("/app/")
}

pub(crate) async fn index(headers: HeaderMap) -> Response {
    page(&headers)
}

/// A file, or the page: the console's own addresses have no dot in their last part.
pub(crate) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    match ui::file(&name) {
        Some(file) if file.is_for_ever() => Ok(for_ever(file, &headers)),
        Some(file) => Ok(answer(&Cached::new(file.plain), &headers, file.media_type())),
        None if name.rsplit('/').next().is_some_and(|last| last.contains('.')) => Err(Problem::not_found()),
        None => Ok(page(&headers)),
    }
}

/// With the theme in it, so that nothing flashes before a script has run.
fn page(headers: &HeaderMap) -> Response {
    let text = ui::index().unwrap_or(NOT_BUILT);
    let theme = who::cookie(headers, THEME_COOKIE);
    let text = match theme.as_deref() {
        Some("dark") => text.replacen("<html ", "<html data-theme=\"dark\" ", 1),
        Some("light") => text.replacen("<html ", "<html data-theme=\"light\" ", 1),
        Some(_) | None => text.to_owned(),
    };
    answer(&Cached::new(text), headers, "text/html; charset=utf-8")
}

fn answer(body: &Cached, asked: &HeaderMap, kind: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    body.answer(asked, headers)
}

fn for_ever(file: &'static ui::File, asked: &HeaderMap) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.media_type())),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    match file.brotli {
        Some(packed) if takes(asked, "br") => (headers, [(header::CONTENT_ENCODING, "br")], packed).into_response(),
        Some(_) | None => (headers, file.plain).into_response(),
    }
}
