//! A damaged part takes nothing with it: questions are answered from the rest and say that a part could not be read, the
//! log names the object, and the server goes on taking records.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{Access, House};

const PARTS: usize = 3;
const RECORDS: usize = 500;

fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { BTreeSet::from([path]) }).collect()
}

/// Several parts: each stop makes one of what is fresh. Gives the sealed file of each, in order.
fn fill(house: &mut House, access: &Access) -> Vec<PathBuf> {
    let objects = house.data().join("objects");
    let mut files: Vec<PathBuf> = Vec::new();
    for part in 0..PARTS {
        let record = |n: usize| json!({ "message": format!("record {n} of part {part}"), "part": part, "n": n, "user": format!("user-{}", n * 7 % 83) });
        let lines: Vec<String> = (0..RECORDS).map(|n| record(n).to_string()).collect();
        access.send(&mut house.client(access), &lines.join("\n"));
        assert!(house.stop().success());
        // The server's own checks may have had lines in sources of theirs just then.
        let is_new = |file: &PathBuf| !files.contains(file) && file.iter().any(|name| name == access.source_id.as_str());
        let new: Vec<PathBuf> = files_below(&objects).into_iter().filter(is_new).collect();
        assert_eq!(new.len(), 1, "a stop makes one part: {new:?}");
        files.extend(new);
        if part + 1 < PARTS {
            house.start(access);
        }
    }
    files
}

/// One bit of one byte, `hundredth` of the way into the file.
fn flip(file: &Path, hundredth: usize) {
    let mut bytes = fs::read(file).unwrap();
    let at = (bytes.len() - 1) * hundredth / 100;
    bytes[at] ^= 0x10;
    fs::write(file, bytes).unwrap();
}

fn question(client: &mut Client, access: &Access, question: &str) -> Value {
    let response = client.get(&format!("/v1/sources/{}/{question}", access.source_id), &access.read_key).unwrap();
    assert_eq!(response.status, 200, "{question}: {}", response.text());
    response.json()
}

#[track_caller]
fn check_says_so(answer: &Value, question: &str) {
    assert_eq!(answer["stats"]["parts_unreadable"], 1, "{question}: {answer}");
    assert_eq!(answer["warnings"][0]["code"], "parts_unreadable", "{question}: {answer}");
}

/// Every question, of a source whose part `damaged` cannot be read.
fn check_rest(house: &House, access: &Access, damaged: usize) {
    let mut client = house.client(access);
    let page = access.search_response(&mut client, "record");
    assert_eq!(page.status, 200, "{}", page.text());
    let page = page.json();
    check_says_so(&page, "search");
    let records = page["records"].as_array().expect("records");
    let mut found: Vec<(u64, u64)> = records
        .iter()
        .map(|record| &record["attributes"])
        .filter_map(|fields| Some((fields["part"].as_u64()?, fields["n"].as_u64()?)))
        .collect();
    found.sort_unstable();
    let whole = (0..PARTS as u64).filter(|part| *part != damaged as u64);
    let expected: Vec<(u64, u64)> = whole.flat_map(|part| (0..RECORDS as u64).map(move |n| (part, n))).collect();
    assert_eq!(found, expected);

    let sql = access.sql(&mut client, "select part, count(*), count(distinct n) from logs where part >= 0 group by 1 order by 1");
    assert_eq!(sql.status, 200, "{}", sql.text());
    let rows: Vec<Value> = (0..PARTS).filter(|part| *part != damaged).map(|part| json!([part, RECORDS, RECORDS])).collect();
    assert_eq!(sql.json()["rows"], Value::Array(rows));
    check_says_so(&sql.json(), "sql");
    let histogram = question(&mut client, access, "histogram?q=record");
    assert_eq!(histogram["total"], expected.len());
    check_says_so(&histogram, "histogram");
    check_says_so(&question(&mut client, access, "fields"), "fields");
    check_says_so(&question(&mut client, access, "fields?q=record"), "fields of matches");
    let values = question(&mut client, access, "fields/part?q=record");
    assert_eq!((&values["records"], &values["distinct"]), (&json!(expected.len()), &json!(PARTS - 1)));
    check_says_so(&values, "values");
}

fn check_damage(hundredth: usize, damaged: usize) {
    let (mut house, access) = House::open();
    let files = fill(&mut house, &access);
    flip(&files[damaged], hundredth);
    house.start(&access);
    check_rest(&house, &access, damaged);
    let name = files[damaged].file_stem().expect("a file has a name").to_string_lossy().into_owned();
    let log = house.log();
    assert!(log.lines().any(|line| line.contains(&name)), "the log does not name {name}:\n{log}");
    for file in files.iter().filter(|file| **file != files[damaged]) {
        let name = file.file_stem().expect("a file has a name").to_string_lossy();
        assert!(!log.contains(&*name), "the log names {name}, which is whole:\n{log}");
    }

    access.send(&mut house.client(&access), r#"{"message":"after the damage"}"#);
    assert!(house.stop().success(), "{}", house.log());
    house.start(&access);
    check_rest(&house, &access, damaged);
    assert_eq!(access.search(&mut house.client(&access), "\"after the damage\"").len(), 1);
    assert!(files[damaged].exists(), "what is damaged stays for whoever can repair it");
    assert!(!house.log().contains("panicked"), "{}", house.log());
}

#[test]
fn a_part_with_a_damaged_start_is_left_out() {
    check_damage(0, 0);
}

#[test]
fn a_part_with_a_damaged_middle_is_left_out() {
    check_damage(30, 1);
}

#[test]
fn a_part_with_a_damaged_end_is_left_out() {
    check_damage(100, 2);
}

#[test]
fn a_part_that_is_cut_short_is_left_out() {
    let (mut house, access) = House::open();
    let files = fill(&mut house, &access);
    let bytes = fs::read(&files[1]).unwrap();
    fs::write(&files[1], &bytes[..bytes.len() / 2]).unwrap();
    house.start(&access);
    check_rest(&house, &access, 1);
}
