//! In a browser: all of it, in every window, light and dark.

use std::fs;

use super::{BYTES, REPORT, state};
use crate::browser::Browser;
use crate::house::House;
use crate::person::{Founded, text};

#[test]
fn a_statement_is_begun_signed_and_taken_back_in_a_browser() {
    let (house, link) = House::open_empty();
    drop(Founded::by(&house, &link, "ada@example.com"));
    let olga = ["admin", "create-staff", "--kind", "operator", "--email", "olga@staff.example", "--name", "Olga Quorum"];
    let token = text(&house.run(&olga)["token"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.pdf");
    fs::write(&file, BYTES).unwrap();

    let browser = Browser::start(&[house.ca_file()]);
    let _device = browser.add_authenticator();
    browser.open(&format!("https://localhost:{}/join#{token}", house.address().port()));
    browser.press("Make a passkey");
    browser.press("Open your account");
    browser.wait_for("#signs");
    browser.press("what people sign");
    browser.wait_for_words("#waiting", "Nothing waits");
    browser.check_fits("claims-list");

    browser.click("button[aria-label='Begin a statement: SOC 2 report']");
    browser.fill("input[name=days]", "400");
    browser.press("Begin the statement");
    browser.wait_for("#proposing-form-days-error");
    browser.check_fits("claims-proposing");
    browser.fill("input[name=days]", "30");
    for (name, value) in [("issuer", "Audit & Partners"), ("number", "2026-9"), ("scope", "the log service")] {
        browser.fill(&format!("#document input[name={name}]"), value);
    }
    browser.script("document.querySelector('input[name=valid-until]').value = '2199-12-31'", &[]);
    browser.press("Begin the statement");
    browser.wait_for_words("#statement-sentence", "Audit & Partners issued SOC 2 report 2026-9");
    browser.fill("#role-form input[name=role]", "head of operations");
    browser.press("Read what you sign");
    browser.wait_for_words("#status.failed", "ttach the document");
    browser.wait_for("#file-form");
    browser.upload("#file-form input[name=file]", &file);
    browser.press("Attach");
    browser.wait_for_words("#status.done", "The file is attached");
    browser.fill("#role-form input[name=role]", "head of operations");
    browser.press("Read what you sign");
    browser.wait_for_words("#words", "blockhouse/attestation/1");
    browser.check_fits("claims-signing");
    browser.press("Sign with a passkey");
    browser.wait_for_words("#status.done", "stands on the page now");
    assert_eq!(state(&house, REPORT), "PASS");
    browser.check_fits("claims-said");

    browser.click("button[aria-label='Take back: SOC 2 report']");
    browser.press("Take it back");
    browser.wait_for("#withdrawing-form-reason-error");
    browser.fill("#withdrawing-form input[name=reason]", "the auditor recalled it");
    browser.check_fits("claims-withdrawing");
    browser.press("Take it back");
    browser.wait_for_words("#said", "taken back");
    assert_eq!(state(&house, REPORT), "WITHDRAWN");

    browser.click("button[aria-label='Begin a statement: Confidentiality']");
    browser.press("Begin the statement");
    browser.press("Discard the statement");
    browser.wait_for_words("#status.done", "discarded");
    browser.check_clean();
}
