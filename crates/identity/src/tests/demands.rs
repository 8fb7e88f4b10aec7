//! What is demanded of a session beyond a role: a second factor, a fresh proof, the tenant's own provider.

use audit::{Event, Outcome};
use policy::{BuiltInRole, Permission, PermissionSet};

use super::people::*;
use super::*;
use crate::permit::*;
use crate::sessions::{OfProvider, Opening};
use crate::{
    Client, MemberError, Method, RoleGrant, RoleRef, RoleSpec, SecondFactorRule, SettingsError, SignInRules, SingleSignOnRule,
    Stage, TenantSettings,
};

fn views(town: &Town, who: &Someone, at: Timestamp) -> &'static str {
    said(&who.asks::<ViewTenant>(&town.identity, town.tenant(), at))
}

fn rules(town: &Town, rules: SignInRules) -> Result<TenantSettings, SettingsError> {
    let permit: Permit<ManageSignIn> = town.ada.asks(&town.identity, town.tenant(), NOW).unwrap();
    town.identity.set_sign_in_rules(&permit, rules)
}

const FREE: SignInRules = SignInRules {
    second_factor: SecondFactorRule::Recommended,
    single_sign_on: SingleSignOnRule::Optional,
    break_glass_owner: None,
};

#[test]
fn a_tenant_that_demands_a_second_factor_lets_nobody_in_without() {
    let mut town = Town::new();
    let mut bob = town.joins("bob@acme.example", &everywhere(MEMBER));
    rules(&town, SignInRules { second_factor: SecondFactorRule::Required, ..FREE }).unwrap();
    assert_eq!((views(&town, &bob, NOW), views(&town, &town.ada, NOW)), ("second_factor_required", "second_factor_required"));
    bob.adds_codes(&town.identity, NOW);
    town.ada.adds_passkey(&town.identity, NOW);
    assert_eq!((views(&town, &bob, NOW), views(&town, &town.ada, NOW)), ("ok", "ok"));
}

#[test]
fn a_role_can_demand_a_second_factor_of_whoever_has_it() {
    let town = Town::new();
    let permissions = PermissionSet::new([Permission::LogsRead, Permission::TenantView]).unwrap();
    let spec = RoleSpec { name: name("careful"), description: String::new(), permissions, second_factor: true };
    let role = town.identity.create_role(&town.ada.asks(&town.identity, town.tenant(), NOW).unwrap(), &spec).unwrap();
    let careful = RoleGrant { role: RoleRef::Custom(role.id), source: None };
    let mut bob = town.joins("bob@acme.example", &[careful, RoleGrant::everywhere(MEMBER)]);
    let cy = town.joins("cy@acme.example", &everywhere(MEMBER));
    assert_eq!((views(&town, &bob, NOW), views(&town, &cy, NOW)), ("second_factor_required", "ok"));
    bob.adds_codes(&town.identity, NOW);
    assert_eq!(views(&town, &bob, NOW), "ok");
}

#[test]
fn what_is_sensitive_needs_a_proof_of_the_last_ten_minutes_and_what_is_plain_does_not() {
    let town = Town::new();
    let end = NOW.plus_seconds(10 * MINUTE);
    let before = Timestamp::from_nanos(end.nanos() - 1);
    let scope = town.scope;
    let asks = |at| {
        let who = Some(town.ada.credential());
        let keys = town.identity.authorize_source::<ManageKeys>(who.as_ref(), Some(scope.source), &web(at));
        let people = town.ada.asks::<ManagePeople>(&town.identity, scope.tenant, at);
        (said(&people), said(&keys), views(&town, &town.ada, at))
    };
    assert_eq!(asks(before), ("ok", "ok", "ok"));
    assert_eq!(asks(end), ("step_up_required", "step_up_required", "ok"));
    let read = town.identity.authorize_read(Some(&town.ada.credential()), Some(scope.source), &web(end), audit::Question::Sql);
    assert_eq!(said(&read), "ok");
}

#[test]
fn an_operator_sees_the_installation_with_a_second_factor_and_no_tenant() {
    let town = Town::new();
    let opened = town.identity.create_staff(&email("op@house.example"), &name("Op"), crate::UserKind::Operator, &by(NOW));
    let mut op = Someone::of("op@house.example", &opened.unwrap().unwrap());
    let system = |op: &Someone| said(&town.identity.authorize_installation::<ViewSystem>(Some(&op.credential()), &web(NOW)));
    assert_eq!(system(&op), "second_factor_required");
    op.adds_passkey(&town.identity, NOW);
    assert_eq!((system(&op), views(&town, &op, NOW)), ("ok", "permission_missing"));
    let read = town.identity.authorize_read(Some(&op.credential()), Some(town.scope.source), &web(NOW), audit::Question::Sql);
    assert_eq!(said(&read), "permission_missing");
}

#[test]
fn single_sign_on_is_demanded_only_with_a_provider_and_an_owner_who_needs_none() {
    let town = Town::new();
    let (bob, cy) =
        (town.joins("bob@acme.example", &everywhere(BuiltInRole::Owner)), town.joins("cy@acme.example", &everywhere(MEMBER)));
    let enforced = |owner| SignInRules { single_sign_on: SingleSignOnRule::Enforced, break_glass_owner: owner, ..FREE };
    for owner in [None, Some(cy.id), Some(bob.id)] {
        assert!(matches!(rules(&town, enforced(owner)), Err(SettingsError::NoBreakGlassOwner)));
    }
    bob.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    assert!(matches!(rules(&town, enforced(Some(bob.id))), Err(SettingsError::NoProvider)));
    provider(&town);
    assert!(matches!(rules(&town, enforced(Some(cy.id))), Err(SettingsError::NoBreakGlassOwner)), "a member is no owner");
    rules(&town, enforced(Some(bob.id))).unwrap();
}

#[test]
fn where_single_sign_on_is_demanded_only_the_owner_who_is_named_comes_without() {
    let town = Town::new();
    let mut bob = town.joins("bob@acme.example", &everywhere(BuiltInRole::Owner));
    bob.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let id = provider(&town);
    let named = SignInRules { single_sign_on: SingleSignOnRule::Enforced, break_glass_owner: Some(bob.id), ..FREE };
    rules(&town, named).unwrap();
    assert_eq!((views(&town, &bob, NOW), views(&town, &town.ada, NOW)), ("ok", "single_sign_on_required"));
    let refused = Event::PermissionRefused { permission: "tenant:view".to_owned(), times: 1 };
    let code = Outcome::Refused { code: "single_sign_on_required".to_owned() };
    assert_eq!(town.told().last(), Some(&(refused, code)));

    let people: Permit<ManagePeople> = bob.asks(&town.identity, town.tenant(), NOW).unwrap();
    let demoted = town.identity.set_grants(&people, bob.id, &everywhere(MEMBER));
    assert!(matches!(demoted, Err(MemberError::LastOwner)));
    assert!(matches!(town.identity.remove_member(&people, bob.id), Err(MemberError::LastOwner)));
    for (provider, expected) in [(id, "ok"), ("0000000000000009".to_owned(), "single_sign_on_required")] {
        let opening = Opening {
            stage: Stage::SignedIn,
            methods: vec![Method::SingleSignOn],
            second_factor: false,
            proved_at: None,
            of_provider: Some(OfProvider { provider, subject: "ada".to_owned(), sid: None }),
        };
        let opened = town.identity.catalog.write(|tx| {
            let account = town.identity.account(tx, town.ada.id)?;
            town.identity.open_session(tx, &account, (opening, &Client::default()), &web(NOW))
        });
        bob.id = town.ada.id;
        bob.takes(&opened.unwrap());
        assert_eq!(views(&town, &bob, NOW), expected);
        let who = bob.signed_in(&town.identity, NOW);
        assert_eq!(said(&who.fresh()), "session_of_provider");
        assert!(town.identity.enter_tenant(&who, town.tenant()).is_err());
    }
}

/// A provider of the town's tenant, of which nothing but its being there is looked at.
fn provider(town: &Town) -> String {
    town.house.tamper("INSERT INTO providers SELECT '0000000000000008', id, 0, x'00' FROM tenants");
    "0000000000000008".to_owned()
}
