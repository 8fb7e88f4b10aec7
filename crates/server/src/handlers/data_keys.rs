//! The data keys of a tenant's sources: on which UTC day each seals, and what is under it.
//!
//! | route | answers |
//! |---|---|
//! | `GET /v1/tenants/{tenant}/data-keys?days=N` | `now`, and of each source its keys of the last days, the newest last |
//!
//! Always holds: names of keys leave, never a key; the answer is bounded, and says what it leaves out.

use identity::{Source, ViewTenant};
use model::{Day, Scope, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{KeyHeld, Store};

use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, Parameters, ok};
use crate::problem::Problem;

/// Of the data keys.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DataKeysWanted")]
pub(crate) struct Wanted {
    /// Of how many days, today among them: 1 to 90, which is also what is meant without it.
    days: Option<i32>,
}

/// The data keys of a tenant's sources.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DataKeys {
    now: Time,
    sources: Vec<DataKeysOfSource>,
    /// How many sources there are; fewer may be shown.
    whole: usize,
}

#[derive(Serialize, JsonSchema)]
struct DataKeysOfSource {
    id: String,
    name: String,
    retention_days: u32,
    /// How many keys are older than those that are shown.
    older: usize,
    /// The day of the oldest of all.
    oldest: Option<String>,
    /// The newest last.
    keys: Vec<DataKey>,
}

/// The name of a key, and what is under it.
#[derive(Serialize, JsonSchema)]
struct DataKey {
    id: String,
    /// `2026-01-31`, UTC.
    day: String,
    state: DataKeyState,
    parts: u64,
    records: u64,
    raw_bytes: u64,
    sealed_bytes: u64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DataKeyState {
    /// On its day.
    Seals,
    /// What was sealed before.
    Opens,
}

pub(crate) async fn data_keys(who: Who, Parameters(wanted): Parameters<Wanted>) -> Result<Answer<DataKeys>, Problem> {
    let days = wanted.days.unwrap_or(limits::KEY_DAYS_SHOWN);
    if !(1..=limits::KEY_DAYS_SHOWN).contains(&days) {
        let detail = format!("`days` is a number from 1 to {}", limits::KEY_DAYS_SHOWN);
        return Err(Problem::bad_request("days_invalid", detail));
    }
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let sources = identity.sources(permit.tenant())?;
        let now = who.app.clock.now();
        let first = Day::from_number(now.day().number().saturating_sub(days - 1));
        let shown = sources.iter().take(limits::KEY_SOURCES_SHOWN_MAX);
        let shown =
            shown.map(|source| shown_source(&who.app.store, source, (first, now.day()))).collect::<Result<Vec<_>, _>>()?;
        Ok(ok(DataKeys { now: now.into(), sources: shown, whole: sources.len() }))
    })
    .await
}

fn shown_source(store: &Store, source: &Source, (first, today): (Day, Day)) -> Result<DataKeysOfSource, Problem> {
    let held = store.keys_held(Scope { tenant: source.tenant, source: source.id });
    let held = held.map_err(|error| Problem::internal(&error))?;
    let older = held.partition_point(|one| one.key.day < first);
    Ok(DataKeysOfSource {
        id: source.id.to_string(),
        name: source.name.as_str().to_owned(),
        retention_days: source.retention_days,
        older,
        oldest: held.first().map(|one| one.key.day.to_string()),
        keys: held[older..].iter().map(|one| shown_key(one, today)).collect(),
    })
}

fn shown_key(held: &KeyHeld, today: Day) -> DataKey {
    let KeyHeld { key, parts, rows, raw_bytes, sealed_bytes } = held;
    DataKey {
        id: key.to_string(),
        day: key.day.to_string(),
        state: if key.day == today { DataKeyState::Seals } else { DataKeyState::Opens },
        parts: *parts,
        records: *rows,
        raw_bytes: *raw_bytes,
        sealed_bytes: *sealed_bytes,
    }
}
