//! What somebody is told when others try, and that others' tries do not keep them out.

use audit::{Event, Outcome};

use super::people::*;
use super::*;
use crate::{Client, Notice, SignInError};

const HOME: [u8; 4] = [192, 0, 2, 7];
const ELSEWHERE: [u8; 4] = [203, 0, 113, 9];

fn ada() -> Town {
    let town = Town::new();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    town
}

fn browser(device: Option<String>) -> Client {
    Client { agent: "a browser\u{7}".to_owned(), device }
}

#[test]
fn a_sign_in_from_an_unusual_place_is_told_once_and_a_known_browser_is_not_unusual() {
    let town = ada();
    let unusual = |town: &Town| {
        let notices = town.notices(&town.ada, NOW).into_iter();
        notices.filter(|notice| matches!(notice, Notice::UnusualSignIn { .. })).collect::<Vec<_>>()
    };
    let arrive = |from, device: Option<String>| {
        let deed = web_from(from, NOW);
        done(sign_in_from(&town.identity, (&town.ada.email, PASSPHRASE), &browser(device), &deed).unwrap())
    };
    let known = arrive(HOME, None).device.reveal().to_owned();
    arrive([192, 0, 2, 200], None);
    assert_eq!(unusual(&town), [], "the first is not, and a neighbour's address is the same network");
    arrive(ELSEWHERE, Some(known));
    assert_eq!(unusual(&town), [], "the browser is known");
    arrive([198, 51, 100, 4], Some("no token".to_owned()));
    let told = Notice::UnusualSignIn { address: Some("198.51.100.4".to_owned()), agent: "a browser".to_owned() };
    assert_eq!(unusual(&town), [told]);
    arrive([198, 51, 100, 4], None);
    assert_eq!(unusual(&town).len(), 1);
}

/// Wrong passphrases from many networks, one a minute.
fn hammer(town: &Town, tries: u8, from: Timestamp) {
    for network in 0..tries {
        let deed = web_from([10, 1, network, 1], from.plus_seconds(i64::from(network)));
        let refused = sign_in(&town.identity, &town.ada.email, OTHER_PASSPHRASE, &deed);
        assert!(matches!(refused, Err(SignInError::Wrong | SignInError::Wait { .. })));
    }
}

#[test]
fn an_account_under_attack_is_told_once_and_only_by_the_job() {
    let town = ada();
    done(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
    let attacked = |town: &Town| {
        let notices = town.notices(&town.ada, NOW).into_iter();
        notices.filter(|notice| matches!(notice, Notice::AccountAttacked { .. })).count()
    };
    hammer(&town, 9, NOW);
    town.identity.flush_attacks(NOW).unwrap();
    assert_eq!(attacked(&town), 0, "nine are somebody who forgot");
    hammer(&town, 10, NOW.plus_seconds(20));
    assert_eq!(attacked(&town), 0, "the time of an answer does not tell");
    town.identity.flush_attacks(NOW).unwrap();
    town.identity.flush_attacks(NOW).unwrap();
    assert_eq!(attacked(&town), 1);
    let told = Event::AccountAttacked { user: town.ada.id.to_string(), failures: 10 };
    assert_eq!(town.told().last(), Some(&(told, Outcome::Done)));
}

#[test]
fn whoever_has_the_browser_of_before_gets_in_while_strangers_hammer() {
    let town = ada();
    let device = done(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap()).device.reveal().to_owned();
    let at = NOW.plus_seconds(HOUR);
    hammer(&town, 40, at);
    let now = at.plus_seconds(40);
    let try_with = |device: Option<String>, from| {
        sign_in_from(&town.identity, (&town.ada.email, PASSPHRASE), &browser(device), &web_from(from, now))
    };
    assert!(matches!(try_with(None, ELSEWHERE), Err(SignInError::Wait { seconds: 1.. })), "a new place has to wait");
    done(try_with(Some(device), ELSEWHERE).unwrap());
    done(try_with(None, HOME).unwrap());
}

#[test]
fn codes_are_guessed_no_faster_than_passphrases() {
    let mut town = ada();
    town.ada.adds_codes(&town.identity, NOW);
    let session = half(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
    let guess = || town.identity.prove_with_code(&credential(&session.token), "000000", &Client::default(), &web(NOW));
    let answers: Vec<_> = (0..10).map(|_| guess().unwrap_err()).collect();
    let waits = answers.iter().filter(|error| matches!(error, SignInError::Wait { .. })).count();
    assert!(waits >= 4, "{answers:?}");
    let again = sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW));
    assert!(matches!(again, Err(SignInError::Wait { .. })), "a right passphrase does not start anew");
}
