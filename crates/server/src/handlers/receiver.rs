//! A request to a receiver of logs, whatever its protocol: who sends it, to which source, and its body.
//!
//! Always holds: the source is the one that the key is bound to, and where the path names one it must be that; nothing in
//! a header or a body chooses another.

use std::sync::Arc;

use ::store::Durable;
use audit::{Actor, Question};
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use identity::{Credential, Permit, Read, Write};
use ingest::NormalBody;
use ingest::encoding::ContentEncoding;

use super::frames::{self, Incoming, content_encoding, delivery, write_permit};
use super::{credential, source_id};
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::refusals::Knock;

pub(crate) struct Received {
    pub(crate) app: Arc<App>,
    pub(crate) headers: HeaderMap,
    path: Vec<(String, String)>,
    caller: Caller,
}

impl FromRequestParts<Arc<App>> for Received {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, app).await;
        let path = path.map_err(|_| Problem::bad_request("path_invalid", "the path is not UTF-8"))?;
        Ok(Self {
            app: Arc::clone(app),
            path: path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            caller: parts.extensions.get::<Caller>().cloned().unwrap_or_else(|| Caller::new(None, "")),
            headers: parts.headers.clone(),
        })
    }
}

// === impl Received ===

impl Received {
    /// A part of the path, where it has one of this name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.path.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header of ASCII; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn content_type(&self) -> &str {
        self.header(header::CONTENT_TYPE.as_str())
    }

    pub(crate) fn permit(&self) -> Result<Permit<Write>, Problem> {
        write_permit(&self.app, (&self.headers, &self.caller), self.text("source"))
    }

    /// A permit to ask this of the source that a read key names. The reading is in the audit trail when it is given.
    pub(crate) async fn read_permit(&self, question: Question) -> Result<Permit<Read>, Problem> {
        let credential = credential(&self.app, &self.headers)?;
        let source = self.text("source").map(source_id).transpose()?;
        let (app, deed) = (Arc::clone(&self.app), self.caller.deed(Actor::Stranger, self.app.clock.now()));
        let decide = move || app.identity.authorize_read(credential.as_ref(), source, &deed, question);
        Ok(tokio::task::spawn_blocking(decide).await.map_err(|error| Problem::internal(&error))??)
    }

    /// Whether a key of the source is there, whatever it opens.
    pub(crate) async fn knock(&self) -> Result<(), Problem> {
        match self.listing().await? {
            Some(_) => Ok(()),
            None => self.permit().map(drop),
        }
    }

    /// A permit to list the fields, where the key is one that reads.
    pub(crate) async fn listing(&self) -> Result<Option<Permit<Read>>, Problem> {
        match credential(&self.app, &self.headers) {
            Ok(Some(credential)) if credential.is_of_reader() => {
                let asked = self.read_permit(Question::Fields).await;
                asked.map(Some).map_err(|problem| self.app.refused_key(&self.caller, problem))
            }
            _ => Ok(None),
        }
    }

    /// The same where the protocol has a header of its own for a key.
    pub(crate) fn permit_by(&self, header: &str) -> Result<Permit<Write>, Problem> {
        match self.header(header) {
            "" => self.permit(),
            key => self.permit_of(key).map_err(|problem| self.app.refused_key(&self.caller, problem)),
        }
    }

    fn permit_of(&self, key: &str) -> Result<Permit<Write>, Problem> {
        let credential = Credential::from_key(key).inspect_err(|_| self.app.identity.note_stranger())?;
        let deed = self.caller.deed(Actor::Stranger, self.app.clock.now());
        Ok(self.app.identity.authorize_write(Some(&credential), None, &deed)?)
    }

    /// Reads the body and stores its records; returns when they are durable, with what else the decoder said.
    pub(crate) async fn store<T: Send + 'static>(
        &self,
        permit: Permit<Write>,
        body: Body,
        decode: impl FnOnce(Bytes) -> Result<(NormalBody, T), Problem> + Send + 'static,
    ) -> Result<(Durable, T), Problem> {
        self.store_encoded(permit, (content_encoding(&self.headers)?, body), decode).await
    }

    /// The same where the protocol says how a body is compressed.
    pub(crate) async fn store_encoded<T: Send + 'static>(
        &self,
        permit: Permit<Write>,
        (encoding, body): (ContentEncoding, Body),
        decode: impl FnOnce(Bytes) -> Result<(NormalBody, T), Problem> + Send + 'static,
    ) -> Result<(Durable, T), Problem> {
        let knock = Knock { source: permit.scope().source, headers: &self.headers, caller: &self.caller };
        let stored = async {
            let mut share = self.app.bodies.share();
            let wire = body::read(body, &self.headers, &mut share).await?;
            let incoming = Incoming { wire, encoding, delivery: delivery(&self.headers)?, share };
            frames::store(&self.app, permit, incoming, decode).await
        };
        frames::noted(&self.app, &knock, stored.await)
    }
}
