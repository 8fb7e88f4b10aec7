//! A question about one source, before it is decided whether it may be asked.

use std::sync::Arc;

use audit::{Actor, Deed, Question};
use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use identity::{Credential, Permit, Read, Refused, StaffQuestion};

use super::query::Params;
use super::source_id;
use super::who::{any_credential, is_cross_site};
use crate::app::App;
use crate::caller::Caller;
use crate::problem::Problem;

/// Who asks, of which source, with which parameters.
pub(crate) struct Reader {
    pub(crate) app: Arc<App>,
    pub(crate) headers: HeaderMap,
    pub(crate) params: Params,
    source: String,
    caller: Caller,
    cross_site: bool,
}

// === impl Reader ===

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, app).await;
        let path = path.map_err(|_| Problem::bad_request("path_invalid", "the path is not UTF-8"))?;
        let source = path.iter().find(|(name, _)| *name == "source").map_or("", |(_, source)| source).to_owned();
        let params = Query::<Params>::from_request_parts(parts, app).await;
        let Query(params) = params.map_err(|error| Problem::bad_request("parameter_invalid", error.body_text()))?;
        let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_else(|| Caller::new(None, ""));
        let cross_site = is_cross_site(&parts.method, &parts.headers);
        Ok(Self { app: Arc::clone(app), headers: parts.headers.clone(), params, source, caller, cross_site })
    }
}

/// What an answer to staff says beside its records, and the tenant's trail of it. Nothing for everybody else.
pub(crate) struct Told {
    app: Arc<App>,
    asked: Option<StaffQuestion>,
}

impl Told {
    /// The answer goes out when the trail has it.
    pub(crate) async fn answer(self, records: u64, response: Response) -> Result<Response, Problem> {
        let Some(asked) = self.asked else { return Ok(response) };
        let access = asked.access.to_string();
        let app = self.app;
        let told = tokio::task::spawn_blocking(move || app.identity.tell_question(asked, records)).await;
        told.map_err(|error| Problem::internal(&error))?.map_err(Refused::NotRecorded)?;
        Ok(marked(&access, response))
    }
}

/// Marks an answer as one to staff inside a tenant.
pub(crate) fn marked(access: &str, mut response: Response) -> Response {
    if let Ok(access) = HeaderValue::from_str(access) {
        response.headers_mut().insert("x-blockhouse-staff-access", access);
    }
    response
}

impl Reader {
    /// What has to be told of this question.
    pub(crate) fn told(&self, permit: &Permit<Read>, question: Question, text: &str) -> Told {
        Told { app: Arc::clone(&self.app), asked: self.app.identity.asked_by_staff(permit, question, text) }
    }

    /// Whose question it is, to be asked again while an answer goes on.
    pub(crate) fn asker(&self) -> Result<(Option<Credential>, Deed), Problem> {
        let credential = any_credential(&self.app, &self.headers, self.cross_site)?;
        Ok((credential, self.caller.deed(Actor::Stranger, self.app.clock.now())))
    }

    /// The reading is in the audit trail when this returns, which takes a write to the disk.
    pub(crate) async fn permit(&self, question: Question) -> Result<Permit<Read>, Problem> {
        let credential = any_credential(&self.app, &self.headers, self.cross_site)?;
        let source = if credential.is_some() { Some(source_id(&self.source)?) } else { None };
        let (app, deed) = (Arc::clone(&self.app), self.caller.deed(Actor::Stranger, self.app.clock.now()));
        let decide = move || app.identity.authorize_read(credential.as_ref(), source, &deed, question);
        Ok(tokio::task::spawn_blocking(decide).await.map_err(|error| Problem::internal(&error))??)
    }
}
