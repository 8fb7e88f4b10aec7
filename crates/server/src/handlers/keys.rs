//! API keys of a source.

use audit::Actor;
use identity::{ApiKey, Expiry, Identity, KeyKind, KeyState, ManageKeys, NewKey, UsedFrom, ViewKeys, Write};
use model::{Scope, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::me::display_name;
use super::shown::{Revealed, Time};
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyForm {
    /// `write` or `read`.
    kind: String,
    name: String,
    /// Days until it ends; `null` is for ever.
    #[serde(default = "default_days")]
    days: Option<i64>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateForm {
    #[serde(default = "default_overlap")]
    overlap_seconds: i64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{K}s")]
pub(crate) struct Keys<K> {
    keys: Vec<K>,
}

/// A new key: shown in this answer, and never again.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "New{K}")]
pub(crate) struct NewlyMade<K> {
    #[serde(flatten)]
    shown: K,
    key: Revealed,
}

/// A key of a source.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Key")]
pub(crate) struct ShownKey {
    id: String,
    kind: KeyKind,
    name: String,
    /// How it begins, by which a leaked one is recognised.
    prefix: String,
    state: ShownKeyState,
    created_at: Time,
    expires_at: Option<Time>,
    last_used_at: Option<Time>,
    /// The addresses that it was used from last, the newest first.
    #[schemars(length(max = "model::limits::KEY_ADDRESSES_KEPT"))]
    used_from: Vec<ShownUse>,
    revoked_at: Option<Time>,
    /// None of a key that is older than this note.
    made_by: Option<Maker>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeyUse")]
struct ShownUse {
    address: String,
    /// When it was used from there last.
    at: Time,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeyMaker")]
struct Maker {
    actor: Actor,
    /// None of who has no name, or is gone.
    name: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "KeyState")]
enum ShownKeyState {
    Active,
    Expired,
    Revoked,
}

/// What a sender of Fluent's forward protocol needs. It counts as long as its write key does.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SharedKey {
    /// The write key's id.
    username: String,
    shared_key: Revealed,
}

pub(super) fn default_days() -> Option<i64> {
    Some(model::limits::API_KEY_DAYS_DEFAULT)
}

fn default_overlap() -> i64 {
    24 * 3_600
}

pub(crate) async fn keys(who: Who) -> Result<Answer<Keys<ShownKey>>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewKeys>()?;
        let all = identity.keys(permit.scope())?;
        let now = permit.deed().at;
        Ok(keys_of(all.iter().map(|key| shown(key, now)).collect()))
    })
    .await
}

pub(crate) async fn create(who: Who, Form(form): Form<KeyForm>) -> Result<Made<NewlyMade<ShownKey>>, Problem> {
    let kind = KeyKind::from_name(&form.kind);
    let kind = kind.ok_or_else(|| Problem::bad_request("kind_invalid", "a key is for `write` or for `read`"))?;
    let new = NewKey { kind, name: display_name(&form.name)?, expiry: expiry(form.days) };
    who.run(move |who, identity| {
        let permit = who.source_permit::<ManageKeys>()?;
        may_hand_out(who, identity, new.kind, permit.scope())?;
        let (plain, key) = identity.create_key(permit.scope(), &new, permit.deed())?;
        Ok(newly_made(&plain, shown(&key, permit.deed().at)))
    })
    .await
}

pub(crate) async fn rotate(who: Who, Form(form): Form<RotateForm>) -> Result<Made<NewlyMade<ShownKey>>, Problem> {
    who.run(move |who, identity| {
        let permit = who.source_permit::<ManageKeys>()?;
        let id = who.id("key")?;
        if let Some(old) = identity.keys(permit.scope())?.into_iter().find(|key| key.id == id) {
            may_hand_out(who, identity, old.kind, permit.scope())?;
        }
        let (plain, key) = identity.rotate_key(permit.scope(), id, form.overlap_seconds, permit.deed())?;
        Ok(newly_made(&plain, shown(&key, permit.deed().at)))
    })
    .await
}

pub(crate) async fn shared_key(who: Who) -> Result<Answer<SharedKey>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ManageKeys>()?;
        may_hand_out(who, identity, KeyKind::Write, permit.scope())?;
        let id = who.id("key")?;
        let shared = identity.show_shared_key(permit.scope(), id, permit.deed())?;
        Ok(ok(SharedKey { username: id.to_string(), shared_key: (&shared).into() }))
    })
    .await
}

pub(crate) async fn revoke(who: Who) -> Result<Done, Problem> {
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

pub(super) fn newly_made<K>(plain: &identity::PlainKey, shown: K) -> Made<NewlyMade<K>> {
    made(NewlyMade { shown, key: plain.into() })
}

pub(super) fn keys_of<K>(keys: Vec<K>) -> Answer<Keys<K>> {
    ok(Keys { keys })
}

fn shown(key: &ApiKey, now: Timestamp) -> ShownKey {
    let state = match key.state(now) {
        KeyState::Active => ShownKeyState::Active,
        KeyState::Expired => ShownKeyState::Expired,
        KeyState::Revoked => ShownKeyState::Revoked,
    };
    ShownKey {
        id: key.id.to_string(),
        kind: key.kind,
        name: key.name.as_str().to_owned(),
        prefix: key.prefix.clone(),
        state,
        created_at: key.created_at.into(),
        expires_at: key.expires_at.map(Time::from),
        last_used_at: key.last_used_at.map(Time::from),
        used_from: key.used_from.iter().map(shown_use).collect(),
        revoked_at: key.revoked_at.map(Time::from),
        made_by: key
            .made_by
            .as_ref()
            .map(|maker| Maker { actor: maker.actor.clone(), name: maker.name.as_ref().map(|name| name.as_str().to_owned()) }),
    }
}

fn shown_use(used: &UsedFrom) -> ShownUse {
    ShownUse { address: used.address.to_string(), at: used.at.into() }
}
