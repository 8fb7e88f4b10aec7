//! A question in Timber's words: who asks, and which one source.
//!
//! Always holds: a question of records reaches one source: the key's, or the one that is named; two are refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use audit::{Actor, Deed, Question};
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{Action, Identity, Permit, Reach, Read, Refused, Whose};
use model::{Scope, SourceId, TenantId};
use serde::de::DeserializeOwned;

use super::super::{credential, source_id};
use super::refused;
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;

#[derive(Clone)]
pub(crate) struct Asked {
    pub(super) app: Arc<App>,
    headers: HeaderMap,
    path: Vec<(String, String)>,
    query: String,
    caller: Caller,
}

/// A refusal before there is a question.
pub(crate) struct NotAsked(Problem);

impl IntoResponse for NotAsked {
    fn into_response(self) -> Response {
        refused(self.0)
    }
}

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = NotAsked;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, NotAsked> {
        let path = RawPathParams::from_request_parts(parts, app).await;
        let path = path.map_err(|_| NotAsked(Problem::bad_request("path_invalid", "the path is not UTF-8")))?;
        Ok(Self {
            app: Arc::clone(app),
            path: path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            caller: parts.extensions.get::<Caller>().cloned().unwrap_or_else(|| Caller::new(None, "")),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
        })
    }
}

// === impl Asked ===

impl Asked {
    /// The id in the path.
    pub(super) fn id(&self) -> &str {
        self.path.iter().find(|(name, _)| name == "id").map_or("", |(_, value)| value)
    }

    /// A parameter behind the question mark, unless it is empty.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.into_owned())
    }

    /// A number from 1 to `most`.
    pub(super) fn number(&self, name: &'static str, default: usize, most: usize) -> Result<usize, Problem> {
        let Some(text) = self.parameter(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| Problem::bad_request("parameter_invalid", format!("`{name}` is a number from 1 to {most}")))
    }

    pub(super) fn deed(&self) -> Deed {
        self.caller.deed(Actor::Stranger, self.app.clock.now())
    }

    /// The body as JSON, whatever type it says to have: Timber's own examples say none.
    pub(super) async fn form<T: DeserializeOwned>(&self, body: Body, most: usize) -> Result<T, Problem> {
        let mut share = self.app.bodies.share();
        let bytes = body::read_up_to(body, &self.headers, most, &mut share).await?;
        let bytes = if bytes.is_empty() { &b"{}"[..] } else { &bytes };
        serde_json::from_slice(bytes).map_err(|error| Problem::bad_request("invalid_json", error.to_string()))
    }

    /// Asks what blocks on the disk, on a thread that may.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &Identity) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let asked = self.clone();
        let worker = move || work(&asked, &asked.app.identity);
        tokio::task::spawn_blocking(worker).await.map_err(|error| Problem::internal(&error))?
    }

    /// Who of a tenant asks. What they may is not known by that. Staff are refused: they are told of in a tenant's trail, with the
    /// approval that they act under, where the questions of this server's own API are asked.
    pub(super) async fn whose(&self) -> Result<Whose, Problem> {
        self.run(|asked, identity| Ok(identity.whose(asked.credential()?.as_ref(), &asked.deed())?)).await
    }

    /// The sources that `A` may be done to. For threads that may block.
    pub(super) fn reach<A: Action<Object = Scope>>(&self) -> Result<Reach, Problem> {
        Ok(self.app.identity.reach::<A>(self.credential()?.as_ref(), &self.deed())?)
    }

    /// A permit for a source. For threads that may block.
    pub(super) fn source_permit<A: Action<Object = Scope>>(&self, source: SourceId) -> Result<Permit<A>, Problem> {
        Ok(self.app.identity.authorize_source(self.credential()?.as_ref(), Some(source), &self.deed())?)
    }

    /// A permit for the tenant. For threads that may block.
    pub(super) fn tenant_permit<A: Action<Object = TenantId>>(&self, tenant: TenantId) -> Result<Permit<A>, Problem> {
        Ok(self.app.identity.authorize_tenant(self.credential()?.as_ref(), tenant, &self.deed())?)
    }

    /// A permit to ask this of the one source that is meant, for whoever `whose` found to be of a tenant. The reading is in the
    /// audit trail when this returns.
    pub(super) async fn permit(
        &self,
        _whose: Whose,
        named: BTreeSet<SourceId>,
        question: Question,
    ) -> Result<Permit<Read>, Problem> {
        self.run(move |asked, identity| {
            let wanted = match (named.first(), named.len()) {
                (Some(only), 1) => *only,
                (None, _) => only(&asked.reach::<Read>()?)?,
                (Some(_), _) => return Err(several()),
            };
            Ok(identity.authorize_read(asked.credential()?.as_ref(), Some(wanted), &asked.deed(), question)?)
        })
        .await
    }

    /// Whether what was allowed is allowed still. For threads that may block.
    pub(super) fn still_allowed(&self, scope: Scope) -> Result<(), Problem> {
        Ok(self.app.identity.is_still_allowed(self.credential()?.as_ref(), scope, &self.deed())?)
    }

    fn credential(&self) -> Result<Option<identity::Credential>, Problem> {
        credential(&self.app, &self.headers)
    }
}

/// The sources that a list of ids names.
pub(super) fn sources(ids: Option<&Vec<String>>) -> Result<BTreeSet<SourceId>, Problem> {
    ids.into_iter().flatten().map(|id| source_id(id)).collect()
}

/// Refuses a tenant that is another one.
pub(super) fn hold_organization(named: Option<&String>, tenant: TenantId) -> Result<(), Problem> {
    match named.filter(|named| **named != tenant.to_string()) {
        Some(_) => Err(Refused::WrongTenant.into()),
        None => Ok(()),
    }
}

pub(super) fn several() -> Problem {
    let detail = "this names several sources, and one question reaches one: ask once for each";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "several_sources", detail)
}

pub(super) fn none() -> Problem {
    let detail = "say which source: `application_ids`, `source_ids` or, in SQL, the table `source_ID`";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "source_missing", detail)
}

fn only(reach: &Reach) -> Result<SourceId, Problem> {
    match reach.sources.as_slice() {
        [source] => Ok(source.id),
        _ => Err(none()),
    }
}
