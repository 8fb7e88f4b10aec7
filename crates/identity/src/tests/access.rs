//! Access of staff that a tenant approves: nothing without it, and nothing beyond it.

use audit::{Actor, Event, Filter, Log, Paging, Question};
use authenticator::Fault;
use model::AccessRequestId;
use policy::BuiltInRole;

use super::people::*;
use super::staff::*;
use super::*;
use crate::permit::{ApproveAccess, ViewAccess, ViewSource, ViewTenant, Write};
use crate::{AccessError, AccessState, Asking, Notice, Permit, Principal, StaffAccess, UserKind};

fn state(help: &Help, id: AccessRequestId) -> AccessState {
    let permit = help.identity().by_shell::<ViewAccess>(help.town.tenant(), &by(NOW));
    help.identity().access_requests(&permit).unwrap().into_iter().find(|one| one.id == id).unwrap().state
}

fn approver_permit(help: &Help, at: Timestamp) -> Permit<ApproveAccess> {
    help.town.ada.asks(help.identity(), help.town.tenant(), at).unwrap()
}

#[test]
fn by_default_staff_can_neither_read_nor_ask() {
    let mut town = Town::new();
    town.ada.adds_passkey(&town.identity, NOW);
    let eng = hired(&town.identity, "eng@house.example", UserKind::Engineer, NOW);
    let help = Help { town, eng };
    assert!(matches!(help.asks_for(&help.asking()), Err(AccessError::Never)));
    assert_eq!(help.reads(NOW), "access_not_approved");
    let tenant = help.eng.asks::<ViewTenant>(help.identity(), help.town.tenant(), NOW);
    assert_eq!(said(&tenant), "access_not_approved");
}

#[test]
fn an_approved_engineer_reads_the_one_source_and_nothing_else() {
    let (help, id) = Help::begun(StaffAccess::OnApproval);
    let permit = help.tries(&web(NOW)).unwrap();
    assert_eq!((permit.scope(), permit.principal()), (help.town.scope, Principal::Staff(help.eng.id, Some(id))));
    let other = help.identity().create_source(help.town.tenant(), &name("web"), 30, &by(NOW)).unwrap();
    let foreign = source(help.identity(), "umbrella", "api");
    let credential = help.eng.credential();
    for wanted in [other.id, foreign.source] {
        let read = help.identity().authorize_read(Some(&credential), Some(wanted), &web(NOW), Question::Sql);
        assert_eq!(said(&read), "access_not_approved");
    }
    let own = Some(help.town.scope.source);
    let view = help.identity().authorize_source::<ViewSource>(Some(&credential), own, &web(NOW));
    let write = help.identity().authorize_source::<Write>(Some(&credential), own, &web(NOW));
    assert_eq!((said(&view), said(&write)), ("ok", "access_not_approved"));
    let tenant = help.eng.asks::<ViewTenant>(help.identity(), help.town.tenant(), NOW);
    assert_eq!(said(&tenant), "access_not_approved");
}

#[test]
fn each_step_is_in_the_tenants_trail_with_who_did_it_and_for_whom() {
    let (help, id) = Help::begun(StaffAccess::OnApproval);
    let permit = help.tries(&web(NOW)).unwrap();
    let asked = help.identity().asked_by_staff(&permit, Question::Search, "level=error").unwrap();
    help.identity().tell_question(asked, 3).unwrap();
    help.identity().leave_access(&help.eng.signed_in(help.identity(), NOW), id).unwrap();

    let paging = Paging { before: None, limit: 1_000 };
    let mut entries = help.identity().audit_entries(Log::Tenant(help.town.tenant()), &Filter::default(), paging).unwrap().entries;
    entries.reverse();
    let (eng, ada) = (Actor::staff(help.eng.id), Actor::person(help.town.ada.id));
    let for_tenant = Some(Actor::access_request(id));
    let mut steps = entries.into_iter().map(|recorded| recorded.entry).filter(|entry| entry.source.is_some()).skip(3);
    let mut next = |actor: &Actor, on_behalf_of: &Option<Actor>| {
        let entry = steps.next().unwrap();
        assert_eq!((&entry.actor, &entry.on_behalf_of), (actor, on_behalf_of), "{:?}", entry.event);
        entry.event
    };
    let access = id.to_string();
    let reason = "support: the search finds nothing since noon".to_owned();
    assert_eq!(next(&eng, &None), Event::StaffAccessRequested { access: access.clone(), reason, ticket: "T-7".to_owned() });
    assert!(matches!(next(&ada, &None), Event::StaffAccessApproved { .. }));
    assert!(matches!(next(&eng, &None), Event::StaffAccessStarted { .. }));
    assert_eq!(next(&eng, &for_tenant), Event::RecordsRead { question: Question::Search });
    let text = "level=error".to_owned();
    let question = Event::StaffQuestionAsked { access: access.clone(), question: Question::Search, text, records: 3 };
    assert_eq!(next(&eng, &for_tenant), question);
    assert_eq!(next(&eng, &None), Event::StaffAccessEnded { access: access.clone(), reason: "staff".to_owned(), readings: 1 });
    assert!(steps.next().is_none());

    let (tenant, request) = (help.town.tenant().to_string(), access);
    let told = help.town.notices(&help.town.ada, NOW);
    let expected = [
        Notice::StaffAccessEnded { tenant: tenant.clone(), request: request.clone(), readings: 1 },
        Notice::StaffAccessStarted { tenant: tenant.clone(), request: request.clone() },
        Notice::StaffAccessRequested { tenant, request },
        Notice::StaffAccessConfigured { level: StaffAccess::OnApproval },
    ];
    assert_eq!(told[..4], expected);
}

#[test]
fn two_approvers_are_two_people() {
    let mut help = Help::new(StaffAccess::OnApproval, 2);
    let id = help.asks_for(&help.asking()).unwrap().id;
    let tenant = help.town.tenant();
    help.ada_approves(id, NOW).unwrap();
    assert_eq!(state(&help, id), AccessState::Pending);
    assert!(matches!(help.ada_approves(id, NOW), Err(AccessError::SignedAlready)));
    // With another device of the same person.
    help.town.ada.device = authenticator::Authenticator::new(authenticator::Build::Synced, ORIGIN);
    help.town.ada.adds_passkey(&help.town.identity, NOW);
    assert!(matches!(help.ada_approves(id, NOW), Err(AccessError::SignedAlready)));
    assert!(matches!(help.begins(id, NOW), Err(AccessError::State(AccessState::Pending))));
    let mut bob = approver(&help.town, "bob@acme.example");
    let approved = approves(help.identity(), &mut bob, (tenant, id), NOW).unwrap();
    assert_eq!((approved.state, approved.approvals.len()), (AccessState::Approved, 2));
    help.begins(id, NOW).unwrap();
    assert_eq!(help.reads(NOW), "ok");
}

#[test]
fn who_raises_the_number_of_approvals_raises_it_for_what_is_asked_already() {
    let mut help = Help::new(StaffAccess::OnApproval, 1);
    let id = help.asks_for(&help.asking()).unwrap().id;
    help.allow(StaffAccess::OnApproval, 2, NOW);
    let once = help.ada_approves(id, NOW).unwrap();
    assert_eq!((once.state, once.approvals_needed), (AccessState::Pending, 2));
    assert!(matches!(help.begins(id, NOW), Err(AccessError::State(AccessState::Pending))));
    // It was asked for under the word of two: one is not enough, whatever is said now.
    let other = help.asks_for(&help.asking()).unwrap().id;
    help.allow(StaffAccess::OnApproval, 1, NOW);
    assert_eq!(help.ada_approves(other, NOW).unwrap().state, AccessState::Pending);
    let (tenant, mut bob) = (help.town.tenant(), approver(&help.town, "bob@acme.example"));
    for id in [id, other] {
        assert_eq!(approves(help.identity(), &mut bob, (tenant, id), NOW).unwrap().state, AccessState::Approved);
    }
}

#[test]
fn an_engineer_has_so_many_requests_that_are_not_over_and_a_colleague_as_many() {
    let mut help = Help::new(StaffAccess::BreakGlass, 1);
    let ids: Vec<_> = (0..limits::ACCESS_REQUESTS_OPEN_MAX).map(|_| help.asks_for(&help.asking()).unwrap().id).collect();
    assert!(matches!(help.asks_for(&help.asking()), Err(AccessError::TooManyOpen)));
    let who = help.eng.signed_in(help.identity(), NOW);
    let urgent = help.identity().request_emergency(&who, &help.asking(), crate::EmergencyCause::Outage);
    assert!(matches!(urgent, Err(AccessError::TooManyOpen)));
    let other = hired(help.identity(), "other@house.example", UserKind::Engineer, NOW);
    help.identity().request_access(&other.signed_in(help.identity(), NOW), &help.asking()).unwrap();
    help.identity().deny_access(&approver_permit(&help, NOW), ids[0]).unwrap();
    help.asks_for(&help.asking()).unwrap();
    help.ada_approves(ids[1], NOW).unwrap();
    assert!(matches!(help.asks_for(&help.asking()), Err(AccessError::TooManyOpen)), "what is approved is not over");
    // What lapsed is over, written down or not.
    let later = NOW.plus_seconds(2 * HOUR);
    help.eng.signs_in_with_passkey(&help.town.identity, &web(later)).unwrap();
    let who = help.eng.signed_in(help.identity(), later);
    help.identity().request_access(&who, &Asking { from: later, ..help.asking() }).unwrap();
}

#[test]
fn nobody_approves_without_the_right_a_passkey_and_a_signature_of_these_words() {
    let mut help = Help::new(StaffAccess::OnApproval, 1);
    let (tenant, id) = (help.town.tenant(), help.asks_for(&help.asking()).unwrap().id);
    let own = help.eng.asks::<ApproveAccess>(help.identity(), tenant, NOW);
    assert_eq!(said(&own), "access_not_approved", "an engineer approves nothing");
    let member = help.town.joins("member@acme.example", &everywhere(MEMBER));
    assert_eq!(said(&member.asks::<ApproveAccess>(help.identity(), tenant, NOW)), "permission_missing");
    let mut bare = help.town.joins("bare@acme.example", &everywhere(BuiltInRole::Admin));
    assert!(matches!(approves(help.identity(), &mut bare, (tenant, id), NOW), Err(AccessError::NoPasskey)));
    let late = help.town.ada.asks::<ApproveAccess>(help.identity(), tenant, NOW.plus_seconds(10 * MINUTE));
    assert_eq!(said(&late), "step_up_required");
    let shell = help.identity().by_shell::<ApproveAccess>(tenant, &by(NOW));
    assert!(matches!(help.identity().start_approval(&shell, id), Err(AccessError::NoPasskey)));

    let other = help.asks_for(&Asking { minutes: 30, ..help.asking() }).unwrap().id;
    let permit = approver_permit(&help, NOW);
    let words_of_other = signs(&mut help.town.ada, &help.town.identity.start_approval(&permit, other).unwrap());
    let replayed = help.identity().approve_access(&permit, id, &words_of_other);
    assert!(matches!(replayed, Err(AccessError::Signature(_))));
    let asked = help.identity().start_approval(&permit, id).unwrap();
    for fault in [Fault::OtherOrigin, Fault::Unverified, Fault::OtherKey, Fault::FlippedBit, Fault::OtherChallenge] {
        let forged = help.town.ada.device.get_with(&asked.options, Some(fault)).unwrap().to_string();
        let refused = help.identity().approve_access(&permit, id, &forged);
        assert!(matches!(refused, Err(AccessError::Signature(_))), "{fault:?}");
    }
    let mut bob = approver(&help.town, "bob@acme.example");
    let as_bob = help.identity().start_approval(&bob.asks(help.identity(), tenant, NOW).unwrap(), id).unwrap();
    let of_bob = signs(&mut bob, &as_bob);
    assert!(matches!(help.identity().approve_access(&permit, id, &of_bob), Err(AccessError::NoPasskey)));
    assert_eq!(state(&help, id), AccessState::Pending);
}

#[test]
fn a_request_is_bounded_in_words_and_time() {
    let help = Help::new(StaffAccess::OnApproval, 1);
    let window = |from: i64, minutes| {
        let asked = help.asks_for(&Asking { from: NOW.plus_seconds(from), minutes, ..help.asking() });
        match asked {
            Ok(_) => true,
            Err(AccessError::Window) => false,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(window(0, 60) && window(14 * DAY, 1) && window(-60, 1));
    assert!(!window(0, 61) && !window(0, 0) && !window(14 * DAY + 1, 1) && !window(-61, 1) && !window(0, i64::MAX));
    for text in ["", "two\nlines", "\u{202e}desrever", "two\u{2028}lines", &"x".repeat(501)] {
        let text = text.to_owned();
        assert!(matches!(help.asks_for(&Asking { explanation: text.clone(), ..help.asking() }), Err(AccessError::Text)));
        assert!(matches!(help.asks_for(&Asking { ticket: text, ..help.asking() }), Err(AccessError::Text)));
    }
    let foreign = source(help.identity(), "umbrella", "api");
    let torn = help.asks_for(&Asking { source: foreign.source, ..help.asking() });
    assert!(matches!(torn, Err(AccessError::NoSource)));
    let op = hired(help.identity(), "op@house.example", UserKind::Operator, NOW);
    for who in [&op, &help.town.ada] {
        let asked = help.identity().request_access(&who.signed_in(help.identity(), NOW), &help.asking());
        assert!(matches!(asked, Err(AccessError::NotAnEngineer)));
    }
}

#[test]
fn a_request_is_denied_or_lapses_and_is_then_worth_nothing() {
    let mut help = Help::new(StaffAccess::OnApproval, 1);
    let ahead = Asking { from: NOW.plus_seconds(2 * DAY), ..help.asking() };
    let (denied, forgotten) = (help.asks_for(&ahead).unwrap().id, help.asks_for(&ahead).unwrap().id);
    help.identity().deny_access(&approver_permit(&help, NOW), denied).unwrap();
    assert!(matches!(help.ada_approves(denied, NOW), Err(AccessError::State(AccessState::Denied))));
    let day = NOW.plus_seconds(DAY);
    help.town.ada.signs_in_with_passkey(&help.town.identity, &web(day)).unwrap();
    assert!(matches!(help.ada_approves(forgotten, day), Err(AccessError::State(AccessState::Lapsed))));
    help.identity().lapse_access(Timestamp::from_nanos(day.nanos() - 1)).unwrap();
    assert_eq!(state(&help, forgotten), AccessState::Pending);
    help.identity().lapse_access(day).unwrap();
    help.identity().lapse_access(day).unwrap();
    assert_eq!((state(&help, forgotten), state(&help, denied)), (AccessState::Lapsed, AccessState::Denied));
    let access = forgotten.to_string();
    let told = Event::StaffAccessEnded { access, reason: "lapsed".to_owned(), readings: 0 };
    assert_eq!(help.town.told().into_iter().filter(|(event, _)| *event == told).count(), 1);
    for id in [denied, forgotten] {
        help.eng.signs_in_with_passkey(&help.town.identity, &web(day)).unwrap();
        assert!(matches!(help.begins(id, day), Err(AccessError::State(_))));
    }
}

#[test]
fn access_begins_within_its_window_by_whom_it_was_asked_with_their_passkey() {
    let mut help = Help::new(StaffAccess::OnApproval, 1);
    let soon = NOW.plus_seconds(5 * MINUTE);
    let id = help.asks_for(&Asking { from: soon, minutes: 10, ..help.asking() }).unwrap().id;
    help.ada_approves(id, NOW).unwrap();
    assert!(matches!(help.begins(id, Timestamp::from_nanos(soon.nanos() - 1)), Err(AccessError::NotNow { .. })));
    let mut other = hired(help.identity(), "other@house.example", UserKind::Engineer, NOW);
    let theirs = help.identity().start_access(&other.signed_in(help.identity(), soon), id);
    assert!(matches!(theirs, Err(AccessError::NoRequest)));
    let who = help.eng.signed_in(help.identity(), soon);
    let asked = help.identity().start_access(&who, id).unwrap();
    let mut anybody = asked.options.clone();
    anybody["publicKey"]["allowCredentials"] = serde_json::json!([]);
    let of_other = other.device.get(&anybody).unwrap().to_string();
    assert!(matches!(help.identity().begin_access(&who.fresh().unwrap(), id, &of_other), Err(AccessError::NoPasskey)));
    let before = help.eng.credential();
    help.begins(id, soon).unwrap();
    assert!(help.identity().signed_in(Some(&before), &web(soon)).is_err(), "the token changed");
    assert!(matches!(help.begins(id, soon), Err(AccessError::State(AccessState::Active))), "once");
    let end = soon.plus_seconds(10 * MINUTE);
    assert_eq!(help.reads(Timestamp::from_nanos(end.nanos() - 1)), "ok");
    assert_eq!(help.reads(end), "access_not_approved");
}
