//! What the audit trail tells of what this crate did.

use audit::{Event, Log, Outcome, Question};
use model::DisplayName;

use super::*;

fn told(identity: &Identity, log: Log) -> Vec<(Event, Outcome)> {
    let mut entries = identity.audit_entries(log, None, 1_000).unwrap();
    entries.reverse();
    entries.into_iter().map(|recorded| (recorded.entry.event, recorded.entry.outcome)).collect()
}

fn events(identity: &Identity, log: Log) -> Vec<Event> {
    told(identity, log).into_iter().map(|(event, _)| event).collect()
}

#[test]
fn every_change_is_told_in_the_trail_of_its_tenant() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let (_, key) = identity.create_key(scope, &new_key(KeyKind::Read), &by(NOW)).unwrap();
    let (_, successor) = identity.rotate_key(scope, key.id, 60, &by(NOW)).unwrap();
    identity.revoke_key(scope, key.id, &by(NOW)).unwrap();
    identity.revoke_key(scope, key.id, &by(NOW)).unwrap();
    identity.set_retention(scope, 7, &by(NOW)).unwrap();
    let (key, successor_id) = (key.id.to_string(), successor.id.to_string());
    let expires = Some(NOW.plus_seconds(90 * DAY).to_string());
    assert_eq!(
        events(&identity, Log::Tenant(scope.tenant)),
        [
            Event::TenantCreated,
            Event::SourceCreated { retention_days: 30 },
            Event::ApiKeyCreated { key: key.clone(), direction: audit::Direction::Read, expires },
            Event::ApiKeyRotated { key: key.clone(), successor: successor_id, overlap_seconds: 60 },
            Event::ApiKeyRevoked { key },
            Event::RetentionChanged { days: 7 },
        ]
    );
    assert!(events(&identity, Log::Installation).is_empty());
    assert!(identity.verify_audit(Log::Tenant(scope.tenant), &[], NOW).unwrap().is_sound());
}

#[test]
fn what_was_refused_or_undone_is_not_told_as_done() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let before = events(&identity, Log::Tenant(scope.tenant));
    assert!(identity.create_tenant(&name("acme"), &by(NOW)).is_err());
    assert!(identity.set_retention(Scope { source: model::Id::generate(&SystemEntropy), ..scope }, 7, &by(NOW)).is_err());
    assert_eq!(events(&identity, Log::Tenant(scope.tenant)), before);
}

#[test]
fn a_reading_is_told_before_it_happens_and_a_refusal_with_its_code() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let (plain, key) = identity.create_key(scope, &new_key(KeyKind::Read), &by(NOW)).unwrap();
    let credential = credential(&plain);
    let _permit = identity.authorize_read(Some(&credential), None, &by(NOW), Question::Sql).unwrap();
    assert_eq!(
        told(&identity, Log::Tenant(scope.tenant)).pop(),
        Some((Event::RecordsRead { question: Question::Sql }, Outcome::Done))
    );
    let late = NOW.plus_seconds(90 * DAY);
    for _ in 0..5 {
        assert!(identity.authorize_read(Some(&credential), None, &by(late), Question::Sql).is_err());
    }
    assert!(identity.authorize_read(Some(&credential), None, &by(late.plus_seconds(2)), Question::Sql).is_err());
    assert!(identity.authorize_read(Some(&credential), None, &by(late.plus_seconds(2)), Question::Sql).is_err());
    identity.flush_refusals(late.plus_seconds(3)).unwrap();
    identity.flush_refusals(late.plus_seconds(4)).unwrap();
    let refused = |times| {
        let event = Event::ApiKeyRefused { key: key.id.to_string(), times };
        (event, Outcome::Refused { code: "key_expired".to_owned() })
    };
    let told = told(&identity, Log::Tenant(scope.tenant));
    assert_eq!(told[told.len() - 3..], [refused(1), refused(5), refused(1)]);
}

#[test]
fn strangers_are_counted() {
    let house = House::new();
    let identity = house.open();
    for _ in 0..3 {
        assert!(identity.authorize_write(None, None, &by(NOW)).is_err());
    }
    identity.flush_refusals(NOW).unwrap();
    identity.flush_refusals(NOW).unwrap();
    assert_eq!(events(&identity, Log::Installation), [Event::StrangersRefused { requests: 3 }]);
}

#[test]
fn a_catalog_that_was_tampered_with_is_named() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let log = Log::Tenant(scope.tenant);
    let anchor = identity.audit_checkpoint(log, NOW).unwrap();
    rusqlite::Connection::open(house.file()).unwrap().execute_batch("DROP TRIGGER audit_entries_stay").unwrap();
    house.tamper("DELETE FROM audit_entries WHERE sequence = 0");
    let report = identity.verify_audit(log, &[anchor], NOW).unwrap();
    assert_eq!(report.findings, [audit::Finding::EntryMissing(0)]);
}

fn source(identity: &Identity, tenant: &str, source: &str) -> Scope {
    let name = |text: &str| DisplayName::parse(text).unwrap();
    let tenant = identity.create_tenant(&name(tenant), &by(NOW)).unwrap();
    identity.create_source(tenant.id, &name(source), 30, &by(NOW)).unwrap().scope()
}
