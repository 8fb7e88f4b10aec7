use std::thread;

use super::*;

#[test]
fn a_revocation_counts_at_once_for_every_process() {
    let house = House::new();
    let (server, shell) = (house.open(), house.open());
    let scope = source(&shell, "acme", "api");
    let (credential, key) = key(&shell, scope, KeyKind::Write);
    for _ in 0..5 {
        let _ = server.authorize_write(Some(&credential), None, &by(NOW)).unwrap();
    }
    shell.revoke_key(scope, key.id, &by(NOW)).unwrap();
    assert_eq!(server.authorize_write(Some(&credential), None, &by(NOW)).unwrap_err().code(), "key_revoked");
}

#[test]
fn many_may_open_and_change_a_new_file_together() {
    for _ in 0..10 {
        let house = House::new();
        let scopes: Vec<Scope> = thread::scope(|threads| {
            let bootstrap = || house.open().bootstrap(&name("acme"), &name("api"), &by(NOW)).unwrap().scope();
            let running: Vec<_> = (0..8).map(|_| threads.spawn(bootstrap)).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(scopes.iter().all(|scope| *scope == scopes[0]));
        let identity = house.open();
        assert_eq!((identity.tenants().unwrap().len(), identity.sources(scopes[0].tenant).unwrap().len()), (1, 1));
        assert_eq!(identity.keys(scopes[0]).unwrap().len(), 16);
    }
}

#[test]
fn decisions_go_on_while_another_process_writes() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let (credential, _) = key(&identity, scope, KeyKind::Write);
    let other = rusqlite::Connection::open(house.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE setup SET expires_at = 1").unwrap();
    let _ = identity.authorize_write(Some(&credential), None, &by(NOW)).unwrap();
}

#[test]
fn a_file_opens_again_and_a_newer_one_is_refused() {
    let house = House::new();
    let scope = source(&house.open(), "acme", "api");
    assert!(house.open().source(scope).unwrap().is_some());

    house.tamper("INSERT INTO schema_versions VALUES (15, 13)");
    assert!(house.try_open().is_ok(), "a newer file that this schema's readers still understand");
    house.tamper("INSERT INTO schema_versions VALUES (16, 15)");
    assert!(matches!(house.try_open(), Err(OpenError::Newer { found: 16, known: 14 })));
}

#[test]
fn a_file_that_is_no_catalog_is_refused() {
    let house = House::new();
    std::fs::write(house.file(), "a text that somebody put here, long enough to be taken for a page".repeat(99)).unwrap();
    assert!(matches!(house.try_open(), Err(OpenError::Catalog(_))));
}
