//! Every change and every reading is in the audit trail; nobody who has only the files can take it out unseen.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::house::House;

/// Entries of the tenant's trail, the oldest first.
fn entries(house: &House) -> Vec<Value> {
    let mut entries = house.run(&["audit", "entries", "--tenant", "acme", "--limit", "1000"]).as_array().unwrap().clone();
    entries.reverse();
    entries
}

fn verify(data: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
    command.args(["audit", "verify", "--json", "--data"]).arg(data).args(more).output().unwrap()
}

fn findings(output: &Output) -> Vec<String> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["logs"].as_array().unwrap().iter().flat_map(|log| log["findings"].as_array().unwrap());
    findings.map(|finding| finding.as_str().unwrap().to_owned()).collect()
}

#[test]
fn changes_readings_and_refusals_are_told_with_who_and_from_where() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    access.send(&mut client, r#"{"message":"a line that is no event"}"#);
    let search = access.search_response(&mut client, "line");
    access.sql(&mut client, "select count(*) from logs");
    let refused = client.get(&format!("/v1/sources/{}/search", access.source_id), &access.write_key).unwrap();
    assert_eq!(refused.status, 403);

    let told = entries(&house);
    let types: Vec<&str> = told.iter().map(|entry| entry["event"]["type"].as_str().unwrap()).collect();
    let made = ["tenant_created", "source_created", "api_key_created", "api_key_created"];
    // The house looks for its server by asking, before the test begins.
    assert_eq!(types[..4], made);
    assert_eq!(types[types.len() - 3..], ["records_read", "records_read", "api_key_refused"]);
    let reading = &told[told.len() - 3];
    assert_eq!(reading["request"].as_str(), search.header("x-request-id"));
    assert_eq!((reading["address"].as_str(), reading["source"].as_str()), (Some("127.0.0.1"), Some(access.source_id.as_str())));
    assert_eq!(told[told.len() - 1]["outcome"]["code"], "key_wrong_direction");
    for (place, entry) in told.iter().enumerate() {
        assert_eq!(entry["sequence"], place, "without a gap");
    }
    let text = Value::from(told).to_string();
    for secret in [&access.read_key, &access.write_key, "a line that is no event", "acme"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn an_exported_trail_is_verified_without_the_server() {
    let (house, access) = House::open();
    access.search_response(&mut house.client(&access), "");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let told = house.run(&["audit", "export", "--tenant", "acme", out.to_str().unwrap()]);
    let key = told["key"].as_str().unwrap();
    let nowhere = folder.path().join("no data folder here");
    let check = || verify(&nowhere, &[out.to_str().unwrap(), "--key", key]);
    assert!(check().status.success(), "{}", String::from_utf8_lossy(&check().stdout));
    assert!(!nowhere.exists());

    let bundles = fs::read_dir(out.join("tile/entries/000.p")).unwrap();
    let bundle = bundles.map(|entry| entry.unwrap().path()).next().unwrap();
    let mut bytes = fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&bundle, bytes).unwrap();
    let checked = check();
    assert_eq!(checked.status.code(), Some(1));
    assert!(
        findings(&checked).iter().any(|finding| finding.contains("is not the one that was hashed")),
        "{:?}",
        findings(&checked)
    );
}

#[test]
fn a_catalog_that_is_put_back_to_an_earlier_state_is_found_out() {
    let (mut house, access) = House::open();
    access.search_response(&mut house.client(&access), "");
    house.stop();
    let catalog = house.data().join("identity.sqlite");
    let earlier = fs::read(&catalog).unwrap();
    house.start(&access);
    access.search_response(&mut house.client(&access), "a question that somebody would rather not have asked");
    house.stop();
    let kept = house.data().join("audit/installation.checkpoint");
    assert!(verify(house.data(), &["--anchor", kept.to_str().unwrap()]).status.success());

    fs::write(&catalog, earlier).unwrap();
    for beside in ["identity.sqlite-wal", "identity.sqlite-shm"] {
        let _ = fs::remove_file(house.data().join(beside));
    }
    let checked = verify(house.data(), &[]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(findings(&checked).iter().any(|finding| finding.contains("cut or rolled back")), "{:?}", findings(&checked));

    // A server that goes on from there neither takes the evidence away nor keeps silent.
    house.start(&access);
    for _ in 0..20 {
        access.search_response(&mut house.client(&access), "");
    }
    house.stop();
    assert!(house.log().contains("does not fit the checkpoint"), "{}", house.log());
    let checked = verify(house.data(), &[]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(findings(&checked).iter().any(|finding| finding.contains("was rewritten")), "{:?}", findings(&checked));
}

#[test]
fn a_trail_that_is_gone_is_missed() {
    let (mut house, access) = House::open();
    access.search_response(&mut house.client(&access), "");
    house.stop();
    for file in ["identity.sqlite", "identity.sqlite-wal", "identity.sqlite-shm"] {
        let _ = fs::remove_file(house.data().join(file));
    }
    let checked = verify(house.data(), &[]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(!findings(&checked).is_empty());
}

#[test]
fn an_address_is_forgotten_and_the_trail_still_holds() {
    let (house, access) = House::open();
    access.search_response(&mut house.client(&access), "");
    let read = |house: &House| entries(house).into_iter().rfind(|entry| entry["event"]["type"] == "records_read").unwrap();
    let reading = read(&house);
    assert_eq!(reading["address"], "127.0.0.1");
    house.run(&["audit", "forget", reading["personal"]["subject"].as_str().unwrap()]);
    assert_eq!(read(&house)["address"], Value::Null);
    assert!(verify(house.data(), &[]).status.success());
    let proof = house.run(&["audit", "prove", "--tenant", "acme", "--entry", "0"]);
    assert!(proof["checkpoint"].as_str().unwrap().contains("/tenant/") && !proof["proof"].as_array().unwrap().is_empty());
}
