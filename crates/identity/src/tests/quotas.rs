//! How much may come in, and how much came in.

use audit::{Event, Filter, Log, Measured, Paging};
use rusqlite::Connection;

use super::*;
use crate::{Arrivals, Arrived, Quota, QuotaPeriod, QuotaState, SetQuotaError};

const DAILY: Quota = Quota { bytes: Some(100), period: QuotaPeriod::Day };

#[test]
fn volume_is_counted_by_source_tenant_and_day_and_stays_counted() {
    let house = House::new();
    let identity = house.open();
    let (ours, other) = (source(&identity, "acme", "api"), source(&identity, "acme", "web"));
    identity.set_source_quota(ours, DAILY, &by(NOW)).unwrap();
    identity.note_volume(ours, 60, NOW);
    assert_eq!(identity.source_quota(ours, NOW).unwrap().used, 60, "before a job wrote it");
    identity.flush_volumes(NOW).unwrap();
    identity.note_volume(ours, 19, NOW);
    identity.note_volume(other, 5, NOW);
    identity.flush_volumes(NOW).unwrap();
    identity.flush_volumes(NOW).unwrap();
    let again = house.open();
    assert_eq!(again.source_quota(ours, NOW).unwrap().used, 79);
    assert_eq!(again.source_quota(other, NOW).unwrap().used, 5);
    assert_eq!(again.tenant_quota(ours.tenant, NOW).unwrap().used, 84, "of both");
    let tomorrow = NOW.plus_seconds(DAY);
    assert_eq!(again.source_quota(ours, tomorrow).unwrap().used, 0);
    assert_eq!(again.tenant_quota(ours.tenant, tomorrow).unwrap().used, 84, "by month");
    assert_eq!(again.tenant_quota(ours.tenant, NOW.plus_seconds(31 * DAY)).unwrap().used, 0);
}

#[test]
fn when_the_last_of_a_day_arrived_is_known_whoever_wrote_it_down() {
    let house = House::new();
    let identity = house.open();
    let (ours, other) = (source(&identity, "acme", "api"), source(&identity, "acme", "web"));
    let foreign = source(&identity, "globex", "api");
    let (today, yesterday) = (NOW.day(), NOW.plus_seconds(-DAY));
    let days = today.plus(-29)..today.next();
    identity.note_volume(ours, 60, yesterday);
    identity.note_volume(foreign, 7, NOW);
    // One that arrived earlier is durable later.
    identity.note_volume(ours, 2, NOW.plus_seconds(2));
    identity.note_volume(ours, 1, NOW);
    let arrived = |bytes, at: Timestamp| Arrived { bytes, last_at: Some(at) };
    let expected = Arrivals::from([(yesterday.day(), arrived(60, yesterday)), (today, arrived(3, NOW.plus_seconds(2)))]);
    assert_eq!(identity.arrivals(ours.tenant, &days).unwrap(), [(ours.source, expected.clone())].into(), "before a job wrote it");
    identity.flush_volumes(NOW).unwrap();
    identity.note_volume(ours, 4, NOW.plus_seconds(1));
    identity.flush_volumes(NOW).unwrap();
    let mut expected = expected;
    expected.insert(today, arrived(7, NOW.plus_seconds(2)));
    let again = house.open();
    assert_eq!(again.arrivals_of(ours, &days).unwrap(), expected);
    assert_eq!(again.arrivals_of(other, &days).unwrap(), Arrivals::new());
    assert_eq!(again.arrivals(foreign.tenant, &days).unwrap().len(), 1, "of no other tenant");
    assert_eq!(again.arrivals_of(ours, &(today.next()..today.plus(2))).unwrap(), Arrivals::new(), "of no other day");
    // As it was before.
    house.tamper("UPDATE volumes SET last_at = NULL");
    assert_eq!(again.arrivals_of(ours, &days).unwrap()[&today], Arrived { bytes: 7, last_at: None });
    again.note_volume(ours, 1, NOW);
    again.flush_volumes(NOW).unwrap();
    assert_eq!(again.arrivals_of(ours, &days).unwrap()[&today], arrived(8, NOW));
}

#[test]
fn marks_are_told_once_and_what_is_beyond_the_last_is_refused() {
    let house = House::new();
    let identity = house.open();
    let (ours, other) = (source(&identity, "acme", "api"), source(&identity, "acme", "web"));
    identity.set_source_quota(ours, DAILY, &by(NOW)).unwrap();
    let mut states = Vec::new();
    for bytes in [79, 1, 19, 1, 19, 1, 50] {
        identity.note_volume(ours, bytes, NOW);
        identity.flush_volumes(NOW).unwrap();
        states.push((identity.source_quota(ours, NOW).unwrap().state(), identity.exceeded(ours, NOW).unwrap().is_some()));
    }
    use QuotaState::{Near, Ok, Reached, Refusing};
    let expected =
        [(Ok, false), (Near, false), (Near, false), (Reached, false), (Reached, false), (Refusing, true), (Refusing, true)];
    assert_eq!(states, expected);
    assert_eq!(identity.exceeded(other, NOW).unwrap(), None);
    assert_eq!(identity.exceeded(ours, NOW.plus_seconds(DAY)).unwrap(), None, "a new day");
    identity.set_tenant_quota(ours.tenant, Quota { bytes: Some(100), ..Quota::default() }, &by(NOW)).unwrap();
    let exceeded = identity.exceeded(other, NOW).unwrap().unwrap();
    assert!(exceeded.to_string().starts_with("the organization's quota"), "{exceeded}");
    assert!(i64::from(exceeded.seconds) <= 31 * DAY, "{exceeded:?}");
    identity.set_tenant_quota(ours.tenant, Quota::default(), &by(NOW)).unwrap();
    assert_eq!(identity.exceeded(other, NOW).unwrap(), None, "not bounded any more");
    let all = Paging { before: None, limit: 1_000 };
    let entries = identity.audit_entries(Log::Tenant(ours.tenant), &Filter::default(), all).unwrap().entries;
    let told = entries.into_iter().rev().map(|recorded| recorded.entry.event).filter_map(|event| match event {
        Event::Measured(Measured::QuotaReached { percent, .. }) => Some(percent),
        _ => None,
    });
    // The tenant's was beyond its last mark when it was set.
    assert_eq!(told.collect::<Vec<_>>(), [80, 100, 120, 120]);
}

#[test]
fn a_quota_that_cannot_be_is_not_set_and_one_that_was_moved_or_damaged_refuses() {
    let house = House::new();
    let identity = house.open();
    let (ours, theirs) = (source(&identity, "acme", "api"), source(&identity, "globex", "api"));
    for bytes in [0, limits::QUOTA_BYTES_MAX + 1] {
        let set = identity.set_source_quota(ours, Quota { bytes: Some(bytes), ..DAILY }, &by(NOW));
        assert!(matches!(set, Err(SetQuotaError::Bytes)), "{set:?}");
    }
    let mixed = Scope { tenant: ours.tenant, source: theirs.source };
    assert!(matches!(identity.set_source_quota(mixed, DAILY, &by(NOW)), Err(SetQuotaError::NoSource)));
    identity.set_source_quota(ours, DAILY, &by(NOW)).unwrap();
    let file = Connection::open(house.file()).unwrap();
    let moved = "INSERT INTO quotas SELECT ?1, tenant, document FROM quotas WHERE id = ?2";
    file.execute(moved, [theirs.source.to_string(), ours.source.to_string()]).unwrap();
    assert!(identity.exceeded(theirs, NOW).is_err());
    file.execute("UPDATE quotas SET document = zeroblob(64)", []).unwrap();
    assert!(identity.exceeded(ours, NOW).is_err());
}
