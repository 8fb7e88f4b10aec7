//! Alerts, views and where alerts tell: whose rights they work with, what is written of them, and what survives.

use audit::{Actor, Event, Filter, Log, Paging, StreamSecret, Watched};
use model::{DestinationId, Scope};
use policy::BuiltInRole;
use seal::SystemEntropy;
use watch::{Comparison, Rule, State, View};

use super::people::*;
use super::*;
use crate::permit::{Action, ManageAlerts, ManageDestinations, ManagePeople, ManageViews, ViewAlerts, ViewViews};
use crate::{
    Alert, AlertError, AlertSpec, Destination, DestinationError, DestinationTarget, MessageBody, MessageTo, NewTarget, Notice,
    Permit, RoleGrant, SaveViewError, StreamAddress, ViewSpec, Watching,
};

fn permit<A: Action<Object = model::TenantId>>(town: &Town, of: &Someone, at: Timestamp) -> Permit<A> {
    of.asks(&town.identity, town.tenant(), at).unwrap()
}

fn spec(scope: Scope, threshold: u64, destinations: &[DestinationId]) -> AlertSpec {
    let rule = Rule { query: "level:error".to_owned(), comparison: Comparison::AtLeast, threshold, window_minutes: 5 };
    AlertSpec { name: name("Errors"), source: scope.source, rule, destinations: destinations.to_vec() }
}

fn made(town: &Town, of: &Someone, scope: Scope, destinations: &[DestinationId]) -> Result<Alert, AlertError> {
    town.identity.create_alert(&permit::<ManageAlerts>(town, of, NOW), spec(scope, 3, destinations))
}

fn address(url: &str) -> StreamAddress {
    StreamAddress { url: url.to_owned(), authority: None, secret: StreamSecret::for_webhook(&SystemEntropy) }
}

fn webhook(town: &Town) -> Destination {
    let target = NewTarget::Webhook(address("https://ops.acme.example/hook?token=hidden"));
    let permit = permit::<ManageDestinations>(town, &town.ada, NOW);
    town.identity.create_destination(&permit, &name("ops"), target).unwrap()
}

fn another_source(town: &Town, called: &str) -> Scope {
    town.identity.create_source(town.tenant(), &name(called), 30, &by(NOW)).unwrap().scope()
}

fn reads_only(scope: Scope) -> Vec<RoleGrant> {
    vec![RoleGrant { role: crate::RoleRef::BuiltIn(BuiltInRole::ReadOnly), source: Some(scope.source) }]
}

fn due(town: &Town, at: Timestamp) -> usize {
    town.identity.due_alerts(at).unwrap().0.len()
}

fn minute(minutes: i64) -> Timestamp {
    NOW.plus_seconds(60 * minutes)
}

/// What the tenant's trail says of alerts.
fn watched(town: &Town) -> Vec<Watched> {
    town.told().into_iter().filter_map(|(event, _)| if let Event::Watched(one) = event { Some(one) } else { None }).collect()
}

#[test]
fn a_change_its_messages_and_its_entry_are_written_together_and_once() {
    let town = Town::new();
    let hook = webhook(&town);
    let alert = made(&town, &town.ada, town.scope, &[hook.id]).unwrap();
    assert_eq!(due(&town, NOW), 1);
    assert_eq!(town.identity.note_looked(&alert, 2, minute(0)).unwrap(), None);
    assert!(due(&town, minute(0)) == 0 && town.identity.due_messages(minute(0)).unwrap().0.is_empty());
    let fired = town.identity.note_looked(&alert, 7, minute(1)).unwrap().unwrap();
    assert_eq!((fired.to, fired.count), (State::Alerting, 7));
    assert_eq!(town.identity.note_looked(&alert, 9, minute(2)).unwrap(), None, "it is told once");

    // As another process finds it after the first was killed.
    let other = town.house.open();
    let viewing = permit::<ViewAlerts>(&town, &town.ada, NOW);
    let kept = other.alert(&viewing, alert.id).unwrap().unwrap();
    assert_eq!((kept.standing.state, kept.standing.since()), (State::Alerting, minute(1)));
    assert_eq!(kept.standing.last.map(|look| (look.at(), look.count)), Some((minute(2), 9)));
    let changes = other.alert_changes(&viewing, alert.id).unwrap().unwrap();
    assert_eq!(changes.iter().map(|change| (change.to, change.count)).collect::<Vec<_>>(), [(State::Alerting, 7)]);
    let errands = other.due_messages(minute(2)).unwrap().0;
    let [errand] = errands.as_slice() else { panic!("one message: {errands:?}") };
    assert!(matches!(&errand.to, Ok(MessageTo::Webhook(to)) if to.url.ends_with("hidden")), "{errand:?}");
    other.note_message_sent(errand.id, minute(3)).unwrap();
    assert!(town.identity.due_messages(minute(60)).unwrap().0.is_empty());
    let messages = town.identity.alert_messages(&viewing, alert.id).unwrap();
    assert_eq!((messages[0].change, messages[0].sent_at, messages[0].tries), (Some(1), Some(minute(3)), 1));
    let (id, destination) = (alert.id.to_string(), hook.id.to_string());
    let expected = [
        Watched::AlertDestinationCreated { destination: destination.clone(), to: "https://ops.acme.example".to_owned() },
        Watched::AlertCreated { alert: id.clone(), destinations: vec![destination] },
        Watched::AlertFired { alert: id, count: 7, told: 1 },
    ];
    assert_eq!(watched(&town), expected);
}

#[test]
fn a_look_is_in_the_trail_before_it_is_allowed_and_on_behalf_of_the_keeper() {
    let town = Town::new();
    let alert = made(&town, &town.ada, town.scope, &[]).unwrap();
    let covers = || watched(&town).iter().filter(|one| matches!(one, Watched::SourceWatched { .. })).count();
    let looks = |at| match town.identity.watch(alert.id, at).unwrap() {
        Watching::Permit(permit) => permit.scope() == town.scope,
        Watching::Stopped(_) | Watching::Gone => false,
    };
    assert!(looks(minute(0)) && looks(minute(1)) && looks(minute(59)));
    assert_eq!(covers(), 1, "one entry covers an hour");
    assert!(looks(minute(60)));
    assert_eq!(covers(), 2);
    let filter = Filter::default();
    let newest = town.identity.audit_entries(Log::Tenant(town.tenant()), &filter, Paging { before: None, limit: 1 }).unwrap();
    let entry = &newest.entries[0].entry;
    assert_eq!(entry.actor, Actor::Server);
    assert_eq!(entry.on_behalf_of, Some(Actor::person(town.ada.id)));
}

#[test]
fn an_alert_reaches_no_source_that_its_keeper_may_not_read() {
    let town = Town::new();
    let web = another_source(&town, "web");
    let foreign = source(&town.identity, "umbrella", "api");
    let manager = permit::<crate::ManageRoles>(&town, &town.ada, NOW);
    let permissions = policy::PermissionSet::parse(["alerts:manage", "alerts:view"]).unwrap();
    let role = crate::RoleSpec { name: name("alerts"), description: String::new(), permissions, second_factor: false };
    let role = town.identity.create_role(&manager, &role).unwrap();
    let grants = [RoleGrant { role: crate::RoleRef::Custom(role.id), source: None }, reads_only(town.scope)[0]];
    let ben = town.joins("ben@acme.example", &grants);
    assert!(matches!(made(&town, &ben, foreign, &[]), Err(AlertError::NoSource)));
    assert!(matches!(made(&town, &ben, web, &[]), Err(AlertError::NoSource)));
    let own = made(&town, &ben, town.scope, &[]).unwrap();
    let of_web = made(&town, &town.ada, web, &[]).unwrap();

    // What is on a source that he may not read is not there for him.
    let seen = town.identity.alerts(&permit::<ViewAlerts>(&town, &ben, NOW)).unwrap();
    assert_eq!(seen.iter().map(|alert| alert.id).collect::<Vec<_>>(), [own.id]);
    let manages = || permit::<ManageAlerts>(&town, &ben, NOW);
    assert!(matches!(town.identity.change_alert(&manages(), of_web.id, spec(town.scope, 1, &[])), Err(AlertError::NoAlert)));
    assert!(matches!(town.identity.change_alert(&manages(), own.id, spec(web, 1, &[])), Err(AlertError::NoSource)));
    assert!(matches!(town.identity.remove_alert(&manages(), of_web.id), Err(AlertError::NoAlert)));
    assert!(town.identity.alert_changes(&permit::<ViewAlerts>(&town, &ben, NOW), of_web.id).unwrap().is_none());

    // Nor does another tenant's alert, or destination, exist for anybody here.
    let theirs = town.identity.by_shell::<ViewAlerts>(foreign.tenant, &by(NOW));
    assert!(town.identity.alert(&theirs, own.id).unwrap().is_none());
    let hook = webhook(&town);
    let there = town.identity.by_shell::<ManageDestinations>(foreign.tenant, &by(NOW));
    assert!(matches!(town.identity.remove_destination(&there, hook.id), Err(DestinationError::NoDestination)));
    assert!(matches!(town.identity.rotate_destination(&there, hook.id), Err(DestinationError::NoDestination)));
}

#[test]
fn an_alert_stops_when_its_keeper_may_not_read_and_goes_on_when_somebody_takes_it_over() {
    let town = Town::new();
    let ben = town.joins("ben@acme.example", &everywhere(MEMBER));
    let alert = made(&town, &ben, town.scope, &[]).unwrap();
    assert!(matches!(town.identity.watch(alert.id, NOW).unwrap(), Watching::Permit(_)));
    let people = permit::<ManagePeople>(&town, &town.ada, NOW);
    town.identity.remove_member(&people, ben.id).unwrap();
    let stopped = town.identity.watch(alert.id, minute(1)).unwrap();
    assert!(matches!(stopped, Watching::Stopped("keeper_may_not_read")), "{stopped:?}");
    assert!(due(&town, minute(99)) == 0, "nobody looks any more");
    assert_eq!(town.identity.note_looked(&alert, 9, minute(1)).unwrap(), None, "what a late look says is forgotten");
    let told = Watched::AlertStopped { alert: alert.id.to_string(), code: "keeper_may_not_read".to_owned() };
    assert_eq!(watched(&town).last(), Some(&told));
    let notices = town.notices(&town.ada, NOW);
    assert!(matches!(notices.as_slice(), [Notice::AlertStopped { code, .. }] if code == "keeper_may_not_read"), "{notices:?}");

    let taken = town.identity.change_alert(&permit(&town, &town.ada, minute(2)), alert.id, alert.spec.clone()).unwrap();
    assert_eq!((taken.keeper, taken.standing.stopped), (crate::Keeper::Person(town.ada.id), None));
    assert_eq!(due(&town, minute(2)), 1);
    assert!(matches!(town.identity.watch(alert.id, minute(2)).unwrap(), Watching::Permit(_)));
}

#[test]
fn what_a_look_says_of_another_rule_is_forgotten() {
    let town = Town::new();
    let looked = made(&town, &town.ada, town.scope, &[]).unwrap();
    town.identity.change_alert(&permit(&town, &town.ada, NOW), looked.id, spec(town.scope, 100, &[])).unwrap();
    assert_eq!(town.identity.note_looked(&looked, 50, minute(1)).unwrap(), None);
    let kept = town.identity.alert(&permit::<ViewAlerts>(&town, &town.ada, NOW), looked.id).unwrap().unwrap();
    assert_eq!((kept.standing.state, kept.standing.last), (State::Ok, None));
    town.identity.remove_alert(&permit(&town, &town.ada, NOW), looked.id).unwrap();
    assert!(matches!(town.identity.watch(looked.id, minute(1)).unwrap(), Watching::Gone));
    assert_eq!(town.identity.note_looked(&kept, 500, minute(1)).unwrap(), None);
}

#[test]
fn a_message_is_tried_ever_more_seldom_until_it_is_given_up() {
    let town = Town::new();
    let hook = webhook(&town);
    let alert = made(&town, &town.ada, town.scope, &[hook.id]).unwrap();
    town.identity.note_looked(&alert, 7, NOW).unwrap();
    let mut at = NOW;
    let mut waits = Vec::new();
    while let [errand] = town.identity.due_messages(at).unwrap().0.as_slice() {
        town.identity.note_message_not_sent(errand.id, ("status_503", false), at).unwrap();
        let viewing = permit::<ViewAlerts>(&town, &town.ada, NOW);
        let Some(next) = town.identity.alert_messages(&viewing, alert.id).unwrap()[0].due_at else { break };
        waits.push(next.seconds_since(at));
        at = next;
    }
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]);
    let messages = town.identity.alert_messages(&permit::<ViewAlerts>(&town, &town.ada, NOW), alert.id).unwrap();
    assert_eq!((messages[0].tries, messages[0].failure.as_deref(), messages[0].sent_at), (12, Some("status_503"), None));
    // One that was ended meanwhile is not asked.
    town.identity.note_looked(&alert, 0, minute(90)).unwrap();
    town.identity.remove_destination(&permit::<ManageDestinations>(&town, &town.ada, NOW), hook.id).unwrap();
    let errands = town.identity.due_messages(minute(90)).unwrap().0;
    assert!(matches!(errands[0].to, Err("destination_gone")), "{errands:?}");
    let kept = town.identity.alert(&permit::<ViewAlerts>(&town, &town.ada, NOW), alert.id).unwrap().unwrap();
    assert!(kept.spec.destinations.is_empty());
}

#[test]
fn mail_goes_to_a_member_who_confirmed_the_address_and_ends_with_the_membership() {
    let town = Town::new();
    let ben = town.joins("ben@acme.example", &everywhere(MEMBER));
    let manages = || permit::<ManageDestinations>(&town, &town.ada, NOW);
    let stranger = source(&town.identity, "umbrella", "api").tenant;
    let eve = joins(&town.identity, stranger, "eve@umbrella.example", &everywhere(MEMBER));
    let refused = town.identity.create_destination(&manages(), &name("eve"), NewTarget::Mail(eve.id));
    assert!(matches!(refused, Err(DestinationError::NoMember)));
    let mail = town.identity.create_destination(&manages(), &name("ben"), NewTarget::Mail(ben.id)).unwrap();
    let alert = made(&town, &town.ada, town.scope, &[mail.id]).unwrap();
    town.identity.note_looked(&alert, 7, NOW).unwrap();
    let errands = town.identity.due_messages(NOW).unwrap().0;
    let code = errands.iter().find_map(|errand| match (&errand.to, &errand.body) {
        (Ok(MessageTo::Mail(to)), MessageBody::Code { code, .. }) if *to == ben.email => Some(code.to_string()),
        _ => None,
    });
    let code = code.expect("a code is on its way");
    assert!(errands.iter().any(|errand| matches!(errand.to, Err("address_not_confirmed"))), "{errands:?}");

    let confirms = |who: &Someone, code: &str, at| {
        let permit = who.asks::<ViewAlerts>(&town.identity, town.tenant(), at).unwrap();
        town.identity.confirm_destination(&permit, mail.id, code)
    };
    assert!(matches!(confirms(&ben, "AAAAAAAAAAAAAAAAAAAAAA", NOW), Err(DestinationError::WrongCode)));
    assert!(matches!(confirms(&town.ada, &code, NOW), Err(DestinationError::NoDestination)), "nobody confirms for another");
    confirms(&ben, &code, NOW).unwrap();
    assert!(matches!(confirms(&ben, &code, NOW), Err(DestinationError::WrongCode)), "a code is good once");
    town.identity.note_looked(&alert, 0, minute(1)).unwrap();
    let goes = |at| {
        let errands = town.identity.due_messages(at).unwrap().0;
        errands.iter().filter(|errand| matches!(&errand.to, Ok(MessageTo::Mail(to)) if *to == ben.email)).count()
    };
    assert_eq!(goes(minute(1)), 2, "what waited and what came");
    town.identity.remove_member(&permit::<ManagePeople>(&town, &town.ada, NOW), ben.id).unwrap();
    assert_eq!(goes(minute(1)), 0);
}

#[test]
fn a_code_ends_and_only_so_many_are_sent() {
    let town = Town::new();
    let ben = town.joins("ben@acme.example", &everywhere(MEMBER));
    let manages = || permit::<ManageDestinations>(&town, &town.ada, NOW);
    for _ in 0..limits::ALERT_CONFIRMS_PER_HOUR_MAX {
        let made = town.identity.create_destination(&manages(), &name("ben"), NewTarget::Mail(ben.id)).unwrap();
        town.identity.remove_destination(&manages(), made.id).unwrap();
    }
    let more = town.identity.create_destination(&manages(), &name("ben"), NewTarget::Mail(ben.id));
    assert!(matches!(more, Err(DestinationError::TooManyAsked)));
    for _ in 0..limits::ALERT_DESTINATIONS_PER_TENANT_MAX {
        webhook(&town);
    }
    let target = NewTarget::Chat(address("https://chat.example/hook"));
    assert!(matches!(town.identity.create_destination(&manages(), &name("x"), target), Err(DestinationError::TooMany)));
}

#[test]
fn a_secret_is_another_after_it_was_rotated_and_only_a_webhook_has_one() {
    let town = Town::new();
    let manages = || permit::<ManageDestinations>(&town, &town.ada, NOW);
    let secret = |of: &Destination| match &of.target {
        DestinationTarget::Webhook(address) => address.secret.reveal().to_owned(),
        DestinationTarget::Mail(_) | DestinationTarget::Chat(_) => String::new(),
    };
    let hook = webhook(&town);
    let rotated = town.identity.rotate_destination(&manages(), hook.id).unwrap();
    assert!(secret(&rotated).starts_with("bh_webhook_") && secret(&rotated) != secret(&hook));
    let kept = town.identity.destinations(&permit::<ViewAlerts>(&town, &town.ada, NOW)).unwrap();
    assert_eq!(secret(&kept[0]), secret(&rotated));
    let target = NewTarget::Chat(address("https://chat.example/T0/B0/hidden"));
    let chat = town.identity.create_destination(&manages(), &name("chat"), target).unwrap();
    assert!(matches!(town.identity.rotate_destination(&manages(), chat.id), Err(DestinationError::NoSecret)));
    assert_eq!(chat.to(), "https://chat.example", "the path is a secret");
    let member = town.joins("member@acme.example", &everywhere(MEMBER));
    assert_eq!(said(&member.asks::<ManageDestinations>(&town.identity, town.tenant(), NOW)), "permission_missing");
    let stale = NOW.plus_seconds(10 * MINUTE);
    assert_eq!(said(&town.ada.asks::<ManageDestinations>(&town.identity, town.tenant(), stale)), "step_up_required");
}

#[test]
fn a_tenant_has_so_many_alerts_and_each_tells_so_many_of_its_own_destinations() {
    let town = Town::new();
    let hook = webhook(&town);
    assert!(matches!(made(&town, &town.ada, town.scope, &[hook.id, hook.id]), Err(AlertError::Destinations)));
    let unknown = DestinationId::generate(&SystemEntropy);
    assert!(matches!(made(&town, &town.ada, town.scope, &[unknown]), Err(AlertError::Destinations)));
    for _ in 0..limits::ALERTS_PER_TENANT_MAX {
        made(&town, &town.ada, town.scope, &[]).unwrap();
    }
    assert!(matches!(made(&town, &town.ada, town.scope, &[]), Err(AlertError::TooMany)));
}

#[test]
fn a_view_is_there_for_whoever_reads_its_source() {
    let town = Town::new();
    let web = another_source(&town, "web");
    let view: View = serde_json::from_str(r#"{"query":"level:error","from":"now-1h"}"#).unwrap();
    let spec = |scope: Scope| ViewSpec { name: name("Errors"), source: scope.source, view: view.clone() };
    let manages = |of| permit::<ManageViews>(&town, of, NOW);
    let saved = town.identity.create_view(&manages(&town.ada), spec(web)).unwrap();
    let views = |of| town.identity.views(&permit::<ViewViews>(&town, of, NOW)).unwrap();
    assert_eq!(views(&town.ada), std::slice::from_ref(&saved));
    let foreign = source(&town.identity, "umbrella", "api");
    assert!(matches!(town.identity.create_view(&manages(&town.ada), spec(foreign)), Err(SaveViewError::NoSource)));
    // Somebody who may look after views of the tenant, and read one source of it.
    let manager = permit::<crate::ManageRoles>(&town, &town.ada, NOW);
    let permissions = policy::PermissionSet::parse(["views:manage", "views:view"]).unwrap();
    let role = crate::RoleSpec { name: name("views"), description: String::new(), permissions, second_factor: false };
    let role = town.identity.create_role(&manager, &role).unwrap();
    let grants = [RoleGrant { role: crate::RoleRef::Custom(role.id), source: None }, reads_only(town.scope)[0]];
    let ben = town.joins("ben@acme.example", &grants);
    assert!(views(&ben).is_empty());
    assert!(matches!(town.identity.change_view(&manages(&ben), saved.id, spec(town.scope)), Err(SaveViewError::NoView)));
    assert!(matches!(town.identity.remove_view(&manages(&ben), saved.id), Err(SaveViewError::NoView)));
    let his = town.identity.create_view(&manages(&ben), spec(town.scope)).unwrap();
    assert_eq!(views(&town.ada).len(), 2);
    assert!(matches!(town.identity.change_view(&manages(&ben), his.id, spec(web)), Err(SaveViewError::NoSource)));
    town.identity.remove_view(&manages(&town.ada), his.id).unwrap();
    assert_eq!(town.house.open().views(&permit::<ViewViews>(&town, &town.ada, NOW)).unwrap(), [saved]);
}

#[test]
fn a_row_that_was_changed_from_outside_is_set_aside_and_holds_up_no_other() {
    let town = Town::new();
    let hook = webhook(&town);
    let (bad, good) = (made(&town, &town.ada, town.scope, &[hook.id]).unwrap(), made(&town, &town.ada, town.scope, &[]).unwrap());
    town.identity.note_looked(&bad, 7, NOW).unwrap();
    town.house.tamper(&format!("UPDATE alerts SET document = x'00' WHERE id = '{}'", bad.id));
    town.house.tamper("UPDATE alert_messages SET document = x'00'");
    let (found, damaged) = town.identity.due_alerts(minute(1)).unwrap();
    assert_eq!((found.iter().map(|alert| alert.id).collect::<Vec<_>>(), damaged.len()), (vec![good.id], 1));
    let (errands, damaged) = town.identity.due_messages(minute(1)).unwrap();
    assert_eq!((errands.len(), damaged.len()), (0, 1));
    assert_eq!(town.identity.due_alerts(minute(2)).unwrap().1.len() + town.identity.due_messages(minute(2)).unwrap().1.len(), 0);
}
