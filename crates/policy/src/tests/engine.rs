//! The engine itself: its vocabulary, what it refuses to load, sets of permissions, and what a subject could do.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use cedar_policy::{EntityUid, Schema};

use super::*;
use crate::wall::{GIVEN, SCHEMA, WALL};
use crate::{Basis, Care, EngineError, ObjectKind, PermissionSetError, Place, Where};

#[test]
fn the_schema_and_the_catalogue_name_the_same_things() {
    let schema = Schema::from_cedarschema_str(SCHEMA).unwrap().0;
    let mut in_schema: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for environment in schema.request_envs() {
        let action = environment.action().id().unescaped().to_owned();
        in_schema.entry(action).or_default().insert(format!("{} on {}", environment.principal(), environment.resource()));
    }
    let subjects = ["Person", "Service", "ApiKey", "Engineer", "Operator"];
    let in_catalogue = Permission::ALL.iter().map(|permission| {
        let pairs = subjects.iter().map(|subject| format!("{subject} on {:?}", permission.object())).collect();
        (permission.to_string(), pairs)
    });
    assert_eq!(in_schema, in_catalogue.collect());

    let actions = schema.action_entities().unwrap();
    let sensitive = EntityUid::from_str("Action::\"sensitive\"").unwrap();
    for permission in Permission::ALL {
        let action = EntityUid::from_str(&format!("Action::\"{permission}\"")).unwrap();
        let expected = permission.care() == Care::Sensitive;
        assert_eq!(actions.is_ancestor_of(&sensitive, &action), expected, "{permission}");
        assert_eq!(Permission::from_name(permission.as_str()), Some(*permission));
    }
}

#[test]
fn a_wall_that_could_not_be_relied_on_is_not_loaded() {
    let load = |wall: &str| Engine::with(SCHEMA, wall, GIVEN).map(|_| ());
    assert!(load(WALL).is_ok());
    // An attribute that may not be there, asked for without `has`: a failing forbid would be skipped.
    let unsafe_one =
        "@id(\"x\") @denies(\"expired\") forbid (principal is ApiKey, action, resource) when { principal.expires < 0 };";
    assert!(matches!(load(unsafe_one), Err(EngineError::Invalid { .. })));
    assert!(matches!(load("@id(\"x\") forbid (principal, action, resource);"), Err(EngineError::Unnamed { .. })));
    let permit = "@id(\"x\") @denies(\"expired\") permit (principal, action, resource);";
    assert!(matches!(load(permit), Err(EngineError::Unnamed { .. })));
    assert!(matches!(load("forbid"), Err(EngineError::Policies { .. })));
    assert!(matches!(Engine::with("entity", WALL, GIVEN), Err(EngineError::Schema { .. })));
}

#[test]
fn a_policy_that_fails_denies() {
    // Validation does not see an overflow; this forbid is skipped by Cedar, and all is permitted.
    let overflowing =
        "@id(\"x\") @denies(\"expired\") forbid (principal, action, resource) when { context.now + 9223372036854775807 > 0 };";
    let engine = Engine::with(SCHEMA, overflowing, "@id(\"all\") permit (principal, action, resource);").unwrap();
    let subject = person(&[on_tenant(BuiltInRole::Owner)]);
    let denied = engine.decide(&ask(&subject, Permission::LogsRead, source(1, 1))).map(|_| ()).unwrap_err();
    assert_eq!(denied.code(), "undecided", "{denied}");
}

#[test]
fn a_permission_on_an_object_of_another_kind_is_not_decided() {
    let subject = person(&[on_tenant(BuiltInRole::Owner)]);
    for (permission, object, named) in [
        (Permission::LogsRead, tenant(1), tenant(1)),
        (Permission::LogsRead, source(1, 1), tenant(1)),
        (Permission::TenantView, source(1, 1), source(1, 1)),
        (Permission::SystemView, tenant(1), Object::Installation),
    ] {
        let denied = ENGINE.decide(&Question { named, ..ask(&subject, permission, object) }).map(|_| ()).unwrap_err();
        assert_eq!(denied.code(), "undecided", "{denied}");
    }
}

#[test]
fn a_set_is_its_sorted_names_and_nothing_of_operators() {
    let set = PermissionSet::parse(["tenant:view", "logs:read", "logs:read"]).unwrap();
    assert_eq!(serde_json::to_string(&set).unwrap(), r#"["logs:read","tenant:view"]"#);
    assert_eq!(serde_json::from_str::<PermissionSet>(r#"["tenant:view","logs:read"]"#).unwrap(), set);
    let unknown = PermissionSetError::Unknown { name: "logs:erase".to_owned() };
    assert_eq!(PermissionSet::parse(["logs:erase"]), Err(unknown));
    assert!(serde_json::from_str::<PermissionSet>(r#"["logs:erase"]"#).is_err());
    for &permission in Permission::ALL.iter().filter(|permission| permission.object() == ObjectKind::Installation) {
        let refused = Err(PermissionSetError::OfOperators { permission });
        assert_eq!(PermissionSet::parse([permission.as_str()]), refused);
    }
}

#[test]
fn an_admin_cannot_give_what_makes_an_owner() {
    let [owner, admin] = [BuiltInRole::Owner, BuiltInRole::Admin].map(BuiltInRole::permissions);
    assert!(owner.covers(&admin) && !admin.covers(&owner));
    for role in BuiltInRole::ALL {
        assert!(owner.covers(&role.permissions()));
        assert_eq!(BuiltInRole::from_name(role.as_str()), Some(role));
    }
}

/// Where and by what `subject` could use `permission`.
fn check_simulation(subject: &Subject, permission: Permission, expected: &[(Where, Basis)]) {
    let abilities = ENGINE.simulate(subject, at(3));
    assert_eq!(abilities.len(), Permission::ALL.len());
    let ability = abilities.into_iter().find(|ability| ability.permission == permission).unwrap();
    let expected: Vec<Place> = expected.iter().map(|&(at, by)| Place { at, by }).collect();
    assert_eq!(ability.places, expected, "{permission}");
}

#[test]
fn what_a_person_could_do_is_listed_with_the_role_that_allows_it() {
    let own = Role::Own(id(9));
    let permissions = PermissionSet::parse(["logs:read", "keys:manage", "people:view"]).unwrap();
    let custom = Grant { role: own, permissions, reach: Reach::Source(id(1)) };
    let subject = person(&[on_tenant(BuiltInRole::ReadOnly), custom]);
    let reader = Basis::Role(Role::BuiltIn(BuiltInRole::ReadOnly));
    let on_one = (Where::Source(scope(1, 1)), Basis::Role(own));
    check_simulation(&subject, Permission::LogsRead, &[(Where::EverySource(id(1)), reader), on_one]);
    check_simulation(&subject, Permission::KeysManage, &[on_one]);
    check_simulation(&subject, Permission::TenantView, &[(Where::Tenant(id(1)), reader)]);
    // A role on one source does not reach what is the tenant's.
    check_simulation(&subject, Permission::PeopleView, &[]);
    check_simulation(&subject, Permission::SystemView, &[]);
}

#[test]
fn what_others_could_do_is_listed_too() {
    let of_source = Where::Source(scope(1, 1));
    check_simulation(&key(Direction::Write, None), Permission::LogsWrite, &[(of_source, Basis::Key)]);
    check_simulation(&key(Direction::Write, Some(3)), Permission::LogsWrite, &[]);
    check_simulation(&engineer(&[Permission::LogsRead]), Permission::LogsRead, &[(of_source, Basis::Approval)]);
    check_simulation(&engineer(&[Permission::LogsRead]), Permission::SourceView, &[]);
    check_simulation(&operator(), Permission::SystemOperate, &[(Where::Installation, Basis::Operator)]);
    check_simulation(&operator(), Permission::LogsRead, &[]);
}
