//! Somebody signs up with a passkey and searches: from the link that the server printed to the first line found, in a
//! browser, with nothing typed but names; and without the passkey nobody gets in again.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::{Access, House};

const SEARCH: &str = "
    const answer = await fetch(`/v1/sources/${arguments[0]}/search?q=hello`);
    return [answer.status, await answer.json()];";

/// The status of a search by a script of the open page, and the messages that it found.
#[track_caller]
fn search(browser: &Browser, source: &str) -> (u64, Vec<String>) {
    let answer = browser.script_async(SEARCH, &[json!(source)]).unwrap();
    let records = answer[1]["records"].as_array().cloned().unwrap_or_default();
    let messages = records.iter().map(|record| record["message"].as_str().unwrap_or_default().to_owned());
    (answer[0].as_u64().unwrap(), messages.collect())
}

#[track_caller]
fn fill_in(browser: &Browser, link: &str) {
    browser.open(link);
    browser.fill("input[name=name]", "Ada Lovelace");
    browser.fill("input[name=email]", "ada@example.com");
    browser.fill("input[name=tenant]", "Acme");
    browser.press("Create");
    browser.wait_for("#ways");
}

fn shown_access(browser: &Browser, house: &House) -> Access {
    browser.wait_for("#made");
    Access {
        source_id: browser.text("#source_id"),
        write_key: browser.text("#write_key"),
        read_key: browser.text("#read_key"),
        ca_file: house.ca_file(),
    }
}

#[test]
fn from_the_setup_link_to_the_first_line_found() {
    let (house, link) = House::open_empty();
    let browser = Browser::start(&[house.ca_file()]);
    fill_in(&browser, &link);
    let device = browser.add_authenticator();
    browser.press("Make a passkey");
    let access = shown_access(&browser, &house);
    let passkeys = browser.passkeys(&device);
    assert_eq!(passkeys.len(), 1);
    assert_eq!((&passkeys[0]["rpId"], &passkeys[0]["isResidentCredential"]), (&json!("localhost"), &json!(true)));
    access.send(&mut house.client(&access), r#"{"message":"hello from Ada"}"#);

    browser.press("Open your account");
    browser.wait_for_words("#email", "ada@example.com");
    browser.press("Sign out");
    browser.wait_for("#passkey");
    assert_eq!(search(&browser, &access.source_id), (401, Vec::new()));

    browser.press("Use a passkey");
    browser.wait_for_words("#email", "ada@example.com");
    assert_eq!(search(&browser, &access.source_id), (200, vec!["hello from Ada".to_owned()]));
    let cookies = browser.cookies();
    let session = cookies.iter().find(|one| one["name"] == "__Host-blockhouse").expect("the session's cookie");
    let kept = ["secure", "httpOnly", "sameSite", "path"].map(|name| session[name].clone());
    assert_eq!(Value::from(kept.to_vec()), json!([true, true, "Strict", "/"]));
    assert_eq!(browser.script("return document.cookie", &[]), "", "no script reads it");
    browser.check_clean();
}

#[test]
fn without_the_passkey_nobody_gets_in() {
    let (house, link) = House::open_empty();
    let browser = Browser::start(&[house.ca_file()]);
    fill_in(&browser, &link);
    let device = browser.add_authenticator();
    browser.press("Make a passkey");
    let access = shown_access(&browser, &house);
    browser.press("Open your account");
    browser.press("Sign out");
    browser.wait_for("#passkey");
    browser.remove_authenticator(device);
    let empty = browser.add_authenticator();
    browser.press("Use a passkey");
    browser.wait_for_words("#status.failed", "No passkey was used");
    assert_eq!(search(&browser, &access.source_id), (401, Vec::new()));
    assert!(browser.passkeys(&empty).is_empty());
    browser.check_clean();
}
