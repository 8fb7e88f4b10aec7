//! A tenant: what it is, its sources, what it demands of sign-ins and allows to staff.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{
    ConfigureAccess, ConfigureSource, CreateSources, CreateTenants, ManageSignIn, SecondFactorRule, SignInRules,
    SingleSignOnRule, Source, StaffAccess, TenantSettings, ViewSource, ViewTenant, ViewTenants,
};
use model::{UserId, limits};
use serde::Deserialize;
use serde_json::{Value, json};

use super::me::display_name;
use super::who::{Who, answer, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSource {
    name: String,
    #[serde(default = "default_retention")]
    retention_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retention {
    retention_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInForm {
    second_factor: SecondFactorRule,
    #[serde(default)]
    single_sign_on: SingleSignOnRule,
    #[serde(default)]
    break_glass_owner: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffAccessForm {
    level: StaffAccess,
    #[serde(default = "one")]
    approvals: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTenant {
    name: String,
}

fn default_retention() -> u32 {
    limits::RETENTION_DAYS_DEFAULT
}

fn one() -> u8 {
    1
}

/// For operators: which tenants there are. Nothing of what is in them.
pub(crate) async fn tenants(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let _permit = who.installation_permit::<ViewTenants>()?;
        let all = identity.tenants()?;
        let shown = all.iter().map(|tenant| {
            json!({"id": tenant.id.to_string(), "name": tenant.name.as_str(), "created_at": tenant.created_at.to_string()})
        });
        Ok(ok(json!({"tenants": shown.collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn create_tenant(who: Who, body: Body) -> Result<Response, Problem> {
    let form: NewTenant = who.json(body).await?;
    let name = display_name(&form.name)?;
    who.run(move |who, identity| {
        let permit = who.installation_permit::<CreateTenants>()?;
        let tenant = identity.create_tenant(&name, permit.deed())?;
        Ok(answer(StatusCode::CREATED, json!({"id": tenant.id.to_string(), "name": tenant.name.as_str()})))
    })
    .await
}

pub(crate) async fn tenant(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let tenant = identity.tenant(permit.tenant())?.ok_or_else(Problem::not_found)?;
        Ok(ok(json!({
            "id": tenant.id.to_string(),
            "name": tenant.name.as_str(),
            "created_at": tenant.created_at.to_string(),
            "settings": shown_settings(&identity.settings(&permit)?),
        })))
    })
    .await
}

pub(crate) async fn sources(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let all = identity.sources(permit.tenant())?;
        Ok(ok(json!({"sources": all.iter().map(shown_source).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn create_source(who: Who, body: Body) -> Result<Response, Problem> {
    let form: NewSource = who.json(body).await?;
    let name = display_name(&form.name)?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<CreateSources>()?;
        let source = identity.create_source(permit.tenant(), &name, form.retention_days, permit.deed())?;
        Ok(answer(StatusCode::CREATED, shown_source(&source)))
    })
    .await
}

pub(crate) async fn source(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        let source = identity.source(permit.scope())?.ok_or_else(Problem::not_found)?;
        Ok(ok(shown_source(&source)))
    })
    .await
}

pub(crate) async fn configure_source(who: Who, body: Body) -> Result<Response, Problem> {
    let form: Retention = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        identity.set_retention(permit.scope(), form.retention_days, permit.deed())?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn set_sign_in_rules(who: Who, body: Body) -> Result<Response, Problem> {
    let form: SignInForm = who.json(body).await?;
    let owner = form.break_glass_owner.as_deref().map(UserId::parse).transpose();
    let break_glass_owner = owner.map_err(|error| Problem::bad_request("user_invalid", error.to_string()))?;
    let rules = SignInRules { second_factor: form.second_factor, single_sign_on: form.single_sign_on, break_glass_owner };
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageSignIn>()?;
        Ok(ok(shown_settings(&identity.set_sign_in_rules(&permit, rules)?)))
    })
    .await
}

pub(crate) async fn set_staff_access(who: Who, body: Body) -> Result<Response, Problem> {
    let form: StaffAccessForm = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ConfigureAccess>()?;
        Ok(ok(shown_settings(&identity.set_staff_access(&permit, form.level, form.approvals)?)))
    })
    .await
}

pub(super) fn shown_settings(settings: &TenantSettings) -> Value {
    json!({
        "second_factor": settings.second_factor,
        "single_sign_on": settings.single_sign_on,
        "break_glass_owner": settings.break_glass_owner,
        "staff_access": settings.staff_access,
        "approvals_needed": settings.approvals(),
        "audit_retention_days": settings.audit_retention(),
    })
}

fn shown_source(source: &Source) -> Value {
    json!({
        "id": source.id.to_string(),
        "name": source.name.as_str(),
        "retention_days": source.retention_days,
        "created_at": source.created_at.to_string(),
    })
}
