//! Passkeys: made, used to sign in, as second factor and to prove again; and every way in which they are refused.

use audit::{Event, Outcome};
use authenticator::{Authenticator, Build, Fault};

use super::people::*;
use super::*;
use crate::permit::ManageRoles;
use crate::{Client, Method, PasskeyCeremony, SignInError, SignedInNow};

fn answer(town: &Town, asked: &PasskeyCeremony, given: &[u8], at: Timestamp) -> Result<SignedInNow, SignInError> {
    town.identity.sign_in_with_passkey(&asked.token, given, &Client::default(), &web(at))
}

fn prove(
    town: &Town,
    in_session: &Credential,
    (asked, given): (&PasskeyCeremony, &[u8]),
    at: Timestamp,
) -> Result<SignedInNow, SignInError> {
    town.identity.prove_with_passkey(in_session, (&asked.token, given), &Client::default(), &web(at))
}

fn with_passkey() -> Town {
    let mut town = Town::new();
    town.ada.adds_passkey(&town.identity, NOW);
    town
}

#[test]
fn a_passkey_signs_in_whoever_holds_it_without_a_name() {
    let mut town = with_passkey();
    let at = NOW.plus_seconds(DAY);
    let done = town.ada.signs_in_with_passkey(&town.identity, &web(at)).unwrap();
    assert!(done.session.session.second_factor);
    assert_eq!(done.session.session.methods, [Method::Passkey]);
    let who = town.ada.signed_in(&town.identity, at);
    assert_eq!(town.identity.passkeys(&who).unwrap()[0].used_at, Some(at));
    let told = Event::SignedIn { session: done.session.session.id.to_string(), methods: vec!["passkey".to_owned()] };
    assert_eq!(town.told().last(), Some(&(told, Outcome::Done)));
}

#[test]
fn a_passkey_completes_a_sign_in_that_a_passphrase_began() {
    let mut town = with_passkey();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let session = half(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
    town.ada.takes(&session);
    assert_eq!(said(&town.ada.asks::<ManageRoles>(&town.identity, town.tenant(), NOW)), "second_factor_pending");
    town.ada.steps_up(&town.identity, NOW);
    assert_eq!(said(&town.ada.asks::<ManageRoles>(&town.identity, town.tenant(), NOW)), "ok");
    assert!(town.identity.signed_in(Some(&credential(&session.token)), &web(NOW)).is_err());
}

#[test]
fn a_passkey_makes_a_stale_session_fresh_under_a_new_token() {
    let mut town = with_passkey();
    let at = NOW.plus_seconds(30 * MINUTE);
    assert_eq!(said(&town.ada.asks::<ManageRoles>(&town.identity, town.tenant(), at)), "step_up_required");
    let stale = town.ada.credential();
    town.ada.steps_up(&town.identity, at);
    assert_eq!(said(&town.ada.asks::<ManageRoles>(&town.identity, town.tenant(), at)), "ok");
    assert!(town.identity.signed_in(Some(&stale), &web(at)).is_err());
    assert!(matches!(town.told().last(), Some((Event::SteppedUp { method, .. }, _)) if method == "passkey"));
}

#[test]
fn every_misbehaviour_of_a_device_is_refused_and_leaves_no_session() {
    for fault in [
        Fault::OtherOrigin,
        Fault::OtherRelyingParty,
        Fault::Embedded,
        Fault::OtherChallenge,
        Fault::OtherCeremony,
        Fault::Absent,
        Fault::Unverified,
        Fault::OtherKey,
        Fault::FlippedBit,
        Fault::OtherOwner,
        Fault::NoOwner,
        Fault::OldCounter,
    ] {
        let mut town = with_passkey();
        town.ada.signs_in_with_passkey(&town.identity, &web(NOW)).unwrap();
        let asked = town.identity.start_passkey_sign_in(NOW).unwrap();
        let given = json(&town.ada.device.get_with(&asked.options, Some(fault)).unwrap());
        assert!(matches!(answer(&town, &asked, &given, NOW), Err(SignInError::Passkey(_))), "{fault:?}");

        let asked = town.identity.start_passkey_proof(&town.ada.credential(), NOW).unwrap();
        let given = json(&town.ada.device.get_with(&asked.options, Some(fault)).unwrap());
        let proved = prove(&town, &town.ada.credential(), (&asked, &given), NOW);
        match fault {
            // Who is asked by name need not be named by the device.
            Fault::NoOwner => town.ada.takes(&proved.unwrap().session),
            _ => assert!(matches!(proved, Err(SignInError::Passkey(_))), "{fault:?}"),
        }
        let who = town.ada.signed_in(&town.identity, NOW);
        assert_eq!(town.identity.sessions(&who).unwrap().len(), 2, "{fault:?}");
    }
}

#[test]
fn a_passkey_that_answers_wrongly_is_told_because_it_may_have_been_copied() {
    let mut town = with_passkey();
    town.ada.signs_in_with_passkey(&town.identity, &web(NOW)).unwrap();
    let asked = town.identity.start_passkey_sign_in(NOW).unwrap();
    let copied = json(&town.ada.device.get_with(&asked.options, Some(Fault::OldCounter)).unwrap());
    assert!(answer(&town, &asked, &copied, NOW).is_err());
    town.identity.flush_refusals(NOW).unwrap();
    let refused = Event::SignInRefused { user: town.ada.id.to_string(), times: 1 };
    assert_eq!(town.told().last(), Some(&(refused, Outcome::Refused { code: "passkey_refused".to_owned() })));
}

#[test]
fn every_misbehaviour_while_a_passkey_is_made_is_refused() {
    for fault in [
        Fault::OtherOrigin,
        Fault::OtherRelyingParty,
        Fault::Embedded,
        Fault::OtherChallenge,
        Fault::OtherCeremony,
        Fault::Absent,
        Fault::Unverified,
        Fault::Excluded,
    ] {
        let mut town = with_passkey();
        let who = town.ada.signed_in(&town.identity, NOW);
        let fresh = who.fresh().unwrap();
        let asked = town.identity.start_passkey_registration(&fresh).unwrap();
        let mut other = Authenticator::new(Build::Hardware, ORIGIN);
        let device = if fault == Fault::Excluded { &mut town.ada.device } else { &mut other };
        let given = json(&device.create_with(&asked.options, Some(fault)).unwrap());
        let made = town.identity.finish_passkey_registration(&fresh, (&asked.token, &given), &name("bad"));
        assert!(matches!(made, Err(SignInError::Passkey(_))), "{fault:?}");
        assert_eq!(town.identity.passkeys(&who).unwrap().len(), 1, "{fault:?}");
    }
}

#[test]
fn one_answer_lets_in_once() {
    let mut town = with_passkey();
    town.ada.device = Authenticator::new(Build::Synced, ORIGIN);
    town.ada.adds_passkey(&town.identity, NOW);
    let asked = town.identity.start_passkey_sign_in(NOW).unwrap();
    let given = json(&town.ada.device.get(&asked.options).unwrap());
    answer(&town, &asked, &given, NOW).unwrap();
    assert!(matches!(answer(&town, &asked, &given, NOW), Err(SignInError::NoCeremony)));

    let asked = town.identity.start_passkey_proof(&town.ada.credential(), NOW).unwrap();
    let given = json(&town.ada.device.get(&asked.options).unwrap());
    let done = prove(&town, &town.ada.credential(), (&asked, &given), NOW).unwrap();
    town.ada.takes(&done.session);
    assert!(matches!(prove(&town, &town.ada.credential(), (&asked, &given), NOW), Err(SignInError::NoCeremony)));
}

#[test]
fn a_ceremony_is_over_after_five_minutes() {
    let mut town = with_passkey();
    let asked = town.identity.start_passkey_sign_in(NOW).unwrap();
    let given = json(&town.ada.device.get(&asked.options).unwrap());
    let end = NOW.plus_seconds(5 * MINUTE);
    assert!(matches!(answer(&town, &asked, &given, end), Err(SignInError::NoCeremony)));
    answer(&town, &asked, &given, Timestamp::from_nanos(end.nanos() - 1)).unwrap();
}

#[test]
fn a_ceremony_counts_for_its_purpose_and_its_session_only() {
    let mut town = with_passkey();
    let first = town.ada.credential();
    town.ada.signs_in_with_passkey(&town.identity, &web(NOW)).unwrap();
    let asked = town.identity.start_passkey_proof(&first, NOW).unwrap();
    let given = json(&town.ada.device.get(&asked.options).unwrap());
    let second = town.ada.credential();
    assert!(matches!(prove(&town, &second, (&asked, &given), NOW), Err(SignInError::NoCeremony)), "of another session");
    assert!(matches!(answer(&town, &asked, &given, NOW), Err(SignInError::NoCeremony)), "of another purpose");
    let open = town.identity.start_passkey_sign_in(NOW).unwrap();
    let given = json(&town.ada.device.get(&open.options).unwrap());
    assert!(matches!(prove(&town, &second, (&open, &given), NOW), Err(SignInError::NoCeremony)), "of another purpose");
    for token in ["", "AAAA", "é", &"A".repeat(100_000)] {
        let forged = PasskeyCeremony { token: token.to_owned(), options: open.options.clone() };
        assert!(matches!(answer(&town, &forged, &given, NOW), Err(SignInError::NoCeremony)));
    }
}

#[test]
fn nobody_proves_who_they_are_with_the_passkey_of_somebody_else() {
    let mut town = with_passkey();
    let mut bob = town.joins("bob@acme.example", &everywhere(MEMBER));
    bob.adds_passkey(&town.identity, NOW);
    let mut asked = town.identity.start_passkey_proof(&town.ada.credential(), NOW).unwrap();
    asked.options["publicKey"]["allowCredentials"] = serde_json::json!([]);
    let given = json(&bob.device.get(&asked.options).unwrap());
    let proved = prove(&town, &town.ada.credential(), (&asked, &given), NOW);
    assert!(matches!(proved, Err(SignInError::Passkey(_) | SignInError::Wrong)), "{proved:?}");
    let cy = town.joins("cy@acme.example", &everywhere(MEMBER));
    let none = town.identity.start_passkey_proof(&cy.credential(), NOW);
    assert!(matches!(none, Err(SignInError::NothingToProve)));
    town.ada.steps_up(&town.identity, NOW);
}

#[test]
fn a_passkey_that_was_removed_or_is_unknown_lets_nobody_in() {
    let mut town = with_passkey();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let elsewhere = half(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
    let asked = town.identity.start_passkey_sign_in(NOW).unwrap();
    let given = json(&town.ada.device.get(&asked.options).unwrap());
    let who = town.ada.signed_in(&town.identity, NOW);
    let id = town.identity.passkeys(&who).unwrap()[0].id;
    town.identity.remove_passkey(&who.fresh().unwrap(), id).unwrap();
    assert!(matches!(answer(&town, &asked, &given, NOW), Err(SignInError::Wrong)));
    assert!(town.identity.start_passkey_proof(&credential(&elsewhere.token), NOW).is_err(), "the other sessions ended");
    assert!(matches!(town.told().last(), Some((Event::SessionEnded { .. }, _))));
    done(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
}

#[test]
fn a_passkey_is_made_and_removed_only_with_a_fresh_proof() {
    let town = with_passkey();
    let stale = town.ada.signed_in(&town.identity, NOW.plus_seconds(10 * MINUTE));
    assert_eq!(said(&stale.fresh()), "step_up_required");
    let just = town.ada.signed_in(&town.identity, NOW.plus_seconds(10 * MINUTE - 1));
    assert!(just.fresh().is_ok());
}

#[test]
fn a_passkey_whose_row_is_taken_away_leaves_no_account_with_a_passphrase_alone() {
    let mut town = with_passkey();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    town.house.tamper("DELETE FROM passkeys");
    let session = half(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
    town.ada.takes(&session);
    assert_eq!(said(&town.ada.asks::<ManageRoles>(&town.identity, town.tenant(), NOW)), "second_factor_pending");
}

#[test]
fn a_removed_passkey_whose_row_is_put_back_opens_nothing() {
    let mut town = with_passkey();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let keep = rusqlite::Connection::open(town.house.file()).unwrap();
    keep.execute_batch("CREATE TABLE kept AS SELECT * FROM passkeys").unwrap();
    let who = town.ada.signed_in(&town.identity, NOW);
    let id = town.identity.passkeys(&who).unwrap()[0].id;
    town.identity.remove_passkey(&who.fresh().unwrap(), id).unwrap();
    town.house.tamper("INSERT INTO passkeys SELECT * FROM kept");
    assert!(town.identity.passkeys(&who).unwrap().is_empty());
    let refused = town.ada.signs_in_with_passkey(&town.identity, &web(NOW));
    assert!(matches!(refused, Err(SignInError::Wrong)), "{refused:?}");
}
