use super::*;
use crate::{CreateSetupTokenError, SetupError};
use audit::Question;

fn check(identity: &Identity, token: &str, at: Timestamp, expected: &str) {
    let done = match identity.complete_setup(token, (&name("acme"), &name("first")), None, &by(at)) {
        Ok(_) => "ok",
        Err(SetupError::Closed) => "closed",
        Err(SetupError::WrongOrExpired { .. }) => "wrong",
        Err(SetupError::EmailTaken | SetupError::Bootstrap(_) | SetupError::Catalog(_)) => "failed",
    };
    assert_eq!(done, expected, "{token}");
}

#[test]
fn a_setup_token_makes_the_first_tenant_once() {
    let house = House::new();
    let (identity, other) = (house.open(), house.open());
    assert!(identity.is_setup_open().unwrap());
    let token = identity.create_setup_token(&by(NOW)).unwrap();
    assert_eq!(token.reveal().len(), 14);
    assert_eq!(format!("{token:?}"), "PlainSetupToken(..)");

    let (made, _) = other.complete_setup(token.reveal(), (&name("acme"), &name("first")), None, &by(NOW)).unwrap();
    let permit = identity.authorize_write(Some(&credential(&made.write_key)), None, &by(NOW)).unwrap();
    assert_eq!(permit.scope(), made.scope());
    let permit = identity.authorize_read(Some(&credential(&made.read_key)), None, &by(NOW), Question::Search).unwrap();
    assert_eq!(permit.scope(), made.scope());

    assert!(!identity.is_setup_open().unwrap());
    check(&identity, token.reveal(), NOW, "closed");
    assert!(matches!(identity.create_setup_token(&by(NOW)), Err(CreateSetupTokenError::Closed)));
    assert_eq!(identity.tenants().unwrap().len(), 1);
}

#[test]
fn a_setup_token_lives_for_thirty_minutes() {
    let house = House::new();
    let identity = house.open();
    let token = identity.create_setup_token(&by(NOW)).unwrap();
    let end = NOW.plus_seconds(30 * 60);
    check(&identity, token.reveal(), end, "wrong");
    check(&identity, token.reveal(), Timestamp::from_nanos(end.nanos() - 1), "ok");
}

#[test]
fn a_newer_token_ends_the_one_before() {
    let house = House::new();
    let (identity, other) = (house.open(), house.open());
    check(&identity, "0000-0000-0000", NOW, "wrong");
    let first = identity.create_setup_token(&by(NOW)).unwrap();
    let second = other.create_setup_token(&by(NOW)).unwrap();
    check(&identity, first.reveal(), NOW, "wrong");
    check(&identity, second.reveal(), NOW, "ok");
}

#[test]
fn a_setup_token_may_be_typed_by_hand() {
    let house = House::new();
    let identity = house.open();
    let token = identity.create_setup_token(&by(NOW)).unwrap();
    let typed = token.reveal().replace('-', "").replace('0', "o").replace('1', "l").to_lowercase();
    for wrong in ["", "4F7K", "4F7K-9QXM-2HTDX", "UUUU-UUUU-UUUU", "ééééééé", &"0".repeat(100_000)] {
        check(&identity, wrong, NOW, "wrong");
    }
    check(&identity, &format!(" {typed}\n"), NOW, "ok");
}

#[test]
fn wrong_tokens_wait_ever_longer_and_never_the_right_one() {
    let house = House::new();
    let identity = house.open();
    let token = identity.create_setup_token(&by(NOW)).unwrap();
    let wait_at = |at| match identity.complete_setup("0000-0000-0000", (&name("acme"), &name("first")), None, &by(at)) {
        Err(SetupError::WrongOrExpired { wait_seconds }) => wait_seconds,
        other => panic!("{other:?}"),
    };
    let waits: Vec<u32> = (0..10).map(|_| wait_at(NOW)).collect();
    assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 30, 30]);
    for _ in 0..100 {
        assert_eq!(wait_at(NOW), 30);
    }
    let later = NOW.plus_seconds(30 * 60);
    assert_eq!(wait_at(later), 0, "a quiet half hour is forgiven");
    check(&identity, token.reveal(), NOW, "ok");
}

#[test]
fn any_first_tenant_closes_the_setup() {
    let house = House::new();
    let identity = house.open();
    let token = identity.create_setup_token(&by(NOW)).unwrap();
    house.open().bootstrap(&name("acme"), &name("first"), &by(NOW)).unwrap();
    assert!(!identity.is_setup_open().unwrap());
    check(&identity, token.reveal(), NOW, "closed");
}

#[test]
fn bootstrap_finds_what_is_there_and_always_makes_new_keys() {
    let house = House::new();
    let (identity, other) = (house.open(), house.open());
    let first = identity.bootstrap(&name("acme"), &name("api"), &by(NOW)).unwrap();
    let again = other.bootstrap(&name("acme"), &name("api"), &by(NOW)).unwrap();
    assert_eq!(first.scope(), again.scope());
    assert_eq!(identity.keys(first.scope()).unwrap().len(), 4);
    for made in [&first, &again] {
        let _ = identity.authorize_write(Some(&credential(&made.write_key)), Some(made.source_id), &by(NOW)).unwrap();
        let _ =
            identity.authorize_read(Some(&credential(&made.read_key)), Some(made.source_id), &by(NOW), Question::Search).unwrap();
    }
    let twin = identity.bootstrap(&name("umbrella"), &name("api"), &by(NOW)).unwrap();
    assert!(twin.tenant_id != first.tenant_id && twin.source_id != first.source_id);
    assert!(!format!("{first:?}").contains("bh_write"));
}
