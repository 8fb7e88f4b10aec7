//! One file per noun: read the request, get a permit, call, answer.

pub(crate) mod access;
pub(crate) mod alerts;
pub(crate) mod archives;
pub(crate) mod audit;
mod cached;
pub(crate) mod console;
pub(crate) mod contact;
pub(crate) mod data_keys;
pub(crate) mod datadog;
pub(crate) mod destinations;
pub(crate) mod elastic;
pub(crate) mod export;
mod following;
pub(crate) mod frames;
pub(crate) mod hec;
pub(crate) mod jobs;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod loki;
pub(crate) mod me;
pub(crate) mod open;
pub(crate) mod origin;
pub(crate) mod overview;
pub(crate) mod own_page;
pub(crate) mod pages;
pub(crate) mod people;
pub(crate) mod pipeline;
pub(crate) mod query;
pub(crate) mod quota;
pub(crate) mod reader;
pub(crate) mod receiver;
pub(crate) mod refusals;
pub(crate) mod roles;
pub(crate) mod root_key;
pub(crate) mod search;
pub(crate) mod series;
pub(crate) mod setup;
mod shown;
pub(crate) mod sign_in;
pub(crate) mod sql;
pub(crate) mod sso;
pub(crate) mod statements;
pub(crate) mod streams;
pub(crate) mod system;
pub(crate) mod tail;
pub(crate) mod template;
pub(crate) mod tenants;
pub(crate) mod timber;
pub(crate) mod treatment;
pub(crate) mod views;
pub(crate) mod who;

use axum::http::{HeaderMap, header};
use identity::Credential;
use model::SourceId;

use crate::app::App;
use crate::problem::Problem;

fn credential(app: &App, headers: &HeaderMap) -> Result<Option<Credential>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().unwrap_or("");
    let credential = Credential::from_authorization(text).inspect_err(|_| app.identity.note_stranger())?;
    Ok(Some(credential))
}

/// The credential of a header, if it is one at all.
pub(crate) fn credential_of(headers: &HeaderMap) -> Option<Credential> {
    Credential::from_authorization(headers.get(header::AUTHORIZATION)?.to_str().ok()?).ok()
}

/// A source that a path names; one that cannot exist is not found, as one that may not be seen.
fn source_id(text: &str) -> Result<SourceId, Problem> {
    SourceId::parse(text).map_err(|_| Problem::from(identity::Refused::WrongSource))
}
