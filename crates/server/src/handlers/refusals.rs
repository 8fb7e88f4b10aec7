//! `GET /v1/sources/{id}/refusals`: what was refused at the source's door since somebody has been looking.

use axum::response::Response;
use identity::ViewKeys;
use serde_json::json;

use super::who::{Who, ok};
use crate::problem::Problem;
use crate::refusals::Refusal;

pub(crate) async fn refusals(who: Who) -> Result<Response, Problem> {
    who.run(|who, _| {
        let permit = who.source_permit::<ViewKeys>()?;
        let watch = who.app.refusals.look(permit.scope().source, permit.deed().at);
        let shown = |one: &Refusal| {
            json!({
                "at": one.at.to_string(),
                "status": one.status,
                "code": one.code,
                "detail": one.detail,
                "key": one.key,
                "address": one.address.map(|address| address.to_string()),
            })
        };
        Ok(ok(json!({
            "since": watch.since.to_string(),
            "refusals": watch.kept.iter().map(shown).collect::<Vec<_>>(),
            "left_out": watch.left_out,
        })))
    })
    .await
}
