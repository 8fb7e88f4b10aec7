//! How much may come in, and how much did: of a source, and of all sources of a tenant.

use identity::{ConfigureSource, CreateSources, Quota, QuotaPeriod, QuotaState, QuotaUse, ViewSource, ViewTenant};
use schemars::JsonSchema;
use serde::Serialize;

use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, Form, ok};
use crate::problem::Problem;

/// How much may come in within a UTC day or month, and how much did.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Quota")]
pub(crate) struct ShownQuota {
    /// None where it is not bounded.
    bytes: Option<u64>,
    period: QuotaPeriod,
    /// Bytes that came in since the period began.
    used: u64,
    /// When the next period begins.
    resets_at: Time,
    state: QuotaState,
}

pub(crate) async fn of_source(who: Who) -> Result<Answer<ShownQuota>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        Ok(ok(shown(&identity.source_quota(permit.scope(), who.deed().at)?)))
    })
    .await
}

/// What the body does not name is as it is at first.
pub(crate) async fn set_of_source(who: Who, Form(quota): Form<Quota>) -> Result<Answer<ShownQuota>, Problem> {
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        identity.set_source_quota(permit.scope(), quota, permit.deed())?;
        Ok(ok(shown(&identity.source_quota(permit.scope(), permit.deed().at)?)))
    })
    .await
}

pub(crate) async fn of_tenant(who: Who) -> Result<Answer<ShownQuota>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        Ok(ok(shown(&identity.tenant_quota(permit.tenant(), who.deed().at)?)))
    })
    .await
}

/// For whoever says which sources there are.
pub(crate) async fn set_of_tenant(who: Who, Form(quota): Form<Quota>) -> Result<Answer<ShownQuota>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<CreateSources>()?;
        identity.set_tenant_quota(permit.tenant(), quota, permit.deed())?;
        Ok(ok(shown(&identity.tenant_quota(permit.tenant(), permit.deed().at)?)))
    })
    .await
}

pub(crate) fn shown(quota: &QuotaUse) -> ShownQuota {
    let Quota { bytes, period } = quota.quota;
    ShownQuota { bytes, period, used: quota.used, resets_at: quota.resets_at.into(), state: quota.state() }
}
