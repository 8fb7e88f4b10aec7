//! One file per noun: read the request, get a permit, call, answer.

pub(crate) mod export;
pub(crate) mod frames;
pub(crate) mod open;
pub(crate) mod query;
pub(crate) mod search;
pub(crate) mod setup;
pub(crate) mod sql;
pub(crate) mod tail;

use std::sync::Arc;

use audit::{Actor, Question};
use axum::http::{HeaderMap, header};
use identity::{Credential, Permit, Read};
use model::SourceId;

use crate::app::App;
use crate::caller::Caller;
use crate::problem::Problem;

fn credential(headers: &HeaderMap) -> Result<Option<Credential>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().unwrap_or("");
    Ok(Some(Credential::from_authorization(text)?))
}

/// A source that a path names; one that cannot exist is not found, as one that may not be seen.
fn source_id(text: &str) -> Result<SourceId, Problem> {
    SourceId::parse(text).map_err(|_| Problem::from(identity::Refused::WrongSource))
}

/// The reading is in the audit trail when this returns, which takes a write to the disk.
async fn read_permit(
    app: &Arc<App>,
    (headers, caller): (&HeaderMap, &Caller),
    source: &str,
    question: Question,
) -> Result<Permit<Read>, Problem> {
    let credential = credential(headers)?;
    let source = if credential.is_some() { Some(source_id(source)?) } else { None };
    let (app, deed) = (Arc::clone(app), caller.deed(Actor::Stranger, app.clock.now()));
    let decide = move || app.identity.authorize_read(credential.as_ref(), source, &deed, question);
    Ok(tokio::task::spawn_blocking(decide).await.map_err(|error| Problem::internal(&error))??)
}
