//! API keys of a source.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{ApiKey, Expiry, Identity, KeyKind, KeyState, ManageKeys, NewKey, PlainKey, ViewKeys, Write};
use model::{Scope, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::me::display_name;
use super::who::{Who, answer, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyForm {
    kind: String,
    name: String,
    /// Days until it ends; `null` is for ever.
    #[serde(default = "default_days")]
    days: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotateForm {
    #[serde(default = "default_overlap")]
    overlap_seconds: i64,
}

pub(super) fn default_days() -> Option<i64> {
    Some(model::limits::API_KEY_DAYS_DEFAULT)
}

fn default_overlap() -> i64 {
    24 * 3_600
}

pub(crate) async fn keys(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewKeys>()?;
        let all = identity.keys(permit.scope())?;
        let now = permit.deed().at;
        Ok(ok(json!({"keys": all.iter().map(|key| shown(key, now)).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn create(who: Who, body: Body) -> Result<Response, Problem> {
    let form: KeyForm = who.json(body).await?;
    let kind = KeyKind::from_name(&form.kind);
    let kind = kind.ok_or_else(|| Problem::bad_request("kind_invalid", "a key is for `write` or for `read`"))?;
    let new = NewKey { kind, name: display_name(&form.name)?, expiry: expiry(form.days) };
    who.run(move |who, identity| {
        let permit = who.source_permit::<ManageKeys>()?;
        may_hand_out(who, identity, new.kind, permit.scope())?;
        let (plain, key) = identity.create_key(permit.scope(), &new, permit.deed())?;
        Ok(made(&plain, shown(&key, permit.deed().at)))
    })
    .await
}

pub(crate) async fn rotate(who: Who, body: Body) -> Result<Response, Problem> {
    let form: RotateForm = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.source_permit::<ManageKeys>()?;
        let id = who.id("key")?;
        if let Some(old) = identity.keys(permit.scope())?.into_iter().find(|key| key.id == id) {
            may_hand_out(who, identity, old.kind, permit.scope())?;
        }
        let (plain, key) = identity.rotate_key(permit.scope(), id, form.overlap_seconds, permit.deed())?;
        Ok(made(&plain, shown(&key, permit.deed().at)))
    })
    .await
}

pub(crate) async fn revoke(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ManageKeys>()?;
        identity.revoke_key(permit.scope(), who.id("key")?, permit.deed())?;
        Ok(nothing())
    })
    .await
}

/// Nobody makes a key that may do more than they may.
fn may_hand_out(who: &Who, identity: &Identity, kind: KeyKind, scope: Scope) -> Result<(), Problem> {
    match kind {
        KeyKind::Write => who.source_permit::<Write>().map(|_| ()),
        KeyKind::Read => Ok(identity.is_still_allowed(who.credential()?.as_ref(), scope, &who.deed())?),
    }
}

pub(super) fn expiry(days: Option<i64>) -> Expiry {
    days.map_or(Expiry::Never, Expiry::Days)
}

/// A new key: shown in this answer, and never again.
pub(super) fn made(plain: &PlainKey, mut shown: Value) -> Response {
    shown["key"] = json!(plain.reveal());
    answer(StatusCode::CREATED, shown)
}

fn shown(key: &ApiKey, now: Timestamp) -> Value {
    let state = match key.state(now) {
        KeyState::Active => "active",
        KeyState::Expired => "expired",
        KeyState::Revoked => "revoked",
    };
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": key.id.to_string(),
        "kind": key.kind.as_str(),
        "name": key.name.as_str(),
        "prefix": key.prefix,
        "state": state,
        "created_at": key.created_at.to_string(),
        "expires_at": time(key.expires_at),
        "last_used_at": time(key.last_used_at),
        "revoked_at": time(key.revoked_at),
    })
}
