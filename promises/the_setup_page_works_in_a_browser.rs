//! The setup page works in a browser: the link of a new server leads through a form to a tenant, a source and its keys,
//! once; on a narrow window as on a wide one, in the light and in the dark; and passkeys can be made at its address.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::{Browser, Scheme};
use crate::client::Request;
use crate::clock::eventually;
use crate::house::{Access, House};

const PATIENCE: Duration = Duration::from_secs(30);

/// What is behind the text, as the page computes it.
fn background(browser: &Browser, scheme: Scheme) -> String {
    browser.prefer(scheme);
    browser.script("return getComputedStyle(document.body).backgroundColor", &[]).to_string()
}

fn fill_in(browser: &Browser, tenant: &str) {
    browser.fill("input[name=name]", "Ada Lovelace");
    browser.fill("input[name=email]", "ada@example.com");
    browser.fill("input[name=tenant]", tenant);
}

#[test]
fn a_new_server_is_set_up_by_its_link_and_the_keys_work() {
    let (house, link) = House::open_empty();
    let browser = Browser::start(&[house.ca_file()]);
    browser.open(&link);
    assert_eq!(browser.title(), "Set up Blockhouse");
    let (page, _token) = link.split_once('#').expect("the token is behind a #");
    assert_eq!(browser.url(), page, "the token stays neither in the address nor in the history");
    browser.check_fits("setup-form");
    assert_ne!(background(&browser, Scheme::Light), background(&browser, Scheme::Dark));

    fill_in(&browser, "Acme");
    browser.fill("input[name=source]", "web");
    browser.press("Create");
    browser.wait_for("#ways");
    browser.check_fits("setup-ways");
    browser.press("Skip for now");
    browser.wait_for("#made");
    assert!(!browser.sees("#form") && !browser.sees("#ways"));
    browser.check_fits("setup-keys");
    let access = Access {
        source_id: browser.text("#source_id"),
        write_key: browser.text("#write_key"),
        read_key: browser.text("#read_key"),
        ca_file: house.ca_file(),
    };
    let snippet = browser.text("#snippet");
    assert!(snippet.contains(&access.frames_path()) && snippet.contains(&access.write_key), "{snippet}");
    let mut client = house.client(&access);
    access.send(&mut client, r#"{"message":"hello from a browser"}"#);
    assert_eq!(access.search(&mut client, "browser").len(), 1);
    browser.check_clean();
}

#[test]
fn the_link_works_once() {
    let (house, link) = House::open_empty();
    let [browser, late] = [Browser::start(&[house.ca_file()]), Browser::start(&[house.ca_file()])];
    // Both have the page open, one is first.
    for one in [&browser, &late] {
        one.open(&link);
    }
    fill_in(&browser, "Acme");
    browser.press("Create");
    browser.press("Skip for now");
    browser.wait_for("#made");
    fill_in(&late, "Globex");
    late.press("Create");
    late.wait_for_words("#status.failed", "has been set up already");
    assert_eq!(late.attribute("#status", "role").as_deref(), Some("status"), "it is read out");
    assert!(!late.sees("#made"));
    late.picture("setup-late");

    let mut client = house.visitor();
    assert_eq!(client.get("/setup", "").unwrap().json()["code"], "not_found");
    let asked = Request { method: "GET", path: "/setup", headers: &[("Accept", "text/html,*/*;q=0.8")], body: b"" };
    let page = client.send(&asked).unwrap();
    assert!(page.status == 404 && page.text().contains("has been set up already") && page.text().contains("/sign-in"));
    let write_key = browser.text("#write_key");
    browser.open(&link);
    assert_eq!(browser.text("#write_key"), write_key, "it is not lost by opening the link once more where the page is open");
    browser.reload();
    assert!(!browser.sees("form") && !browser.text("body").contains(&write_key), "but the page is gone");
    browser.press("Sign in");
    // A binary with the console leads there, one without to the page of the account.
    let is_in = |url: &str| url.ends_with("/me") || url.contains("/app/");
    eventually("whoever set it up is in", PATIENCE, || is_in(&browser.url()).then_some(()));
    browser.open(&format!("https://localhost:{}/me", house.address().port()));
    browser.wait_for_words("#email", "ada@example.com");
    let house_address = format!("https://localhost:{}/", house.address().port());
    late.open(&house_address);
    // That is where the front door leads, be it to the console or, without one, to the page.
    late.wait_for_words("h1", "Sign in");
    for one in [&browser, &late] {
        one.check_clean();
    }
}

#[test]
fn what_is_wrong_is_said_and_can_be_corrected() {
    let (house, link) = House::open_empty();
    let browser = Browser::start(&[house.ca_file()]);
    let page = link.split('#').next().expect("a page");
    browser.open(page);
    browser.wait_for_words("#status.failed", "lacks the one-time token");
    browser.check_fits("setup-no-token");

    browser.open(&link);
    browser.press("Create");
    assert_eq!(browser.property("input[name=tenant]", "validity")["valueMissing"], true, "a name is asked for");
    assert_eq!(browser.property("form button", "disabled"), false);
    // The form allows what the server does not.
    fill_in(&browser, "Acme");
    browser.script("document.querySelector('input[name=source]').value = ' '.repeat(3)", &[]);
    browser.press("Create");
    browser.wait_for("#status.failed");
    browser.wait_for_words("#form-source-error", "a name has");
    assert_eq!(browser.attribute("input[name=source]", "aria-describedby").as_deref(), Some("form-source-error"));
    browser.check_fits("setup-refused");
    browser.fill("input[name=source]", "web");
    browser.press("Create");
    browser.wait_for("#ways");
    browser.check_clean();
}

/// Browsers make passkeys only where they have nothing to complain about in the certificate.
#[test]
fn passkeys_can_be_made_at_its_address() {
    const CREATE: &str = "
        const publicKey = {
            rp: { name: 'Blockhouse' }, user: { id: new Uint8Array([1]), name: 'ada', displayName: 'Ada' },
            challenge: new Uint8Array(32), pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
            authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        };
        return (await navigator.credentials.create({ publicKey })).type;";
    let (house, link) = House::open_empty();
    let browser = Browser::start(&[house.ca_file()]);
    browser.open(&link);
    let device = browser.add_authenticator();
    assert_eq!(browser.script_async(CREATE, &[]), Ok(json!("public-key")));
    let passkeys = browser.passkeys(&device);
    assert_eq!(passkeys.iter().map(|key| &key["rpId"]).collect::<Vec<_>>(), [&Value::from("localhost")]);
    browser.remove_authenticator(device);
    browser.check_clean();
}
