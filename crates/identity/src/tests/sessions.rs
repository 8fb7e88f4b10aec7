//! Sessions: how long they live, who ends them, and what their token is worth.

use audit::{Event, Filter, Log, Paging};

use super::people::*;
use super::*;
use crate::permit::{ManageKeys, ManagePeople, ViewTenant};
use crate::{AccountError, InviteError};

fn opens(identity: &Identity, whose: &Someone, at: Timestamp) -> &'static str {
    said(&identity.signed_in(Some(&whose.credential()), &web(at)))
}

/// Ada with a passkey, signed in anew.
fn signed_in() -> Town {
    let mut town = Town::new();
    town.ada.adds_passkey(&town.identity, NOW);
    town.ada.signs_in_with_passkey(&town.identity, &web(NOW)).unwrap();
    town
}

#[test]
fn a_session_ends_after_an_idle_hour_and_not_a_nanosecond_before() {
    let town = signed_in();
    let end = NOW.plus_seconds(HOUR);
    assert_eq!(opens(&town.identity, &town.ada, end), "session_ended");
    assert_eq!(opens(&town.identity, &town.ada, Timestamp::from_nanos(end.nanos() - 1)), "ok");
}

#[test]
fn use_keeps_a_session_alive_in_every_process_once_it_was_written() {
    let town = signed_in();
    let other = town.house.open();
    let mut at = NOW;
    for _ in 0..5 {
        at = at.plus_seconds(50 * MINUTE);
        assert_eq!(opens(&town.identity, &town.ada, at), "ok");
        town.identity.flush_last_seen(at).unwrap();
    }
    assert_eq!(opens(&other, &town.ada, at.plus_seconds(50 * MINUTE)), "ok");
    let last = at.plus_seconds(100 * MINUTE);
    assert_eq!(opens(&other, &town.ada, last), "ok");
    // What the other process knows is newer than what this one has.
    other.flush_last_seen(last).unwrap();
    town.identity.flush_last_seen(last).unwrap();
    assert_eq!(opens(&town.identity, &town.ada, last.plus_seconds(50 * MINUTE)), "ok");
}

#[test]
fn the_trail_says_how_whoever_acts_signed_in() {
    let town = signed_in();
    let paging = Paging { before: None, limit: 1 };
    let newest = |log| town.identity.audit_entries(log, &Filter::default(), paging).unwrap().entries.remove(0).entry;
    let credential = town.ada.credential();
    let asked = town.identity.authorize_source::<ManageKeys>(Some(&credential), Some(town.scope.source), &web(NOW));
    let permit = asked.unwrap();
    assert_eq!(*permit.deed().signed_in_by, ["passkey"]);
    let new = NewKey { kind: KeyKind::Write, name: name("web"), expiry: Expiry::default() };
    let (_, made) = town.identity.create_key(town.scope, &new, permit.deed()).unwrap();
    let entry = newest(Log::Tenant(town.tenant()));
    assert_eq!((entry.actor, entry.signed_in_by), (Actor::person(town.ada.id), vec!["passkey".to_owned()]));
    assert_eq!(made.made_by.and_then(|maker| maker.name).unwrap().as_str(), "Ada");
}

#[test]
fn a_question_of_any_kind_is_a_use() {
    let town = signed_in();
    let at = NOW.plus_seconds(50 * MINUTE);
    assert_eq!(said(&town.ada.asks::<ViewTenant>(&town.identity, town.tenant(), at)), "ok");
    assert_eq!(opens(&town.identity, &town.ada, NOW.plus_seconds(100 * MINUTE)), "ok");
}

#[test]
fn a_session_that_changed_its_token_was_used_then() {
    let mut town = signed_in();
    let at = NOW.plus_seconds(50 * MINUTE);
    let who = town.ada.signed_in(&town.identity, at);
    let opened = town.identity.enter_tenant(&who, town.tenant()).unwrap();
    town.ada.takes(&opened);
    assert_eq!(opens(&town.identity, &town.ada, NOW.plus_seconds(100 * MINUTE)), "ok");
}

#[test]
fn a_session_ends_after_twelve_hours_whatever_happens() {
    let mut town = signed_in();
    for half_hours in 1..24 {
        let at = NOW.plus_seconds(half_hours * 30 * MINUTE);
        town.ada.steps_up(&town.identity, at);
        town.identity.flush_last_seen(at).unwrap();
    }
    let end = NOW.plus_seconds(12 * HOUR);
    assert_eq!(opens(&town.identity, &town.ada, Timestamp::from_nanos(end.nanos() - 1)), "ok");
    assert_eq!(opens(&town.identity, &town.ada, end), "session_ended");
    town.identity.flush_last_seen(end).unwrap();
    let rows = rusqlite::Connection::open(town.house.file()).unwrap();
    let left: i64 = rows.query_row("SELECT count(*) FROM sessions", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "the job clears what has ended");
}

#[test]
fn the_oldest_of_too_many_ends_and_half_a_sign_in_pushes_out_no_whole_one() {
    let mut town = signed_in();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let oldest = town.ada.credential();
    for _ in 0..limits::SESSIONS_PER_PERSON_MAX + 1 {
        half(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(NOW)).unwrap());
    }
    assert!(town.identity.signed_in(Some(&oldest), &web(NOW)).is_ok(), "whoever has just the passphrase ends nothing");
    for seconds in 1..limits::SESSIONS_PER_PERSON_MAX {
        town.ada.signs_in_with_passkey(&town.identity, &web(NOW.plus_seconds(seconds))).unwrap();
    }
    let later = NOW.plus_seconds(MINUTE);
    assert!(town.identity.signed_in(Some(&oldest), &web(later)).is_ok(), "fifty are not too many");
    town.ada.signs_in_with_passkey(&town.identity, &web(later)).unwrap();
    assert!(town.identity.signed_in(Some(&oldest), &web(later)).is_err());
    assert_eq!(opens(&town.identity, &town.ada, later), "ok");
}

#[test]
fn somebody_ends_their_own_sessions_and_nobody_elses() {
    let mut town = signed_in();
    let first = town.ada.signed_in(&town.identity, NOW);
    let first_token = town.ada.credential();
    town.ada.signs_in_with_passkey(&town.identity, &web(NOW)).unwrap();
    let bob = town.joins("bob@acme.example", &everywhere(MEMBER));
    let bobs = bob.signed_in(&town.identity, NOW).session().id;
    let who = town.ada.signed_in(&town.identity, NOW);
    assert!(matches!(town.identity.end_session(&who, bobs), Err(AccountError::NoSession)));
    town.identity.end_session(&who, first.session().id).unwrap();
    assert!(town.identity.signed_in(Some(&first_token), &web(NOW)).is_err());

    let token = town.ada.credential();
    town.ada.signs_in_with_passkey(&town.identity, &web(NOW)).unwrap();
    let who = town.ada.signed_in(&town.identity, NOW);
    // That of the setup is one more.
    assert_eq!(town.identity.end_other_sessions(&who).unwrap(), 2);
    assert!(town.identity.signed_in(Some(&token), &web(NOW)).is_err());
    assert_eq!((opens(&town.identity, &town.ada, NOW), opens(&town.identity, &bob, NOW)), ("ok", "ok"));
    assert!(matches!(town.told().last(), Some((Event::SessionEnded { .. }, _))));

    town.identity.sign_out(&town.ada.credential(), &web(NOW)).unwrap();
    assert_eq!(opens(&town.identity, &town.ada, NOW), "session_ended");
}

#[test]
fn a_session_works_in_one_tenant_and_goes_to_another_under_a_new_token() {
    let mut town = signed_in();
    let umbrella = source(&town.identity, "umbrella", "api").tenant;
    let who = town.ada.signed_in(&town.identity, NOW);
    assert!(matches!(town.identity.enter_tenant(&who, umbrella), Err(AccountError::NoTenant)));
    let permit = town.identity.by_shell::<ManagePeople>(umbrella, &by(NOW));
    let (link, _) = town.identity.invite(&permit, &town.ada.email, &everywhere(MEMBER)).unwrap();
    assert_eq!(town.identity.accept_invitation_as(&who, &credential(&link)).unwrap(), umbrella);
    assert_eq!(said(&town.ada.asks::<ViewTenant>(&town.identity, umbrella, NOW)), "not_found", "a member, but not there");

    let before = town.ada.credential();
    let opened = town.identity.enter_tenant(&who, umbrella).unwrap();
    town.ada.takes(&opened);
    assert!(town.identity.signed_in(Some(&before), &web(NOW)).is_err());
    assert_eq!(said(&town.ada.asks::<ViewTenant>(&town.identity, umbrella, NOW)), "ok");
    assert_eq!(said(&town.ada.asks::<ViewTenant>(&town.identity, town.tenant(), NOW)), "not_found");
    town.ada.signs_in_with_passkey(&town.identity, &web(NOW)).unwrap();
    assert_eq!(town.ada.signed_in(&town.identity, NOW).session().tenant, Some(umbrella), "where they were last");
}

#[test]
fn a_session_of_somebody_who_was_removed_is_refused_at_its_next_request() {
    let town = signed_in();
    let bob = town.joins("bob@acme.example", &everywhere(MEMBER));
    assert_eq!(said(&bob.asks::<ViewTenant>(&town.identity, town.tenant(), NOW)), "ok");
    let permit = town.ada.asks::<ManagePeople>(&town.identity, town.tenant(), NOW).unwrap();
    town.house.open().remove_member(&permit, bob.id).unwrap();
    assert_eq!(said(&bob.asks::<ViewTenant>(&town.identity, town.tenant(), NOW)), "permission_missing");
    let wanted = Some(town.scope.source);
    let read = town.identity.authorize_read(Some(&bob.credential()), wanted, &web(NOW), audit::Question::Search);
    assert_eq!(said(&read), "permission_missing");
    assert!(matches!(town.identity.remove_member(&permit, bob.id), Err(crate::MemberError::NoMember)));
    let again = town.identity.invite(&permit, &bob.email, &everywhere(MEMBER));
    assert!(!matches!(again, Err(InviteError::IsMember)));
}

#[test]
fn recovery_at_the_shell_ends_idle_sessions_too_and_everything_they_were_opened_with() {
    let mut town = signed_in();
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    // The server knows of a use that the shell does not.
    let almost = NOW.plus_seconds(59 * MINUTE);
    assert_eq!(opens(&town.identity, &town.ada, almost), "ok");
    let at = NOW.plus_seconds(61 * MINUTE);
    let shell = town.house.open();
    let opened = shell.recover_account(&town.ada.email, &by(at)).unwrap().unwrap();
    town.identity.flush_last_seen(at).unwrap();
    assert_eq!(opens(&town.identity, &town.ada, at), "session_ended");
    assert!(sign_in(&town.identity, &town.ada.email, PASSPHRASE, &web(at)).is_err());
    assert!(town.ada.signs_in_with_passkey(&town.identity, &web(at)).is_err());
    town.ada.takes(&opened);
    town.ada.sets_passphrase(&town.identity, OTHER_PASSPHRASE, at);
    done(sign_in(&town.identity, &town.ada.email, OTHER_PASSPHRASE, &web(at)).unwrap());
    assert!(shell.recover_account(&email("nobody@acme.example"), &by(at)).unwrap().is_none());
}
