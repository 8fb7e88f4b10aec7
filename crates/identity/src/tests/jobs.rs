//! Jobs: whose rights they work with, what is taken for them, and what is told of them.

use audit::{Actor, Event, Filter, Log, Paging, Worked};
use model::{JobId, Scope, limits};
use policy::BuiltInRole;

use super::people::*;
use super::*;
use crate::permit::{ManagePeople, ViewSource, ViewTenant, Write};
use crate::{
    FileDigest, ImportCompression, ImportFormat, ImportPlace, ImportSpec, ImportStep, Importing, Job, JobCounts, JobError,
    JobException, JobFailure, JobState, Permit, Refused, RoleGrant, RoleRef,
};

const PIECE: u64 = limits::UPLOAD_PIECE_BYTES as u64;

fn writes(town: &Town, of: &Someone, at: Timestamp) -> Result<Permit<Write>, Refused> {
    town.identity.authorize_import(Some(&of.credential()), Some(town.scope.source), &web(at))
}

fn spec(bytes: u64) -> ImportSpec {
    let (format, compression) = (ImportFormat::Auto, ImportCompression::Auto);
    ImportSpec { name: name("access.log"), bytes, format, compression, digest: None }
}

fn made(town: &Town, of: &Someone, bytes: u64) -> Job {
    town.identity.create_import(&writes(town, of, NOW).unwrap(), spec(bytes), |_| true).unwrap()
}

fn receive(town: &Town, of: &Someone, job: JobId, (offset, bytes): (u64, u64)) -> Result<Job, JobError> {
    town.identity.receive_piece(&writes(town, of, NOW).unwrap(), job, (offset, bytes, "the name of a piece"))
}

fn received(town: &Town, bytes: u64) -> Job {
    let job = made(town, &town.ada, bytes);
    receive(town, &town.ada, job.id, (0, bytes)).unwrap()
}

fn step(stored: u64, refused: u64) -> ImportStep {
    let counts = JobCounts { stored, dropped: 0, refused };
    let exceptions = vec![JobException { line: 1, at: 0, code: "too_deep".to_owned() }; refused as usize];
    ImportStep { found: None, to: ImportPlace { at: stored, lines: stored }, read: stored, counts, exceptions }
}

fn listed(town: &Town, of: &Someone, states: &[JobState]) -> Vec<JobId> {
    let permit = of.asks::<ViewTenant>(&town.identity, town.tenant(), NOW).unwrap();
    town.identity.jobs(&permit, states, (None, 50)).unwrap().jobs.iter().map(|job| job.id).collect()
}

fn role(role: BuiltInRole, scope: Scope) -> Vec<RoleGrant> {
    vec![RoleGrant { role: RoleRef::BuiltIn(role), source: Some(scope.source) }]
}

fn worked(town: &Town) -> Vec<Worked> {
    town.told().into_iter().filter_map(|(event, _)| if let Event::Worked(one) = event { Some(one) } else { None }).collect()
}

#[test]
fn bytes_come_in_order_and_once() {
    let town = Town::new();
    let job = made(&town, &town.ada, 2 * PIECE + 5);
    let permit = || writes(&town, &town.ada, NOW).unwrap();
    assert_eq!(town.identity.expects_piece(&permit(), job.id, 0).unwrap(), PIECE);
    assert!(matches!(receive(&town, &town.ada, job.id, (0, 5)), Err(JobError::PieceSize { expected: PIECE })));
    assert_eq!(receive(&town, &town.ada, job.id, (0, PIECE)).unwrap().standing.received, PIECE);
    assert!(matches!(receive(&town, &town.ada, job.id, (0, PIECE)), Err(JobError::Offset { received: PIECE })));
    assert!(matches!(town.identity.expects_piece(&permit(), job.id, 7), Err(JobError::Offset { received: PIECE })));
    receive(&town, &town.ada, job.id, (PIECE, PIECE)).unwrap();
    assert_eq!(town.identity.expects_piece(&permit(), job.id, 2 * PIECE).unwrap(), 5);
    let whole = receive(&town, &town.ada, job.id, (2 * PIECE, 5)).unwrap();
    assert_eq!(whole.standing.state, JobState::Waiting);
    assert!(matches!(receive(&town, &town.ada, job.id, (2 * PIECE + 5, 1)), Err(JobError::NotReceiving)));
    // As another process finds them.
    let again = town.house.open();
    assert_eq!(again.piece_at(job.id, PIECE + 3).unwrap().as_deref(), Some("the name of a piece"));
    assert_eq!((again.piece_at(job.id, 3 * PIECE).unwrap(), again.pieces().unwrap().len()), (None, 3));
}

#[test]
fn an_upload_is_gone_on_with_by_its_digest_and_only_by_whoever_began_it() {
    let town = Town::new();
    let ben = town.joins("ben@acme.example", &role(BuiltInRole::Member, town.scope));
    let digest = |digit: &str| Some(FileDigest::parse(&digit.repeat(64)).unwrap());
    let make = |of: &Someone, spec: ImportSpec| {
        town.identity.create_import(&writes(&town, of, NOW).unwrap(), spec, |_| true).unwrap().id
    };
    let of = |digit| ImportSpec { digest: digest(digit), ..spec(9) };
    let first = make(&town.ada, of("a"));
    assert_eq!(make(&town.ada, of("a")), first);
    assert_ne!(make(&town.ada, of("b")), first);
    assert_ne!(make(&town.ada, ImportSpec { format: ImportFormat::Plain, ..of("a") }), first);
    assert_ne!(make(&ben, of("a")), first);
    assert_ne!(make(&town.ada, spec(9)), make(&town.ada, spec(9)), "without a digest");
    assert!(matches!(receive(&town, &ben, first, (0, 9)), Err(JobError::OfAnother)));
    receive(&town, &town.ada, first, (0, 9)).unwrap();
    assert_eq!(make(&town.ada, of("a")), first, "though it has all of it");
    let bounded = |spec: ImportSpec, room: u64| {
        town.identity.create_import(&writes(&town, &town.ada, NOW).unwrap(), spec, |all| all <= room)
    };
    assert_eq!(bounded(of("a"), 0).unwrap().id, first, "nothing more is needed");
    let missing = bounded(of("c"), 9);
    assert!(matches!(missing, Err(JobError::NoRoom)), "what others still upload counts: {missing:?}");
    for wrong in ["", "a", &"A".repeat(64), &"g".repeat(64)] {
        assert!(FileDigest::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn jobs_are_bounded_in_number_and_size() {
    let town = Town::new();
    let create = |bytes| town.identity.create_import(&writes(&town, &town.ada, NOW).unwrap(), spec(bytes), |_| true);
    assert!(matches!(create(0), Err(JobError::Empty)));
    assert!(matches!(create(limits::IMPORT_BYTES_MAX + 1), Err(JobError::TooLarge)));
    for _ in 0..4 {
        create(limits::IMPORT_BYTES_MAX).unwrap();
    }
    assert!(matches!(create(1), Err(JobError::TooLarge)), "all together");
    let held = listed(&town, &town.ada, &[]);
    town.identity.cancel_job(&writes(&town, &town.ada, NOW).unwrap(), held[0]).unwrap();
    for _ in 3..limits::JOBS_OPEN_PER_TENANT_MAX {
        create(1).unwrap();
    }
    assert!(matches!(create(1), Err(JobError::TooMany)));
}

#[test]
fn a_job_and_what_it_does_is_told_with_its_keeper() {
    let town = Town::new();
    let job = received(&town, 9);
    town.identity.run_job(job.id, NOW).unwrap().unwrap();
    town.identity.note_import_step(job.id, step(7, 2), NOW).unwrap().unwrap();
    town.identity.end_job(job.id, None, NOW.plus_seconds(5)).unwrap();
    town.identity.end_job(job.id, None, NOW.plus_seconds(6)).unwrap();
    assert_eq!(town.identity.note_import_step(job.id, step(1, 0), NOW).unwrap(), None, "it has ended");
    let permit = || {
        let credential = town.ada.credential();
        town.identity.authorize_source::<ViewSource>(Some(&credential), Some(town.scope.source), &web(NOW)).unwrap()
    };
    let ended = town.identity.job(&permit(), job.id).unwrap().unwrap();
    assert_eq!((ended.standing.state, ended.standing.counts.stored, ended.standing.exceptions.len()), (JobState::Done, 7, 2));
    let id = job.id.to_string();
    let begun = Worked::JobBegun { job: id.clone(), kind: "import".to_owned(), bytes: 9 };
    let done = Worked::JobEnded { job: id, state: "done".to_owned(), code: None, stored: 7, refused: 2 };
    assert_eq!(worked(&town), [begun, done]);
    let paging = Paging { before: None, limit: 1 };
    let newest = town.identity.audit_entries(Log::Tenant(town.tenant()), &Filter::default(), paging).unwrap().entries;
    let entry = &newest[0].entry;
    assert_eq!((entry.sequence, &entry.actor), (ended.standing.ended_entry.unwrap(), &Actor::Server));
    assert_eq!(entry.on_behalf_of, Some(Actor::person(town.ada.id)));
}

#[test]
fn a_step_is_allowed_for_as_long_as_whoever_made_the_job_may_write() {
    let town = Town::new();
    let ben = town.joins("ben@acme.example", &role(BuiltInRole::Member, town.scope));
    let job = made(&town, &ben, 9);
    let allowed = || match town.identity.import(job.id, NOW).unwrap() {
        Importing::Permit(permit) => Ok(permit.scope()),
        Importing::Barred(code) => Err(code),
        Importing::Ended => Err("ended"),
    };
    assert_eq!(allowed(), Ok(town.scope));
    let manage = || town.ada.asks::<ManagePeople>(&town.identity, town.tenant(), NOW).unwrap();
    town.identity.set_grants(&manage(), ben.id, &role(BuiltInRole::ReadOnly, town.scope)).unwrap();
    assert_eq!(allowed(), Err("keeper_may_not_write"));
    town.identity.set_grants(&manage(), ben.id, &role(BuiltInRole::Member, town.scope)).unwrap();
    assert_eq!(allowed(), Ok(town.scope));
    town.identity.remove_member(&manage(), ben.id).unwrap();
    assert_eq!(allowed(), Err("keeper_may_not_write"));
    let failure = JobFailure { code: "keeper_may_not_write".to_owned(), at: None };
    town.identity.end_job(job.id, Some(failure), NOW).unwrap();
    assert_eq!(allowed(), Err("ended"));
}

#[test]
fn a_job_is_seen_and_ended_by_whoever_may_and_nobody_elsewhere() {
    let town = Town::new();
    let other = town.identity.create_source(town.tenant(), &name("web"), 30, &by(NOW)).unwrap().scope();
    let cleo = town.joins("cleo@acme.example", &[RoleGrant { role: RoleRef::BuiltIn(BuiltInRole::ReadOnly), source: None }]);
    let job = made(&town, &town.ada, 9);
    assert_eq!(listed(&town, &cleo, &[]), [job.id]);
    assert!(listed(&town, &cleo, &[JobState::Done]).is_empty());
    assert_eq!(listed(&town, &cleo, &[JobState::Done, JobState::Receiving]), [job.id]);
    assert_eq!(writes(&town, &cleo, NOW).unwrap_err().code(), "permission_missing");
    // A permit for another source reaches it neither.
    let permit = town.identity.authorize_import(Some(&town.ada.credential()), Some(other.source), &web(NOW)).unwrap();
    assert!(matches!(town.identity.cancel_job(&permit, job.id), Err(JobError::NoJob)));
    assert!(matches!(town.identity.expects_piece(&permit, job.id, 0), Err(JobError::NoJob)));
    let cancelled = town.identity.cancel_job(&writes(&town, &town.ada, NOW).unwrap(), job.id).unwrap();
    assert_eq!(cancelled.standing.state, JobState::Cancelled);
    assert!(matches!(town.identity.cancel_job(&writes(&town, &town.ada, NOW).unwrap(), job.id), Err(JobError::Ended)));
    let (write_key, _) = key(&town.identity, town.scope, KeyKind::Write);
    let refused = town.identity.authorize_import(Some(&write_key), None, &by(NOW)).unwrap_err();
    assert_eq!(refused.code(), "permission_missing", "a source's key makes no job");
}

#[test]
fn what_was_uploaded_is_named_until_its_bytes_are_gone() {
    let town = Town::new();
    let job = received(&town, 9);
    assert!(town.identity.unneeded_pieces().unwrap().is_empty());
    town.identity.cancel_job(&writes(&town, &town.ada, NOW).unwrap(), job.id).unwrap();
    let unneeded = town.identity.unneeded_pieces().unwrap();
    assert_eq!(unneeded, [(job.id, 0, Some("the name of a piece".to_owned()))]);
    town.identity.forget_pieces(&[(job.id, 0)]).unwrap();
    assert!(town.identity.unneeded_pieces().unwrap().is_empty() && town.identity.pieces().unwrap().is_empty());
}

#[test]
fn a_page_goes_on_where_the_one_before_ended() {
    let town = Town::new();
    for number in 0..5 {
        let permit = writes(&town, &town.ada, NOW.plus_seconds(number)).unwrap();
        town.identity.create_import(&permit, spec(1), |_| true).unwrap();
    }
    let permit = || town.ada.asks::<ViewTenant>(&town.identity, town.tenant(), NOW).unwrap();
    let (mut cursor, mut seen) = (None, Vec::new());
    for expected in [2, 2, 1] {
        let page = town.identity.jobs(&permit(), &[], (cursor, 2)).unwrap();
        assert_eq!((page.jobs.len(), page.open), (expected, 5));
        seen.extend(page.jobs.iter().map(|job| job.created_at));
        cursor = page.next;
    }
    assert_eq!(cursor, None);
    assert!(seen.is_sorted_by(|newer, older| newer > older) && seen.len() == 5, "{seen:?}");
}
