use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Check, Day, Observation, Timestamp, Verdict};

use super::*;
use crate::disk::{Disk, PutMode};
use crate::fixture::{House, bytes_of, object, replace, scope};
use crate::name::{DataKeyId, ObjectName};
use crate::path::ObjectPath;
use crate::{LocalDisk, MemoryDisk, SealedStore, SystemEntropy};

const NOW: &str = "2026-11-22T12:00:00Z";

/// A ledger that is told what to say.
#[derive(Default)]
struct Told(Vec<(ObjectName, Day)>);

impl Ledger for Told {
    fn newest_days(&self) -> Result<Vec<(ObjectName, Day)>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.clone())
    }
}

fn at(time: &str) -> Timestamp {
    Timestamp::parse(time).unwrap()
}

/// What each check says of the house, by its id.
struct Looks(BTreeMap<&'static str, Box<dyn Check>>);

impl Looks {
    fn of(house: &House) -> Self {
        Self::with(house, Told::default())
    }

    fn with(house: &House, ledger: Told) -> Self {
        Self::over(house.store.clone(), ledger)
    }

    fn over(sealed: SealedStore, ledger: Told) -> Self {
        Self(checks(&Arc::new(sealed), Arc::new(ledger)).into_iter().map(|check| (check.id(), check)).collect())
    }

    fn look(&self, id: &str, now: &str) -> Observation {
        self.0[id].look(at(now))
    }

    /// The ids of those that found something broken.
    fn broken(&self, now: &str) -> Vec<&'static str> {
        let looks = self.0.iter().map(|(id, check)| (*id, check.look(at(now))));
        looks.filter(|(_, seen)| seen.verdict == Verdict::Broken).map(|(id, _)| id).collect()
    }
}

/// Two sources of one tenant and one of another, each with a part of several segments and a journal with frames.
fn lived_in() -> House {
    let house = House::new();
    for (number, of) in [scope(1, 1), scope(1, 2), scope(2, 3)].into_iter().enumerate() {
        house.store.put(of, ObjectKind::Part, object(number as u8), &[7; 200_000]).unwrap();
        let mut journal = house.store.create_journal(of, object(10 + number as u8)).unwrap();
        journal.append(&[7; 5_000]).unwrap();
        journal.sync().unwrap();
    }
    house
}

/// The house's keys, with its objects in a folder.
fn on_local_disk(house: &House, folder: &std::path::Path) -> SealedStore {
    let objects = Arc::new(LocalDisk::open(folder).unwrap());
    SealedStore::new(objects, Arc::new(house.journals.clone()), Arc::clone(&house.ring), Arc::new(SystemEntropy))
}

fn parts(house: &House) -> Vec<ObjectName> {
    house.store.list_all(ObjectKind::Part).unwrap().into_iter().map(|(name, _)| name).collect()
}

fn copy(disk: &MemoryDisk, from: &ObjectPath, to: &ObjectPath) {
    replace(disk, to, &bytes_of(disk, from));
}

fn count(seen: &Observation, of: &str) -> (u64, Option<u64>) {
    let count = seen.counts.iter().find(|count| count.what.contains(of)).unwrap();
    (count.counted, count.whole)
}

#[test]
fn every_check_finds_its_twins() {
    let looks = Looks::of(&House::new());
    assert_eq!(looks.0.len(), 4);
    for (id, check) in &looks.0 {
        let twin = check.look_at_twin(at(NOW));
        assert_eq!(twin.verdict, Verdict::Broken, "{id}: {twin:?}");
        assert_eq!(check.look_at_twin(at("2026-11-22T23:59:59.999Z")).verdict, Verdict::Broken, "{id}");
    }
}

#[test]
fn what_is_as_promised_is_held_and_counted_whole() {
    let house = lived_in();
    let looks = Looks::with(&house, Told(parts(&house).into_iter().map(|name| (name, name.key.day)).collect()));
    for (id, check) in &looks.0 {
        let seen = check.look(at(NOW));
        assert_eq!((seen.verdict, seen.details.len()), (Verdict::Held, 0), "{id}: {seen:?}");
        assert!(seen.summary.chars().count() <= model::limits::CHECK_SUMMARY_CHARS_MAX, "{id}: {}", seen.summary);
        assert!(seen.counts.iter().all(|count| count.whole.is_none_or(|whole| whole == count.counted)), "{seen:?}");
    }
    let objects = looks.look("seal.objects-sealed", NOW);
    assert_eq!((count(&objects, "format"), count(&objects, "verified")), ((6, Some(6)), (6, Some(6))));
    let keys = looks.look("seal.keys-per-source", NOW);
    assert_eq!(count(&keys, "one tenant or source"), (5, Some(5)));
    assert_eq!((count(&keys, "own source"), count(&keys, "another source's")), ((6, Some(6)), (3, Some(3))));
    let bound = looks.look("seal.objects-bound", NOW);
    assert_eq!((count(&bound, "where they lie"), count(&bound, "another name")), ((6, Some(6)), (12, Some(12))));
    let ended = looks.look("seal.data-keys-end", NOW);
    assert_eq!(
        (count(&ended, "own day"), count(&ended, "key's day"), count(&ended, "scratch")),
        ((3, Some(3)), (3, Some(3)), (3, Some(3)))
    );
}

#[test]
fn what_is_published_names_nobody() {
    let house = lived_in();
    let looks = Looks::of(&house);
    house.objects.put(&ObjectPath::parse("0000000000000001/secret.txt").unwrap(), b"x", PutMode::Create).unwrap();
    for check in looks.0.values() {
        let seen = check.look(at(NOW));
        let published = format!("{}{:?}", seen.summary, seen.counts);
        assert!(!published.contains("000000000") && !published.contains("secret"), "{published}");
    }
}

#[test]
fn with_nothing_sealed_nothing_is_said_but_of_the_drill() {
    let looks = Looks::of(&House::new());
    for id in ["seal.objects-sealed", "seal.keys-per-source", "seal.objects-bound"] {
        assert_eq!(looks.look(id, NOW).verdict, Verdict::NotRun, "{id}");
    }
    let drill = looks.look("seal.data-keys-end", NOW);
    assert_eq!((drill.verdict, count(&drill, "scratch")), (Verdict::Held, (3, Some(3))));
}

#[test]
fn a_file_in_clear_is_found_among_the_sealed_ones() {
    let house = lived_in();
    let looks = Looks::of(&house);
    let clear = "{\"message\":\"in clear\"}\n".repeat(100);
    let name = ObjectName { object: object(99), ..parts(&house)[0] };
    replace(&house.objects, &name.path(), clear.as_bytes());
    let seen = looks.look("seal.objects-sealed", NOW);
    assert_eq!((seen.verdict, count(&seen, "format")), (Verdict::Broken, (6, Some(7))));
    assert!(seen.details.iter().any(|detail| detail.contains(&name.to_string())), "{seen:?}");
    // A first byte is not enough.
    replace(&house.objects, &name.path(), format!("({clear}").as_bytes());
    assert_eq!(count(&looks.look("seal.objects-sealed", NOW), "format"), (6, Some(7)));
    house.objects.delete(&name.path()).unwrap();
    assert_eq!(looks.broken(NOW), [""; 0]);
}

#[test]
fn clear_bytes_deep_inside_an_object_or_behind_a_journal_are_found() {
    let house = lived_in();
    let looks = Looks::of(&house);
    let path = parts(&house)[0].path();
    let sealed = bytes_of(&house.objects, &path);
    let mut altered = sealed.clone();
    altered[70_000..80_000].fill(b'a');
    replace(&house.objects, &path, &altered);
    let seen = looks.look("seal.objects-sealed", NOW);
    assert_eq!((count(&seen, "format"), count(&seen, "verified")), ((6, Some(6)), (5, Some(6))));
    assert_eq!(seen.verdict, Verdict::Broken);
    replace(&house.objects, &path, &sealed);
    assert_eq!(looks.broken(NOW), [""; 0]);
    let journal = house.store.list_all(ObjectKind::Journal).unwrap()[0].0;
    let mut appended = bytes_of(&house.journals, &journal.path());
    appended.extend_from_slice(&b"clear ".repeat(200));
    replace(&house.journals, &journal.path(), &appended);
    assert_eq!(looks.broken(NOW), ["seal.objects-sealed"]);
}

#[test]
fn a_journal_that_a_crash_cut_is_no_clear_one() {
    let house = lived_in();
    let looks = Looks::of(&house);
    let journals = house.store.list_all(ObjectKind::Journal).unwrap();
    for (journal, lost) in journals.iter().zip([&[][..], &[0; 700]]) {
        let whole = bytes_of(&house.journals, &journal.0.path());
        replace(&house.journals, &journal.0.path(), &[&whole[..whole.len() - 700], lost].concat());
    }
    replace(&house.journals, &journals[2].0.path(), &[0; 56]);
    let begun = ObjectName { object: object(77), ..journals[0].0 };
    replace(&house.journals, &begun.path(), &[]);
    for (id, check) in &looks.0 {
        let seen = check.look(at(NOW));
        assert_eq!(seen.verdict, Verdict::Held, "{id}: {seen:?}");
    }
}

#[test]
fn a_file_of_no_object_is_found_on_a_local_disk_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let house = lived_in();
    let sealed = on_local_disk(&house, folder.path());
    let name = sealed.put(scope(1, 1), ObjectKind::Part, object(1), b"sealed").unwrap().name;
    let sealed_file = folder.path().join(name.path().as_str());
    let looks = Looks::over(sealed, Told::default());
    assert_eq!(looks.look("seal.objects-sealed", NOW).verdict, Verdict::Held);
    for (file, bytes, verdict) in [
        ("README.TXT", b"clear".to_vec(), Verdict::Broken),
        (".hidden", b"clear".to_vec(), Verdict::Broken),
        ("a.1-1.tmp", b"clear".to_vec(), Verdict::Broken),
        ("a.1-1.tmp", std::fs::read(&sealed_file).unwrap(), Verdict::Held),
    ] {
        let path = folder.path().join(file);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(looks.look("seal.objects-sealed", NOW).verdict, verdict, "{file}");
        std::fs::remove_file(&path).unwrap();
    }
    std::os::unix::fs::symlink(&sealed_file, folder.path().join("link")).unwrap();
    assert_eq!(looks.look("seal.objects-sealed", NOW).verdict, Verdict::Broken);
}

#[test]
fn an_object_copied_to_another_source_or_id_is_found() {
    let house = lived_in();
    let looks = Looks::of(&house);
    let names = parts(&house);
    let to_source = ObjectName { scope: names[1].scope, ..names[0] };
    let to_id = ObjectName { object: object(99), ..names[0] };
    for to in [to_source, to_id] {
        copy(&house.objects, &names[0].path(), &to.path());
        let seen = looks.look("seal.objects-bound", NOW);
        assert_eq!((seen.verdict, count(&seen, "where they lie")), (Verdict::Broken, (6, Some(7))));
        house.objects.delete(&to.path()).unwrap();
        assert_eq!(looks.look("seal.objects-bound", NOW).verdict, Verdict::Held);
    }
}

#[test]
fn a_key_that_two_sources_share_is_found() {
    let house = House::new();
    let looks = Looks::of(&house);
    for number in [1, 2] {
        house.store.put(scope(1, number), ObjectKind::Part, object(number), b"text").unwrap();
    }
    assert_eq!(looks.look("seal.keys-per-source", NOW).verdict, Verdict::Held);
    let of = house.ring.list(scope(1, 1)).unwrap()[0].0;
    let shared = house.ring.share_in_test(scope(1, 1), scope(1, 2), of);
    let seen = looks.look("seal.keys-per-source", NOW);
    assert_eq!((seen.verdict, count(&seen, "one tenant or source")), (Verdict::Broken, (3, Some(4))));
    assert!(seen.details[0].contains(&shared.to_string()), "{seen:?}");
}

#[test]
fn a_key_that_was_copied_to_another_source_is_found() {
    let house = lived_in();
    let looks = Looks::of(&house);
    let [from, to] = [scope(1, 1), scope(1, 2)].map(|of| ObjectPath::parse(&format!("{of}/20261122-00")).unwrap());
    copy(&house.keys, &from, &to);
    let seen = looks.look("seal.keys-per-source", NOW);
    assert_eq!((seen.verdict, count(&seen, "one tenant or source")), (Verdict::Broken, (4, Some(5))));
}

#[test]
fn an_object_whose_source_lacks_its_key_is_found_and_one_of_an_erased_source_is_not() {
    let house = lived_in();
    let looks = Looks::of(&house);
    let name = parts(&house)[0];
    let named = ObjectName { key: DataKeyId { serial: 7, ..name.key }, ..name };
    copy(&house.objects, &name.path(), &named.path());
    let seen = looks.look("seal.keys-per-source", NOW);
    assert_eq!((seen.verdict, count(&seen, "own source")), (Verdict::Broken, (6, Some(7))));
    house.ring.destroy_source(name.scope).unwrap();
    let seen = looks.look("seal.keys-per-source", NOW);
    assert_eq!((seen.verdict, count(&seen, "own source")), (Verdict::Held, (4, Some(4))));
}

#[test]
fn ended_keys_are_put_to_the_ring_and_refused() {
    let house = lived_in();
    let looks = Looks::of(&house);
    house.clock.set("2026-11-23T00:00:00Z");
    house.store.put(scope(1, 1), ObjectKind::Part, object(50), b"text").unwrap();
    let seen = looks.look("seal.data-keys-end", "2026-11-23T00:00:00Z");
    assert_eq!((seen.verdict, count(&seen, "own day"), count(&seen, "had ended")), (Verdict::Held, (4, Some(4)), (3, None)));
}

#[test]
fn a_ring_whose_clock_stands_is_found() {
    let house = lived_in();
    let looks = Looks::of(&house);
    assert_eq!(looks.look("seal.data-keys-end", "2026-11-22T23:59:59Z").verdict, Verdict::Held);
    let seen = looks.look("seal.data-keys-end", "2026-11-23T00:00:00Z");
    assert_eq!((seen.verdict, count(&seen, "own day")), (Verdict::Broken, (0, Some(3))));
    assert!(seen.details[0].contains("would still seal"), "{seen:?}");
}

#[test]
fn a_key_under_the_name_of_another_day_or_of_a_time_to_come_is_found() {
    let house = lived_in();
    let looks = Looks::of(&house);
    let [today, tomorrow] = ["20261122-00", "20261123-00"].map(|id| ObjectPath::parse(&format!("{}/{id}", scope(1, 1))).unwrap());
    copy(&house.keys, &today, &tomorrow);
    let tenant = |day: &str| ObjectPath::parse(&format!("{}/tenant/{day}-00", scope(1, 1).tenant)).unwrap();
    copy(&house.keys, &tenant("20261122"), &tenant("20261123"));
    assert_eq!(looks.broken(NOW), ["seal.data-keys-end", "seal.keys-per-source"]);
    let house = lived_in();
    let looks = Looks::of(&house);
    let seen = looks.look("seal.data-keys-end", "2026-11-22T11:00:00Z");
    assert_eq!((seen.verdict, count(&seen, "own day")), (Verdict::Broken, (0, Some(3))));
}

#[test]
fn an_object_that_holds_what_came_in_after_its_keys_day_is_found() {
    let house = lived_in();
    let days = parts(&house).into_iter().map(|name| (name, name.key.day.next())).collect();
    let seen = Looks::with(&house, Told(days)).look("seal.data-keys-end", NOW);
    assert_eq!((seen.verdict, count(&seen, "key's day")), (Verdict::Broken, (0, Some(3))));
}

#[test]
fn a_disk_that_fails_shows_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let house = lived_in();
    let sealed = on_local_disk(&house, folder.path());
    let name = sealed.put(scope(1, 1), ObjectKind::Part, object(1), b"sealed").unwrap().name;
    let file = folder.path().join(name.path().as_str());
    std::fs::remove_file(&file).unwrap();
    let looks = Looks::over(sealed, Told::default());
    // A folder in a file's place is no file that vanished.
    std::fs::remove_dir_all(folder.path()).unwrap();
    std::fs::write(folder.path(), b"").unwrap();
    for id in ["seal.objects-sealed", "seal.objects-bound", "seal.keys-per-source"] {
        let seen = looks.look(id, NOW);
        assert_eq!(seen.verdict, Verdict::NotRun, "{id}: {seen:?}");
        assert!(!seen.details.is_empty());
    }
}

#[test]
fn samples_are_as_far_from_each_other_as_they_can_be() {
    let all: Vec<u32> = (0..100).collect();
    assert_eq!(spread(&all, 16).len(), 15);
    assert_eq!(spread(&all[..16], 16).len(), 16);
    assert_eq!(spread(&all[..0], 16), [0; 0]);
}
