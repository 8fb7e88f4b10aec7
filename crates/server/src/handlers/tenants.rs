//! A tenant: what it is, its sources, what it demands of sign-ins and allows to staff.

use std::ops::Range;

use identity::{
    Arrivals, Arrived, ConfigureAccess, ConfigureSource, CreateSources, CreateTenants, ManageSignIn, SecondFactorRule,
    SignInRules, SingleSignOnRule, Source, SourceChange, StaffAccess, TenantSettings, ViewSource, ViewTenant, ViewTenants,
};
use model::{Day, Timestamp, UserId, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::me::display_name;
use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSource {
    name: String,
    #[serde(default = "default_retention")]
    retention_days: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceForm {
    /// Of no other source of the tenant. Keys, records and links know the source by its id.
    name: Option<String>,
    retention_days: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInForm {
    second_factor: SecondFactorRule,
    #[serde(default)]
    single_sign_on: SingleSignOnRule,
    #[serde(default)]
    break_glass_owner: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffAccessForm {
    level: StaffAccess,
    #[serde(default = "one")]
    approvals: u8,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTenant {
    name: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Tenants {
    tenants: Vec<ShownTenant>,
}

/// A tenant, to whoever runs the installation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TenantOfInstallation")]
struct ShownTenant {
    id: String,
    name: String,
    created_at: Time,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Named {
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tenant")]
pub(crate) struct TenantWithSettings {
    id: String,
    name: String,
    created_at: Time,
    settings: ShownSettings,
}

/// What a tenant demands of sign-ins and allows to staff.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TenantSettings")]
pub(crate) struct ShownSettings {
    second_factor: SecondFactorRule,
    single_sign_on: SingleSignOnRule,
    break_glass_owner: Option<String>,
    staff_access: StaffAccess,
    approvals_needed: usize,
    audit_retention_days: u32,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Sources {
    sources: Vec<ShownSource>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Source")]
pub(crate) struct ShownSource {
    id: String,
    name: String,
    retention_days: u32,
    created_at: Time,
    /// How many keys count now. Whoever may see the source may see how many; which they are takes `keys:view`.
    active_keys: u32,
    /// What arrived on each of the last 30 UTC days, the oldest first. A day on which nothing did is left out.
    arrivals: Vec<ShownArrival>,
}

/// What arrived on a day: how much as a quota counts it, and when the last of it did.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Arrival")]
struct ShownArrival {
    day: String,
    bytes: u64,
    /// None where it was counted before its time was kept.
    last_at: Option<Time>,
}

fn default_retention() -> u32 {
    limits::RETENTION_DAYS_DEFAULT
}

fn one() -> u8 {
    1
}

/// For operators: which tenants there are. Nothing of what is in them.
pub(crate) async fn tenants(who: Who) -> Result<Answer<Tenants>, Problem> {
    who.run(|who, identity| {
        let _permit = who.installation_permit::<ViewTenants>()?;
        let all = identity.tenants()?;
        let shown = all.iter().map(|tenant| ShownTenant {
            id: tenant.id.to_string(),
            name: tenant.name.as_str().to_owned(),
            created_at: tenant.created_at.into(),
        });
        Ok(ok(Tenants { tenants: shown.collect() }))
    })
    .await
}

pub(crate) async fn create_tenant(who: Who, Form(form): Form<NewTenant>) -> Result<Made<Named>, Problem> {
    let name = display_name(&form.name)?;
    who.run(move |who, identity| {
        let permit = who.installation_permit::<CreateTenants>()?;
        let tenant = identity.create_tenant(&name, permit.deed())?;
        Ok(made(Named { id: tenant.id.to_string(), name: tenant.name.as_str().to_owned() }))
    })
    .await
}

pub(crate) async fn tenant(who: Who) -> Result<Answer<TenantWithSettings>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let tenant = identity.tenant(permit.tenant())?.ok_or_else(Problem::not_found)?;
        Ok(ok(TenantWithSettings {
            id: tenant.id.to_string(),
            name: tenant.name.as_str().to_owned(),
            created_at: tenant.created_at.into(),
            settings: shown_settings(&identity.settings(&permit)?),
        }))
    })
    .await
}

pub(crate) async fn sources(who: Who) -> Result<Answer<Sources>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let all = identity.sources(permit.tenant())?;
        let now = permit.deed().at;
        let keys = identity.active_keys(permit.tenant(), now)?;
        let mut arrivals = identity.arrivals(permit.tenant(), &days_shown(now))?;
        let shown = all.iter().map(|source| {
            let keys = keys.get(&source.id).copied().unwrap_or_default();
            shown_source(source, keys, arrivals.remove(&source.id).unwrap_or_default())
        });
        Ok(ok(Sources { sources: shown.collect() }))
    })
    .await
}

pub(crate) async fn create_source(who: Who, Form(form): Form<NewSource>) -> Result<Made<ShownSource>, Problem> {
    let name = display_name(&form.name)?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<CreateSources>()?;
        let source = identity.create_source(permit.tenant(), &name, form.retention_days, permit.deed())?;
        Ok(made(shown_source(&source, 0, Arrivals::new())))
    })
    .await
}

pub(crate) async fn source(who: Who) -> Result<Answer<ShownSource>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        let source = identity.source(permit.scope())?.ok_or_else(Problem::not_found)?;
        let now = permit.deed().at;
        let keys = identity.active_keys_of(permit.scope(), now)?;
        Ok(ok(shown_source(&source, keys, identity.arrivals_of(permit.scope(), &days_shown(now))?)))
    })
    .await
}

pub(crate) async fn configure_source(who: Who, Form(form): Form<SourceForm>) -> Result<Done, Problem> {
    let name = form.name.as_deref().map(display_name).transpose()?;
    let change = SourceChange { name, retention_days: form.retention_days };
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        identity.configure_source(permit.scope(), &change, permit.deed())?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn set_sign_in_rules(who: Who, Form(form): Form<SignInForm>) -> Result<Answer<ShownSettings>, Problem> {
    let owner = form.break_glass_owner.as_deref().map(UserId::parse).transpose();
    let break_glass_owner = owner.map_err(|error| Problem::bad_request("user_invalid", error.to_string()))?;
    let rules = SignInRules { second_factor: form.second_factor, single_sign_on: form.single_sign_on, break_glass_owner };
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageSignIn>()?;
        Ok(ok(shown_settings(&identity.set_sign_in_rules(&permit, rules)?)))
    })
    .await
}

pub(crate) async fn set_staff_access(who: Who, Form(form): Form<StaffAccessForm>) -> Result<Answer<ShownSettings>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ConfigureAccess>()?;
        Ok(ok(shown_settings(&identity.set_staff_access(&permit, form.level, form.approvals)?)))
    })
    .await
}

pub(super) fn shown_settings(settings: &TenantSettings) -> ShownSettings {
    ShownSettings {
        second_factor: settings.second_factor,
        single_sign_on: settings.single_sign_on,
        break_glass_owner: settings.break_glass_owner.clone(),
        staff_access: settings.staff_access,
        approvals_needed: settings.approvals(),
        audit_retention_days: settings.audit_retention(),
    }
}

/// The last ones, with today.
fn days_shown(now: Timestamp) -> Range<Day> {
    let tomorrow = now.day().next();
    tomorrow.plus(-limits::ARRIVAL_DAYS_SHOWN)..tomorrow
}

fn shown_source(source: &Source, active_keys: u32, arrivals: Arrivals) -> ShownSource {
    let shown = |(day, Arrived { bytes, last_at }): (Day, Arrived)| ShownArrival {
        day: day.to_string(),
        bytes,
        last_at: last_at.map(Time::from),
    };
    ShownSource {
        id: source.id.to_string(),
        name: source.name.as_str().to_owned(),
        retention_days: source.retention_days,
        created_at: source.created_at.into(),
        active_keys,
        arrivals: arrivals.into_iter().map(shown).collect(),
    }
}
