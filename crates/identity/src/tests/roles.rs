//! Roles: what they allow, who may hand them out, and when an edit counts.

use model::{RoleId, TenantId};
use policy::{BuiltInRole, Permission, PermissionSet};

use super::people::*;
use super::*;
use crate::permit::*;
use crate::{MemberError, Role, RoleError, RoleGrant, RoleRef, RoleSpec, ServiceError, UserState};

const FIVE: [BuiltInRole; 5] = BuiltInRole::ALL;

fn asks<A: Action<Object = TenantId>>(town: &Town, who: &Someone) -> &'static str {
    said(&who.asks::<A>(&town.identity, town.tenant(), NOW))
}

fn reaches<A: Action<Object = Scope>>(town: &Town, who: &Someone, scope: Scope) -> &'static str {
    said(&town.identity.authorize_source::<A>(Some(&who.credential()), Some(scope.source), &web(NOW)))
}

fn reads(town: &Town, who: &Someone, scope: Scope) -> &'static str {
    said(&town.identity.authorize_read(Some(&who.credential()), Some(scope.source), &web(NOW), audit::Question::Search))
}

fn spec(text: &str, permissions: &[Permission]) -> RoleSpec {
    let permissions = PermissionSet::new(permissions.iter().copied()).unwrap();
    RoleSpec { name: name(text), description: String::new(), permissions, second_factor: false }
}

/// A role that the owner defines.
fn defines(town: &Town, text: &str, permissions: &[Permission]) -> Role {
    town.identity.create_role(&manages_roles(town), &spec(text, permissions)).unwrap()
}

fn manages_roles(town: &Town) -> Permit<ManageRoles> {
    town.ada.asks(&town.identity, town.tenant(), NOW).unwrap()
}

fn manages_people(town: &Town, who: &Someone) -> Permit<ManagePeople> {
    who.asks(&town.identity, town.tenant(), NOW).unwrap()
}

fn of(role: &Role) -> RoleGrant {
    RoleGrant { role: RoleRef::Custom(role.id), source: None }
}

fn is_escalation<T: std::fmt::Debug>(done: Result<T, impl Into<MemberError>>) {
    let error = done.map_err(Into::into).unwrap_err();
    assert!(matches!(error, MemberError::Role(RoleError::Escalation(_))), "{error}");
}

#[test]
fn each_role_that_is_built_in_allows_what_its_table_says() {
    let town = Town::new();
    let people: Vec<Someone> =
        FIVE.iter().map(|&role| town.joins(&format!("{}@acme.example", role.as_str()), &everywhere(role))).collect();
    let check = |what: &str, ask: &dyn Fn(&Someone) -> &'static str, expected: [bool; 5]| {
        for (who, expected) in people.iter().zip(expected) {
            let wanted = if expected { "ok" } else { "permission_missing" };
            assert_eq!(ask(who), wanted, "{what} of {:?}", who.email.as_str());
        }
    };
    let scope = town.scope;
    // owner, admin, member, read-only, auditor
    check("read", &|who| reads(&town, who, scope), [true, true, true, true, false]);
    check("write", &|who| reaches::<Write>(&town, who, scope), [true, true, true, false, false]);
    check("view a source", &|who| reaches::<ViewSource>(&town, who, scope), [true; 5]);
    check("configure", &|who| reaches::<ConfigureSource>(&town, who, scope), [true, true, false, false, false]);
    check("view keys", &|who| reaches::<ViewKeys>(&town, who, scope), [true, true, true, false, false]);
    check("manage keys", &|who| reaches::<ManageKeys>(&town, who, scope), [true, true, false, false, false]);
    check("view", &|who| asks::<ViewTenant>(&town, who), [true; 5]);
    check("create sources", &|who| asks::<CreateSources>(&town, who), [true, true, false, false, false]);
    check("view people", &|who| asks::<ViewPeople>(&town, who), [true, true, false, false, true]);
    check("manage people", &|who| asks::<ManagePeople>(&town, who), [true, true, false, false, false]);
    check("manage roles", &|who| asks::<ManageRoles>(&town, who), [true, true, false, false, false]);
    check("manage services", &|who| asks::<ManageServices>(&town, who), [true, true, false, false, false]);
    check("manage sign-in", &|who| asks::<ManageSignIn>(&town, who), [true, false, false, false, false]);
    check("audit", &|who| asks::<ReadAudit>(&town, who), [true, true, false, false, true]);
    check("see staff", &|who| asks::<ViewAccess>(&town, who), [true, true, false, false, true]);
    check("approve staff", &|who| asks::<ApproveAccess>(&town, who), [true, true, false, false, false]);
    check("allow staff", &|who| asks::<ConfigureAccess>(&town, who), [true, false, false, false, false]);
    let system = |who: &Someone| said(&town.identity.authorize_installation::<ViewSystem>(Some(&who.credential()), &web(NOW)));
    check("the installation", &system, [false; 5]);
}

#[test]
fn a_role_on_one_source_counts_there_only() {
    let town = Town::new();
    let other = town.identity.create_source(town.tenant(), &name("web"), 30, &by(NOW)).unwrap().scope();
    let role = defines(&town, "reader", &[Permission::LogsRead, Permission::PeopleView]);
    let grant = RoleGrant { source: Some(other.source), ..of(&role) };
    let bob = town.joins("bob@acme.example", &[grant]);
    assert_eq!(reads(&town, &bob, other), "ok");
    assert_eq!(reaches::<Write>(&town, &bob, other), "permission_missing");
    assert_eq!(reads(&town, &bob, town.scope), "permission_missing");
    assert_eq!(asks::<ViewPeople>(&town, &bob), "permission_missing", "a source has no people");
}

#[test]
fn an_edit_of_a_role_counts_at_the_next_request_in_every_process() {
    let town = Town::new();
    let role = defines(&town, "reader", &[Permission::LogsRead]);
    let bob = town.joins("bob@acme.example", &[of(&role)]);
    assert_eq!(reads(&town, &bob, town.scope), "ok");
    let other = town.house.open();
    other.change_role(&manages_roles(&town), role.id, &spec("writer", &[Permission::LogsWrite])).unwrap();
    assert_eq!(reads(&town, &bob, town.scope), "permission_missing");
    assert_eq!(reaches::<Write>(&town, &bob, town.scope), "ok");
    other.set_grants(&manages_people(&town, &town.ada), bob.id, &everywhere(BuiltInRole::Auditor)).unwrap();
    assert_eq!(reaches::<Write>(&town, &bob, town.scope), "permission_missing");
}

#[test]
fn nobody_hands_out_or_touches_more_than_they_have() {
    let town = Town::new();
    let (identity, admin) = (&town.identity, town.joins("admin@acme.example", &everywhere(BuiltInRole::Admin)));
    let people = manages_people(&town, &admin);
    let roles: Permit<ManageRoles> = admin.asks(identity, town.tenant(), NOW).unwrap();
    let services: Permit<ManageServices> = admin.asks(identity, town.tenant(), NOW).unwrap();
    let stronger = spec("stronger", &[Permission::LogsRead, Permission::SignInManage]);
    is_escalation(identity.create_role(&roles, &stronger));
    let (weak, strong) =
        (defines(&town, "weak", &[Permission::LogsRead]), defines(&town, "strong", &[Permission::AccessConfigure]));
    is_escalation(identity.change_role(&roles, weak.id, &stronger));
    is_escalation(identity.change_role(&roles, strong.id, &spec("strong", &[Permission::LogsRead])));
    is_escalation(identity.delete_role(&roles, strong.id));
    for grants in [everywhere(BuiltInRole::Owner), [of(&strong)]] {
        is_escalation(identity.set_grants(&people, admin.id, &grants));
        let invited = identity.invite(&people, &email("new@acme.example"), &grants);
        is_escalation(invited.map_err(|error| match error {
            crate::InviteError::Member(error) => error,
            error => panic!("{error}"),
        }));
        is_escalation(identity.create_service_account(&services, &name("robot"), &grants).map_err(of_service));
    }
    is_escalation(identity.set_grants(&people, town.ada.id, &everywhere(MEMBER)));
    is_escalation(identity.remove_member(&people, town.ada.id));

    let owners: Permit<ManageServices> = town.ada.asks(identity, town.tenant(), NOW).unwrap();
    let robot = identity.create_service_account(&owners, &name("robot"), &everywhere(BuiltInRole::Owner)).unwrap();
    is_escalation(identity.create_service_key(&services, robot.id, Expiry::Days(1)).map_err(of_service));
    is_escalation(identity.set_service_grants(&services, robot.id, &everywhere(MEMBER)).map_err(of_service));
    is_escalation(identity.delete_service_account(&services, robot.id).map_err(of_service));
    assert_eq!(asks::<ManageSignIn>(&town, &admin), "permission_missing");
}

fn of_service(error: ServiceError) -> MemberError {
    match error {
        ServiceError::Member(error) => error,
        error => panic!("{error}"),
    }
}

#[test]
fn whoever_manages_people_alone_hands_out_no_logs() {
    let town = Town::new();
    let role = defines(&town, "people", &[Permission::PeopleManage, Permission::RolesManage]);
    let bob = town.joins("bob@acme.example", &[of(&role)]);
    let people = manages_people(&town, &bob);
    is_escalation(town.identity.set_grants(&people, bob.id, &everywhere(BuiltInRole::ReadOnly)));
    let roles: Permit<ManageRoles> = bob.asks(&town.identity, town.tenant(), NOW).unwrap();
    is_escalation(town.identity.change_role(&roles, role.id, &spec("people", &[Permission::LogsRead])));
    town.identity.create_role(&roles, &spec("less", &[Permission::PeopleManage])).unwrap();
}

#[test]
fn a_tenant_keeps_an_owner() {
    let town = Town::new();
    let people = manages_people(&town, &town.ada);
    let demote = || town.identity.set_grants(&people, town.ada.id, &everywhere(BuiltInRole::Admin));
    assert!(matches!(demote(), Err(MemberError::LastOwner)));
    assert!(matches!(town.identity.remove_member(&people, town.ada.id), Err(MemberError::LastOwner)));
    town.joins("bob@acme.example", &everywhere(BuiltInRole::Owner));
    demote().unwrap();
    assert_eq!(asks::<ManageSignIn>(&town, &town.ada), "permission_missing");
}

#[test]
fn an_owner_whose_account_is_disabled_is_not_the_one_that_a_tenant_keeps() {
    let town = Town::new();
    let bob = town.joins("bob@acme.example", &everywhere(BuiltInRole::Owner));
    let people = town.identity.by_shell::<ManagePeople>(town.tenant(), &by(NOW));
    let set = |state| assert!(town.identity.set_account_state(&bob.email, state, &by(NOW)).unwrap());
    let demote = |who: &Someone| town.identity.set_grants(&people, who.id, &everywhere(BuiltInRole::Admin));
    set(UserState::Disabled);
    assert!(matches!(demote(&town.ada), Err(MemberError::LastOwner)));
    assert!(matches!(town.identity.remove_member(&people, town.ada.id), Err(MemberError::LastOwner)));
    set(UserState::Active);
    demote(&town.ada).unwrap();
    set(UserState::Disabled);
    // Nobody is left to be kept but somebody whom the shell can enable again.
    assert!(matches!(demote(&bob), Err(MemberError::LastOwner)));
}

#[test]
fn a_role_that_somebody_has_stays() {
    let town = Town::new();
    let role = defines(&town, "reader", &[Permission::LogsRead]);
    let people = manages_people(&town, &town.ada);
    let services: Permit<ManageServices> = town.ada.asks(&town.identity, town.tenant(), NOW).unwrap();
    let delete = |id: RoleId| town.identity.delete_role(&manages_roles(&town), id);

    let (_, invitation) = town.identity.invite(&people, &email("bob@acme.example"), &[of(&role)]).unwrap();
    let used = delete(role.id).unwrap_err();
    assert!(matches!(used, RoleError::InUse(1)));
    assert_eq!(used.to_string(), "1 person or service account has this role; take it from them first");
    let robot = town.identity.create_service_account(&services, &name("robot"), &[of(&role)]).unwrap();
    let cy = town.joins("cy@acme.example", &[of(&role)]);
    assert!(matches!(delete(role.id), Err(RoleError::InUse(3))));
    town.identity.revoke_invitation(&people, invitation.id).unwrap();
    town.identity.delete_service_account(&services, robot.id).unwrap();
    assert!(matches!(delete(role.id), Err(RoleError::InUse(1))));
    town.identity.remove_member(&people, cy.id).unwrap();
    delete(role.id).unwrap();
    assert!(matches!(delete(role.id), Err(RoleError::NoRole)));
}

#[test]
fn a_role_has_a_name_of_its_own_and_allows_something() {
    let town = Town::new();
    let permit = manages_roles(&town);
    let made = |spec: &RoleSpec| town.identity.create_role(&permit, spec);
    defines(&town, "Reader", &[Permission::LogsRead]);
    for taken in ["reader", "owner", "Owner", "READ-ONLY"] {
        assert!(matches!(made(&spec(taken, &[Permission::LogsRead])), Err(RoleError::NameTaken)), "{taken}");
    }
    assert!(matches!(made(&spec("nothing", &[])), Err(RoleError::Empty)));
    let lines = RoleSpec { description: "one\ntwo".to_owned(), ..spec("lines", &[Permission::LogsRead]) };
    assert!(matches!(made(&lines), Err(RoleError::Description)));
    let foreign = source(&town.identity, "umbrella", "api").tenant;
    let theirs = town.identity.by_shell::<ManageRoles>(foreign, &by(NOW));
    town.identity.create_role(&theirs, &spec("reader", &[Permission::LogsRead])).unwrap();
    let ours = town.identity.roles(&town.ada.asks(&town.identity, town.tenant(), NOW).unwrap()).unwrap();
    assert!(matches!(town.identity.delete_role(&theirs, ours[0].id), Err(RoleError::NoRole)));
    let elsewhere = RoleGrant { role: RoleRef::Custom(ours[0].id), source: None };
    let people = town.identity.by_shell::<ManagePeople>(foreign, &by(NOW));
    assert!(town.identity.invite(&people, &email("eve@umbrella.example"), &[elsewhere]).is_err());
}
