//! `GET /v1/sources/{id}/refusals`: what was refused at the source's door since somebody has been looking.

use identity::ViewKeys;
use schemars::JsonSchema;
use serde::Serialize;

use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, ok};
use crate::problem::Problem;
use crate::refusals::Refusal;

/// What was refused, the newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Refusals {
    /// Since when somebody has been looking.
    since: Time,
    refusals: Vec<ShownRefusal>,
    /// Older ones that there was no room for.
    left_out: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refusal")]
struct ShownRefusal {
    at: Time,
    status: u16,
    code: &'static str,
    detail: String,
    /// What may be shown of the key.
    key: Option<String>,
    /// How often; more than once only where an address is told to wait.
    times: u64,
    address: Option<String>,
}

pub(crate) async fn refusals(who: Who) -> Result<Answer<Refusals>, Problem> {
    who.run(|who, _| {
        let permit = who.source_permit::<ViewKeys>()?;
        let watch = who.app.refusals.look(permit.scope().source, permit.deed().at);
        Ok(ok(Refusals { since: watch.since.into(), refusals: watch.kept.iter().map(shown).collect(), left_out: watch.left_out }))
    })
    .await
}

fn shown(one: &Refusal) -> ShownRefusal {
    ShownRefusal {
        at: one.at.into(),
        status: one.status,
        code: one.code,
        detail: one.detail.clone(),
        key: one.key.clone(),
        times: one.times,
        address: one.address.map(|address| address.to_string()),
    }
}
