//! Shared keys of Fluent's forward protocol.

use audit::{Event, Filter, Log, Paging};

use super::*;
use crate::{Expiry, SharedKeyError};

fn shown(identity: &Identity, scope: Scope, id: model::ApiKeyId) -> String {
    identity.show_shared_key(scope, id, &by(NOW)).unwrap().reveal().to_owned()
}

#[test]
fn a_shared_key_is_shown_again_and_each_time_told() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let (plain, key) = identity.create_key(scope, &new_key(KeyKind::Write), &by(NOW)).unwrap();
    let first = shown(&identity, scope, key.id);
    assert!(first.starts_with("bh_forward_") && !plain.reveal().contains(&first));
    assert_eq!(shown(&identity, scope, key.id), first);
    drop(identity);
    assert_eq!(shown(&house.open(), scope, key.id), first, "it outlives the process");
    let paging = Paging { before: None, limit: 100 };
    let entries = house.open().audit_entries(Log::Tenant(scope.tenant), &Filter::default(), paging).unwrap().entries;
    let expected = Event::SharedKeyShown { key: key.id.to_string() };
    assert_eq!(entries.iter().filter(|recorded| recorded.entry.event == expected).count(), 3);
}

#[test]
fn only_a_write_key_that_counts_has_one() {
    let house = House::new();
    let identity = house.open();
    let (scope, other) = (source(&identity, "acme", "api"), source(&identity, "umbrella", "api"));
    let (_, write) = identity.create_key(scope, &new_key(KeyKind::Write), &by(NOW)).unwrap();
    let (_, read) = identity.create_key(scope, &new_key(KeyKind::Read), &by(NOW)).unwrap();
    let certificate = identity.register_certificate(scope, (&name("sender"), Expiry::Never), "3A:9F", &by(NOW)).unwrap();
    let refused = |scope, id, at| identity.show_shared_key(scope, id, &by(at)).unwrap_err();
    assert!(matches!(refused(scope, read.id, NOW), SharedKeyError::NotForWriting));
    assert!(matches!(refused(scope, certificate.id, NOW), SharedKeyError::Certificate));
    assert!(matches!(refused(other, write.id, NOW), SharedKeyError::NoKey));
    assert!(matches!(refused(scope, write.id, NOW.plus_seconds(90 * DAY)), SharedKeyError::Ended));
    identity.revoke_key(scope, write.id, &by(NOW)).unwrap();
    assert!(matches!(refused(scope, write.id, NOW), SharedKeyError::Ended));
}

#[test]
fn whoever_proves_it_writes_until_the_key_ends() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let (_, key) = identity.create_key(scope, &new_key(KeyKind::Write), &by(NOW)).unwrap();
    let (_, other) = identity.create_key(scope, &new_key(KeyKind::Write), &by(NOW)).unwrap();
    let held = shown(&identity, scope, key.id);
    let prove = |named: &str| identity.prove_shared_key(named, |shared| shared.reveal() == held);
    for named in ["", "x", "0000000000000000", &other.id.to_string()] {
        assert_eq!(prove(named).unwrap_err().code(), "key_unknown", "{named}");
    }
    let (holder, _) = prove(&key.id.to_string()).unwrap();
    let permit = identity.authorize_holder(&holder, &by(NOW)).unwrap();
    assert_eq!((permit.scope(), permit.principal()), (scope, crate::Principal::ApiKey(key.id)));
    assert_eq!(identity.authorize_holder(&holder, &by(NOW.plus_seconds(90 * DAY))).unwrap_err().code(), "key_expired");
    identity.revoke_key(scope, key.id, &by(NOW)).unwrap();
    assert_eq!(identity.authorize_holder(&holder, &by(NOW)).unwrap_err().code(), "key_revoked");
    // It shows that it holds the key, and the key does not count.
    let (holder, _) = prove(&key.id.to_string()).unwrap();
    assert_eq!(identity.authorize_holder(&holder, &by(NOW)).unwrap_err().code(), "key_revoked");
}

#[test]
fn what_is_shared_is_another_under_another_root() {
    let (one, two) = (House::new(), House::new());
    let made = |house: &House| {
        let identity = house.open();
        let scope = source(&identity, "acme", "api");
        let (_, key) = identity.create_key(scope, &new_key(KeyKind::Write), &by(NOW)).unwrap();
        shown(&identity, scope, key.id)
    };
    assert_ne!(made(&one), made(&two));
}
