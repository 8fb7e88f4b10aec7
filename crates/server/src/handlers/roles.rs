//! Roles, the catalogue of permissions, and service accounts.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{ManageRoles, ManageServices, Role, RoleSpec, ServiceAccount, ServiceKey, ViewRoles};
use policy::{Ability, Basis, BuiltInRole, Care, ObjectKind, Permission, PermissionSet, Where};
use serde::Deserialize;
use serde_json::{Value, json};

use super::keys::{default_days, expiry, made};
use super::me::display_name;
use super::people::GrantForm;
use super::who::{Who, answer, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleForm {
    name: String,
    #[serde(default)]
    description: String,
    permissions: Vec<String>,
    #[serde(default)]
    second_factor: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviewForm {
    roles: Vec<GrantForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceForm {
    name: String,
    roles: Vec<GrantForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceRolesForm {
    roles: Vec<GrantForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceKeyForm {
    #[serde(default = "default_days")]
    days: Option<i64>,
}

impl RoleForm {
    fn spec(&self) -> Result<RoleSpec, Problem> {
        let permissions = PermissionSet::parse(self.permissions.iter().map(String::as_str));
        Ok(RoleSpec {
            name: display_name(&self.name)?,
            description: self.description.clone(),
            permissions: permissions.map_err(|error| Problem::bad_request("permission_unknown", error.to_string()))?,
            second_factor: self.second_factor,
        })
    }
}

/// What there is to allow. Public to whoever may see roles.
pub(crate) async fn permissions(who: Who) -> Result<Response, Problem> {
    who.run(|who, _| {
        let _permit = who.tenant_permit::<ViewRoles>()?;
        let of_tenants = Permission::ALL.iter().filter(|one| one.object() != ObjectKind::Installation);
        let shown = of_tenants.map(|one| {
            json!({
                "name": one.as_str(),
                "description": one.description(),
                "object": object(one.object()),
                "sensitive": one.care() == Care::Sensitive,
            })
        });
        Ok(ok(json!({"permissions": shown.collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn roles(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let own = identity.roles(&who.tenant_permit::<ViewRoles>()?)?;
        let built_in = BuiltInRole::ALL.iter().map(|role| {
            json!({
                "id": role.as_str(),
                "name": role.as_str(),
                "built_in": true,
                "description": role.description(),
                "permissions": role.permissions().names(),
                "second_factor": false,
            })
        });
        Ok(ok(json!({"roles": built_in.chain(own.iter().map(shown_role)).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn create(who: Who, body: Body) -> Result<Response, Problem> {
    let spec = who.json::<RoleForm>(body).await?.spec()?;
    who.run(move |who, identity| {
        let role = identity.create_role(&who.tenant_permit::<ManageRoles>()?, &spec)?;
        Ok(answer(StatusCode::CREATED, shown_role(&role)))
    })
    .await
}

pub(crate) async fn change(who: Who, body: Body) -> Result<Response, Problem> {
    let spec = who.json::<RoleForm>(body).await?.spec()?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageRoles>()?;
        Ok(ok(shown_role(&identity.change_role(&permit, who.id("role")?, &spec)?)))
    })
    .await
}

pub(crate) async fn delete(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageRoles>()?;
        identity.delete_role(&permit, who.id("role")?)?;
        Ok(nothing())
    })
    .await
}

/// What could somebody with these roles do? Nothing is changed.
pub(crate) async fn preview(who: Who, body: Body) -> Result<Response, Problem> {
    let form: PreviewForm = who.json(body).await?;
    let grants = GrantForm::parse(&form.roles)?;
    who.run(move |who, identity| {
        let abilities = identity.abilities_with(&who.tenant_permit::<ViewRoles>()?, &grants)?;
        Ok(ok(json!({"abilities": shown_abilities(&abilities)})))
    })
    .await
}

pub(crate) async fn services(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let all = identity.service_accounts(&who.tenant_permit::<ManageServices>()?)?;
        Ok(ok(json!({"service_accounts": all.iter().map(shown_service).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn create_service(who: Who, body: Body) -> Result<Response, Problem> {
    let form: ServiceForm = who.json(body).await?;
    let (name, grants) = (display_name(&form.name)?, GrantForm::parse(&form.roles)?);
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        let account = identity.create_service_account(&permit, &name, &grants)?;
        Ok(answer(StatusCode::CREATED, shown_service(&account)))
    })
    .await
}

pub(crate) async fn set_service_roles(who: Who, body: Body) -> Result<Response, Problem> {
    let form: ServiceRolesForm = who.json(body).await?;
    let grants = GrantForm::parse(&form.roles)?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        Ok(ok(shown_service(&identity.set_service_grants(&permit, who.id("service")?, &grants)?)))
    })
    .await
}

pub(crate) async fn delete_service(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        identity.delete_service_account(&permit, who.id("service")?)?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn service_keys(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        let all = identity.service_keys(&permit, who.id("service")?)?;
        Ok(ok(json!({"keys": all.iter().map(shown_service_key).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn create_service_key(who: Who, body: Body) -> Result<Response, Problem> {
    let form: ServiceKeyForm = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        let (plain, key) = identity.create_service_key(&permit, who.id("service")?, expiry(form.days))?;
        Ok(made(&plain, shown_service_key(&key)))
    })
    .await
}

pub(crate) async fn revoke_service_key(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        identity.revoke_service_key(&permit, who.id("service")?, who.id("key")?)?;
        Ok(nothing())
    })
    .await
}

fn object(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Source => "source",
        ObjectKind::Tenant => "tenant",
        ObjectKind::Installation => "installation",
    }
}

fn shown_role(role: &Role) -> Value {
    json!({
        "id": role.id.to_string(),
        "name": role.spec.name.as_str(),
        "built_in": false,
        "description": role.spec.description,
        "permissions": role.spec.permissions.names(),
        "second_factor": role.spec.second_factor,
        "created_at": role.created_at.to_string(),
    })
}

fn shown_service(account: &ServiceAccount) -> Value {
    json!({
        "id": account.id.to_string(),
        "name": account.name.as_str(),
        "roles": GrantForm::shown(&account.grants),
        "created_at": account.created_at.to_string(),
    })
}

fn shown_service_key(key: &ServiceKey) -> Value {
    json!({
        "id": key.id.to_string(),
        "prefix": key.prefix,
        "created_at": key.created_at.to_string(),
        "expires_at": key.expires_at.map(|at| at.to_string()),
        "last_used_at": key.last_used_at.map(|at| at.to_string()),
        "revoked_at": key.revoked_at.map(|at| at.to_string()),
    })
}

pub(super) fn shown_abilities(abilities: &[Ability]) -> Vec<Value> {
    let of_tenants = abilities.iter().filter(|one| one.permission.object() != ObjectKind::Installation);
    let shown = of_tenants.map(|ability| {
        let places = ability.places.iter().map(|place| {
            let by = match place.by {
                Basis::Role(role) => role.to_string(),
                Basis::Key => "key".to_owned(),
                Basis::Approval => "approval".to_owned(),
                Basis::Operator => "operator".to_owned(),
            };
            match place.at {
                Where::EverySource(_) => json!({"at": "every_source", "by": by}),
                Where::Source(scope) => json!({"at": "source", "source": scope.source.to_string(), "by": by}),
                Where::Tenant(_) => json!({"at": "tenant", "by": by}),
                Where::Installation => json!({"at": "installation", "by": by}),
            }
        });
        json!({
            "permission": ability.permission.as_str(),
            "allowed": !ability.places.is_empty(),
            "places": places.collect::<Vec<_>>(),
        })
    });
    shown.collect()
}
