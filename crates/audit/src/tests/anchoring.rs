//! Claims about the public log.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::{Checkpoint, Hash};

const DAY: i64 = 86_400;

/// Two logs with entries, anchored.
fn anchored() -> House {
    let house = House::with(5);
    let other = Id::generate(&SystemEntropy);
    for deed in [Deed::by(Actor::Shell, NOW), Deed::by(Actor::Shell, NOW).of_tenant(other)] {
        house.trail.append(&house.db, &deed, (Event::SetupDone, Outcome::Done)).unwrap();
    }
    assert_eq!(house.trail.anchor_logs(&house.db, NOW).unwrap(), Some(0));
    house
}

fn public(house: &House) -> Vec<Finding> {
    house.trail.checkpoint(&house.db, Log::Public, NOW).unwrap();
    house.verify_log(Log::Public, &[], Witnesses::default()).findings
}

#[test]
fn every_log_is_anchored_once_a_day_and_none_is_named() {
    let house = anchored();
    assert_eq!(house.trail.anchor_logs(&house.db, NOW.plus_seconds(60)).unwrap(), None);
    house.grow(5..7);
    assert_eq!(house.trail.anchor_logs(&house.db, NOW.plus_seconds(DAY)).unwrap(), Some(1));
    let entries = house.read(Log::Public, None, 10);
    assert_eq!(entries.len(), 2);
    for recorded in &entries {
        let Event::LogsAnchored { logs, .. } = &recorded.entry.event else { panic!("{recorded:?}") };
        assert_eq!(*logs, 3);
        let text = serde_json::to_string(&recorded.entry).unwrap();
        assert!(!text.contains(&house.tenant.to_string()) && recorded.entry.personal.is_none());
    }
    assert_eq!(public(&house), []);
}

#[test]
fn whoever_may_read_a_log_can_check_that_it_is_anchored() {
    let house = anchored();
    let shown = house.trail.prove_anchored(&house.db, house.log, None).unwrap().unwrap();
    let checkpoint = Checkpoint::open(&shown.checkpoint, &house.trail.verifier()).unwrap();
    assert_eq!((shown.entry, checkpoint.size, shown.logs), (0, 5, 3));
    let text = shown.checkpoint.split_once("\n\n").unwrap().0.to_owned() + "\n";
    let leaf = |salt: &[u8]| Hash::of_leaf(&[salt, text.as_bytes()].concat());
    let hash = |text: &String| Hash::from_slice(&STANDARD.decode(text).unwrap()).unwrap();
    let Event::LogsAnchored { root, .. } = house.read(Log::Public, None, 1).remove(0).entry.event else { panic!("no anchor") };
    let proof: Vec<Hash> = shown.proof.iter().map(hash).collect();
    let holds = |leaf| verify_inclusion(leaf, shown.index, shown.logs, &proof, hash(&root));
    assert!(holds(leaf(&STANDARD.decode(&shown.salt).unwrap())));
    assert!(!holds(leaf(&[0; 32])));
    assert_eq!(house.trail.prove_anchored(&house.db, Log::Tenant(Id::generate(&SystemEntropy)), None).unwrap(), None);
}

/// Whoever holds the root key can write one log anew, and is seen in the other.
#[test]
fn a_log_that_was_rewritten_does_not_fit_the_public_one() {
    let house = anchored();
    for sql in ["DELETE FROM audit_entries WHERE sequence >= 3", "DELETE FROM audit_nodes", "DELETE FROM audit_checkpoints"] {
        house.tamper(&format!("{sql}{} log = '{}'", if sql.contains("WHERE") { " AND" } else { " WHERE" }, house.log.key()));
    }
    house.tamper(&format!("DELETE FROM audit_entries WHERE log = '{}'", house.log.key()));
    house.grow(0..6);
    assert_eq!(house.findings(), [], "in itself it is sound");
    assert_eq!(public(&house), [Finding::AnchorDiffers { entry: 0, log: house.log.key() }]);
}

#[test]
fn what_an_anchor_stands_for_cannot_be_changed_or_taken_away() {
    let changed = anchored();
    changed.tamper("UPDATE audit_anchored SET commitment = randomblob(32) WHERE log = 'installation'");
    let of = |log: &str| Finding::AnchorDiffers { entry: 0, log: log.to_owned() };
    assert_eq!(public(&changed), [of("installation"), of("public")]);
    let removed = anchored();
    removed.tamper("DELETE FROM audit_anchored");
    assert_eq!(public(&removed), [of("public")]);
    let unread = anchored();
    unread.db.execute_batch("DROP TABLE audit_anchored").unwrap();
    assert!(matches!(public(&unread).as_slice(), [Finding::Unreadable(_)]));
}
