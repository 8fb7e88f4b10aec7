//! Each day of a source that is over is written to where its tenant wants it, every record with every field once, and nobody
//! but the holder of the tenant's key reads it; a manifest says what there has to be. What comes later follows in objects of
//! its own, a crash goes on where it was, what is wrong with a destination is told when it is set, and whoever may not read
//! the source any more archives it no longer.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use bucket::{Act, Bucket, Fault, Wire};
use serde_json::{Value, json};

use crate::clock::{ahead, eventually, pause, unix_seconds};
use crate::house::{Access, House};
use crate::person::{Founded, Person, text};
use crate::shelf::{Identity, Shelf, sha256};

const WRITTEN_WITHIN: Duration = Duration::from_secs(90);
const MARKER: &str = "canaryA7cHiVe0";
const DAY: u64 = 24 * 3_600;
/// After a day's end, in which it is not written yet.
const GRACE: u64 = 3_600;

/// The day so many days ago, as it is written, and its first second.
fn day(days_ago: u64) -> (String, u64) {
    let start = (unix_seconds() / DAY - days_ago) * DAY;
    let output = Command::new("date").args(["-u", "-d", &format!("@{start}"), "+%F"]).output().unwrap();
    (String::from_utf8(output.stdout).unwrap().trim().to_owned(), start)
}

fn attributes(n: u64) -> Value {
    json!({
        "n": if n.is_multiple_of(3) { json!(format!("as text {n}")) } else { json!(n) }, "ratio": n as f64 / 8.0,
        "nested": { "deep": { "er": [1, "zwei", null, { "a": true }] } }, "text": "ümläut \u{1f600}\t\"",
    })
}

/// Records of every kind of field, spread over a day, the first and the last of its nanoseconds among them.
fn lines(start: u64, count: u64) -> String {
    let line = |n: u64| {
        let time = match n {
            0 => format!("{start}000000000"),
            1 => format!("{}999999999", start + DAY - 1),
            _ => format!("{}{:09}", start + (n * 7_919) % DAY, n),
        };
        let mut record = attributes(n);
        record["timestamp"] = json!(time.parse::<u64>().unwrap());
        record["level"] = json!(if n.is_multiple_of(7) { "error" } else { "info" });
        record["message"] =
            json!(if n.is_multiple_of(5) { format!("{MARKER} the same") } else { format!("{MARKER} number {n}") });
        record.to_string() + "\n"
    };
    (0..count).map(line).collect()
}

/// What a search gives of these days, in order.
fn found(house: &House, access: &Access, days: &[&str]) -> Vec<Value> {
    let mut all = access.search(&mut house.client(access), "");
    all.retain(|record| days.iter().any(|day| text(&record["timestamp"]).starts_with(day)));
    all.sort_by_key(place);
    all
}

/// Its time, and its place in the order of arrival.
fn place(record: &Value) -> (String, u64) {
    let id = text(&record["id"]);
    let (time, sequence) = id.split_once('-').expect("an id of two parts");
    (time.to_owned(), u64::from_str_radix(sequence, 16).unwrap())
}

#[track_caller]
fn written(owner: &mut Person, path: &str, day: &str, number: u32) -> Value {
    let found = eventually(&format!("manifest {number} of {day}"), WRITTEN_WITHIN, || {
        let setting = owner.reads(path);
        let days = setting["archive"]["days"].as_array().expect("an archive").clone();
        pause(100);
        days.into_iter().find(|one| one["day"] == json!(day) && one["number"].as_u64() >= Some(number.into()))
    });
    assert_eq!(found["number"], json!(number), "{found}");
    found
}

fn told(house: &House, event: &str) -> Vec<Value> {
    let entries = house.run(&["audit", "entries", "--tenant", "Acme", "--event", event]);
    entries.as_array().unwrap().clone()
}

/// A house with a folder for archives, and a key.
fn with_folder(folder: &Path) -> (House, Founded, Identity, PathBuf) {
    let allowed = folder.join("archives");
    let (house, link) = House::open_empty_set(vec![("BLOCKHOUSE_ARCHIVE_FOLDER", OsString::from(&allowed))]);
    let founded = Founded::by(&house, &link, "ada@example.com");
    (house, founded, Identity::make(folder), allowed)
}

#[test]
fn every_record_of_a_day_is_there_once_and_for_the_keys_holder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (mut house, founded, identity, allowed) = with_folder(folder.path());
    let Founded { tenant, access, mut owner } = founded;
    let path = format!("/v1/sources/{}/archive", access.source_id);
    assert_eq!(owner.reads(&path), json!({ "folders": true, "archive": null }));
    let ((older, older_start), (newer, newer_start)) = (day(3), day(2));
    access.send(&mut house.client(&access), &lines(newer_start, 1_500));
    // What is a part by then, and what is fresh.
    assert!(house.stop().success(), "{}", house.log());
    house.start(&access);
    owner.reconnects();
    access.send(&mut house.client(&access), &lines(newer_start, 1_000));
    access.send(&mut house.client(&access), &lines(older_start, 40));

    let asked = json!({ "folder": "acme", "recipient": identity.recipient, "from": older });
    let set = owner.does("PUT", &path, &asked);
    assert_eq!((&set["archive"]["folder"], &set["archive"]["next_day"]), (&json!("acme"), &json!(older)), "{set}");
    let shown = written(&mut owner, &path, &newer, 1);
    let shelf = Shelf::of_folder(&allowed, &access.source_id, &identity);
    for (day, count) in [(&older, 40), (&newer, 2_500)] {
        let there = shelf.records(day, 1);
        assert_eq!(there.len(), count);
        assert!(there == found(&house, &access, &[day]), "each record as a search gives it, in order");
    }
    let last = shelf.records(&older, 1).pop().unwrap();
    assert_eq!((&last["timestamp"], &last["level"]), (&json!(format!("{older}T23:59:59.999999999Z")), &json!("info")));
    assert_eq!((&last["message"], &last["attributes"]), (&json!(format!("{MARKER} number 1")), &attributes(1)));
    let manifest = shelf.manifest(&newer, 1);
    assert_eq!(
        (&manifest["anew"], &manifest["previous"], &manifest["unreadable_parts"]),
        (&json!(false), &Value::Null, &json!(0))
    );
    assert_eq!((&manifest["tenant"], &manifest["source"]), (&json!(tenant), &json!(access.source_id)));
    let bytes = shelf.find(&text(&shown["manifest"])).expect("where it is said to be");
    assert_eq!((&shown["sha256"], &shown["records"]), (&json!(sha256(bytes)), &json!(2_500)));
    for (name, bytes) in &shelf.objects {
        assert!(name.starts_with(&format!("{tenant}/acme/")), "{name}");
        assert!(memchr::memmem::find(bytes, MARKER.as_bytes()).is_none(), "readable in {name}");
        assert!(!name.contains("ndjson") || name.ends_with(".ndjson.gz.age"), "{name}");
    }
    let (other, sealed) =
        (tempfile::tempdir().unwrap(), shelf.objects.iter().find(|(name, _)| name.ends_with(".age")).unwrap().1);
    assert!(Identity::make(other.path()).open(sealed).is_none(), "another key opens nothing");

    let told_of: Vec<Value> = told(&house, "archive_written").iter().map(|entry| entry["event"].clone()).collect();
    let of_newer = told_of.iter().find(|event| event["day"] == json!(newer)).expect("it is told");
    assert_eq!((&of_newer["manifest"], &of_newer["records"]), (&shown["sha256"], &json!(2_500)));
    let changed = &told(&house, "archive_changed")[0];
    assert_eq!((&changed["event"]["to"], &changed["event"]["recipient"]), (&json!("folder:acme"), &json!(identity.recipient)));
    let readings = told(&house, "records_read").iter().filter(|entry| entry["event"]["question"] == "archive").count();
    assert!(readings >= 2, "{readings}");

    // Once more, as somebody wants it: all of the day, under numbers of its own.
    let run = |day: &str| format!("{path}/run?day={day}");
    assert_eq!(owner.ask("POST", &run(&newer), &Value::Null).status, 202);
    written(&mut owner, &path, &newer, 2);
    let shelf = Shelf::of_folder(&allowed, &access.source_id, &identity);
    let anew = shelf.manifest(&newer, 2);
    assert_eq!((&anew["anew"], &anew["previous"]["sha256"]), (&json!(true), &shown["sha256"]));
    assert!(shelf.records(&newer, 2) == shelf.records(&newer, 1), "the same, and what was written before stays");
    let today = day(0).0;
    assert_eq!(owner.refused("POST", &run(&today), &Value::Null), (409, "archive_day_not_over".to_owned()));
    assert_eq!(owner.refused("POST", &run("2020-01-01"), &Value::Null), (409, "archive_day_not_kept".to_owned()));
    assert_eq!(owner.refused("POST", &run("2199-01-01"), &Value::Null), (422, "archive_day_invalid".to_owned()));

    assert_eq!(owner.ask("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(owner.reads(&path)["archive"], Value::Null);
    assert_eq!(owner.refused("DELETE", &path, &Value::Null), (404, "not_found".to_owned()));
    let after = Shelf::of_folder(&allowed, &access.source_id, &identity);
    assert_eq!(after.objects.len(), shelf.objects.len(), "what was written stays");
}

#[test]
fn a_day_is_written_once_it_is_over_and_what_comes_late_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (mut house, founded, identity, allowed) = with_folder(folder.path());
    let Founded { access, mut owner, .. } = founded;
    let path = format!("/v1/sources/{}/archive", access.source_id);
    let ((older, older_start), (today, today_start)) = (day(3), day(0));
    access.send(&mut house.client(&access), &lines(older_start, 20));
    owner.does("PUT", &path, &json!({ "folder": "acme", "recipient": identity.recipient, "from": older }));
    written(&mut owner, &path, &older, 1);
    let first = Shelf::of_folder(&allowed, &access.source_id, &identity);
    let of_today = json!({ "message": MARKER, "timestamp": today_start + 1 }).to_string();
    access.send(&mut house.client(&access), &of_today);
    access.send(&mut house.client(&access), &lines(older_start, 3));
    pause(3_000);
    let still = Shelf::of_folder(&allowed, &access.source_id, &identity);
    assert!(still.find(&still.name(&today, "manifest-0001.json")).is_none(), "a day that is not over is not written");

    assert!(house.stop().success(), "{}", house.log());
    let left = DAY - unix_seconds() % DAY;
    house.start_once(&[], &ahead(folder.path(), left + GRACE + 60), Stdio::null());
    let both = [first.name(&older, "manifest-0002.json"), first.name(&today, "manifest-0001.json")];
    eventually("the day is written, and what came late follows", WRITTEN_WITHIN, || {
        pause(200);
        let shelf = Shelf::of_folder(&allowed, &access.source_id, &identity);
        both.iter().all(|name| shelf.find(name).is_some()).then_some(())
    });
    let shelf = Shelf::of_folder(&allowed, &access.source_id, &identity);
    assert_eq!(shelf.records(&today, 1).len(), 1);
    let (before, after) = (shelf.records(&older, 1), shelf.records(&older, 2));
    assert_eq!((before.len(), after.len()), (20, 3));
    let manifest = shelf.manifest(&older, 2);
    let previous = first.find(&first.name(&older, "manifest-0001.json")).unwrap();
    assert_eq!((&manifest["previous"]["sha256"], &manifest["anew"]), (&json!(sha256(previous)), &json!(false)));
    let mut both = [before, after].concat();
    both.sort_by_key(place);
    assert!(both == found(&house, &access, &[&older]), "together each record once");
    assert!(first.objects.iter().all(|(name, bytes)| shelf.objects.get(name) == Some(bytes)), "what was written stays as it was");
}

/// A house that may reach a bucket on this machine.
fn with_bucket() -> (Bucket, House, Founded) {
    let bucket = Bucket::open(Wire::Tls);
    let (house, link) = House::open_empty_set(vec![("BLOCKHOUSE_PRIVATE_HOSTS", "127.0.0.1".into())]);
    let founded = Founded::by(&house, &link, "ada@example.com");
    (bucket, house, founded)
}

fn in_bucket(bucket: &Bucket, with: &Value) -> Value {
    let mut asked = json!({
        "endpoint": bucket.endpoint(), "region": "us-east-1", "name": bucket::NAME, "prefix": "prod",
        "access_key_id": bucket::ACCESS_KEY_ID, "secret_access_key": bucket::SECRET_ACCESS_KEY,
        "authority": fs::read_to_string(bucket.authority_file()).unwrap(),
    });
    asked.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    asked
}

#[test]
fn what_is_wrong_with_a_destination_is_told_when_it_is_set() {
    let (bucket, house, founded) = with_bucket();
    let Founded { access, mut owner, .. } = founded;
    let path = format!("/v1/sources/{}/archive", access.source_id);
    let refused = |owner: &mut Person, asked: &Value, status: u16, code: &str| {
        assert_eq!(owner.refused("PUT", &path, asked), (status, code.to_owned()), "{asked}");
    };
    for (with, status, code) in [
        (json!({ "secret_access_key": "another" }), 422, "archive_credentials_wrong"),
        (json!({ "access_key_id": "nobody" }), 422, "archive_credentials_wrong"),
        (json!({ "authority": null }), 502, "archive_unreachable"),
        (json!({ "secret_access_key": null }), 422, "archive_secret_missing"),
        (json!({ "endpoint": "http://127.0.0.1:1" }), 422, "archive_endpoint_invalid"),
        (json!({ "endpoint": format!("https://localhost:{}", house.address().port()) }), 422, "archive_endpoint_invalid"),
        (json!({ "endpoint": "https://10.0.0.7" }), 422, "archive_address"),
        (json!({ "prefix": "../up" }), 422, "archive_bucket_invalid"),
    ] {
        refused(&mut owner, &json!({ "bucket": in_bucket(&bucket, &with) }), status, code);
    }
    let good = in_bucket(&bucket, &json!({}));
    for (asked, status, code) in [
        (json!({}), 422, "archive_target_invalid"),
        (json!({ "bucket": good, "folder": "acme" }), 422, "archive_target_invalid"),
        (json!({ "folder": "acme" }), 422, "archive_recipient_missing"),
        (json!({ "folder": "../acme", "recipient": "age1x" }), 422, "archive_folder_invalid"),
        (json!({ "bucket": good, "recipient": "ssh-ed25519 AAAA" }), 422, "archive_recipient_invalid"),
        (json!({ "bucket": good, "from": "2020-01-01" }), 409, "archive_day_not_kept"),
        (json!({ "bucket": good, "from": "2199-01-01" }), 422, "archive_day_invalid"),
        (json!({ "bucket": good, "from": "yesterday" }), 422, "archive_day_invalid"),
    ] {
        refused(&mut owner, &asked, status, code);
    }
    let folder = tempfile::tempdir().unwrap();
    let recipient = Identity::make(folder.path()).recipient;
    refused(&mut owner, &json!({ "folder": "acme", "recipient": recipient }), 409, "archive_folder_not_allowed");
    bucket.next(Act::Put, Fault::Refuse(403, "AccessDenied"));
    refused(&mut owner, &json!({ "bucket": good }), 422, "archive_access_denied");
    bucket.next(Act::Put, Fault::Refuse(501, "NotImplemented"));
    refused(&mut owner, &json!({ "bucket": good }), 422, "archive_encryption_refused");
    assert_eq!(owner.reads(&path), json!({ "folders": false, "archive": null }), "nothing was changed");

    let set = owner.does("PUT", &path, &json!({ "bucket": good }));
    assert!(!set.to_string().contains(bucket::SECRET_ACCESS_KEY), "{set}");
    assert_eq!(set["archive"]["bucket"]["access_key_id"], json!(bucket::ACCESS_KEY_ID));
    let kept = in_bucket(&bucket, &json!({ "secret_access_key": null, "prefix": "other" }));
    owner.does("PUT", &path, &json!({ "bucket": kept, "recipient": recipient }));
    let tried: Vec<String> = bucket.objects().into_iter().map(|(name, _)| name).collect();
    let trial = format!("blockhouse-archive-{}.txt", access.source_id);
    assert_eq!(tried, [format!("other/{trial}"), format!("prod/{trial}")]);
    assert!(!house.log().contains(bucket::SECRET_ACCESS_KEY));

    let other = house.bootstrap("globex", "theirs").source_id;
    let theirs = format!("/v1/sources/{other}/archive");
    for (method, path) in
        [("GET", &theirs), ("PUT", &theirs), ("DELETE", &theirs), ("POST", &format!("{theirs}/run?day={}", day(1).0))]
    {
        let body = if method == "PUT" { json!({ "bucket": good }) } else { Value::Null };
        assert_eq!(owner.refused(method, path, &body), (404, "key_wrong_source".to_owned()), "{method}");
    }
}

#[test]
fn a_crash_goes_on_and_what_arrived_is_not_written_again() {
    let (bucket, mut house, founded) = with_bucket();
    let Founded { access, mut owner, .. } = founded;
    let path = format!("/v1/sources/{}/archive", access.source_id);
    let (of_day, start) = day(2);
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::make(folder.path());
    access.send(&mut house.client(&access), &lines(start, 300));
    // The trial and the one object arrive; the manifest does so too, and nobody hears of it.
    bucket.next(Act::Put, Fault::Pass);
    bucket.next(Act::Put, Fault::Pass);
    bucket.next(Act::Put, Fault::Silence);
    let asked = json!({ "bucket": in_bucket(&bucket, &json!({})), "recipient": identity.recipient, "from": of_day });
    owner.does("PUT", &path, &asked);
    let before = eventually("the manifest is there", WRITTEN_WITHIN, || {
        let objects = bucket.objects();
        (objects.len() == 3).then_some(objects)
    });
    house.kill();
    assert!(told(&house, "archive_written").is_empty(), "nobody says that it is done");
    house.start(&access);
    // Of the same day, but after it was begun.
    access.send(&mut house.client(&access), &lines(start, 5));
    eventually("it is done", WRITTEN_WITHIN, || {
        pause(500);
        told(&house, "archive_written").into_iter().find(|entry| entry["event"]["day"] == json!(of_day))
    });
    let after: BTreeMap<_, _> = bucket.objects().into_iter().collect();
    for (name, bytes) in before {
        assert!(after.get(&name) == Some(&bytes), "{name} is another one");
    }
    let mut shelf = Shelf::of_bucket(&bucket, &access.source_id);
    shelf.identity = Some(&identity);
    let there = shelf.records(&of_day, 1);
    assert_eq!(there.len(), 300, "as the write was begun");
    let all = found(&house, &access, &[&of_day]);
    assert_eq!(all.len(), 305);
    assert!(there.iter().all(|record| all.contains(record)));
}

#[test]
fn without_a_key_of_the_tenants_a_bucket_has_what_any_tool_reads() {
    let (bucket, house, founded) = with_bucket();
    let Founded { access, mut owner, .. } = founded;
    let path = format!("/v1/sources/{}/archive", access.source_id);
    let (of_day, start) = day(2);
    access.send(&mut house.client(&access), &lines(start, 200));
    bucket.always(&[Act::Put], Fault::Refuse(503, "SlowDown"));
    let asked = json!({ "bucket": in_bucket(&bucket, &json!({})), "from": of_day });
    assert_eq!(owner.refused("PUT", &path, &asked), (502, "archive_refused".to_owned()));
    bucket.heal();
    bucket.next(Act::Put, Fault::Pass);
    bucket.next(Act::Put, Fault::Refuse(503, "SlowDown"));
    bucket.next(Act::Put, Fault::LoseAnswer);
    owner.does("PUT", &path, &asked);
    let failing = eventually("it is told that it fails", WRITTEN_WITHIN, || {
        let setting = owner.reads(&path);
        Some(setting["archive"]["failing"].clone()).filter(|failing| !failing.is_null())
    });
    assert!(["archive_refused", "archive_unreachable"].contains(&text(&failing["code"]).as_str()), "{failing}");
    written(&mut owner, &path, &of_day, 1);
    assert_eq!((owner.reads(&path)["archive"]["failing"].clone(), bucket.waiting()), (Value::Null, 0));
    let shelf = Shelf::of_bucket(&bucket, &access.source_id);
    assert!(shelf.records(&of_day, 1) == found(&house, &access, &[&of_day]));
}

#[test]
fn whoever_may_not_read_the_source_any_more_archives_it_no_longer() {
    let (bucket, house, founded) = with_bucket();
    let Founded { tenant, access, mut owner } = founded;
    let path = format!("/v1/sources/{}/archive", access.source_id);
    let (of_day, start) = day(2);
    access.send(&mut house.client(&access), &lines(start, 20));
    let mut eve = Person::invited(&house, &mut owner, &tenant, "eve@example.com", &json!([{ "role": "admin" }]));
    let mut mia = Person::invited(&house, &mut owner, &tenant, "mia@example.com", &json!([{ "role": "member" }]));
    let asked = json!({ "bucket": in_bucket(&bucket, &json!({})), "from": of_day });
    assert_eq!(mia.refused("PUT", &path, &asked).0, 403, "reading alone sets nothing");
    bucket.next(Act::Put, Fault::Pass);
    // As long as nothing arrives it is tried again, each time with the rights of that moment.
    (0..20).for_each(|_| bucket.next(Act::Put, Fault::Refuse(503, "SlowDown")));
    eve.does("PUT", &path, &asked);
    let eves = eve.user();
    assert_eq!(owner.ask("DELETE", &format!("/v1/tenants/{tenant}/people/{eves}"), &Value::Null).status, 204);
    eventually("it stops", WRITTEN_WITHIN, || {
        pause(200);
        Some(()).filter(|()| owner.reads(&path)["archive"]["stopped"] == json!("keeper_may_not_read"))
    });
    bucket.heal();
    assert_eq!(told(&house, "archive_stopped").len(), 1);
    let notices = owner.reads("/v1/me/notices");
    assert!(notices["notices"].as_array().unwrap().iter().any(|one| one["notice"] == "archive_stopped"), "{notices}");
    let sent = bucket.requests(Act::Put);
    pause(3_000);
    assert_eq!((bucket.requests(Act::Put), bucket.objects().len()), (sent, 1), "only the trial arrived");
    owner.does("PUT", &path, &asked);
    written(&mut owner, &path, &of_day, 1);
}

#[test]
fn the_command_does_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (house, founded, identity, allowed) = with_folder(folder.path());
    let Founded { access, owner, .. } = founded;
    let run = |words: &[&str]| -> (bool, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.args(words).arg("--json").env("BLOCKHOUSE_KEY", &owner.token).env("BLOCKHOUSE_CA", house.ca_file());
        command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", house.address().port()));
        let output = command.env("BLOCKHOUSE_SOURCE", &access.source_id).output().unwrap();
        (output.status.success(), serde_json::from_slice(&output.stdout).unwrap_or_default())
    };
    let (of_day, start) = day(2);
    access.send(&mut house.client(&access), &lines(start, 7));
    assert_eq!(run(&["archive", "show"]), (true, json!({ "folders": true, "archive": null })));
    assert!(!run(&["archive", "set", "--folder", "acme"]).0, "a folder needs a recipient");
    let (set, said) = run(&["archive", "set", "--folder", "acme", "--recipient", &identity.recipient, "--from", &of_day]);
    assert!(set && said["archive"]["recipient"] == json!(identity.recipient), "{said}");
    assert_eq!(run(&["archive", "run", &of_day]).1["archive"]["asked"], json!([of_day]));
    eventually("it is written anew", WRITTEN_WITHIN, || {
        pause(200);
        Some(()).filter(|()| run(&["archive", "show"]).1["archive"]["asked"] == json!([]))
    });
    let shelf = Shelf::of_folder(&allowed, &access.source_id, &identity);
    assert_eq!(shelf.records(&of_day, 1).len(), 7);
    assert!(run(&["archive", "remove"]).0 && !run(&["archive", "remove"]).0);
}
