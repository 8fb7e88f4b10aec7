//! What is done to a source's records before they are written.

use rusqlite::Connection;

use super::*;
use crate::{MaskKind, Masked, Recognition, Redaction, Treatment};

#[test]
fn cards_and_secrets_are_masked_until_somebody_says_otherwise() {
    let house = House::new();
    let identity = house.open();
    let (ours, theirs) = (source(&identity, "acme", "api"), source(&identity, "globex", "api"));
    assert_eq!(identity.treatment(ours).unwrap(), Treatment::default());
    let redaction = Redaction { cards: false, emails: true, ..Redaction::default() };
    identity.set_redaction(ours, redaction, &by(NOW)).unwrap();
    let recognition = Recognition { formats: true, stack_traces: false };
    identity.set_recognition(ours, recognition, &by(NOW)).unwrap();
    assert_eq!(house.open().treatment(ours).unwrap(), Treatment { redaction, recognition }, "in every process");
    assert_eq!(identity.treatment(theirs).unwrap(), Treatment::default());
    let mixed = Scope { tenant: ours.tenant, source: theirs.source };
    assert!(identity.set_redaction(mixed, Redaction::NONE, &by(NOW)).is_err());
    assert_eq!(identity.treatment(theirs).unwrap(), Treatment::default());
}

#[test]
fn a_setting_that_was_moved_or_damaged_is_refused_rather_than_followed() {
    let house = House::new();
    let identity = house.open();
    let (ours, theirs) = (source(&identity, "acme", "api"), source(&identity, "globex", "api"));
    identity.set_redaction(ours, Redaction::NONE, &by(NOW)).unwrap();
    let file = Connection::open(house.file()).unwrap();
    let moved = "INSERT INTO source_treatments SELECT ?1, tenant, document FROM source_treatments WHERE id = ?2";
    file.execute(moved, [theirs.source.to_string(), ours.source.to_string()]).unwrap();
    assert!(identity.treatment(theirs).is_err());
    file.execute("UPDATE source_treatments SET document = zeroblob(64)", []).unwrap();
    assert!(identity.treatment(ours).is_err());
}

#[test]
fn masks_are_counted_by_kind_and_source_and_stay_counted() {
    let house = House::new();
    let identity = house.open();
    let (ours, theirs) = (source(&identity, "acme", "api"), source(&identity, "acme", "web"));
    let mut masked = Masked::default();
    masked.add(MaskKind::Card, 2);
    masked.add(MaskKind::Email, 1);
    identity.note_masked(ours, &masked);
    assert_eq!(identity.masked(ours).unwrap(), masked, "before a job wrote it");
    identity.flush_masked().unwrap();
    identity.note_masked(ours, &masked);
    identity.flush_masked().unwrap();
    let later = house.open().masked(ours).unwrap();
    let times: Vec<u64> = MaskKind::ALL.iter().map(|kind| later.of(*kind)).collect();
    assert_eq!(times, [4, 0, 2, 0]);
    assert!(identity.masked(theirs).unwrap().is_none());
}
