//! What was approved counts for one session, from one place, for its time; and it ends at the next question.

use audit::Event;

use super::people::*;
use super::staff::*;
use super::*;
use crate::permit::ApproveAccess;
use crate::{AccessError, AccessState, Asking, Permit, StaffAccess, UserKind, UserState};

const SOON: Timestamp = Timestamp::from_nanos(NOW.nanos() + 60_000_000_000);

/// Begins, does something, and reads once more.
fn check(what: &str, act: impl FnOnce(&mut Help, model::AccessRequestId)) {
    let (mut help, id) = Help::begun(StaffAccess::BreakGlass);
    assert_eq!(help.reads(NOW), "ok");
    act(&mut help, id);
    assert_ne!(help.reads(SOON), "ok", "{what}");
}

fn permit(help: &Help) -> Permit<ApproveAccess> {
    help.town.ada.asks(help.identity(), help.town.tenant(), SOON).unwrap()
}

#[test]
fn whoever_ends_it_ends_it_at_the_next_question() {
    check("the tenant ends it", |help, id| {
        help.identity().end_access(&permit(help), id).unwrap();
    });
    check("the tenant closes the door", |help, _| help.allow(StaffAccess::Never, 1, SOON));
    check("the engineer leaves", |help, id| {
        help.identity().leave_access(&help.eng.signed_in(help.identity(), SOON), id).unwrap();
    });
    check("the engineer signs out", |help, _| help.identity().sign_out(&help.eng.credential(), &web(SOON)).unwrap());
    check("the account is disabled", |help, _| {
        assert!(help.identity().set_account_state(&help.eng.email, UserState::Disabled, &by(SOON)).unwrap());
    });
    check("another session of the engineer", |help, _| {
        help.eng.signs_in_with_passkey(&help.town.identity, &web(SOON)).unwrap();
    });
    check("nothing but the time", |help, _| {
        let end = NOW.plus_seconds(HOUR);
        assert_eq!(help.reads(Timestamp::from_nanos(end.nanos() - 1)), "ok");
        assert_eq!(help.reads(end), "access_not_approved");
        help.identity().lapse_access(end).unwrap();
    });
}

#[test]
fn a_session_that_went_elsewhere_opens_nothing() {
    let (help, _) = Help::begun(StaffAccess::OnApproval);
    assert_eq!(said(&help.tries(&web_from([198, 51, 100, 4], NOW))), "access_not_approved");
    assert_eq!(said(&help.tries(&Deed { address: None, ..web(NOW) })), "access_not_approved");
    assert_eq!(help.reads(NOW), "ok");
}

#[test]
fn the_job_ends_what_is_over_and_says_how_much_was_read() {
    let (help, id) = Help::begun(StaffAccess::OnApproval);
    for _ in 0..3 {
        assert_eq!(help.reads(NOW), "ok");
    }
    let end = NOW.plus_seconds(HOUR);
    help.identity().lapse_access(Timestamp::from_nanos(end.nanos() - 1)).unwrap();
    assert_eq!(help.reads(NOW), "ok");
    help.identity().lapse_access(end).unwrap();
    assert_eq!(help.reads(NOW), "access_not_approved", "ended is ended, whatever the clock says");
    let told = Event::StaffAccessEnded { access: id.to_string(), reason: "time".to_owned(), readings: 4 };
    assert!(help.town.told().iter().any(|(event, _)| *event == told));
    let again = help.identity().end_access(&permit(&help), id);
    assert!(matches!(again, Err(AccessError::State(AccessState::Ended))));
}

#[test]
fn an_hour_is_the_most_and_the_window_may_be_less() {
    let mut help = Help::new(StaffAccess::OnApproval, 1);
    let id = help.asks_for(&help.asking()).unwrap().id;
    help.ada_approves(id, NOW).unwrap();
    let late = NOW.plus_seconds(50 * MINUTE);
    help.eng.signs_in_with_passkey(&help.town.identity, &web(late)).unwrap();
    help.begins(id, late).unwrap();
    assert_eq!(help.reads(NOW.plus_seconds(59 * MINUTE)), "ok");
    assert_eq!(help.reads(NOW.plus_seconds(60 * MINUTE)), "access_not_approved");
}

#[test]
fn a_closed_door_keeps_out_whoever_has_not_begun() {
    let mut help = Help::new(StaffAccess::OnApproval, 1);
    let id = help.asks_for(&help.asking()).unwrap().id;
    help.ada_approves(id, NOW).unwrap();
    help.allow(StaffAccess::Never, 1, NOW);
    assert!(matches!(help.begins(id, NOW), Err(AccessError::Never)));
    help.allow(StaffAccess::OnApproval, 1, NOW);
    help.identity().end_access(&permit(&help), id).unwrap();
    assert!(matches!(help.begins(id, NOW), Err(AccessError::State(AccessState::Ended))));
}

#[test]
fn whoever_was_not_confirmed_for_ninety_days_uses_nothing() {
    let mut town = Town::new();
    town.ada.adds_passkey(&town.identity, NOW);
    let eng = hired(&town.identity, "eng@house.example", UserKind::Engineer, NOW.plus_seconds(-90 * DAY + MINUTE));
    let mut help = Help { town, eng };
    help.allow(StaffAccess::OnApproval, 1, NOW);
    help.eng.signs_in_with_passkey(&help.town.identity, &web(NOW)).unwrap();
    let (first, second) = (help.asks_for(&help.asking()).unwrap().id, help.asks_for(&help.asking()).unwrap().id);
    for id in [first, second] {
        help.ada_approves(id, NOW).unwrap();
    }
    help.begins(first, NOW).unwrap();
    assert_eq!(help.reads(NOW), "ok");
    assert_eq!(help.reads(SOON), "access_not_approved", "what is under way ends with it");
    assert!(matches!(help.begins(second, SOON), Err(AccessError::NotCertified)));
    assert!(help.identity().certify_staff(&help.eng.email, &by(SOON)).unwrap());
    assert_eq!(help.reads(SOON), "ok");
    help.begins(second, SOON).unwrap();
    assert!(!help.identity().certify_staff(&help.town.ada.email, &by(SOON)).unwrap(), "a customer is no staff");
}

#[test]
fn one_session_works_under_one_request_at_a_time() {
    let (mut help, _) = Help::begun(StaffAccess::OnApproval);
    let other = help.identity().create_source(help.town.tenant(), &name("web"), 30, &by(NOW)).unwrap();
    let id = help.asks_for(&Asking { source: other.id, ..help.asking() }).unwrap().id;
    help.ada_approves(id, NOW).unwrap();
    help.begins(id, NOW).unwrap();
    assert_eq!(help.reads(NOW), "access_not_approved", "the session is in the other source now");
}
