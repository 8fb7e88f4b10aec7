//! `GET /v1/sources/{id}/origin`: who sent a record, and what it is sealed in.

use std::net::IpAddr;

use audit::{Actor, Question};
use axum::http::StatusCode;
use ingest::SentBy;
use model::{RecordId, Timestamp};
use schemars::JsonSchema;
use seal::{ObjectKind, ObjectName};
use serde::Serialize;
use store::{Origin, Seal};

use super::query::{Params, run, written};
use super::reader::Reader;
use super::shown::Time;
use crate::api::{JsonOf, Typed};
use crate::problem::Problem;

/// Where a record came from.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RecordOrigin {
    /// The record's.
    id: String,
    /// The second in which it came. Not known of records that came before senders were kept; nor is the sender.
    received_at: Option<Time>,
    sent_by: Option<RecordSender>,
    /// The part that has it, or, while it is in none, what the journal keeps it in.
    sealed_in: Vec<SealedIn>,
}

/// Who sent a record.
#[derive(Serialize, JsonSchema)]
struct RecordSender {
    by: Actor,
    address: Option<IpAddr>,
    /// `1.2` or `1.3`.
    tls: Option<String>,
}

/// A sealed object, AES-256-GCM.
#[derive(Serialize, JsonSchema)]
struct SealedIn {
    id: String,
    /// `part` or `journal`.
    kind: &'static str,
    /// As the data keys of the tenant are listed.
    data_key: String,
    /// What all of it was found to be just now, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<ShownSeal>,
}

/// Whether every byte of a sealed object opened under its key, in its place.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
#[schemars(rename = "SealState")]
enum ShownSeal {
    Whole,
    Broken {
        why: String,
    },
    /// It was merged or ended meanwhile: ask again.
    Gone,
}

// === impl RecordOrigin ===

impl RecordOrigin {
    fn new(id: RecordId, origin: Origin, seals: Option<Vec<Seal>>) -> Self {
        let seals = seals.into_iter().flatten().map(|seal| Some(seal.into())).chain(std::iter::repeat_with(|| None));
        let (sent_by, received_at) = match origin.arrived {
            Some((sender, at)) => (SentBy::read(&sender), Some(Timestamp::from_nanos(0).plus_seconds(at).into())),
            None => (None, None),
        };
        Self {
            id: id.to_string(),
            received_at,
            sent_by: sent_by.map(|SentBy { by, address, tls }| RecordSender { by, address, tls }),
            sealed_in: origin.sealed_in.iter().zip(seals).map(|(name, seal)| SealedIn::of(name, seal)).collect(),
        }
    }
}

// === impl SealedIn ===

impl SealedIn {
    fn of(name: &ObjectName, seal: Option<ShownSeal>) -> Self {
        let kind = if name.kind == ObjectKind::Part { "part" } else { "journal" };
        Self { id: name.object.to_string(), kind, data_key: name.key.to_string(), seal }
    }
}

impl From<Seal> for ShownSeal {
    fn from(seal: Seal) -> Self {
        match seal {
            Seal::Whole => Self::Whole,
            Seal::Broken { why } => Self::Broken { why },
            Seal::Gone => Self::Gone,
        }
    }
}

pub(crate) async fn origin(reader: Reader) -> Result<Typed<JsonOf<RecordOrigin>>, Problem> {
    let permit = reader.permit(Question::Origin).await?;
    let told = reader.told(&permit, Question::Origin, reader.params.id.as_deref().unwrap_or_default());
    let Reader { app, params, .. } = reader;
    let id = record_id(&params)?;
    let wants_seals = params.seals;
    let found = run(&app, permit, move |app, permit, cancel| {
        let Some(origin) = search::origin(&app.store, permit, id, cancel)? else { return Ok(None) };
        let seals = wants_seals.then(|| search::seals(&app.store, permit, &origin, cancel)).transpose()?;
        Ok(Some((origin, seals)))
    });
    let Some((origin, seals)) = found.await? else {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "record_not_found",
            "there is no such record, or its retention has ended",
        ));
    };
    Ok(Typed::new(told.answer(1, written(&RecordOrigin::new(id, origin, seals))?).await?))
}

/// The parameter `id`.
pub(super) fn record_id(params: &Params) -> Result<RecordId, Problem> {
    let id = params.id.as_deref().and_then(|id| id.parse().ok());
    id.ok_or_else(|| Problem::bad_request("id_invalid", "`id` is the id of a record"))
}
