//! Nothing of a record, nor a key, nor a name that people gave, lies readable in the data folder: not in the journal, not
//! in parts, not in the catalog, not in what queries leave behind, before and after a stop.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::house::{Access, House};

/// Each is long and random enough to be nowhere by chance.
const CANARIES: [(&str, &str); 5] = [
    ("a message", "canaryQ7xW2mLp9"),
    ("a field's name", "canaryfieldZk4Rt8Vb"),
    ("a field's value", "canaryvalue8HdYw3Ns"),
    ("the tenant's name", "canarytenantPj6Gu1"),
    ("the source's name", "canarysourceXe5Mo0"),
];

/// A text as it could lie there: raw, in UTF-16, in base 64 at any alignment, in hexadecimal.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut forms = vec![
        bytes.to_vec(),
        text.to_ascii_uppercase().into_bytes(),
        text.to_ascii_lowercase().into_bytes(),
        bytes.iter().flat_map(|&b| [b, 0]).collect(),
        bytes.iter().map(|b| format!("{b:02x}")).collect::<String>().into_bytes(),
        bytes.iter().map(|b| format!("{b:02X}")).collect::<String>().into_bytes(),
    ];
    forms.extend((0..3).map(|skipped| base64_of_whole_groups(&bytes[skipped..])));
    forms
}

/// The part that is the same wherever in a longer text these bytes begin.
fn base64_of_whole_groups(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks_exact(3).map(|g| u32::from(g[0]) << 16 | u32::from(g[1]) << 8 | u32::from(g[2]));
    groups.flat_map(|group| [18, 12, 6, 0].map(|shift| ALPHABET[(group >> shift) as usize & 63])).collect()
}

/// Where any of `secrets` lies readable under `folder`.
pub(crate) fn readable(folder: &Path, secrets: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(readable(&path, secrets));
        }
        // The server goes on working: a file may be gone by now.
        let content = if path.is_dir() { Vec::new() } else { fs::read(&path).unwrap_or_default() };
        let name = path.to_string_lossy().into_owned();
        for (what, secret) in secrets {
            let lies = |form: &Vec<u8>| holds(&content, form) || holds(name.as_bytes(), form);
            if forms(secret).iter().any(lies) {
                found.push(format!("{what} in {name}"));
            }
        }
        if content.starts_with(b"PAR1") || content.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) || content.starts_with(b"ARROW1") {
            found.push(format!("an unsealed file: {name}"));
        }
    }
    found
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

#[test]
fn nothing_is_stored_in_clear() {
    let (mut house, _) = House::open();
    let access = house.bootstrap(CANARIES[3].1, CANARIES[4].1);
    let write_key = access.write_key.clone();
    let read_key = access.read_key.clone();
    let mut secrets = CANARIES.to_vec();
    secrets.extend([("the write key", write_key.as_str()), ("the read key", read_key.as_str())]);

    send_and_ask(&house, &access);
    assert_eq!(readable(house.data(), &secrets), [""; 0], "while it runs");
    house.kill();
    assert_eq!(readable(house.data(), &secrets), [""; 0], "after a kill");
    house.start(&access);
    send_and_ask(&house, &access);
    assert!(house.stop().success());
    assert_eq!(readable(house.data(), &secrets), [""; 0], "after a stop");
    let log = house.log();
    let logged: Vec<_> = secrets.iter().filter(|(_, secret)| log.contains(secret)).map(|(what, _)| what).collect();
    assert!(logged.is_empty(), "in the server's own log: {logged:?}");
}

fn send_and_ask(house: &House, access: &Access) {
    let mut client = house.client(access);
    let record = |i: u32| json!({ "message": format!("{} number {i}", CANARIES[0].1), CANARIES[1].1: CANARIES[2].1, "i": i });
    let lines: Vec<String> = (0..2_000).map(|i| record(i).to_string()).collect();
    access.send(&mut client, &lines.join("\n"));
    assert!(!access.search(&mut client, CANARIES[0].1).is_empty());
    let sql = format!("select \"{}\", message, count(*) from logs group by 1, 2 order by 3, 2", CANARIES[1].1);
    let response = access.sql(&mut client, &sql);
    assert_eq!(response.status, 200, "{}", response.text());
}

#[test]
fn the_scan_finds_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    for form in forms(CANARIES[0].1) {
        let content = [b"before ".as_slice(), &form, b" after"].concat();
        fs::write(folder.path().join("file"), content).unwrap();
        assert_eq!(readable(folder.path(), &CANARIES).len(), 1, "{}", String::from_utf8_lossy(&form));
    }
    fs::write(folder.path().join("file"), b"PAR1").unwrap();
    assert_eq!(readable(folder.path(), &CANARIES).len(), 1);
    fs::write(folder.path().join("file"), b"nothing").unwrap();
    assert!(readable(folder.path(), &CANARIES).is_empty());
}
