//! From a shell: everything but the signature.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{BYTES, CONFIDENTIAL, REPORT, World, signs, state};
use crate::house::House;
use crate::person::{Person, text};

/// A command with this person's session, and what it prints.
#[track_caller]
fn blockhouse(house: &House, person: &Person, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
    command.args(words).stdin(Stdio::null());
    command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", house.address().port()));
    command.env("BLOCKHOUSE_KEY", &person.token).env("BLOCKHOUSE_CA", house.ca_file());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_statement_is_prepared_and_taken_back_from_a_shell() {
    let mut world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.pdf");
    fs::write(&file, BYTES).unwrap();
    let (path, empty) = (file.to_string_lossy().into_owned(), folder.path().join("empty"));
    fs::write(&empty, "").unwrap();
    let document =
        ["--issuer", "Audit & Partners", "--id", "2026-9", "--scope", "the log service", "--valid-until", "2199-12-31"];
    let propose = [&["claims", "propose", REPORT, "--days", "30", "--file", &path][..], &document].concat();

    let (code, _, said) = blockhouse(&world.house, &world.olga, &["claims", "propose", REPORT, "--issuer", "A"]);
    assert!(code == Some(65) && said.contains("go together"), "{code:?} {said}");
    let (code, _, said) =
        blockhouse(&world.house, &world.olga, &["claims", "propose", REPORT, "--file", &empty.to_string_lossy()]);
    assert!(code == Some(65) && said.contains("is empty"), "{code:?} {said}");
    let (code, _, said) = blockhouse(&world.house, &world.founded.owner, &propose);
    assert!(code == Some(77) && said.contains("permission_missing"), "{code:?} {said}");
    let (code, id, said) = blockhouse(&world.house, &world.olga, &propose);
    assert!(code == Some(0) && said.contains("/claims") && said.contains("Audit & Partners"), "{code:?} {said}");
    let id = id.trim().to_owned();
    signs(&mut world.olga, &id, "head of operations");

    let (_, listed, _) = blockhouse(&world.house, &world.otto, &["claims", "list"]);
    let row = listed.lines().find(|line| line.contains(REPORT)).expect("the claim is listed");
    assert!(row.contains("PASS"), "{row}");
    let (_, one, _) = blockhouse(&world.house, &world.otto, &["claims", "show", &id]);
    assert!(one.contains("Olga Quorum, head of operations") && one.contains("  file "), "{one}");
    let (_, json, _) = blockhouse(&world.house, &world.otto, &["claims", "show", REPORT, "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["current"]["id"], json!(id));

    let (_, begun, _) = blockhouse(&world.house, &world.otto, &["claims", "propose", CONFIDENTIAL, "--json"]);
    let begun = text(&serde_json::from_str::<Value>(&begun).unwrap()["id"]);
    assert_eq!(blockhouse(&world.house, &world.otto, &["claims", "discard", &begun]).0, Some(0));
    let (code, _, said) = blockhouse(&world.house, &world.otto, &["claims", "discard", &begun]);
    assert!(code == Some(65) && said.contains("not_found"), "{code:?} {said}");
    let withdraw = ["claims", "withdraw", REPORT, "--reason", "the auditor recalled it"];
    assert_eq!(blockhouse(&world.house, &world.otto, &withdraw).0, Some(0));
    assert_eq!(state(&world.house, REPORT), "WITHDRAWN");
}
