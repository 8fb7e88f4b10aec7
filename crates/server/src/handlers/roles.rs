//! Roles, the catalogue of permissions, and service accounts.

use identity::{ManageRoles, ManageServices, Role, RoleSpec, ServiceAccount, ServiceKey, ViewRoles};
use policy::{Ability, Basis, BuiltInRole, Care, ObjectKind, Permission, PermissionSet, Place, Where};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::keys::{Keys, NewlyMade, default_days, expiry, keys_of, newly_made};
use super::me::display_name;
use super::people::GrantForm;
use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleForm {
    name: String,
    #[serde(default)]
    description: String,
    permissions: Vec<String>,
    #[serde(default)]
    second_factor: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewForm {
    roles: Vec<GrantForm>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceForm {
    name: String,
    roles: Vec<GrantForm>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceRolesForm {
    roles: Vec<GrantForm>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceKeyForm {
    #[serde(default = "default_days")]
    days: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Permissions {
    permissions: Vec<ShownPermission>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Permission")]
struct ShownPermission {
    name: &'static str,
    description: &'static str,
    object: ShownObject,
    /// Whether it asks for a fresh proof or is told loudly.
    sensitive: bool,
}

/// What a permission is about.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PermissionObject")]
enum ShownObject {
    Source,
    Tenant,
    Installation,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Roles {
    roles: Vec<ShownRole>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Role")]
pub(crate) struct ShownRole {
    /// Of a built-in role, its name.
    id: String,
    name: String,
    built_in: bool,
    description: String,
    permissions: Vec<&'static str>,
    /// Whether it counts only with a second factor.
    second_factor: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Time>,
}

/// What somebody could do, from the engine that decides.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Abilities {
    pub(super) abilities: Vec<ShownAbility>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Ability")]
pub(super) struct ShownAbility {
    permission: &'static str,
    allowed: bool,
    places: Vec<ShownPlace>,
}

/// Where it is allowed, and by what.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AbilityPlace")]
struct ShownPlace {
    #[serde(flatten)]
    at: ShownReach,
    /// A role, `key`, `approval` or `operator`.
    by: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "at", rename_all = "snake_case")]
#[schemars(rename = "AbilityReach")]
enum ShownReach {
    EverySource,
    Source { source: String },
    Tenant,
    Installation,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct ServiceAccounts {
    service_accounts: Vec<ShownService>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ServiceAccount")]
pub(crate) struct ShownService {
    id: String,
    name: String,
    roles: Vec<GrantForm>,
    created_at: Time,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ServiceKey")]
pub(crate) struct ShownServiceKey {
    id: String,
    prefix: String,
    created_at: Time,
    expires_at: Option<Time>,
    last_used_at: Option<Time>,
    revoked_at: Option<Time>,
}

// === impl RoleForm ===

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
pub(crate) async fn permissions(who: Who) -> Result<Answer<Permissions>, Problem> {
    who.run(|who, _| {
        let _permit = who.tenant_permit::<ViewRoles>()?;
        let of_tenants = Permission::ALL.iter().filter(|one| one.object() != ObjectKind::Installation);
        let shown = of_tenants.map(|one| ShownPermission {
            name: one.as_str(),
            description: one.description(),
            object: object(one.object()),
            sensitive: one.care() == Care::Sensitive,
        });
        Ok(ok(Permissions { permissions: shown.collect() }))
    })
    .await
}

pub(crate) async fn roles(who: Who) -> Result<Answer<Roles>, Problem> {
    who.run(|who, identity| {
        let own = identity.roles(&who.tenant_permit::<ViewRoles>()?)?;
        let built_in = BuiltInRole::ALL.iter().map(|role| ShownRole {
            id: role.as_str().to_owned(),
            name: role.as_str().to_owned(),
            built_in: true,
            description: role.description().to_owned(),
            permissions: role.permissions().names(),
            second_factor: false,
            created_at: None,
        });
        Ok(ok(Roles { roles: built_in.chain(own.iter().map(shown_role)).collect() }))
    })
    .await
}

pub(crate) async fn create(who: Who, Form(form): Form<RoleForm>) -> Result<Made<ShownRole>, Problem> {
    let spec = form.spec()?;
    who.run(move |who, identity| {
        let role = identity.create_role(&who.tenant_permit::<ManageRoles>()?, &spec)?;
        Ok(made(shown_role(&role)))
    })
    .await
}

pub(crate) async fn change(who: Who, Form(form): Form<RoleForm>) -> Result<Answer<ShownRole>, Problem> {
    let spec = form.spec()?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageRoles>()?;
        Ok(ok(shown_role(&identity.change_role(&permit, who.id("role")?, &spec)?)))
    })
    .await
}

pub(crate) async fn delete(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageRoles>()?;
        identity.delete_role(&permit, who.id("role")?)?;
        Ok(nothing())
    })
    .await
}

/// What could somebody with these roles do? Nothing is changed.
pub(crate) async fn preview(who: Who, Form(form): Form<PreviewForm>) -> Result<Answer<Abilities>, Problem> {
    let grants = GrantForm::parse(&form.roles)?;
    who.run(move |who, identity| {
        let abilities = identity.abilities_with(&who.tenant_permit::<ViewRoles>()?, &grants)?;
        Ok(ok(Abilities { abilities: shown_abilities(&abilities) }))
    })
    .await
}

pub(crate) async fn services(who: Who) -> Result<Answer<ServiceAccounts>, Problem> {
    who.run(|who, identity| {
        let all = identity.service_accounts(&who.tenant_permit::<ManageServices>()?)?;
        Ok(ok(ServiceAccounts { service_accounts: all.iter().map(shown_service).collect() }))
    })
    .await
}

pub(crate) async fn create_service(who: Who, Form(form): Form<ServiceForm>) -> Result<Made<ShownService>, Problem> {
    let (name, grants) = (display_name(&form.name)?, GrantForm::parse(&form.roles)?);
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        let account = identity.create_service_account(&permit, &name, &grants)?;
        Ok(made(shown_service(&account)))
    })
    .await
}

pub(crate) async fn set_service_roles(who: Who, Form(form): Form<ServiceRolesForm>) -> Result<Answer<ShownService>, Problem> {
    let grants = GrantForm::parse(&form.roles)?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        Ok(ok(shown_service(&identity.set_service_grants(&permit, who.id("service")?, &grants)?)))
    })
    .await
}

pub(crate) async fn delete_service(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        identity.delete_service_account(&permit, who.id("service")?)?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn service_keys(who: Who) -> Result<Answer<Keys<ShownServiceKey>>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        let all = identity.service_keys(&permit, who.id("service")?)?;
        Ok(keys_of(all.iter().map(shown_service_key).collect()))
    })
    .await
}

pub(crate) async fn create_service_key(
    who: Who,
    Form(form): Form<ServiceKeyForm>,
) -> Result<Made<NewlyMade<ShownServiceKey>>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        let (plain, key) = identity.create_service_key(&permit, who.id("service")?, expiry(form.days))?;
        Ok(newly_made(&plain, shown_service_key(&key)))
    })
    .await
}

pub(crate) async fn revoke_service_key(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageServices>()?;
        identity.revoke_service_key(&permit, who.id("service")?, who.id("key")?)?;
        Ok(nothing())
    })
    .await
}

fn object(kind: ObjectKind) -> ShownObject {
    match kind {
        ObjectKind::Source => ShownObject::Source,
        ObjectKind::Tenant => ShownObject::Tenant,
        ObjectKind::Installation => ShownObject::Installation,
    }
}

fn shown_role(role: &Role) -> ShownRole {
    ShownRole {
        id: role.id.to_string(),
        name: role.spec.name.as_str().to_owned(),
        built_in: false,
        description: role.spec.description.clone(),
        permissions: role.spec.permissions.names(),
        second_factor: role.spec.second_factor,
        created_at: Some(role.created_at.into()),
    }
}

fn shown_service(account: &ServiceAccount) -> ShownService {
    ShownService {
        id: account.id.to_string(),
        name: account.name.as_str().to_owned(),
        roles: GrantForm::shown(&account.grants),
        created_at: account.created_at.into(),
    }
}

fn shown_service_key(key: &ServiceKey) -> ShownServiceKey {
    ShownServiceKey {
        id: key.id.to_string(),
        prefix: key.prefix.clone(),
        created_at: key.created_at.into(),
        expires_at: key.expires_at.map(Time::from),
        last_used_at: key.last_used_at.map(Time::from),
        revoked_at: key.revoked_at.map(Time::from),
    }
}

pub(super) fn shown_abilities(abilities: &[Ability]) -> Vec<ShownAbility> {
    let of_tenants = abilities.iter().filter(|one| one.permission.object() != ObjectKind::Installation);
    let shown = of_tenants.map(|ability| ShownAbility {
        permission: ability.permission.as_str(),
        allowed: !ability.places.is_empty(),
        places: ability.places.iter().map(shown_place).collect(),
    });
    shown.collect()
}

fn shown_place(place: &Place) -> ShownPlace {
    let by = match place.by {
        Basis::Role(role) => role.to_string(),
        Basis::Key => "key".to_owned(),
        Basis::Approval => "approval".to_owned(),
        Basis::Operator => "operator".to_owned(),
    };
    let at = match place.at {
        Where::EverySource(_) => ShownReach::EverySource,
        Where::Source(scope) => ShownReach::Source { source: scope.source.to_string() },
        Where::Tenant(_) => ShownReach::Tenant,
        Where::Installation => ShownReach::Installation,
    };
    ShownPlace { at, by }
}
