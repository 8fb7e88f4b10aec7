//! What is done to a source's records before they are written: which are dropped, what is masked, and what is read out of
//! messages.

use identity::{ConfigureSource, DropFilter, MaskKind, Masked, Recognition, Redaction, SetTreatmentError, ViewSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::me::display_name;
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

/// Drops each record whose message holds a text, in whatever case.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DropFilter")]
pub(crate) struct ShownFilter {
    name: String,
    contains: String,
}

/// All filters of a source.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskedFilters {
    filters: Vec<ShownFilter>,
}

/// What of a source's records is dropped before anything of them is kept.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DropFilters")]
pub(crate) struct ShownFilters {
    filters: Vec<ShownFilter>,
    /// Records that were dropped since the source was made.
    dropped: u64,
}

pub(crate) async fn redaction(who: Who) -> Result<Answer<ShownRedaction>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        let redaction = identity.treatment(permit.scope())?.redaction;
        Ok(ok(shown_redaction(redaction, &identity.counts(permit.scope())?.masked)))
    })
    .await
}

/// What the body does not name is as it is at first.
pub(crate) async fn set_redaction(who: Who, Form(redaction): Form<Redaction>) -> Result<Answer<ShownRedaction>, Problem> {
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        identity.set_redaction(permit.scope(), redaction, permit.deed())?;
        Ok(ok(shown_redaction(redaction, &identity.counts(permit.scope())?.masked)))
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

pub(crate) async fn filters(who: Who) -> Result<Answer<ShownFilters>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        let filters = identity.treatment(permit.scope())?.filters;
        Ok(ok(shown_filters(&filters, identity.counts(permit.scope())?.dropped)))
    })
    .await
}

/// What the body does not name is no filter any more.
pub(crate) async fn set_filters(who: Who, Form(asked): Form<AskedFilters>) -> Result<Answer<ShownFilters>, Problem> {
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        let filters = asked.filters.iter().map(ShownFilter::read).collect::<Result<Vec<_>, _>>()?;
        identity.set_filters(permit.scope(), filters.clone(), permit.deed())?;
        Ok(ok(shown_filters(&filters, identity.counts(permit.scope())?.dropped)))
    })
    .await
}

// === impl ShownFilter ===

impl ShownFilter {
    fn read(&self) -> Result<DropFilter, Problem> {
        let name = display_name(&self.name)?;
        Ok(DropFilter::new(name, &self.contains).map_err(SetTreatmentError::from)?)
    }
}

pub(crate) fn shown_filters(filters: &[DropFilter], dropped: u64) -> ShownFilters {
    let shown = |filter: &DropFilter| ShownFilter { name: filter.name().to_string(), contains: filter.contains().to_owned() };
    ShownFilters { filters: filters.iter().map(shown).collect(), dropped }
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
