//! The security contact.
//!
//! | route | answers |
//! |---|---|
//! | `GET /.well-known/security.txt` | the signed file (RFC 9116); 404 while nobody is seen to read there |
//! | `GET /.well-known/security.asc` | the key that it is signed with |
//! | `GET /security/contact` | the page on which whoever read a message says so |
//! | `POST /v1/security-contact/acknowledge` | `{code}`: somebody reads |

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::who::Who;
use crate::api::{Done, Form, nothing};
use crate::app::App;
use crate::contacts::Contacts;
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledgement {
    #[schemars(with = "String")]
    code: zeroize::Zeroizing<String>,
}

pub(crate) async fn file(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let file = contacts(&app)?.file().map_err(|error| Problem::internal(&*error))?;
    Ok(text("text/plain; charset=utf-8", file.ok_or_else(Problem::not_found)?))
}

pub(crate) async fn key(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let key = contacts(&app)?.public_key().map_err(|error| Problem::internal(&*error))?;
    Ok(text("application/pgp-keys", key))
}

/// Opening the page changes nothing: programs that look through mail open links.
pub(crate) async fn page() -> Response {
    super::pages::contact()
}

pub(crate) async fn acknowledge(who: Who, Form(form): Form<Acknowledgement>) -> Result<Done, Problem> {
    let contacts = Arc::clone(contacts(&who.app)?);
    contacts
        .acknowledge(&form.code)
        .map_err(|error| Problem::new(StatusCode::NOT_FOUND, "acknowledgement_unknown", error.to_string()))?;
    Ok(nothing())
}

fn contacts(app: &App) -> Result<&Arc<Contacts>, Problem> {
    app.contacts.as_ref().ok_or_else(Problem::not_found)
}

fn text(kind: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=3600")], text).into_response()
}
