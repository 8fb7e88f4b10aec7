//! A question about one source, before it is decided whether it may be asked.

use std::sync::Arc;

use audit::{Actor, Question};
use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use identity::{Permit, Read};

use super::query::Params;
use super::{credential, source_id};
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
        Ok(Self { app: Arc::clone(app), headers: parts.headers.clone(), params, source, caller })
    }
}

impl Reader {
    /// The reading is in the audit trail when this returns, which takes a write to the disk.
    pub(crate) async fn permit(&self, question: Question) -> Result<Permit<Read>, Problem> {
        let credential = credential(&self.app, &self.headers)?;
        let source = if credential.is_some() { Some(source_id(&self.source)?) } else { None };
        let (app, deed) = (Arc::clone(&self.app), self.caller.deed(Actor::Stranger, self.app.clock.now()));
        let decide = move || app.identity.authorize_read(credential.as_ref(), source, &deed, question);
        Ok(tokio::task::spawn_blocking(decide).await.map_err(|error| Problem::internal(&error))??)
    }
}
