//! What the audit trail tells of what this crate did.

use audit::{Event, Filter, Log, Outcome, Paging, Question, Witnesses};
use model::DisplayName;

use super::*;

fn told(identity: &Identity, log: Log) -> Vec<(Event, Outcome)> {
    let paging = Paging { before: None, limit: 1_000 };
    let mut entries = identity.audit_entries(log, &Filter::default(), paging).unwrap().entries;
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
    identity.configure_source(scope, &kept(7), &by(NOW)).unwrap();
    identity.configure_source(scope, &called("web"), &by(NOW)).unwrap();
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
            Event::SourceRenamed,
        ]
    );
    assert!(events(&identity, Log::Installation).is_empty());
    assert!(identity.verify_audit(Log::Tenant(scope.tenant), (&[], Witnesses::default()), NOW).unwrap().is_sound());
}

#[test]
fn what_was_refused_or_undone_is_not_told_as_done() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let before = events(&identity, Log::Tenant(scope.tenant));
    assert!(identity.create_tenant(&name("acme"), &by(NOW)).is_err());
    assert!(
        identity.configure_source(Scope { source: model::Id::generate(&SystemEntropy), ..scope }, &kept(7), &by(NOW)).is_err()
    );
    assert_eq!(events(&identity, Log::Tenant(scope.tenant)), before);
}

#[test]
fn a_look_of_a_page_is_at_a_source_of_its_own_tenant_and_told_before_it_happens() {
    let house = House::new();
    let identity = house.open();
    let (own, foreign) = (source(&identity, "acme", "api"), source(&identity, "umbrella", "api"));
    let before = events(&identity, Log::Tenant(own.tenant)).len();
    let permit = identity.look(own, NOW).unwrap().unwrap();
    assert_eq!((permit.scope(), permit.principal()), (own, crate::Principal::Server));
    let told = events(&identity, Log::Tenant(own.tenant));
    assert_eq!(told.get(before..).unwrap(), [Event::RecordsRead { question: Question::Look }]);
    assert!(identity.look(Scope { source: foreign.source, ..own }, NOW).unwrap().is_none());
    assert_eq!(events(&identity, Log::Tenant(own.tenant)), told);
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
    let report = identity.verify_audit(log, (&[anchor], Witnesses::default()), NOW).unwrap();
    assert_eq!(report.findings, [audit::Finding::EntryMissing(0)]);
}

fn source(identity: &Identity, tenant: &str, source: &str) -> Scope {
    let name = |text: &str| DisplayName::parse(text).unwrap();
    let tenant = identity.create_tenant(&name(tenant), &by(NOW)).unwrap();
    identity.create_source(tenant.id, &name(source), 30, &by(NOW)).unwrap().scope()
}

#[test]
fn the_trail_is_kept_and_anchored_by_a_job_that_may_run_at_any_time() {
    let house = House::new();
    let identity = house.open();
    let scope = source(&identity, "acme", "api");
    let log = Log::Tenant(scope.tenant);
    identity.keep_audit(NOW).unwrap();
    identity.keep_audit(NOW.plus_seconds(600)).unwrap();
    assert_eq!(identity.audit_follow(Log::Public, None, 10).unwrap().len(), 1, "one anchor a day");
    identity.keep_audit(NOW.plus_seconds(401 * DAY)).unwrap();
    let left = identity.audit_follow(log, None, 10).unwrap();
    assert!(
        matches!(left.as_slice(), [only] if matches!(only.entry.event, Event::AuditRetentionEnded { bodies: 2, .. })),
        "{left:?}"
    );
    for log in [log, Log::Public] {
        assert!(identity.verify_audit(log, (&[], Witnesses::default()), NOW).unwrap().is_sound());
    }
    let shown = identity.prove_audit_anchored(log, None).unwrap().unwrap();
    assert_eq!((shown.entry, shown.logs), (1, 1));
    assert!(identity.audit_file(Log::Public, "tile/0/000.p/1").unwrap().is_some());
}
