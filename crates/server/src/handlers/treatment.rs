//! What is done to a source's records before they are written: what is masked, and what is read out of messages.

use identity::{ConfigureSource, MaskKind, Masked, Recognition, Redaction, ViewSource};
use schemars::JsonSchema;
use serde::Serialize;

use super::who::Who;
use crate::api::{Answer, Form, ok};
use crate::problem::Problem;

/// What is masked in a source's records before they are written, and how often it was.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Redaction")]
pub(crate) struct ShownRedaction {
    cards: bool,
    secrets: bool,
    emails: bool,
    ip_addresses: bool,
    masked: TimesMasked,
}

/// How often each kind was masked, since the source was made.
#[derive(Serialize, JsonSchema)]
struct TimesMasked {
    cards: u64,
    secrets: u64,
    emails: u64,
    ip_addresses: u64,
}

pub(crate) async fn redaction(who: Who) -> Result<Answer<ShownRedaction>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        let redaction = identity.treatment(permit.scope())?.redaction;
        Ok(ok(shown_redaction(redaction, &identity.masked(permit.scope())?)))
    })
    .await
}

/// What the body does not name is as it is at first.
pub(crate) async fn set_redaction(who: Who, Form(redaction): Form<Redaction>) -> Result<Answer<ShownRedaction>, Problem> {
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        identity.set_redaction(permit.scope(), redaction, permit.deed())?;
        Ok(ok(shown_redaction(redaction, &identity.masked(permit.scope())?)))
    })
    .await
}

pub(crate) async fn recognition(who: Who) -> Result<Answer<Recognition>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        Ok(ok(identity.treatment(permit.scope())?.recognition))
    })
    .await
}

pub(crate) async fn set_recognition(who: Who, Form(recognition): Form<Recognition>) -> Result<Answer<Recognition>, Problem> {
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        identity.set_recognition(permit.scope(), recognition, permit.deed())?;
        Ok(ok(recognition))
    })
    .await
}

pub(crate) fn shown_redaction(redaction: Redaction, masked: &Masked) -> ShownRedaction {
    let Redaction { cards, secrets, emails, ip_addresses } = redaction;
    let times = TimesMasked {
        cards: masked.of(MaskKind::Card),
        secrets: masked.of(MaskKind::Secret),
        emails: masked.of(MaskKind::Email),
        ip_addresses: masked.of(MaskKind::IpAddress),
    };
    ShownRedaction { cards, secrets, emails, ip_addresses, masked: times }
}
