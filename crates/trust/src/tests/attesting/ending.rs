//! How a statement ends: by itself, by a person, or without ever having counted.

use super::*;
use crate::Reminder;

#[test]
fn a_statement_ends_by_itself() {
    let (office, board) = Office::signed();
    office.house.pass(30 * DAY - MINUTE);
    assert_eq!(state(&board, "P-2"), State::Pass);
    office.house.pass(MINUTE);
    let claim = shown(&board, "P-2");
    assert_eq!((claim.state, Some(claim.since)), (State::Expired, claim.attested.map(|attested| attested.until)));
    board.tick().unwrap();
    office.house.pass(MINUTE);
    board.tick().unwrap();
    assert_eq!(office.told("P-2"), Some(("PASS".to_owned(), "EXPIRED".to_owned())));
    for log in [AuditLog::Public, AuditLog::Installation] {
        assert_eq!(office.count(log, "attestation_expired"), 1);
    }
    office.house.pass(90 * DAY - 2 * MINUTE);
    assert_eq!(state(&board, "P-2"), State::Expired);
    office.house.pass(2 * MINUTE);
    assert!(unsaid(&board, "P-2").unwrap().contains("has ended"));
}

#[test]
fn a_statement_that_is_made_anew_goes_on_without_a_gap() {
    let (mut office, board) = Office::signed();
    office.house.pass(29 * DAY);
    board.tick().unwrap();
    office.says(&board);
    office.house.pass(2 * DAY);
    board.tick().unwrap();
    assert_eq!(state(&board, "P-2"), State::Pass);
    assert_eq!(office.told("P-2"), Some(("NOT-CLAIMED".to_owned(), "PASS".to_owned())), "nothing changed");
}

#[test]
fn who_withdraws_is_in_the_trail_and_the_page_says_so_at_once() {
    let (mut office, board) = Office::signed();
    let waiting = board.propose(&proposal("P-2"), &deed()).unwrap().id;
    let permit = office.bob.permit(&office.house);
    assert!(matches!(board.withdraw("P-2", " ", permit.deed()), Err(AttestationError::Reason)));
    assert!(matches!(board.withdraw("P-1", "never so", permit.deed()), Err(AttestationError::NothingSigned(_))));
    board.withdraw("P-2", "the last lesson was cancelled", permit.deed()).unwrap();
    let claim = shown(&board, "P-2");
    assert_eq!((claim.state, claim.attested.unwrap().by[0].name.as_str()), (State::Withdrawn, "Ada"));
    assert!(matches!(board.words(&waiting), Err(AttestationError::NotPending)), "what waited is gone too");
    assert_eq!(office.told("P-2"), Some(("PASS".to_owned(), "WITHDRAWN".to_owned())));
    let trail = office.house.log.identity.audit_follow(AuditLog::Installation, None, 10_000).unwrap();
    let told = trail.into_iter().rfind(|recorded| recorded.entry.event.name() == "attestation_withdrawn").unwrap();
    assert_eq!(told.entry.actor, permit.deed().actor);
    assert_eq!(office.count(AuditLog::Public, "attestation_withdrawn"), 1);
    let withdrawn = attestable(&board, "P-2").current.unwrap().withdrawn.unwrap();
    assert_eq!((withdrawn.by, withdrawn.reason.as_str()), (permit.deed().actor.clone(), "the last lesson was cancelled"));
    let page = board.overview().unwrap().envelope.payload().unwrap();
    assert!(!String::from_utf8(page).unwrap().contains("cancelled") && !office.house.has_in_clear("cancelled"));
    // It never comes back by itself, and it can be said anew.
    office.house.pass(MINUTE);
    board.tick().unwrap();
    assert_eq!(state(&board, "P-2"), State::Withdrawn);
    office.says(&board);
    assert_eq!(state(&board, "P-2"), State::Pass);
}

#[test]
fn a_log_that_fails_does_not_keep_a_withdrawn_statement_up() {
    let (mut office, board) = Office::signed();
    let permit = office.bob.permit(&office.house);
    office.house.log.fails.store(true, Ordering::SeqCst);
    assert!(board.withdraw("P-2", "not so any more", permit.deed()).is_err());
    assert_eq!(attestable(&board, "P-2").state, State::Withdrawn);
    office.house.log.fails.store(false, Ordering::SeqCst);
    office.house.pass(MINUTE);
    board.tick().unwrap();
    assert_eq!(office.count(AuditLog::Public, "attestation_withdrawn"), 1);
    assert_eq!(state(&board, "P-2"), State::Withdrawn);
}

#[test]
fn what_too_few_sign_in_two_weeks_is_forgotten() {
    let Office { house, mut ada, mut bob } = Office::new();
    let board = house.looked();
    let id = board.propose(&proposal("P-1"), &deed()).unwrap().id;
    ada.signs(&house, &board, &id).unwrap();
    house.pass(14 * DAY);
    assert!(matches!(bob.signs(&house, &board, &id), Err(AttestationError::NotPending)));
    board.tick().unwrap();
    assert!(attestable(&board, "P-1").pending.is_empty() && unsaid(&board, "P-1").is_some());
    let left: i64 = rusqlite::Connection::open(house.file())
        .unwrap()
        .query_row("SELECT count(*) FROM attestations", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn somebody_is_reminded_thirty_seven_and_one_day_before_the_end() {
    let (mut office, board) = Office::signed();
    let due = |board: &Board, office: &Office| {
        let reminders = board.reminders(office.house.clock.now()).unwrap();
        reminders.into_iter().map(|Reminder { claim, days_left, due, .. }| (claim, days_left, due)).collect::<Vec<_>>()
    };
    let check = |office: &Office, days_left: i64, stage: i64| {
        assert_eq!(due(&board, office), [("P-2".to_owned(), days_left, stage)]);
    };
    check(&office, 30, 30);
    let reminders = board.reminders(office.house.clock.now()).unwrap();
    let ada = office.house.log.identity.signed_in(Some(&office.ada.credential()), &web(&office.house)).unwrap().user().id;
    assert_eq!((&reminders[0].signers, reminders[0].title.as_str()), (&vec![ada], "Trained"));
    office.house.pass(22 * DAY);
    check(&office, 8, 30);
    office.house.pass(DAY);
    check(&office, 7, 7);
    office.house.pass(6 * DAY);
    check(&office, 1, 1);
    let id = board.propose(&proposal("P-2"), &deed()).unwrap().id;
    office.ada.signs(&office.house, &board, &id).unwrap();
    assert_eq!(due(&board, &office), [], "it was signed anew for a year");
    office.house.pass(400 * DAY);
    assert_eq!(due(&board, &office), [], "what is over is not about to end");
}
