//! Streams of the trail and how long it is kept: who may say so, what is told, and how far a stream came.

use audit::{Event, Log, StreamSecret};
use policy::BuiltInRole;
use seal::SystemEntropy;

use super::people::*;
use super::*;
use crate::permit::{ConfigureAccess, ConfigureSource, ExportAudit, OperateSystem, ReadInstallationAudit, StreamAudit};
use crate::{AuditStream, Notice, Permit, SettingsError, StreamAddress, StreamError, StreamFrom, StreamTarget, UserKind};

fn streams(town: &Town) -> Permit<StreamAudit> {
    town.ada.asks(&town.identity, town.tenant(), NOW).unwrap()
}

fn configures(town: &Town, scope: Scope) -> Permit<ConfigureSource> {
    town.identity.by_shell(scope, &by(NOW))
}

fn address() -> StreamAddress {
    let url = "https://siem.acme.example:8443/hook?token=secret".to_owned();
    StreamAddress { url, authority: None, secret: StreamSecret::generate(&SystemEntropy) }
}

fn to_source(town: &Town, from: StreamFrom) -> AuditStream {
    town.identity.stream_audit_to_source(&streams(town), &configures(town, town.scope), from).unwrap()
}

/// The sequences that a stream would carry now.
fn waiting(town: &Town, at: Timestamp) -> Vec<u64> {
    let due = town.identity.due_audit_streams(at).unwrap();
    let entries = due.iter().flat_map(|stream| town.identity.audit_to_carry(stream).unwrap());
    entries.map(|recorded| recorded.entry.sequence).collect()
}

#[test]
fn a_stream_carries_each_entry_from_where_it_came_to_in_every_process() {
    let town = Town::new();
    let stream = to_source(&town, StreamFrom::Now);
    let added = waiting(&town, NOW);
    let told = town.told();
    assert_eq!(added.len(), 1, "from the one that tells of it");
    assert!(matches!(&told[added[0] as usize].0, Event::AuditStreamAdded { .. }));
    town.identity.note_audit_carried(stream.id, added[0], NOW).unwrap();
    assert!(waiting(&town, NOW).is_empty(), "carrying tells nothing that would have to be carried");
    assert_eq!(town.told().len(), told.len());
    source_of(&town, "web");
    let other = town.house.open();
    let due = other.due_audit_streams(NOW).unwrap();
    assert_eq!(other.audit_to_carry(&due[0]).unwrap()[0].entry.sequence, added[0] + 1);
    assert_eq!(waiting(&town, NOW), [added[0] + 1], "what was not written down is carried again");
}

#[test]
fn a_stream_from_the_start_carries_everything() {
    let town = Town::new();
    to_source(&town, StreamFrom::Start);
    let all: Vec<u64> = (0..town.told().len() as u64).collect();
    assert_eq!(waiting(&town, NOW), all);
}

#[test]
fn a_stream_that_fails_waits_ever_longer_and_says_since_when() {
    let town = Town::new();
    let stream = to_source(&town, StreamFrom::Now);
    let shown = || {
        let permit: Permit<ExportAudit> = town.ada.asks(&town.identity, town.tenant(), NOW).unwrap();
        town.identity.audit_streams(&permit).unwrap().remove(0)
    };
    let mut at = NOW;
    let mut waits = Vec::new();
    for _ in 0..12 {
        town.identity.note_audit_not_carried(stream.id, "unreachable", at).unwrap();
        assert!(waiting(&town, at).is_empty());
        let failing = shown().failing.unwrap();
        assert_eq!((failing.code.as_str(), failing.since()), ("unreachable", NOW));
        waits.push(failing.retry_at().seconds_since(at));
        at = failing.retry_at();
        assert!(!waiting(&town, at).is_empty());
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    assert_eq!(shown().failing.unwrap().failures, 12);
    town.identity.note_audit_carried(stream.id, 9, at).unwrap();
    assert_eq!((shown().failing, shown().last, shown().arrived_at), (None, Some(9), Some(at)));
}

#[test]
fn the_server_writes_only_into_the_source_of_a_stream_that_is_there() {
    let town = Town::new();
    let stream = to_source(&town, StreamFrom::Now);
    let away = town.identity.stream_audit_to_address(&streams(&town), address(), StreamFrom::Now).unwrap();
    assert_eq!(town.identity.carry_audit(stream.id, NOW).unwrap().unwrap().scope(), town.scope);
    assert!(town.identity.carry_audit(away.id, NOW).unwrap().is_none());
    town.identity.end_audit_stream(&streams(&town), stream.id).unwrap();
    assert!(town.identity.carry_audit(stream.id, NOW).unwrap().is_none());
    town.identity.note_audit_carried(stream.id, 1, NOW).unwrap();
    assert_eq!(town.identity.due_audit_streams(NOW).unwrap().len(), 1, "nothing brings it back");
    assert!(matches!(town.identity.end_audit_stream(&streams(&town), stream.id), Err(StreamError::NoStream)));

    let foreign = source(&town.identity, "umbrella", "api");
    let torn = town.identity.stream_audit_to_source(&streams(&town), &configures(&town, foreign), StreamFrom::Now);
    assert!(matches!(torn, Err(StreamError::OtherTenant)));
    let theirs = town.identity.by_shell::<StreamAudit>(foreign.tenant, &by(NOW));
    assert!(matches!(town.identity.end_audit_stream(&theirs, away.id), Err(StreamError::NoStream)));
}

#[test]
fn a_tenant_has_few_streams_with_a_fresh_proof_and_its_owners_are_told() {
    let town = Town::new();
    let stale = NOW.plus_seconds(10 * MINUTE);
    assert_eq!(said(&town.ada.asks::<ExportAudit>(&town.identity, town.tenant(), stale)), "ok");
    assert_eq!(said(&town.ada.asks::<StreamAudit>(&town.identity, town.tenant(), stale)), "step_up_required");
    let member = town.joins("member@acme.example", &everywhere(MEMBER));
    assert_eq!(said(&member.asks::<StreamAudit>(&town.identity, town.tenant(), NOW)), "permission_missing");
    let stream = town.identity.stream_audit_to_address(&streams(&town), address(), StreamFrom::Now).unwrap();
    let to = "https://siem.acme.example:8443".to_owned();
    let event = Event::AuditStreamAdded { stream: stream.id.to_string(), to: to.clone() };
    assert_eq!(town.told().last().map(|(event, _)| event.clone()), Some(event), "no token of its path");
    let notice = Notice::AuditStreamAdded { tenant: town.tenant().to_string(), to };
    assert_eq!(town.notices(&town.ada, NOW), [notice]);
    let due = town.identity.due_audit_streams(NOW).unwrap();
    let StreamTarget::Address(kept) = &due[0].target else { panic!("an address") };
    let StreamTarget::Address(made) = &stream.target else { panic!("an address") };
    assert_eq!((&kept.url, kept.secret.reveal()), (&made.url, made.secret.reveal()));
    for _ in 1..limits::AUDIT_STREAMS_PER_TENANT_MAX {
        to_source(&town, StreamFrom::Now);
    }
    let more = town.identity.stream_audit_to_address(&streams(&town), address(), StreamFrom::Now);
    assert!(matches!(more, Err(StreamError::TooMany)));
}

#[test]
fn a_trail_is_kept_for_as_long_as_its_tenant_says_within_bounds() {
    let town = Town::new();
    let other = source(&town.identity, "umbrella", "api").tenant;
    let permit: Permit<ConfigureAccess> = town.ada.asks(&town.identity, town.tenant(), NOW).unwrap();
    for days in [0, 364, 3_651, u32::MAX] {
        assert!(matches!(town.identity.set_audit_retention(&permit, days), Err(SettingsError::AuditRetention)), "{days}");
    }
    let admin = town.joins("admin@acme.example", &everywhere(BuiltInRole::Admin));
    assert_eq!(said(&admin.asks::<ConfigureAccess>(&town.identity, town.tenant(), NOW)), "permission_missing");
    assert_eq!(town.identity.set_audit_retention(&permit, 365).unwrap().audit_retention(), 365);
    assert_eq!(town.told().last().map(|(event, _)| event.clone()), Some(Event::AuditRetentionChanged { days: 365 }));
    let notice = Notice::AuditRetentionChanged { tenant: town.tenant().to_string(), days: 365 };
    assert_eq!(town.notices(&town.ada, NOW), [notice]);

    let ended = |log| town.identity.audit_follow(log, None, 1).unwrap()[0].entry.sequence > 0;
    town.identity.keep_audit(NOW.plus_seconds(366 * DAY)).unwrap();
    assert_eq!((ended(Log::Tenant(town.tenant())), ended(Log::Tenant(other)), ended(Log::Installation)), (true, false, false));
    town.identity.keep_audit(NOW.plus_seconds(401 * DAY)).unwrap();
    assert!(ended(Log::Tenant(other)));
}

#[test]
fn an_operator_says_how_long_the_installation_s_trail_is_kept() {
    let town = Town::new();
    let op = hired(&town.identity, "op@house.example", UserKind::Operator, NOW);
    let credential = op.credential();
    let operate = |at| town.identity.authorize_installation::<OperateSystem>(Some(&credential), &web(at));
    assert_eq!(said(&operate(NOW.plus_seconds(10 * MINUTE))), "step_up_required");
    let reads = town.identity.authorize_installation::<ReadInstallationAudit>(Some(&credential), &web(NOW)).unwrap();
    assert_eq!(town.identity.installation_audit_retention(&reads).unwrap(), 400);
    assert!(town.identity.set_installation_audit_retention(&operate(NOW).unwrap(), 364).is_err());
    town.identity.set_installation_audit_retention(&operate(NOW).unwrap(), 3_650).unwrap();
    assert_eq!(town.house.open().installation_audit_retention(&reads).unwrap(), 3_650);
    let last = told(&town.identity, Log::Installation).pop().unwrap().0;
    assert_eq!(last, Event::AuditRetentionChanged { days: 3_650 });
    let before = told(&town.identity, Log::Installation).len();
    town.identity.keep_audit(NOW.plus_seconds(401 * DAY)).unwrap();
    assert_eq!(told(&town.identity, Log::Installation).len(), before);
}

fn source_of(town: &Town, called: &str) {
    town.identity.create_source(town.tenant(), &name(called), 30, &by(NOW)).unwrap();
}
