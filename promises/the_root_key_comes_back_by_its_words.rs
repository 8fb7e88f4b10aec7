//! Whoever did the first setup is given the root key as words, once; the words prove that they are the right ones and bring the
//! key back where its file is lost. Nobody else gets them over the network, and nothing keeps them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::house::House;
use crate::person::{Founded, Person, text};

const KIT: &str = "/v1/root-key/kit";
const PROOF: &str = "/v1/root-key/proof";
const RIGHT: i32 = 0;
const WRONG: i32 = 1;
const FAILED: i32 = 2;

/// The words of a key of ones, which is nobody's (BIP-39's own vector).
fn of_another_key() -> String {
    format!("{}vote", "zoo ".repeat(23))
}

fn operator(house: &House) -> Person {
    let staff = house.run(&["admin", "create-staff", "--kind", "operator", "--email", "olga@example.com", "--name", "Olga"]);
    let mut operator = Person::with(house, &text(&staff["token"]));
    operator.adds_passkey();
    operator
}

fn words(kit: &Value) -> Vec<String> {
    kit["words"].as_array().unwrap().iter().map(text).collect()
}

/// The words on a page, by their numbers.
fn words_of_page(page: &str) -> String {
    let mut parts = page.split_whitespace();
    let mut words = Vec::new();
    while let Some(part) = parts.next() {
        if part == (words.len() + 1).to_string() {
            words.extend(parts.next().map(str::to_owned));
        }
    }
    assert_eq!(words.len(), 24, "on a kit of {} characters", page.len());
    words.join(" ")
}

/// A command on the machine, which is given this by a pipe.
fn root_key(house: &House, words: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
    command.arg("root-key").args(words).arg("--data").arg(house.data());
    let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Whoever is refused before is not there to read.
    let _ = running.stdin.take().unwrap().write_all(input.as_bytes());
    running.wait_with_output().unwrap()
}

/// How it ended, and that it said this.
#[track_caller]
fn ends(house: &House, words: &[&str], input: &str, (code, says): (i32, &str)) {
    let Output { status, stdout, stderr } = root_key(house, words, input);
    let said = String::from_utf8([stdout, stderr].concat()).unwrap();
    assert_eq!(status.code(), Some(code), "{words:?}: {said}");
    assert!(said.contains(says), "{words:?}: {said}");
    let told = input.split_whitespace().filter(|word| word.len() > 4 && said.contains(&format!(" {word} "))).count();
    assert!(told < 3, "it repeats what it was given");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Files in which words stand one behind the other, however they are parted, or the key as it is.
fn telling(house: &House, words: &str) -> Vec<PathBuf> {
    let key_file = house.data().join("root.key");
    let key = fs::read(&key_file).unwrap();
    let all: Vec<&str> = words.split(' ').collect();
    let rows =
        all.windows(3).flat_map(|three| [" ", "\",\"", "\", \"", "\n", ","].map(|between| three.join(between).into_bytes()));
    let told: Vec<Vec<u8>> = rows.chain([key]).collect();
    let holds = |bytes: &[u8]| told.iter().any(|told| bytes.windows(told.len()).any(|part| part == told));
    let found = files(house.data()).into_iter().filter(|path| *path != key_file);
    let found = found.filter(|path| holds(&fs::read(path).unwrap_or_default()));
    let in_log = holds(house.log().as_bytes()).then(|| PathBuf::from("the server's log"));
    found.chain(in_log).collect()
}

fn events(operator: &mut Person) -> Vec<Value> {
    let told = operator.reads("/v1/audit?limit=1000");
    let of_kit = |entry: &&Value| entry["event"]["type"].as_str().is_some_and(|kind| kind.starts_with("root_key"));
    let mut events: Vec<Value> = told["entries"].as_array().unwrap().iter().filter(of_kit).cloned().collect();
    events.sort_by_key(|entry| entry["sequence"].as_u64());
    events
}

#[test]
fn the_kit_is_given_once_to_whoever_did_the_setup_and_to_nobody_else() {
    let (mut house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let (mut operator, mut stranger) = (operator(&house), Person::stranger(&house));
    let owners = json!([{ "role": "owner" }]);
    let mut other = Person::invited(&house, &mut owner, &tenant, "ben@example.com", &owners);
    other.adds_passkey();

    assert_eq!(owner.reads(KIT)["why_not"], "second_factor_required");
    assert_eq!(owner.refused("POST", KIT, &Value::Null), (403, "second_factor_required".to_owned()));
    owner.adds_passkey();
    assert_eq!(stranger.refused("POST", KIT, &Value::Null).0, 401);
    let mut later = Person::stranger(&house);
    std::mem::swap(&mut later, &mut owner);
    let signed_in = later.tries_passkey().json();
    owner = Person::with(&house, &later.token);
    later.token = text(&signed_in["token"]);
    for elsewhere in [&mut operator, &mut other, &mut later] {
        assert_eq!(elsewhere.reads(KIT), json!({ "offered": false, "why_not": "kit_not_offered" }));
        assert_eq!(elsewhere.refused("POST", KIT, &Value::Null), (403, "kit_not_offered".to_owned()));
    }
    let before = operator.reads("/v1/root-key");
    assert_eq!((&before["kit"], &before["proof"], &before["proof_is_old"]), (&Value::Null, &Value::Null, &json!(true)));

    assert_eq!(owner.reads(KIT), json!({ "offered": true, "why_not": null }));
    let answer = owner.ask("POST", KIT, &Value::Null);
    assert_eq!((answer.status, answer.header("cache-control")), (201, Some("no-store")));
    let kit = answer.json();
    let words = words(&kit).join(" ");
    assert_eq!(words_of_page(kit["text"].as_str().unwrap()), words);
    assert!(text(&kit["text"]).contains("blockhouse root-key restore"));
    assert_eq!(owner.reads(KIT)["why_not"], "kit_taken");
    let refused = owner.ask("POST", KIT, &Value::Null);
    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("kit_taken")));
    assert!(refused.text().contains("blockhouse root-key kit"), "the machine is the way");
    for elsewhere in [&mut operator, &mut other, &mut later] {
        assert_eq!(elsewhere.refused("POST", KIT, &Value::Null), (403, "kit_not_offered".to_owned()));
    }

    let after = operator.reads("/v1/root-key");
    assert_eq!((&after["kit"]["by"]["name"], &after["key"]), (&json!("Ada Lovelace"), &kit["key"]));
    let told = events(&mut operator);
    let [made] = &told[..] else { panic!("one entry: {told:?}") };
    assert_eq!((&made["event"]["type"], &made["event"]["key"]), (&json!("root_key_kit_made"), &kit["key"]));
    assert_eq!(made["actor"], json!({ "kind": "person", "id": owner.user() }));
    ends(&house, &["prove"], &words, (RIGHT, "are those of root key"));
    assert!(house.stop().success());
    assert_eq!(telling(&house, &words), [""; 0].map(PathBuf::from));
    house.start(&access);
    owner.reconnects();
    assert_eq!(owner.refused("POST", KIT, &Value::Null), (409, "kit_taken".to_owned()), "after a start neither");
}

#[test]
fn operators_prove_the_words_and_guesses_wait() {
    let (house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    founded.owner.adds_passkey();
    let kit = founded.owner.does("POST", KIT, &Value::Null);
    let words = words(&kit);
    let mut operator = operator(&house);
    let right = json!({ "words": words.join(" ") });
    assert_eq!(founded.owner.refused("POST", PROOF, &right), (403, "permission_missing".to_owned()));
    assert_eq!(founded.owner.refused("GET", "/v1/root-key", &Value::Null), (403, "permission_missing".to_owned()));

    let invalid = (422, "kit_words_invalid".to_owned());
    for bad in [String::new(), words[..23].join(" "), "abandon ".repeat(24), "word ".repeat(2_000)] {
        assert_eq!(operator.refused("POST", PROOF, &json!({ "words": bad })), invalid);
    }
    let mut misspelled = words.clone();
    misspelled[6] = "abandonn".to_owned();
    let refused = operator.ask("POST", PROOF, &json!({ "words": misspelled.join(" ") }));
    assert!(refused.text().contains("word 7") && !refused.text().contains("abandonn"), "{}", refused.text());
    let state = operator.does("POST", PROOF, &right);
    assert_eq!((&state["proof"]["by"]["name"], &state["proof_is_old"]), (&json!("Olga"), &json!(false)));

    let wrong = json!({ "words": of_another_key() });
    let tries = (0..20).map(|_| operator.refused("POST", PROOF, &wrong)).take_while(|refused| refused.0 != 429);
    let tries: Vec<_> = tries.collect();
    assert!(!tries.is_empty() && tries.len() < 20, "{} tries before one has to wait", tries.len());
    assert!(tries.iter().all(|refused| *refused == (422, "kit_words_wrong".to_owned())), "{tries:?}");
    assert_eq!(operator.refused("POST", PROOF, &right), (429, "too_many_tries".to_owned()), "whatever is offered");
    let told: Vec<(Value, Value)> =
        events(&mut operator).iter().map(|e| (e["event"]["type"].clone(), e["outcome"].clone())).collect();
    let refusal = (json!("root_key_proof_refused"), json!({ "result": "refused", "code": "kit_words_wrong" }));
    let done = |kind: &str| (json!(kind), json!({ "result": "done" }));
    assert_eq!(told[..2], [done("root_key_kit_made"), done("root_key_proved")]);
    assert!(told.len() == 2 + tries.len() && told[2..].iter().all(|entry| *entry == refusal), "{told:?}");
    assert_eq!(telling(&house, &words.join(" ")), [""; 0].map(PathBuf::from));
}

#[test]
fn a_lost_key_comes_back_by_its_words_and_no_other_takes_its_place() {
    let (mut house, access) = House::open();
    access.send(&mut house.client(&access), r#"{"message":"what was sealed before"}"#);
    let shown = root_key(&house, &["kit", "--out", "-"], "");
    let page = String::from_utf8(shown.stdout).unwrap();
    let words = words_of_page(&page);
    ends(&house, &["kit"], "", (FAILED, "--out names a file"));
    let file = house.data().with_file_name("kit.txt");
    let name = file.to_str().unwrap();
    ends(&house, &["kit", "--out", name], "", (RIGHT, "remove the file"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(words_of_page(&written), words);
    ends(&house, &["kit", "--out", name], "", (FAILED, "must not exist yet"));
    assert_eq!(fs::read_to_string(&file).unwrap(), written);

    // It is there: it is not written over, by its own words neither.
    let key_file = house.data().join("root.key");
    let key = fs::read(&key_file).unwrap();
    ends(&house, &["restore"], &words, (FAILED, "never overwritten"));
    ends(&house, &["prove"], &of_another_key(), (WRONG, "not of the one of"));
    assert_eq!(fs::read(&key_file).unwrap(), key);

    assert!(house.stop().success());
    fs::remove_file(&key_file).unwrap();
    let said = house.start_in_vain("NO_COLOR", "1");
    assert!(said.contains("blockhouse root-key restore"), "{said}");
    ends(&house, &["kit", "--out", "-"], "", (FAILED, "blockhouse root-key restore"));
    ends(&house, &["restore"], &of_another_key(), (FAILED, "opens under another"));
    ends(&house, &["restore"], "only a few words", (FAILED, "there are 4 words"));
    ends(&house, &["prove"], &of_another_key(), (WRONG, "not of the one of"));
    ends(&house, &["prove"], &words, (RIGHT, "are those of root key"));
    assert!(!key_file.exists(), "nothing of this makes a key");
    // The key table alone tells, and so does the catalog.
    for apart in ["keys", "identity.sqlite"] {
        let (there, away) = (house.data().join(apart), house.data().with_file_name(apart));
        fs::rename(&there, &away).unwrap();
        ends(&house, &["restore"], &of_another_key(), (FAILED, "opens under another"));
        fs::rename(&away, &there).unwrap();
    }
    ends(&house, &["restore"], &words, (RIGHT, "is back at"));
    assert_eq!(fs::read(&key_file).unwrap(), key);
    assert_eq!(fs::metadata(&key_file).unwrap().permissions().mode() & 0o777, 0o600);

    house.start(&access);
    assert_eq!(access.search(&mut house.client(&access), "sealed").len(), 1);
    assert!(house.log().contains("recovery proved"), "the start says so: {}", house.log());
    let kinds: Vec<Value> = events(&mut operator(&house)).iter().map(|entry| entry["event"]["type"].clone()).collect();
    assert_eq!(kinds, ["root_key_kit_made", "root_key_kit_made", "root_key_restored"]);
    assert_eq!(telling(&house, &words), [""; 0].map(PathBuf::from));
}
