//! Service accounts and their keys.

use audit::{Event, Outcome, Question};
use policy::BuiltInRole;

use super::people::*;
use super::*;
use crate::permit::{ApproveAccess, ManagePeople, ManageServices, ViewTenant};
use crate::{Permit, ServiceAccount, ServiceError, ServiceKey};

fn permit(town: &Town) -> Permit<ManageServices> {
    town.ada.asks(&town.identity, town.tenant(), NOW).unwrap()
}

fn robot(town: &Town, role: BuiltInRole) -> (ServiceAccount, Credential, ServiceKey) {
    let account = town.identity.create_service_account(&permit(town), &name("robot"), &everywhere(role)).unwrap();
    let (plain, key) = town.identity.create_service_key(&permit(town), account.id, Expiry::Days(30)).unwrap();
    assert!(plain.reveal().starts_with("bh_service_"));
    (account, credential(&plain), key)
}

fn reads(town: &Town, key: &Credential, at: Timestamp) -> &'static str {
    said(&town.identity.authorize_read(Some(key), Some(town.scope.source), &web(at), Question::Sql))
}

#[test]
fn a_service_account_may_do_what_its_roles_say_in_its_tenant() {
    let town = Town::new();
    let foreign = source(&town.identity, "umbrella", "api");
    let (_, key, _) = robot(&town, BuiltInRole::Member);
    let write = |wanted| said(&town.identity.authorize_write(Some(&key), Some(wanted), &web(NOW)));
    assert_eq!((reads(&town, &key, NOW), write(town.scope.source)), ("ok", "ok"));
    assert_eq!(write(foreign.source), "key_wrong_source");
    let tenant = |tenant| said(&town.identity.authorize_tenant::<ViewTenant>(Some(&key), tenant, &web(NOW)));
    assert_eq!((tenant(town.tenant()), tenant(foreign.tenant)), ("ok", "not_found"));
    let manage = town.identity.authorize_tenant::<ManagePeople>(Some(&key), town.tenant(), &web(NOW));
    assert_eq!(said(&manage), "permission_missing");
    assert_eq!(said(&town.identity.signed_in(Some(&key), &web(NOW))), "sign_in_required");
}

#[test]
fn a_program_does_not_answer_for_what_staff_ask() {
    let town = Town::new();
    let (_, key, _) = robot(&town, BuiltInRole::Owner);
    let approve = town.identity.authorize_tenant::<ApproveAccess>(Some(&key), town.tenant(), &web(NOW));
    assert_eq!(said(&approve), "permission_missing");
    let people = town.identity.authorize_tenant::<ManagePeople>(Some(&key), town.tenant(), &web(NOW));
    assert_eq!(said(&people), "ok");
}

#[test]
fn a_key_that_was_revoked_or_has_ended_is_refused_and_that_is_told() {
    let town = Town::new();
    let (account, first, key) = robot(&town, BuiltInRole::Member);
    let (plain, _) = town.identity.create_service_key(&permit(&town), account.id, Expiry::Days(1)).unwrap();
    let second = credential(&plain);
    let end = NOW.plus_seconds(DAY);
    assert_eq!(
        (reads(&town, &second, Timestamp::from_nanos(end.nanos() - 1)), reads(&town, &second, end)),
        ("ok", "key_expired")
    );
    let refused = Event::PermissionRefused { permission: "logs:read".to_owned(), times: 1 };
    let told = |code: &str| Some((refused.clone(), Outcome::Refused { code: code.to_owned() }));
    assert_eq!(town.told().pop(), told("key_expired"));
    town.house.open().revoke_service_key(&permit(&town), account.id, key.id).unwrap();
    assert_eq!(reads(&town, &first, end.plus_seconds(5)), "key_revoked");
    assert_eq!(town.told().pop(), told("key_revoked"));
    town.identity.flush_last_used().unwrap();
    let keys = town.identity.service_keys(&permit(&town), account.id).unwrap();
    assert!(keys.iter().all(|key| key.last_used_at.is_none_or(|at| at < end)), "a refusal is no use");
    assert!(keys.iter().any(|key| key.last_used_at.is_some()));
}

#[test]
fn every_key_of_a_service_account_ends() {
    let town = Town::new();
    let (account, _, _) = robot(&town, BuiltInRole::Member);
    for expiry in [Expiry::Never, Expiry::Days(0), Expiry::Days(limits::API_KEY_DAYS_MAX + 1)] {
        let made = town.identity.create_service_key(&permit(&town), account.id, expiry);
        assert!(matches!(made, Err(ServiceError::Expiry)), "{expiry:?}");
    }
    for _ in 1..limits::KEYS_PER_SERVICE_ACCOUNT_MAX {
        let _ = town.identity.create_service_key(&permit(&town), account.id, Expiry::Days(1)).unwrap();
    }
    let made = town.identity.create_service_key(&permit(&town), account.id, Expiry::Days(1));
    assert!(matches!(made, Err(ServiceError::TooMany)));
}

#[test]
fn an_account_ends_with_its_keys_and_a_role_of_it_counts_at_once() {
    let town = Town::new();
    let (account, key, _) = robot(&town, BuiltInRole::Member);
    town.identity.set_service_grants(&permit(&town), account.id, &everywhere(BuiltInRole::Auditor)).unwrap();
    assert_eq!(reads(&town, &key, NOW), "permission_missing");
    let again = town.identity.create_service_account(&permit(&town), &name("robot"), &everywhere(MEMBER));
    assert!(matches!(again, Err(ServiceError::NameTaken)));
    town.identity.delete_service_account(&permit(&town), account.id).unwrap();
    assert_eq!(reads(&town, &key, NOW), "key_unknown");
    let foreign = source(&town.identity, "umbrella", "api").tenant;
    let theirs = town.identity.by_shell::<ManageServices>(foreign, &by(NOW));
    let (other, _, _) = robot(&town, BuiltInRole::Member);
    assert!(matches!(town.identity.delete_service_account(&theirs, other.id), Err(ServiceError::NoAccount)));
}
