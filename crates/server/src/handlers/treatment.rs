//! What is done to a source's records before they are written: what is masked, and what is read out of messages.

use axum::body::Body;
use axum::response::Response;
use identity::{ConfigureSource, MaskKind, Masked, Recognition, Redaction, ViewSource};
use serde_json::{Map, Value, json};

use super::who::{Who, ok};
use crate::problem::Problem;

pub(crate) async fn redaction(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        let redaction = identity.treatment(permit.scope())?.redaction;
        Ok(ok(shown_redaction(redaction, &identity.masked(permit.scope())?)))
    })
    .await
}

/// What the body does not name is as it is at first.
pub(crate) async fn set_redaction(who: Who, body: Body) -> Result<Response, Problem> {
    let redaction: Redaction = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        identity.set_redaction(permit.scope(), redaction, permit.deed())?;
        Ok(ok(shown_redaction(redaction, &identity.masked(permit.scope())?)))
    })
    .await
}

pub(crate) async fn recognition(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        Ok(ok(shown_recognition(identity.treatment(permit.scope())?.recognition)))
    })
    .await
}

pub(crate) async fn set_recognition(who: Who, body: Body) -> Result<Response, Problem> {
    let recognition: Recognition = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        identity.set_recognition(permit.scope(), recognition, permit.deed())?;
        Ok(ok(shown_recognition(recognition)))
    })
    .await
}

pub(crate) fn shown_redaction(redaction: Redaction, masked: &Masked) -> Value {
    let Redaction { cards, secrets, emails, ip_addresses } = redaction;
    let times: Map<String, Value> =
        MaskKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), masked.of(*kind).into())).collect();
    json!({"cards": cards, "secrets": secrets, "emails": emails, "ip_addresses": ip_addresses, "masked": times})
}

pub(crate) fn shown_recognition(recognition: Recognition) -> Value {
    let Recognition { formats, stack_traces } = recognition;
    json!({"formats": formats, "stack_traces": stack_traces})
}
