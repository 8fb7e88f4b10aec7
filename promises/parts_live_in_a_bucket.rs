//! With a bucket, parts lie there and nowhere else, and sealed. The journal stays in the data folder, so that a bucket that
//! refuses, hangs up or loses its answers costs no acknowledged line, and no line is there twice.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;

use bucket::{Act, Bucket, Fault, Wire};
use serde_json::json;

use crate::client::Client;
use crate::house::{Access, House};

const MARKER: &str = "canaryB3nWq8Zt5";
const EVERY_ACT: [Act; 5] = [Act::Put, Act::Get, Act::Head, Act::List, Act::Delete];

/// A house whose objects lie in this bucket, set as `docs/storage.md` says.
fn house_with(bucket: &Bucket) -> (House, Access) {
    House::open_set(vec![
        ("BLOCKHOUSE_S3_BUCKET", bucket::NAME.into()),
        ("BLOCKHOUSE_S3_ENDPOINT", bucket.endpoint().into()),
        ("BLOCKHOUSE_S3_PREFIX", "house".into()),
        ("BLOCKHOUSE_S3_CA", OsString::from(bucket.authority_file())),
        ("AWS_ACCESS_KEY_ID", bucket::ACCESS_KEY_ID.into()),
        ("AWS_SECRET_ACCESS_KEY", bucket::SECRET_ACCESS_KEY.into()),
    ])
}

/// Sends records that are told apart by their number; gives the number after the last.
fn send(client: &mut Client, access: &Access, first: usize, count: usize) -> usize {
    let line = |i: usize| json!({ "message": format!("{MARKER} work goes on"), "number": i, "noise": i * 2_654_435_761 });
    let lines: Vec<String> = (first..first + count).map(|i| line(i).to_string()).collect();
    access.send(client, &lines.join("\n"));
    first + count
}

#[track_caller]
fn check_found(house: &House, access: &Access, sent: usize) {
    let mut client = house.client(access);
    let mut times: HashMap<u64, u32> = HashMap::new();
    for record in access.search(&mut client, MARKER) {
        *times.entry(record["attributes"]["number"].as_u64().unwrap()).or_default() += 1;
    }
    let lost: Vec<_> = (0..sent as u64).filter(|number| !times.contains_key(number)).take(5).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?} of {sent}\n{}", house.log());
    assert!(times.len() == sent && times.values().all(|&n| n == 1), "found more than was sent, or twice\n{}", house.log());
    let counted = access.sql(&mut client, "select count(*), count(distinct number) from logs").json();
    assert_eq!(counted["rows"], json!([[sent, sent]]), "SQL sees the same");
}

fn files_below(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

#[test]
fn parts_live_in_a_bucket() {
    let bucket = Bucket::open(Wire::Tls);
    let (mut house, access) = house_with(&bucket);
    let sent = send(&mut house.client(&access), &access, 0, 5_000);
    assert!(bucket.objects().is_empty() && files_below(&house.data().join("journal")) > 0, "the journal is local");
    check_found(&house, &access, sent);
    let status = house.stop();
    assert!(status.success(), "{status}:\n{}", house.log());

    let objects = bucket.objects();
    assert!(!objects.is_empty(), "{}", house.log());
    for (key, bytes) in &objects {
        assert!(key.starts_with("house/") && key.contains("/parts/") && !key.contains("acme"), "{key}");
        assert!(memchr::memmem::find(bytes, MARKER.as_bytes()).is_none(), "readable in {key}");
        assert!(!bytes.starts_with(b"PAR1") && !bytes.ends_with(b"PAR1"), "not sealed: {key}");
    }
    assert_eq!(files_below(&house.data().join("objects")), 0, "parts lie in the bucket only");

    house.start(&access);
    check_found(&house, &access, sent);
    let sent = send(&mut house.client(&access), &access, sent, 100);
    house.kill();
    house.start(&access);
    check_found(&house, &access, sent);
}

#[test]
fn a_bucket_that_takes_no_part_costs_no_line() {
    let bucket = Bucket::open(Wire::Tls);
    let (mut house, access) = house_with(&bucket);
    let mut sent = 0;
    for fault in [Fault::Refuse(503, "SlowDown"), Fault::Refuse(403, "AccessDenied"), Fault::CutBefore, Fault::LoseAnswer] {
        bucket.always(&EVERY_ACT, fault);
        sent = send(&mut house.client(&access), &access, sent, 50);
        let found = access.search(&mut house.client(&access), &format!("{MARKER} number:{}", sent - 1));
        assert_eq!(found.len(), 1, "{fault:?}: what is fresh is found without the bucket");
        let status = house.stop();
        assert!(status.success(), "{fault:?} {status}:\n{}", house.log());
        bucket.heal();
        house.start(&access);
        check_found(&house, &access, sent);
    }
    let log = house.log();
    assert!(log.contains("SlowDown") && log.contains("the bucket refuses these credentials"), "{log}");
    assert!(!log.contains(bucket::SECRET_ACCESS_KEY));
}

#[test]
fn a_lost_answer_makes_no_second_part() {
    let bucket = Bucket::open(Wire::Tls);
    let (mut house, access) = house_with(&bucket);
    let sent = send(&mut house.client(&access), &access, 0, 50);
    for fault in [Fault::LoseAnswer, Fault::Deny(500, "InternalError"), Fault::Refuse(409, "ConditionalRequestConflict")] {
        bucket.next(Act::Put, fault);
    }
    let status = house.stop();
    assert!(status.success(), "{status}:\n{}", house.log());
    assert_eq!((bucket.objects().len(), bucket.waiting()), (1, 0), "{}", house.log());
    house.start(&access);
    check_found(&house, &access, sent);
    assert_eq!(bucket.objects().len(), 1, "the part that was made is the part that is read");
}

#[test]
fn a_part_that_cannot_be_read_now_is_said_to_be_left_out_and_is_read_later() {
    let bucket = Bucket::open(Wire::Tls);
    let (mut house, access) = house_with(&bucket);
    let sent = send(&mut house.client(&access), &access, 0, 5_000);
    for fault in [Fault::Refuse(503, "SlowDown"), Fault::Refuse(404, "NoSuchBucket"), Fault::ShortBody] {
        assert!(house.stop().success());
        house.start(&access);
        bucket.always(&[Act::Get, Act::Head], fault);
        let mut client = house.client(&access);
        let found = access.search_response(&mut client, MARKER).json();
        let counted = access.sql(&mut client, "select count(*) from logs").json();
        for answer in [&found, &counted] {
            assert_eq!(answer["warnings"][0]["code"], "parts_unreadable", "{fault:?}: {answer}");
        }
        assert_eq!((&found["records"], &counted["rows"]), (&json!([]), &json!([[0]])), "{fault:?}");
        bucket.heal();
        check_found(&house, &access, sent);
    }
    assert!(house.stop().success());
    house.start(&access);
    bucket.next(Act::Get, Fault::CutBody);
    bucket.next(Act::Head, Fault::LoseAnswer);
    check_found(&house, &access, sent);
    assert_eq!(bucket.waiting(), 0);
}

#[test]
fn a_bucket_that_cannot_be_used_is_named_at_the_start() {
    let bucket = Bucket::open(Wire::Tls);
    let (mut house, access) = house_with(&bucket);
    let sent = send(&mut house.client(&access), &access, 0, 50);
    assert!(house.stop().success());
    let said = house.start_in_vain("AWS_SECRET_ACCESS_KEY", "wrong-never-printed");
    assert!(said.contains("the bucket refuses these credentials") && !said.contains("never-printed"), "{said}");
    let said = house.start_in_vain("BLOCKHOUSE_S3_BUCKET", "nowhere");
    assert!(said.contains("the bucket does not exist"), "{said}");
    let another = Bucket::open(Wire::Tls);
    let said = house.start_in_vain("BLOCKHOUSE_S3_CA", &another.authority_file().to_string_lossy());
    assert!(said.to_lowercase().contains("certificate"), "{said}");
    house.start(&access);
    check_found(&house, &access, sent);
}
