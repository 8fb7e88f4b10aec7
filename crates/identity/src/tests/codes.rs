//! One-time codes and recovery codes, and what a sign-in is worth that is only half done.

use audit::{Event, Outcome};
use factor::Passphrase;

use super::people::*;
use super::*;
use crate::permit::ViewTenant;
use crate::{AccountError, Client, Method, Notice, OpenedSession, Refused, SignInError, SignInStep, SignedInNow};

/// Shows a code in this session.
fn shows(town: &Town, token: &PlainKey, shown: &str, at: Timestamp) -> Result<SignedInNow, SignInError> {
    town.identity.prove_with_code(&credential(token), shown, &Client::default(), &web(at))
}

fn halfway(town: &Town, at: Timestamp) -> OpenedSession {
    half(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(at)).unwrap())
}

fn opens(town: &Town, token: &PlainKey, at: Timestamp) -> &'static str {
    said(&town.identity.authorize_tenant::<ViewTenant>(Some(&credential(token)), town.tenant(), &web(at)))
}

/// Ada with a passphrase and codes of this secret.
fn guarded() -> (Town, String) {
    let mut town = Town::new();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    done(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
    let secret = town.ada.adds_codes(&town.identity, NOW);
    (town, secret)
}

#[test]
fn a_key_is_no_session_and_is_told_so() {
    let town = Town::new();
    let (read_key, _) = key(&town.identity, town.scope, KeyKind::Read);
    let proved = town.identity.prove_with_code(&read_key, "000000", &Client::default(), &web(NOW));
    assert!(matches!(proved, Err(SignInError::Refused(Refused::NotASession))));
    let asked = town.identity.start_passkey_proof(&read_key, NOW);
    assert!(matches!(asked, Err(SignInError::Refused(Refused::NotASession))));
    assert_eq!(said(&town.identity.sign_out(&read_key, &web(NOW))), "not_a_session");
    assert_eq!(said(&town.identity.authorize_read(Some(&read_key), None, &web(NOW), audit::Question::Sql)), "ok");
}

#[test]
fn codes_are_turned_on_by_a_right_one_within_ten_minutes_of_a_sign_in() {
    let town = Town::new();
    let who = town.ada.signed_in(&town.identity, NOW);
    let fresh = who.fresh().unwrap();
    assert!(matches!(town.identity.confirm_totp(&fresh, "000000"), Err(AccountError::Nothing)));
    let secret = town.identity.offer_totp(&fresh).unwrap().secret;
    for wrong in ["", "000", "abcdef", &code(&secret, NOW.plus_seconds(HOUR))] {
        assert!(matches!(town.identity.confirm_totp(&fresh, wrong), Err(AccountError::WrongCode)), "{wrong}");
    }
    assert!(!town.identity.ways_in(&who).unwrap().totp);
    let late = town.ada.signed_in(&town.identity, NOW.plus_seconds(10 * MINUTE));
    assert_eq!(said(&late.fresh()), "step_up_required");

    let opened = town.identity.confirm_totp(&fresh, &code(&secret, NOW)).unwrap();
    assert!(opened.session.second_factor);
    assert_eq!(opens(&town, &opened.token, NOW), "ok");
    assert!(town.identity.signed_in(Some(&town.ada.credential()), &web(NOW)).is_err(), "the token before opens nothing");
}

#[test]
fn a_sign_in_needs_the_code_and_is_worth_nothing_without() {
    let (town, secret) = guarded();
    let at = NOW.plus_seconds(HOUR);
    let step = sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(at)).unwrap();
    let SignInStep::SecondFactor { session, methods } = step else { panic!("no second factor is asked for") };
    assert_eq!(methods, [Method::Totp]);
    assert_eq!(opens(&town, &session.token, at), "second_factor_pending");
    let who = town.identity.signed_in(Some(&credential(&session.token)), &web(at));
    assert_eq!(said(&who), "second_factor_pending");
    let again = Passphrase::parse(PASSPHRASE).unwrap();
    let proved = town.identity.prove_with_passphrase(&credential(&session.token), &again, &Client::default(), &web(at));
    assert!(matches!(proved, Err(SignInError::NothingToProve)), "the same factor twice is one");

    let done = shows(&town, &session.token, &code(&secret, at), at).unwrap();
    assert_eq!(opens(&town, &done.session.token, at), "ok");
    assert_eq!(opens(&town, &session.token, at), "session_ended", "the token of the half is void");
    assert_eq!(done.session.session.methods, [Method::Passphrase, Method::Totp]);
    let methods = vec!["passphrase".to_owned(), "totp".to_owned()];
    let told = Event::SignedIn { session: done.session.session.id.to_string(), methods };
    assert_eq!(town.told().last(), Some(&(told, Outcome::Done)));
}

#[test]
fn half_a_sign_in_ends_after_five_minutes() {
    let (town, secret) = guarded();
    let at = NOW.plus_seconds(HOUR);
    let session = halfway(&town, at);
    let end = at.plus_seconds(5 * MINUTE);
    assert!(matches!(shows(&town, &session.token, &code(&secret, end), end), Err(SignInError::Refused(_))));
    let before = Timestamp::from_nanos(end.nanos() - 1);
    shows(&town, &session.token, &code(&secret, before), before).unwrap();
}

#[test]
fn a_code_counts_once_in_every_session_and_process() {
    let (town, secret) = guarded();
    let at = NOW.plus_seconds(HOUR);
    let other = town.house.open();
    let (first, second) = (halfway(&town, at), halfway(&town, at));
    let shown = code(&secret, at);
    shows(&town, &first.token, &shown, at).unwrap();
    let replayed = other.prove_with_code(&credential(&second.token), &shown, &Client::default(), &web(at));
    assert!(matches!(replayed, Err(SignInError::Wrong)));
    let earlier = code(&secret, at.plus_seconds(-30));
    assert!(matches!(shows(&town, &second.token, &earlier, at), Err(SignInError::Wrong)), "nor does one from before it");
    let next = at.plus_seconds(30);
    shows(&town, &second.token, &code(&secret, next), next).unwrap();
}

#[test]
fn the_code_that_turned_codes_on_does_not_let_in() {
    let (town, secret) = guarded();
    let session = halfway(&town, NOW);
    assert!(matches!(shows(&town, &session.token, &code(&secret, NOW), NOW), Err(SignInError::Wrong)));
}

#[test]
fn nobody_gets_in_with_the_code_of_somebody_else() {
    let (town, _) = guarded();
    let mut bob = town.joins("bob@acme.example", &everywhere(MEMBER));
    let secret = bob.adds_codes(&town.identity, NOW);
    let at = NOW.plus_seconds(HOUR);
    let session = halfway(&town, at);
    assert!(matches!(shows(&town, &session.token, &code(&secret, at), at), Err(SignInError::Wrong)));
}

#[test]
fn a_recovery_code_counts_once_and_tells_how_many_are_left() {
    let (town, _) = guarded();
    let who = town.ada.signed_in(&town.identity, NOW);
    let codes = town.identity.make_recovery_codes(&who.fresh().unwrap()).unwrap();
    assert_eq!(codes.len(), 10);
    let at = NOW.plus_seconds(HOUR - 1);
    let (first, second) = (halfway(&town, at), halfway(&town, at));
    shows(&town, &first.token, &codes[3].to_lowercase(), at).unwrap();
    assert!(matches!(shows(&town, &second.token, &codes[3], at), Err(SignInError::Wrong)));
    assert_eq!(town.notices(&town.ada, at)[0], Notice::RecoveryCodeUsed { left: 9 });
    let used = Event::RecoveryCodeUsed { user: town.ada.id.to_string(), left: 9 };
    assert!(town.told().contains(&(used, Outcome::Done)));
    let done = shows(&town, &second.token, &codes[4], at).unwrap();

    let who = town.identity.signed_in(Some(&credential(&done.session.token)), &web(at)).unwrap();
    let newer = town.identity.make_recovery_codes(&who.fresh().unwrap()).unwrap();
    assert!(town.identity.signed_in(Some(&town.ada.credential()), &web(at)).is_err(), "one of the old may have opened it");
    let session = halfway(&town, at);
    assert!(matches!(shows(&town, &session.token, &codes[5], at), Err(SignInError::Wrong)), "those before are void");
    shows(&town, &session.token, &newer[5], at).unwrap();
}

#[test]
fn whatever_replaces_a_factor_ends_the_other_sessions() {
    let (town, _) = guarded();
    let who = town.ada.signed_in(&town.identity, NOW);
    let fresh = who.fresh().unwrap();
    let left = || town.identity.sessions(&who).unwrap().len();
    halfway(&town, NOW);
    assert_eq!(left(), 3);
    town.identity.set_passphrase(&fresh, &Passphrase::parse(OTHER_PASSPHRASE).unwrap()).unwrap();
    assert_eq!(left(), 1);
    assert!(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).is_err());

    half(sign_in(&town.identity, &town.ada.email, OTHER_PASSPHRASE, &web(NOW)).unwrap());
    let secret = town.identity.offer_totp(&fresh).unwrap().secret;
    town.identity.confirm_totp(&fresh, &code(&secret, NOW)).unwrap();
    assert_eq!(left(), 1, "another phone took the place of the one before");
    assert_eq!(town.identity.notices(&who).unwrap()[0].notice, Notice::TotpEnabled);
}

#[test]
fn the_last_way_in_is_not_taken_away() {
    let mut town = Town::new();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let removed = |town: &Town| {
        let who = town.ada.signed_in(&town.identity, NOW);
        town.identity.remove_passphrase(&who.fresh().unwrap())
    };
    town.ada.adds_codes(&town.identity, NOW);
    assert!(matches!(removed(&town), Err(AccountError::LastWayIn)), "a code is no way in of its own");
    done_or_half(&town);
    town.ada.adds_passkey(&town.identity, NOW);
    removed(&town).unwrap();
    assert!(matches!(removed(&town), Err(AccountError::Nothing)));
    let who = town.ada.signed_in(&town.identity, NOW);
    let only = town.identity.passkeys(&who).unwrap()[0].id;
    assert!(matches!(town.identity.remove_passkey(&who.fresh().unwrap(), only), Err(AccountError::LastWayIn)));
    assert_eq!(town.identity.passkeys(&who).unwrap().len(), 1, "nothing of it happened");
}

fn done_or_half(town: &Town) {
    assert!(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).is_ok(), "the passphrase still counts");
}

#[test]
fn a_passphrase_proves_again_only_where_there_is_no_second_factor() {
    let mut town = Town::new();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let at = NOW.plus_seconds(20 * MINUTE);
    let prove = |town: &Town, text: &str| {
        let typed = Passphrase::parse(text).unwrap();
        town.identity.prove_with_passphrase(&town.ada.credential(), &typed, &Client::default(), &web(at))
    };
    assert!(matches!(prove(&town, OTHER_PASSPHRASE), Err(SignInError::Wrong)));
    let before = town.ada.token.clone();
    let done = prove(&town, PASSPHRASE).unwrap();
    assert!(done.session.session.is_fresh(at) && !done.session.session.second_factor);
    town.ada.takes(&done.session);
    assert_ne!(town.ada.token, before);
    town.ada.adds_codes(&town.identity, at);
    assert!(matches!(prove(&town, PASSPHRASE), Err(SignInError::NothingToProve)));
}
