//! Passphrases: set, tried, hashed anew; and what a failure tells.

use audit::{Event, Log, Outcome};
use factor::{Cost, Passphrase};

use super::people::*;
use super::*;
use crate::{AccountError, SignInError, UserState};

#[test]
fn the_first_owner_signs_in_with_the_passphrase_that_was_set_after_the_setup() {
    let town = Town::new();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let later = NOW.plus_seconds(DAY);
    let done = done(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(later)).unwrap());
    let who = town.identity.signed_in(Some(&credential(&done.session.token)), &web(later)).unwrap();
    assert_eq!((who.user().id, who.session().tenant, who.session().second_factor), (town.ada.id, Some(town.tenant()), false));
    let session = done.session.session.id.to_string();
    let signed_in = Event::SignedIn { session, methods: vec!["passphrase".to_owned()] };
    assert_eq!(town.told().last(), Some(&(signed_in, Outcome::Done)));
}

#[test]
fn a_weak_or_stolen_passphrase_is_refused_and_the_one_before_stays() {
    let town = Town::new();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let who = town.ada.signed_in(&town.identity, NOW);
    for weak in
        ["short", "passwordpassword", "qwertyuiopasdfghjkl", "adaadaadaada", "ada@acme.example", "ada-acme-2026", "AcmeAcme1815!"]
    {
        let set = town.identity.set_passphrase(&who.fresh().unwrap(), &Passphrase::parse(weak).unwrap());
        assert!(matches!(set, Err(AccountError::Weak(_))), "{weak}");
        assert!(sign_in(&town.identity, &town.ada.email, weak, &web(NOW)).is_err(), "{weak}");
    }
    done(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW.plus_seconds(HOUR))).unwrap());
}

#[test]
fn a_passphrase_is_hashed_anew_at_the_first_sign_in_after_the_cost_went_up() {
    let town = Town::new();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let dearer = town.house.open_at(Cost::new(20 << 10, 3).unwrap());
    let verifier = || {
        let account = dearer.catalog.read(|db| dearer.account(db, town.ada.id)).unwrap();
        account.secrets.passphrase.clone().unwrap()
    };
    let before = verifier();
    assert!(before.contains("m=19456,t=2"), "{before}");
    assert!(sign_in(&dearer, &town.ada.email, OTHER_PASSPHRASE, &web(NOW)).is_err());
    assert_eq!(verifier(), before, "a wrong one changes nothing");
    for _ in 0..2 {
        done(sign_in(&dearer, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
        assert!(verifier().contains("m=20480,t=3"), "{}", verifier());
    }
}

#[test]
fn an_unknown_address_a_wrong_passphrase_and_a_disabled_account_are_answered_alike() {
    let town = Town::new();
    let (bob, cy) = (town.joins("bob@acme.example", &everywhere(MEMBER)), town.joins("cy@acme.example", &everywhere(MEMBER)));
    bob.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    town.identity.set_account_state(&bob.email, UserState::Disabled, &by(NOW)).unwrap();
    let check = |of: &str, text: &str| {
        let refused = sign_in(&town.identity, &email(of), text, &web(NOW)).unwrap_err();
        assert!(matches!(refused, SignInError::Wrong), "{of}");
        refused.to_string()
    };
    let unknown = check("nobody@acme.example", PASSPHRASE);
    assert_eq!(check("ada@acme.example", PASSPHRASE), unknown, "no passphrase was set");
    assert_eq!(check(cy.email.as_str(), OTHER_PASSPHRASE), unknown);
    assert_eq!(check("bob@acme.example", PASSPHRASE), unknown, "the right one of a disabled account");
    assert_eq!(check("bob@acme.example", OTHER_PASSPHRASE), unknown);
}

#[test]
fn a_disabled_account_is_out_at_once_and_may_come_back_without_its_old_sessions() {
    let town = Town::new();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let shell = town.house.open();
    assert!(shell.set_account_state(&town.ada.email, UserState::Disabled, &by(NOW)).unwrap());
    let ended = || town.identity.signed_in(Some(&town.ada.credential()), &web(NOW)).err().map(|refused| refused.code());
    assert_eq!(ended(), Some("session_ended"));
    assert!(shell.set_account_state(&town.ada.email, UserState::Active, &by(NOW)).unwrap());
    assert_eq!(ended(), Some("session_ended"));
    done(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
    assert!(!shell.set_account_state(&email("nobody@acme.example"), UserState::Active, &by(NOW)).unwrap());
}

#[test]
fn failures_are_told_later_where_the_person_works_and_those_of_nobody_are_counted() {
    let town = Town::new();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    done(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
    let before = town.told().len();
    for _ in 0..3 {
        assert!(sign_in(&town.identity, &town.ada.email, OTHER_PASSPHRASE, &web(NOW)).is_err());
    }
    assert!(sign_in(&town.identity, &email("nobody@acme.example"), PASSPHRASE, &web(NOW)).is_err());
    assert_eq!(town.told().len(), before, "the time of an answer does not tell");
    town.identity.flush_refusals(NOW.plus_seconds(30)).unwrap();
    let refused = Event::SignInRefused { user: town.ada.id.to_string(), times: 3 };
    let code = Outcome::Refused { code: "credentials_wrong".to_owned() };
    assert_eq!(town.told()[before..], [(refused, code)]);
    let installation = told(&town.identity, Log::Installation);
    assert!(matches!(installation.last(), Some((Event::StrangersRefused { requests: 1 }, _))), "{installation:?}");
}
