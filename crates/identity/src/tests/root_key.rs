//! Who is given the root key's recovery kit and until when, and whose words are looked at.

use audit::{Event, Log, Outcome, Recovered};

use super::people::*;
use super::*;
use crate::permit::OperateSystem;
use crate::{KitError, ProofError, Refused, UserKind};

/// Ada, who did the setup, with a second factor.
fn town() -> Town {
    let mut town = Town::new();
    town.ada.adds_passkey(&town.identity, NOW);
    town
}

fn offered(town: &Town, to: &Someone, at: Timestamp) -> &'static str {
    match town.identity.kit_offer(&to.signed_in(&town.identity, at)) {
        Ok(()) => "offered",
        Err(KitError::NotOffered) => "elsewhere",
        Err(KitError::Taken) => "taken",
        Err(KitError::Over) => "over",
        Err(KitError::Refused(Refused::SecondFactorRequired)) => "second factor",
        Err(KitError::Refused(_) | KitError::Catalog(_)) => "failed",
    }
}

fn minutes(minutes: i64) -> Timestamp {
    NOW.plus_seconds(minutes * MINUTE)
}

/// A use each quarter of an hour keeps a session from ending.
fn keeps_on(town: &Town, until: i64) {
    (0..until).step_by(15).for_each(|minute| drop(town.ada.signed_in(&town.identity, minutes(minute))));
}

#[test]
fn the_kit_is_offered_for_an_hour_to_the_session_of_the_setup_with_a_second_factor() {
    let mut town = Town::new();
    assert_eq!(offered(&town, &town.ada, NOW), "second factor");
    town.ada.adds_passkey(&town.identity, NOW);
    keeps_on(&town, 60);
    assert_eq!(offered(&town, &town.ada, minutes(59)), "offered");
    assert_eq!(offered(&town, &town.ada, minutes(60)), "over");
    let operator = hired(&town.identity, "op@house.example", UserKind::Operator, NOW);
    assert_eq!(offered(&town, &operator, NOW), "elsewhere");
    town.ada.signs_in_with_passkey(&town.identity, &web(NOW)).unwrap();
    assert_eq!(offered(&town, &town.ada, NOW), "elsewhere", "the same person in another session");
}

#[test]
fn a_session_that_was_not_proved_lately_gets_no_kit_and_nobody_gets_a_second_one() {
    let mut town = town();
    let key = town.house.root.id();
    assert!(matches!(town.ada.signed_in(&town.identity, minutes(11)).fresh(), Err(Refused::NotFresh)));
    town.ada.steps_up(&town.identity, minutes(11));
    assert_eq!(offered(&town, &town.ada, minutes(11)), "offered", "a new token is the same session");
    let who = town.ada.signed_in(&town.identity, minutes(11));
    town.identity.take_kit(&who.fresh().unwrap(), &key).unwrap();
    assert!(matches!(town.identity.take_kit(&who.fresh().unwrap(), &key), Err(KitError::Taken)));
    assert_eq!(offered(&town, &town.ada, minutes(11)), "taken");
    let made = Event::Recovered(Recovered::RootKeyKitMade { key: key.to_string() });
    let of_installation = told(&town.identity, Log::Installation);
    assert_eq!(of_installation.iter().filter(|entry| **entry == (made.clone(), Outcome::Done)).count(), 1);
    let state = town.house.open().recovery_state().unwrap();
    let kit = state.kit.unwrap();
    let by = kit.by.unwrap();
    assert_eq!((kit.at, by.0, by.1.unwrap().name), (minutes(11), town.ada.id, name("Ada")));
}

#[test]
fn a_kit_of_the_shell_closes_the_offer_too() {
    let town = town();
    let key = town.house.root.id().to_string();
    town.house.open().note_recovery(Recovered::RootKeyKitMade { key }, &by(NOW)).unwrap();
    assert_eq!(offered(&town, &town.ada, NOW), "taken");
    assert_eq!(town.identity.recovery_state().unwrap().kit.unwrap().by, None);
}

#[test]
fn a_proof_counts_for_a_hundred_days_and_wrong_words_wait() {
    let town = town();
    let operator = hired(&town.identity, "op@house.example", UserKind::Operator, NOW);
    let (own, other) = (town.house.root.id(), RootKey::generate(&SystemEntropy).id());
    let permit = |at| town.identity.authorize_installation::<OperateSystem>(Some(&operator.credential()), &web(at)).unwrap();
    assert!(town.identity.recovery_state().unwrap().is_proof_old(NOW), "there is none");
    town.identity.prove_root_key(&permit(NOW), (&own, &own)).unwrap();
    let state = town.identity.recovery_state().unwrap();
    let days = |days: i64| NOW.plus_seconds(days * DAY);
    assert!(!state.is_proof_old(days(99)) && state.is_proof_old(days(100)));

    let wrong = || town.identity.prove_root_key(&permit(NOW), (&own, &other)).unwrap_err();
    let tries = std::iter::repeat_with(wrong).take(50).take_while(|error| matches!(error, ProofError::Wrong)).count();
    assert!((1..50).contains(&tries), "{tries}");
    assert!(matches!(town.identity.prove_root_key(&permit(NOW), (&own, &own)), Err(ProofError::Wait { .. })));
    let refused = told(&town.identity, Log::Installation).into_iter().filter(|(_, outcome)| *outcome != Outcome::Done).count();
    assert_eq!(refused, tries, "each is told");
    assert_eq!(town.identity.recovery_state().unwrap(), state, "and counts for nothing");
}

#[test]
fn a_catalog_tells_its_own_root_key_from_another_without_being_changed() {
    let town = Town::new();
    let sealer = |root: &RootKey| FieldSealer::new(root, Arc::new(SystemEntropy));
    let other = RootKey::generate(&SystemEntropy);
    assert_eq!(Identity::fits(&town.house.file(), &sealer(&town.house.root)).unwrap(), Some(true));
    assert_eq!(Identity::fits(&town.house.file(), &sealer(&other)).unwrap(), Some(false));
    let empty = town.house.folder.path().join("empty.sqlite");
    std::fs::write(&empty, []).unwrap();
    assert_eq!(Identity::fits(&empty, &sealer(&other)).unwrap(), None);
    assert!(Identity::fits(&town.house.folder.path().join("none.sqlite"), &sealer(&other)).is_err());
}
