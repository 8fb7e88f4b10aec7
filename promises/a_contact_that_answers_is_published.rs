//! The address for vulnerabilities is published for as long as somebody is seen to read there, signed, and no longer; and
//! it is told, once, when what people signed in public ends soon.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::client::Response;
use crate::clock::{ahead, eventually};
use crate::house::House;
use crate::mailbox::Mailbox;
use crate::people_sign_what_only_they_can_say::{CONFIDENTIAL, STATEMENTS, signs, staff, state};
use crate::person::{Person, text};

const CONTACT: &str = "security@example.com";
const FILE: &str = "/.well-known/security.txt";
const ACKNOWLEDGE: &str = "/v1/security-contact/acknowledge";
const SECURITY_TXT: &str = "TPL-SECTXT-1";
const ASKS: &str = "Does somebody read this?";
const DAY_SECONDS: u64 = 24 * 3_600;
/// What is due is sent when the server starts.
const SENT_WITHIN: Duration = Duration::from_secs(30);
const SHOWN_WITHIN: Duration = Duration::from_secs(90);

fn get(house: &House, path: &str) -> Response {
    house.visitor().get(path, "").unwrap()
}

/// Of the message with this number, counted from zero.
#[track_caller]
fn code(mailbox: &Mailbox, number: usize) -> String {
    let mail = eventually("the contact is written to", SENT_WITHIN, || mailbox.with(ASKS).get(number).cloned());
    assert_eq!(mail.to, CONTACT);
    let (_, rest) = mail.text.split_once("/security/contact#").expect("a link");
    rest.split_whitespace().next().expect("a code").to_owned()
}

/// The signed text, if the signature is by the key.
#[track_caller]
fn verified(folder: &Path, file: &str, key: &str) -> String {
    let (signed, key_file) = (folder.join("security.txt"), folder.join("security.asc"));
    fs::write(&signed, file).unwrap();
    fs::write(&key_file, key).unwrap();
    let home = folder.join("gnupg");
    fs::create_dir_all(&home).unwrap();
    let gpg = |words: &[&std::ffi::OsStr]| {
        let mut command = Command::new("gpg");
        command.args(["--batch", "--quiet", "--homedir"]).arg(&home).args(words).stdin(Stdio::null());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    gpg(&["--import".as_ref(), key_file.as_os_str()]);
    gpg(&["--decrypt".as_ref(), signed.as_os_str()])
}

fn expires(text: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix("Expires: ")).expect("an end").to_owned()
}

#[test]
fn an_address_is_published_while_somebody_reads_there() {
    let mailbox = Mailbox::open();
    let (mut house, _) = House::open_empty_set(mailbox.settings(CONTACT));
    let folder = tempfile::tempdir().unwrap();
    let asked = code(&mailbox, 0);
    let unproven = get(&house, FILE).text();
    let mut reader = Person::stranger(&house);
    let told = reader.refused("POST", ACKNOWLEDGE, &json!({ "code": "A".repeat(asked.len()) }));
    assert_eq!(told, (404, "acknowledgement_unknown".to_owned()));
    assert_eq!(expires(&get(&house, FILE).text()), expires(&unproven), "somebody guessed");
    reader.does("POST", ACKNOWLEDGE, &json!({ "code": asked }));

    let answer = get(&house, FILE);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let key = get(&house, "/.well-known/security.asc").text();
    let published = verified(folder.path(), &answer.text(), &key);
    let origin = format!("https://localhost:{}", house.address().port());
    for field in [format!("Contact: mailto:{CONTACT}"), format!("Canonical: {origin}{FILE}")] {
        assert!(published.lines().any(|line| line == field), "{field}: {published}");
    }
    eventually("the page says so", SHOWN_WITHIN, || (state(&house, SECURITY_TXT) == "PASS").then_some(()));

    // The next message is not answered: the file is no longer renewed, and ends.
    let mut starts_after = |days: u64| {
        assert!(house.stop().success(), "{}", house.log());
        house.start_once(&[], &ahead(folder.path(), days * DAY_SECONDS), Stdio::null());
        let answer = get(&house, FILE);
        (answer.status == 200).then(|| expires(&answer.text()))
    };
    let end = expires(&published);
    assert!(end > expires(&unproven), "a week, and longer once somebody read: {end}");
    let renewed = starts_after(1).expect("it is renewed");
    assert!(renewed > end, "{renewed} is after {end}");
    code(&mailbox, 0);
    starts_after(8).expect("it still stands");
    code(&mailbox, 1);
    let (unread, later) = (starts_after(20), starts_after(30));
    assert!(unread.is_some() && unread == later, "nobody read the second message: {unread:?}, {later:?}");
    assert_eq!(starts_after(46), None, "it is over");
}

#[test]
fn the_contact_is_told_once_of_each_time_before_a_statement_ends() {
    let mailbox = Mailbox::open();
    let (mut house, _) = House::open_empty_set(mailbox.settings(CONTACT));
    let folder = tempfile::tempdir().unwrap();
    let mut olga = staff(&house, "operator", "Olga Quorum");
    let id = text(&olga.does("POST", STATEMENTS, &json!({ "claim": CONFIDENTIAL, "days": 5 }))["id"]);
    signs(&mut olga, &id, "head of operations");
    let told = || mailbox.with(&format!("Subject: {CONFIDENTIAL} ends ")).len();
    assert_eq!(told(), 0);
    for hours_later in [0, 0, 4 * 24 + 12] {
        assert!(house.stop().success(), "{}", house.log());
        house.start_once(&[], &ahead(folder.path(), hours_later * 3_600), Stdio::null());
        let expected = if hours_later == 0 { 1 } else { 2 };
        eventually(&format!("the contact is told {hours_later} hours later"), SENT_WITHIN, || (told() == expected).then_some(()));
    }
    let mails = mailbox.with(&format!("Subject: {CONFIDENTIAL} ends "));
    assert!(mails[0].text.contains("in 7 days or less") && mails[1].text.contains("in 1 days or less"), "{mails:?}");
    assert!(mails.iter().all(|mail| mail.to == CONTACT));
}
