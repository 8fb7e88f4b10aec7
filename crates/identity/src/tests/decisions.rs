use std::net::IpAddr;

use audit::Question;
use model::{SourceId, TenantId};
use seal::SystemEntropy;

use super::*;
use crate::catalog::CatalogError;
use crate::maker::Maker;
use crate::{
    ConfigureSourceError, CreateKeyError, CreateSourceError, CreateTenantError, KeyState, Principal, Redaction, RevokeKeyError,
    RotateKeyError,
};

/// Asks in one direction and says what came back: `ok`, or the refusal's code and status.
fn ask(identity: &Identity, direction: KeyKind, credential: &Credential, at: Timestamp) -> String {
    ask_for(identity, direction, Some(credential), None, at)
}

fn ask_for(
    identity: &Identity,
    direction: KeyKind,
    credential: Option<&Credential>,
    wanted: Option<SourceId>,
    at: Timestamp,
) -> String {
    let refused = match direction {
        KeyKind::Write => identity.authorize_write(credential, wanted, &by(at)).err(),
        KeyKind::Read => identity.authorize_read(credential, wanted, &by(at), Question::Search).err(),
    };
    refused.map_or("ok".to_owned(), |refused| format!("{} {}", refused.class().status(), refused.code()))
}

#[test]
fn a_key_opens_its_own_source_in_its_own_direction_and_nothing_else() {
    let house = House::new();
    let identity = house.open();
    let (own, other) = (source(&identity, "acme", "api"), source(&identity, "acme", "web"));
    let foreign = source(&identity, "umbrella", "api");
    for kind in KeyKind::ALL {
        let opposite = if kind == KeyKind::Write { KeyKind::Read } else { KeyKind::Write };
        let (credential, _) = key(&identity, own, kind);
        let credential = Some(&credential);
        assert_eq!(ask_for(&identity, kind, credential, None, NOW), "ok");
        assert_eq!(ask_for(&identity, kind, credential, Some(own.source), NOW), "ok");
        assert_eq!(ask_for(&identity, opposite, credential, None, NOW), "403 key_wrong_direction");
        for scope in [other, foreign] {
            assert_eq!(ask_for(&identity, kind, credential, Some(scope.source), NOW), "404 key_wrong_source");
        }
        let nowhere = Some(SourceId::generate(&SystemEntropy));
        assert_eq!(ask_for(&identity, kind, credential, nowhere, NOW), "404 key_wrong_source");
    }
}

#[test]
fn a_permit_names_the_keys_source_and_the_key() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let (credential, key) = key(&identity, scope, KeyKind::Write);
    let permit = identity.authorize_write(Some(&credential), None, &by(NOW)).unwrap();
    assert_eq!((permit.scope(), permit.principal()), (scope, Principal::ApiKey(key.id)));
    let permit = identity.maintain(scope, NOW);
    assert_eq!((permit.scope(), permit.principal()), (scope, Principal::Server));
}

#[test]
fn no_key_and_an_unknown_key_are_refused() {
    let house = House::new();
    let identity = house.open();
    let stranger = Credential::from(PlainKey::generate(crate::key::TokenKind::Source(KeyKind::Write), &SystemEntropy));
    for direction in KeyKind::ALL {
        assert_eq!(ask_for(&identity, direction, None, None, NOW), "401 key_missing");
        assert_eq!(ask(&identity, direction, &stranger, NOW), "401 key_unknown");
    }
}

#[test]
fn a_key_expires_at_its_end_and_not_a_nanosecond_before() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let (credential, key) = key(&identity, scope, KeyKind::Read);
    let end = NOW.plus_seconds(90 * DAY);
    assert_eq!(key.expires_at, Some(end));
    let before = Timestamp::from_nanos(end.nanos() - 1);
    assert_eq!(ask(&identity, KeyKind::Read, &credential, before), "ok");
    assert_eq!(ask(&identity, KeyKind::Read, &credential, end), "401 key_expired");
    let keys = identity.keys(scope).unwrap();
    assert_eq!((keys[0].state(before), keys[0].state(end)), (KeyState::Active, KeyState::Expired));

    let forever = NewKey { expiry: Expiry::Never, ..new_key(KeyKind::Read) };
    let (plain, _) = identity.create_key(scope, &forever, &by(NOW)).unwrap();
    assert_eq!(ask(&identity, KeyKind::Read, &super::credential(&plain), Timestamp::MAX), "ok");
}

#[test]
fn a_revoked_key_stays_revoked_and_stays_listed() {
    let house = House::new();
    let identity = house.open();
    let (scope, other) = (source(&identity, "acme", "api"), source(&identity, "acme", "web"));
    let (credential, key) = key(&identity, scope, KeyKind::Write);
    assert!(matches!(identity.revoke_key(other, key.id, &by(NOW)), Err(RevokeKeyError::NoKey)));
    assert_eq!(ask(&identity, KeyKind::Write, &credential, NOW), "ok");

    identity.revoke_key(scope, key.id, &by(NOW)).unwrap();
    identity.revoke_key(scope, key.id, &by(NOW.plus_seconds(9))).unwrap();
    assert_eq!(ask(&identity, KeyKind::Write, &credential, NOW), "401 key_revoked");
    assert_eq!(ask(&identity, KeyKind::Write, &credential, Timestamp::MAX), "401 key_revoked");
    let keys = identity.keys(scope).unwrap();
    assert_eq!((keys.len(), keys[0].revoked_at, keys[0].state(NOW)), (1, Some(NOW), KeyState::Revoked));
    assert!(matches!(identity.rotate_key(scope, key.id, 60, &by(NOW)), Err(RotateKeyError::Ended)));
}

#[test]
fn a_certificate_writes_to_one_source_and_is_not_taken_twice() {
    let house = House::new();
    let identity = house.open();
    let (scope, other) = (source(&identity, "acme", "api"), source(&identity, "umbrella", "api"));
    let name = new_key(KeyKind::Write).name;
    let register = |scope| identity.register_certificate(scope, (&name, Expiry::Days(30)), "3A:9F:00", &by(NOW));
    let certificate = Credential::from_certificate("3A:9F:00");
    assert_eq!(ask(&identity, KeyKind::Write, &certificate, NOW), "401 key_unknown");

    let key = register(scope).unwrap();
    assert_eq!(identity.authorize_write(Some(&certificate), None, &by(NOW)).unwrap().scope(), scope);
    assert_eq!(ask(&identity, KeyKind::Read, &certificate, NOW), "403 key_wrong_direction");
    assert_eq!(ask_for(&identity, KeyKind::Write, Some(&certificate), Some(other.source), NOW), "404 key_wrong_source");
    assert_eq!(ask(&identity, KeyKind::Write, &Credential::from_certificate("3A:9F:01"), NOW), "401 key_unknown");
    assert_eq!(ask(&identity, KeyKind::Write, &certificate, NOW.plus_seconds(30 * DAY)), "401 key_expired");
    assert!(matches!(register(other), Err(CreateKeyError::CertificateKnown)));
    assert!(matches!(identity.rotate_key(scope, key.id, 60, &by(NOW)), Err(RotateKeyError::Certificate)));

    identity.revoke_key(scope, key.id, &by(NOW)).unwrap();
    assert_eq!(ask(&identity, KeyKind::Write, &certificate, NOW), "401 key_revoked");
    assert!(matches!(register(scope), Err(CreateKeyError::CertificateKnown)));
}

#[test]
fn a_rotated_key_works_beside_its_successor_until_the_overlap_ends() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let (old, old_key) = key(&identity, scope, KeyKind::Write);
    let later = NOW.plus_seconds(10 * DAY);
    let (plain, new_key) = identity.rotate_key(scope, old_key.id, 3_600, &by(later)).unwrap();
    let new = credential(&plain);

    assert_eq!((new_key.kind, &new_key.name), (old_key.kind, &old_key.name));
    assert_eq!(new_key.expires_at, Some(later.plus_seconds(90 * DAY)));
    for (seconds, of_old) in [(0, "ok"), (3_599, "ok"), (3_600, "401 key_expired")] {
        assert_eq!(ask(&identity, KeyKind::Write, &old, later.plus_seconds(seconds)), of_old, "{seconds}");
        assert_eq!(ask(&identity, KeyKind::Write, &new, later.plus_seconds(seconds)), "ok", "{seconds}");
    }
    assert!(matches!(identity.rotate_key(scope, new_key.id, -1, &by(later)), Err(RotateKeyError::Overlap)));

    let (_, newest) = identity.rotate_key(scope, new_key.id, 0, &by(later)).unwrap();
    assert_eq!(ask(&identity, KeyKind::Write, &new, later), "401 key_expired");
    let almost = later.plus_seconds(90 * DAY - 5);
    identity.rotate_key(scope, newest.id, 60, &by(almost)).unwrap();
    let ends = identity.keys(scope).unwrap().iter().find(|key| key.id == newest.id).unwrap().expires_at;
    assert_eq!(ends, newest.expires_at, "an overlap never makes a key live longer");
}

#[test]
fn the_last_use_is_remembered_at_once_and_written_by_the_job() {
    let house = House::new();
    let (identity, other) = (house.open(), house.open());
    let scope = source(&identity, "acme", "api");
    let (credential, _) = key(&identity, scope, KeyKind::Write);
    let last_used = |identity: &Identity| identity.keys(scope).unwrap()[0].last_used_at;
    assert_eq!(ask(&identity, KeyKind::Read, &credential, NOW), "403 key_wrong_direction");
    assert_eq!(last_used(&identity), None, "a refusal is no use");

    let later = NOW.plus_seconds(60);
    assert_eq!(ask(&identity, KeyKind::Write, &credential, later), "ok");
    assert_eq!(ask(&identity, KeyKind::Write, &credential, NOW), "ok");
    assert_eq!((last_used(&identity), last_used(&other)), (Some(later), None));
    identity.flush_last_used().unwrap();
    assert_eq!((last_used(&identity), last_used(&other)), (Some(later), Some(later)));
    assert_eq!(ask(&other, KeyKind::Write, &credential, NOW), "ok");
    other.flush_last_used().unwrap();
    assert_eq!(last_used(&other), Some(later), "an earlier use does not replace a later one");
}

#[test]
fn a_key_says_who_made_it_and_from_where_it_was_used() {
    let house = House::new();
    let (identity, other) = (house.open(), house.open());
    let scope = source(&identity, "acme", "api");
    let (credential, made) = key(&identity, scope, KeyKind::Write);
    assert_eq!(made.made_by, Some(Maker { actor: Actor::Shell, name: None }));
    let used = |identity: &Identity| -> Vec<(u8, i64)> {
        let last = |address: IpAddr| match address {
            IpAddr::V4(address) => address.octets()[3],
            IpAddr::V6(address) => address.octets()[15],
        };
        let from = identity.keys(scope).unwrap()[0].used_from.clone();
        from.iter().map(|one| (last(one.address), one.at.seconds_since(NOW))).collect()
    };
    let uses = |identity: &Identity, last: u8, second: i64| {
        let deed = Deed { address: Some(IpAddr::from([192, 0, 2, last])), ..by(NOW.plus_seconds(second)) };
        drop(identity.authorize_write(Some(&credential), None, &deed).unwrap());
    };
    uses(&identity, 1, 5);
    uses(&identity, 2, 3);
    uses(&identity, 1, 4);
    assert_eq!((used(&identity), used(&other)), (vec![(1, 5), (2, 3)], vec![]));
    identity.flush_last_used().unwrap();
    uses(&other, 2, 9);
    other.flush_last_used().unwrap();
    assert_eq!((used(&identity), used(&other)), (vec![(2, 9), (1, 5)], vec![(2, 9), (1, 5)]));
    for last in 10..40 {
        uses(&identity, last, i64::from(last));
    }
    identity.flush_last_used().unwrap();
    assert_eq!(used(&other), [(39, 39), (38, 38), (37, 37), (36, 36), (35, 35)]);

    identity.set_redaction(scope, Redaction { ip_addresses: true, ..Redaction::default() }, &by(NOW)).unwrap();
    uses(&identity, 1, 99);
    assert_eq!(used(&identity), [], "a source that masks addresses shows none");
    identity.flush_last_used().unwrap();
    identity.set_redaction(scope, Redaction::default(), &by(NOW)).unwrap();
    assert_eq!(used(&other), [], "and keeps none");

    house.tamper("UPDATE api_keys SET used_from = made_by");
    assert!(matches!(other.keys(scope), Err(CatalogError::Tampered { table: "api_keys", .. })));
    let elsewhere = source(&identity, "globex", "api");
    let (credential, _) = key(&identity, elsewhere, KeyKind::Write);
    uses(&identity, 1, 100);
    assert_eq!(ask(&identity, KeyKind::Write, &credential, NOW), "ok");
    identity.flush_last_used().unwrap();
    assert_eq!(
        other.keys(elsewhere).unwrap()[0].last_used_at,
        Some(NOW),
        "a row that was changed keeps no other from being written"
    );
}

#[test]
fn keys_under_the_previous_pepper_count_until_it_is_dropped() {
    let house = House::new();
    let pepper = |id| Pepper::new(&house.root, id);
    let first = house.open_with(pepper(1));
    let scope = source(&first, "acme", "api");
    let (old, _) = key(&first, scope, KeyKind::Write);

    let both = house.open_with(Peppers { current: pepper(2), previous: Some(pepper(1)) });
    let (new, _) = key(&both, scope, KeyKind::Write);
    assert_eq!(ask(&both, KeyKind::Write, &old, NOW), "ok");
    assert_eq!(ask(&both, KeyKind::Write, &new, NOW), "ok");
    assert_eq!(ask(&first, KeyKind::Write, &new, NOW), "401 key_unknown");

    let second = house.open_with(pepper(2));
    assert_eq!(ask(&second, KeyKind::Write, &old, NOW), "401 key_unknown");
    assert_eq!(ask(&second, KeyKind::Write, &new, NOW), "ok");
}

#[test]
fn names_are_unique_for_tenants_and_within_a_tenant() {
    let house = House::new();
    let identity = house.open();
    let acme = identity.create_tenant(&name("acme"), &by(NOW)).unwrap();
    let umbrella = identity.create_tenant(&name("umbrella"), &by(NOW)).unwrap();
    assert!(matches!(identity.create_tenant(&name("acme"), &by(NOW)), Err(CreateTenantError::NameTaken)));
    assert_eq!(identity.find_or_create_tenant(&name("acme"), &by(NOW)).unwrap(), acme);
    assert_eq!(identity.tenant_by_name(&name("umbrella")).unwrap().as_ref(), Some(&umbrella));
    assert_eq!(identity.tenant(acme.id).unwrap().as_ref(), Some(&acme));
    assert_eq!(identity.tenants().unwrap().len(), 2);

    let api = identity.create_source(acme.id, &name("api"), 30, &by(NOW)).unwrap();
    let taken = identity.create_source(acme.id, &name("api"), 30, &by(NOW));
    assert!(matches!(taken, Err(CreateSourceError::NameTaken)));
    assert_eq!(identity.find_or_create_source(acme.id, &name("api"), 7, &by(NOW)).unwrap(), api);
    let twin = identity.create_source(umbrella.id, &name("api"), 30, &by(NOW)).unwrap();
    assert_ne!(api.id, twin.id);
    assert_eq!(identity.source_by_name(acme.id, &name("api")).unwrap().as_ref(), Some(&api));
    assert_eq!(identity.sources(acme.id).unwrap(), [api]);
}

#[test]
fn a_source_has_the_name_that_it_was_given_last() {
    let house = House::new();
    let identity = house.open();
    let (api, web) = (source(&identity, "acme", "api"), source(&identity, "acme", "web"));
    let named = |scope| identity.source(scope).unwrap().unwrap().name;
    let taken = identity.configure_source(api, &called("web"), &by(NOW));
    assert!(matches!(taken, Err(ConfigureSourceError::NameTaken)));
    let both = SourceChange { retention_days: Some(7), ..called("web") };
    assert!(identity.configure_source(api, &both, &by(NOW)).is_err());
    assert_eq!((named(api), identity.source(api).unwrap().unwrap().retention_days), (name("api"), 30), "all or nothing");

    identity.configure_source(web, &called("web"), &by(NOW)).unwrap();
    identity.configure_source(api, &called("orders"), &by(NOW)).unwrap();
    assert_eq!(named(api), name("orders"));
    assert_eq!(identity.source_by_name(api.tenant, &name("orders")).unwrap().unwrap().id, api.source);
    assert!(identity.source_by_name(api.tenant, &name("api")).unwrap().is_none());
    identity.configure_source(web, &called("api"), &by(NOW)).unwrap();
    source(&identity, "globex", "orders");
    assert_eq!((named(api), named(web)), (name("orders"), name("api")), "a name that is free again, and another tenant's");
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_nothing() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let nobody = TenantId::generate(&SystemEntropy);
    let made = |tenant, days| identity.create_source(tenant, &name("web"), days, &by(NOW));
    assert!(matches!(made(nobody, 30), Err(CreateSourceError::NoTenant)));
    assert!(matches!(made(scope.tenant, 0), Err(CreateSourceError::Retention)));
    assert!(matches!(made(scope.tenant, limits::RETENTION_DAYS_MAX + 1), Err(CreateSourceError::Retention)));
    assert!(identity.configure_source(scope, &kept(0), &by(NOW)).is_err());
    identity.configure_source(scope, &kept(7), &by(NOW)).unwrap();
    assert_eq!(identity.source(scope).unwrap().unwrap().retention_days, 7);

    // The source exists, but not in that tenant.
    let torn = Scope { tenant: nobody, ..scope };
    assert!(identity.source(torn).unwrap().is_none());
    assert!(identity.configure_source(torn, &kept(7), &by(NOW)).is_err());
    assert!(matches!(identity.create_key(torn, &new_key(KeyKind::Read), &by(NOW)), Err(CreateKeyError::NoSource)));
    for days in [0, -1, limits::API_KEY_DAYS_MAX + 1, i64::MAX] {
        let new = NewKey { expiry: Expiry::Days(days), ..new_key(KeyKind::Read) };
        assert!(matches!(identity.create_key(scope, &new, &by(NOW)), Err(CreateKeyError::Expiry)));
    }
    assert_eq!((identity.sources(scope.tenant).unwrap().len(), identity.keys(scope).unwrap().len()), (1, 0));
}

#[test]
fn a_key_whose_row_was_changed_from_outside_is_refused() {
    for change in [
        "UPDATE api_keys SET source = (SELECT id FROM sources WHERE id <> source), tenant = (SELECT tenant FROM sources WHERE id <> source)",
        "UPDATE api_keys SET kind = 'read'",
        "UPDATE api_keys SET kind = 'root'",
        "UPDATE api_keys SET expires_at = NULL",
        "UPDATE api_keys SET revoked_at = NULL",
        "UPDATE api_keys SET id = '0000000000000000'",
        "UPDATE api_keys SET id = '../../etc/passwd'",
        "UPDATE api_keys SET binding = zeroblob(32)",
        "UPDATE api_keys SET binding = x''",
    ] {
        let house = House::new();
        let identity = house.open();
        let scope = source(&identity, "acme", "api");
        source(&identity, "umbrella", "api");
        let (credential, key) = key(&identity, scope, KeyKind::Write);
        identity.revoke_key(scope, key.id, &by(NOW)).unwrap();
        house.tamper(change);
        for direction in KeyKind::ALL {
            assert_eq!(ask(&identity, direction, &credential, NOW), "503 key_unchecked", "{change}");
        }
    }
}

#[test]
fn a_name_moved_to_another_row_is_not_shown() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    source(&identity, "umbrella", "api");
    house.tamper("UPDATE sources SET tenant = (SELECT id FROM tenants WHERE id <> tenant)");
    assert!(identity.tenants().unwrap().iter().all(|tenant| identity.sources(tenant.id).is_err()));
    house.tamper("UPDATE tenants SET name = (SELECT name FROM tenants LIMIT 1)");
    assert!(identity.tenants().is_err());
    assert!(identity.source(scope).unwrap().is_none());
}
