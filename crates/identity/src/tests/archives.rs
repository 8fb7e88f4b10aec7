//! Archives: whose rights they work with, what is written of them and when, and that no number is given twice.

use audit::{Archived, Event, Filter, Log, Paging, Question};
use model::Day;
use policy::BuiltInRole;

use super::people::*;
use super::*;
use crate::permit::{ConfigureSource, ManagePeople};
use crate::{
    Archive, ArchiveBucket, ArchiveError, ArchiveKind, ArchiveObject, ArchiveSpec, ArchiveTarget, ArchiveTurn, ArchiveWrite,
    ArchiveWritten, AskedBucket, FolderName, Notice, Permit,
};

const SECRET: &str = "xylophone-secret";

fn permit(town: &Town, of: &Someone, at: Timestamp) -> Permit<ConfigureSource> {
    let credential = Some(of.credential());
    town.identity.authorize_source(credential.as_ref(), Some(town.scope.source), &web(at)).unwrap()
}

fn bucket() -> ArchiveTarget {
    let asked = AskedBucket {
        endpoint: "https://s3.example".to_owned(),
        region: "eu-central-1".to_owned(),
        name: "quagmire-logs".to_owned(),
        access_key_id: "AKIAZANZIBAR".to_owned(),
        secret_access_key: Some(SECRET.to_owned().into()),
        ..AskedBucket::default()
    };
    ArchiveTarget::Bucket(ArchiveBucket::parse(asked, None).unwrap())
}

fn from(day: Option<Day>) -> ArchiveSpec {
    ArchiveSpec { target: bucket(), recipient: None, from: day }
}

fn set(town: &Town, of: &Someone, day: Option<Day>, at: Timestamp) -> Result<Archive, ArchiveError> {
    town.identity.set_archive(&permit(town, of, at), from(day))
}

fn now(town: &Town) -> Archive {
    town.identity.archive(town.scope).unwrap().unwrap().0
}

fn due(town: &Town, at: Timestamp) -> usize {
    town.identity.due_archives(at).unwrap().0.len()
}

fn begun(town: &Town, to: u64, at: Timestamp) -> ArchiveWrite {
    town.identity.begin_archive(&now(town), to, at).unwrap().expect("something to write").0
}

fn written(records: u64, objects: u32) -> Option<ArchiveWritten> {
    let (manifest, sha256) = ("m".to_owned(), format!("{records}"));
    Some(ArchiveWritten { records, objects, bytes: 9, unreadable_parts: 0, manifest, sha256 })
}

fn done(town: &Town, write: &ArchiveWrite, records: u64, late: &[Day], at: Timestamp) {
    town.identity.note_archive_written(&now(town), (write, written(records, 1)), late, at).unwrap();
}

/// What the tenant's trail says of archives, the oldest first.
fn archived(town: &Town) -> Vec<Archived> {
    town.told().into_iter().filter_map(|(event, _)| if let Event::Archived(one) = event { Some(one) } else { None }).collect()
}

fn hours(hours: i64) -> Timestamp {
    NOW.day().next().start().plus_seconds(3_600 * hours)
}

#[test]
fn a_day_is_due_an_hour_after_its_end_and_then_the_next() {
    let town = Town::new();
    let today = NOW.day();
    set(&town, &town.ada, None, NOW).unwrap();
    assert_eq!((due(&town, NOW), due(&town, hours(0)), due(&town, hours(1))), (0, 0, 1));
    assert!(town.identity.begin_archive(&now(&town), 7, hours(0)).unwrap().is_none(), "not yet");
    let write = begun(&town, 7, hours(1));
    assert_eq!((write.day(), write.kind, write.after, write.to), (today, ArchiveKind::Over, 0, 7));
    assert_eq!((write.number, write.first_object, write.is_anew()), (1, 1, false));
    assert_eq!(begun(&town, 99, hours(2)), write, "begun again it is the same, whatever came meanwhile");
    assert_eq!(now(&town).before(&write), None, "nothing was written before");
    done(&town, &write, 5, &[], hours(2));
    assert_eq!((due(&town, hours(2)), due(&town, hours(25))), (0, 1));
    let (archive, days) = town.identity.archive(town.scope).unwrap().unwrap();
    assert_eq!((archive.last_day, archive.next_day), (Some(today), today.next()));
    assert_eq!((days.len(), days[0].day, days[0].records), (1, today, 5));
}

#[test]
fn what_comes_late_and_what_is_asked_for_have_numbers_of_their_own() {
    let town = Town::new();
    let first = NOW.day().plus(-3);
    set(&town, &town.ada, Some(first), NOW).unwrap();
    let write = begun(&town, 7, NOW);
    done(&town, &write, 5, &[], NOW);
    let write = begun(&town, 20, NOW);
    assert_eq!((write.day(), now(&town).before(&write)), (first.next(), Some((first, 7))), "what came to the day before");
    done(&town, &write, 1, &[first], NOW);
    let late = begun(&town, 30, NOW);
    assert_eq!((late.day(), late.kind, late.after, late.to), (first, ArchiveKind::Late, 7, 30));
    assert_eq!((late.number, late.first_object, late.is_anew()), (2, 2, false));
    assert_eq!(town.identity.archive_previous(town.scope, first).unwrap().unwrap().sha256, "5");
    done(&town, &late, 2, &[], NOW);
    let ada = || permit(&town, &town.ada, NOW);
    town.identity.ask_archive_day(&ada(), first).unwrap();
    let anew = begun(&town, 31, NOW);
    assert_eq!((anew.kind, anew.after, anew.number, anew.first_object, anew.is_anew()), (ArchiveKind::Asked, 0, 3, 3, true));
    done(&town, &anew, 7, &[], NOW);
    // Nothing came late, so nothing is written of it.
    let write = begun(&town, 32, NOW);
    done(&town, &write, 1, &[first], NOW);
    let late = begun(&town, 33, NOW);
    assert_eq!((late.day(), late.after), (first, 31));
    town.identity.note_archive_written(&now(&town), (&late, None), &[], NOW).unwrap();
    let newest = town.identity.archive(town.scope).unwrap().unwrap().1;
    assert_eq!(newest.iter().map(|day| day.number).collect::<Vec<_>>(), [1, 1, 3]);
    // A setting that was ended and made again gives no number again, and writes what it is asked for from the start.
    town.identity.remove_archive(&ada()).unwrap();
    assert!(town.identity.archive(town.scope).unwrap().is_none() && town.identity.remove_archive(&ada()).is_err());
    let later = NOW.plus_seconds(1);
    set(&town, &town.ada, Some(first), later).unwrap();
    let again = begun(&town, 31, later);
    assert_eq!((again.kind, again.after, again.number, again.first_object), (ArchiveKind::Over, 0, 4, 4));
}

#[test]
fn days_that_cannot_be_are_refused_and_those_that_ended_are_passed_over() {
    let town = Town::new();
    let today = NOW.day();
    let kept = today.plus(-(limits::RETENTION_DAYS_DEFAULT as i32));
    assert!(matches!(set(&town, &town.ada, Some(today.next()), NOW), Err(ArchiveError::Day)));
    assert!(matches!(set(&town, &town.ada, Some(kept.plus(-1)), NOW), Err(ArchiveError::NotKept)));
    set(&town, &town.ada, Some(kept), NOW).unwrap();
    let asks = |day| town.identity.ask_archive_day(&permit(&town, &town.ada, NOW), day);
    assert!(matches!(asks(today), Err(ArchiveError::NotOver)));
    assert!(matches!(asks(today.next()), Err(ArchiveError::Day)));
    assert!(matches!(asks(kept.plus(-1)), Err(ArchiveError::NotKept)));
    asks(today.plus(-1)).unwrap();
    (0..5).for_each(|days| asks(kept.plus(days)).unwrap());
    let in_vain = NOW.plus_seconds(3 * DAY);
    let write = begun(&town, 1, in_vain);
    assert_eq!(write.day(), today.plus(-1), "what was asked for comes first");
    done(&town, &write, 1, &[], in_vain);
    let missed = Archived::ArchiveMissed { first: kept.to_string(), last: kept.plus(2).to_string() };
    assert!(archived(&town).contains(&missed), "{:?}", archived(&town));
    assert_eq!(now(&town).next_day, kept.plus(3));
}

#[test]
fn a_write_that_outlived_its_records_is_given_up() {
    let town = Town::new();
    let kept = NOW.day().plus(-(limits::RETENTION_DAYS_DEFAULT as i32));
    set(&town, &town.ada, Some(kept), NOW).unwrap();
    assert_eq!(begun(&town, 1, NOW).day(), kept);
    let in_vain = NOW.plus_seconds(3 * DAY);
    assert_eq!(begun(&town, 1, in_vain).day(), kept.plus(3), "of the other there is nothing left");
    let missed = Archived::ArchiveMissed { first: kept.to_string(), last: kept.plus(2).to_string() };
    assert!(archived(&town).contains(&missed), "{:?}", archived(&town));
}

#[test]
fn it_is_for_whoever_may_read_and_ends_with_that() {
    let town = Town::new();
    let eve = town.joins("eve@acme.example", &everywhere(BuiltInRole::Admin));
    let day = NOW.day().plus(-2);
    set(&town, &eve, Some(day), NOW).unwrap();
    let archive = now(&town);
    let turn = |at| town.identity.archive_turn(&archive, at).unwrap();
    let readings = || {
        let is = |event: &Event| *event == Event::RecordsRead { question: Question::Archive };
        town.told().iter().filter(|(event, _)| is(event)).count()
    };
    assert!(matches!(turn(NOW), ArchiveTurn::Permit(permit) if permit.scope() == town.scope));
    assert_eq!(readings(), 1);
    let all = Paging { before: None, limit: 1 };
    let newest = town.identity.audit_entries(Log::Tenant(town.tenant()), &Filter::default(), all).unwrap();
    assert_eq!(newest.entries[0].entry.on_behalf_of, Some(Actor::person(eve.id)));
    let write = begun(&town, 5, NOW);
    assert!(town.identity.archive_stands(&archive, NOW).unwrap());

    let people = town.ada.asks::<ManagePeople>(&town.identity, town.tenant(), NOW).unwrap();
    town.identity.remove_member(&people, eve.id).unwrap();
    assert!(!town.identity.archive_stands(&archive, NOW).unwrap(), "before the next object");
    assert!(matches!(turn(NOW), ArchiveTurn::Stopped("keeper_may_not_read")));
    assert!(matches!(turn(NOW), ArchiveTurn::Gone), "it stops once");
    assert_eq!((readings(), due(&town, NOW.plus_seconds(9 * DAY))), (1, 0));
    assert_eq!(archived(&town).last(), Some(&Archived::ArchiveStopped { code: "keeper_may_not_read".to_owned() }));
    assert!(town.notices(&town.ada, NOW).iter().any(|notice| matches!(notice, Notice::ArchiveStopped { .. })));
    done(&town, &write, 5, &[], NOW);
    assert!(town.identity.archive(town.scope).unwrap().unwrap().1.is_empty(), "what a write of before says is forgotten");
    // Somebody who may takes it over.
    set(&town, &town.ada, None, NOW.plus_seconds(1)).unwrap();
    assert_eq!((now(&town).next_day, due(&town, NOW.plus_seconds(1))), (day, 1));
}

#[test]
fn whoever_configures_and_may_not_read_archives_nothing() {
    let town = Town::new();
    let permit = town.identity.by_shell::<ConfigureSource>(town.scope, &by(NOW));
    assert!(matches!(town.identity.set_archive(&permit, from(None)), Err(ArchiveError::NoKeeper)));
    let folder = ArchiveTarget::Folder(FolderName::parse("acme").unwrap());
    let spec = ArchiveSpec { target: folder, recipient: None, from: None };
    let in_clear = town.identity.set_archive(&self::permit(&town, &town.ada, NOW), spec);
    assert!(matches!(in_clear, Err(ArchiveError::NoRecipient)), "nothing of this machine lies in clear");
}

#[test]
fn what_arrived_is_remembered_and_what_fails_for_a_day_is_told_once() {
    let town = Town::new();
    set(&town, &town.ada, Some(NOW.day().plus(-2)), NOW).unwrap();
    let write = begun(&town, 9, NOW);
    let object = ArchiveObject { name: "o".to_owned(), records: 3, ndjson_bytes: 9, bytes: 4, sha256: "x".to_owned() };
    let last = model::RecordId { timestamp: NOW, sequence: 3 };
    let went = town.identity.note_archive_object(&now(&town), &write, (&object, last)).unwrap().unwrap();
    assert_eq!(went.cursor(), Some(last));
    let stale = town.identity.note_archive_object(&now(&town), &write, (&object, last)).unwrap();
    assert_eq!(stale, None, "nobody who did not hear of it goes on");
    let other = town.house.open();
    let (kept, objects) = other.begin_archive(&now(&town), 99, NOW).unwrap().unwrap();
    assert_eq!((kept, objects), (went, vec![object]), "as another process finds it after the first was killed");

    let mut at = NOW;
    let fails = |at| town.identity.note_archive_failed(&now(&town), "archive_access_denied", at).unwrap();
    fails(at);
    assert_eq!((due(&town, at), due(&town, at.plus_seconds(60))), (0, 1), "later");
    for _ in 0..3 {
        at = at.plus_seconds(DAY);
        fails(at);
    }
    let failing = now(&town).failing.unwrap();
    assert_eq!((failing.failures, failing.since()), (4, NOW));
    let told = archived(&town).into_iter().filter(|one| matches!(one, Archived::ArchiveFailing { .. })).count();
    let notices = town.notices(&town.ada, NOW).iter().filter(|notice| matches!(notice, Notice::ArchiveFailing { .. })).count();
    assert_eq!((told, notices), (1, 1));
}

#[test]
fn nothing_of_a_destination_stands_in_the_files_or_the_trail_that_is_secret() {
    let town = Town::new();
    set(&town, &town.ada, None, NOW).unwrap();
    for entry in std::fs::read_dir(town.house.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in [SECRET, "AKIAZANZIBAR"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
    let changed = Archived::ArchiveChanged {
        to: "https://s3.example/quagmire-logs".to_owned(),
        recipient: None,
        from: NOW.day().to_string(),
    };
    assert_eq!(archived(&town), [changed]);
    assert!(!format!("{:?}", now(&town)).contains(SECRET));
}
