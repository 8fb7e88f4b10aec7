//! The data keys of a tenant's sources: on which UTC day each seals, and what is under it.
//!
//! | route | answers |
//! |---|---|
//! | `GET /v1/tenants/{tenant}/data-keys` | `now`, and of each source its keys of the last days, the newest last |
//!
//! Always holds: names of keys leave, never a key; the answer is bounded, and says what it leaves out.

use axum::response::Response;
use identity::{Source, ViewTenant};
use model::{Day, Scope, limits};
use serde_json::{Value, json};
use store::{KeyHeld, Store};

use super::who::{Who, ok};
use crate::problem::Problem;

pub(crate) async fn data_keys(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let sources = identity.sources(permit.tenant())?;
        let now = who.app.clock.now();
        let shown = sources.iter().take(limits::KEY_SOURCES_SHOWN_MAX);
        let shown = shown.map(|source| shown_source(&who.app.store, source, now.day())).collect::<Result<Vec<_>, _>>()?;
        Ok(ok(json!({"now": now.to_string(), "sources": shown, "whole": sources.len()})))
    })
    .await
}

fn shown_source(store: &Store, source: &Source, today: Day) -> Result<Value, Problem> {
    let held = store.keys_held(Scope { tenant: source.tenant, source: source.id });
    let held = held.map_err(|error| Problem::internal(&error))?;
    let first = Day::from_number(today.number().saturating_sub(limits::KEY_DAYS_SHOWN - 1));
    let older = held.partition_point(|one| one.key.day < first);
    Ok(json!({
        "id": source.id.to_string(),
        "name": source.name.as_str(),
        "retention_days": source.retention_days,
        "older": older,
        "oldest": held.first().map(|one| one.key.day.to_string()),
        "keys": held[older..].iter().map(|one| shown_key(one, today)).collect::<Vec<_>>(),
    }))
}

fn shown_key(held: &KeyHeld, today: Day) -> Value {
    let KeyHeld { key, parts, rows, raw_bytes, sealed_bytes } = held;
    json!({
        "id": key.to_string(),
        "day": key.day.to_string(),
        "state": if key.day == today { "seals" } else { "opens" },
        "parts": parts,
        "records": rows,
        "raw_bytes": raw_bytes,
        "sealed_bytes": sealed_bytes,
    })
}
