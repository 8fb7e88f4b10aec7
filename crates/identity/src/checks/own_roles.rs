//! A made-up owner defines a role: it allows what it says and nothing else, raises nobody, and is deleted.

use audit::Deed;
use model::{DisplayName, Observation, Scope, TenantId, Timestamp};
use policy::{BuiltInRole, Object, ObjectKind, Permission, PermissionSet};

use super::rows::Tally;
use super::scratch::{Scratch, name, stranger};
use super::{CheckError, Control, Town};
use crate::permit::{ManagePeople, ManageRoles};
use crate::roles::{Role, RoleError, RoleGrant, RoleRef, RoleSpec};
use crate::{Credential, Identity, Permit, Refused};

pub(super) fn run(scratch: &Scratch, control: Control, now: Timestamp) -> Result<Observation, CheckError> {
    let (identity, town, mut tally) = (&scratch.identity, scratch.town(now)?, Tally::default());
    let (tenant, name) = (town.scope.tenant, name("check role")?);
    let owner = town.owner.credential()?;
    let roles = || identity.authorize_tenant::<ManageRoles>(Some(&owner), tenant, &stranger(now)).map_err(CheckError::step);
    let role = identity.create_role(&roles()?, &spec(&name, [Permission::LogsRead])?).map_err(CheckError::step)?;
    let grants = [RoleGrant { role: RoleRef::Custom(role.id), source: None }];
    let member = scratch.joins(&town, "member", &grants, now)?;
    let credential = member.credential()?;

    let mut asked = Tally::default();
    for &permission in Permission::ALL.iter().filter(|permission| permission.object() != ObjectKind::Installation) {
        identity.change_role(&roles()?, role.id, &spec(&name, [permission])?).map_err(CheckError::step)?;
        match control {
            Control::InForce => {}
            Control::Broken => widen(identity, &role)?,
        }
        asked.add(questions(identity, &credential, (town.scope, permission), now)?);
    }

    let own = [Permission::RolesManage, Permission::LogsRead];
    identity.change_role(&roles()?, role.id, &spec(&name, own)?).map_err(CheckError::step)?;
    let of_member = identity.authorize_tenant::<ManageRoles>(Some(&credential), tenant, &stranger(now));
    match of_member {
        Ok(permit) => raises(identity, &permit, (&role, &name), &mut tally)?,
        Err(_) => tally.step("whoever may manage roles does", false),
    }
    delete(identity, &town, (&owner, &role), (&mut tally, member.session.user), now)?;

    let (good, whole) = (asked.good, asked.whole);
    let summary = format!(
        "in a scratch catalog with the policy in force a role of a tenant's own was made, changed and deleted: {good} of {whole} \
         questions were answered as it says, and {} of {} attempts to raise oneself or to delete it ended as they have to",
        tally.good, tally.whole
    );
    let held = good == whole && tally.good == tally.whole;
    let observation = if held { Observation::held(summary) } else { Observation::broken(summary) };
    Ok(observation
        .counting("questions answered as the role says", good, Some(whole))
        .counting("changes of roles that ended as they have to", tally.good, Some(tally.whole))
        .with_details(asked.wrong.into_iter().chain(tally.wrong)))
}

fn spec(name: &DisplayName, permissions: impl IntoIterator<Item = Permission>) -> Result<RoleSpec, CheckError> {
    let permissions = PermissionSet::new(permissions).map_err(CheckError::step)?;
    Ok(RoleSpec { name: name.clone(), description: String::new(), permissions, second_factor: false })
}

/// Every permission is asked for, on the own tenant and its source; the role's own on another tenant too.
fn questions(
    identity: &Identity,
    credential: &Credential,
    (scope, held): (Scope, Permission),
    now: Timestamp,
) -> Result<Tally, CheckError> {
    let deed = stranger(now);
    let object = |permission: Permission, scope: Scope| match permission.object() {
        ObjectKind::Source => Object::Source(scope),
        ObjectKind::Tenant => Object::Tenant(scope.tenant),
        ObjectKind::Installation => Object::Installation,
    };
    let elsewhere = Scope { tenant: TenantId::generate(&*identity.entropy), ..scope };
    identity.catalog.read(|db| {
        let asker = identity.identify(db, Some(credential), &deed).map_err(CheckError::step)?;
        let mut tally = Tally::default();
        for &permission in Permission::ALL {
            let answer = identity.decide(&asker, permission, object(permission, scope), now);
            let right = is_right(answer, permission == held);
            tally.count(format!("{permission} with a role of {held}"), right);
        }
        let answer = identity.decide(&asker, held, object(held, elsewhere), now);
        tally.count(format!("{held} in another tenant"), is_right(answer, false));
        Ok(tally)
    })
}

fn is_right(answer: Result<(), Refused>, allowed: bool) -> Result<(), String> {
    match (answer, allowed) {
        (Ok(()), true) => Ok(()),
        (Err(Refused::Unavailable(error)), _) => Err(error.to_string()),
        (Err(_), false) => Ok(()),
        (Ok(()), false) => Err("allowed".to_owned()),
        (Err(refused), true) => Err(refused.to_string()),
    }
}

/// Whoever manages roles tries to become more than they are.
fn raises(
    identity: &Identity,
    permit: &Permit<ManageRoles>,
    (role, name): (&Role, &DisplayName),
    tally: &mut Tally,
) -> Result<(), CheckError> {
    let more = [Permission::RolesManage, Permission::LogsRead, Permission::PeopleManage];
    let changed = identity.change_role(permit, role.id, &spec(name, more)?);
    tally.step("nobody adds to their own role", matches!(changed, Err(RoleError::Escalation(_))));
    let other = super::scratch::name("check role of more")?;
    let made = identity.create_role(permit, &spec(&other, more)?);
    tally.step("nobody makes a role of more than they have", matches!(made, Err(RoleError::Escalation(_))));
    Ok(())
}

fn delete(
    identity: &Identity,
    town: &Town,
    (owner, role): (&Credential, &Role),
    (tally, member): (&mut Tally, model::UserId),
    now: Timestamp,
) -> Result<(), CheckError> {
    let (tenant, deed): (TenantId, Deed) = (town.scope.tenant, stranger(now));
    let roles = identity.authorize_tenant::<ManageRoles>(Some(owner), tenant, &deed).map_err(CheckError::step)?;
    let people = identity.authorize_tenant::<ManagePeople>(Some(owner), tenant, &deed).map_err(CheckError::step)?;
    let kept = identity.delete_role(&roles, role.id);
    tally.step("a role that somebody has stays", matches!(kept, Err(RoleError::InUse(1))));
    let plain = [RoleGrant::everywhere(BuiltInRole::ReadOnly)];
    identity.set_grants(&people, member, &plain).map_err(CheckError::step)?;
    tally.step("a role that nobody has is deleted", identity.delete_role(&roles, role.id).is_ok());
    let there = identity.catalog.read(|db| identity.find_role(db, tenant, role.id))?;
    tally.step("a deleted role is gone", there.is_none());
    Ok(())
}

/// A role that allows more than it says, because somebody wrote so who can seal it.
fn widen(identity: &Identity, role: &Role) -> Result<(), CheckError> {
    let spec = RoleSpec { permissions: BuiltInRole::Owner.permissions(), ..role.spec.clone() };
    Ok(identity.catalog.write(|tx| identity.write_role(tx, &Role { spec, ..role.clone() }))?)
}
