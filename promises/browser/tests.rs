//! What the browser of promises is good for: it sees what goes wrong in a page.

use serde_json::json;

use super::Browser;
use crate::house::House;

/// A browser on the setup page, whose policy is as strict as any page's.
fn opened() -> (House, Browser) {
    let (house, link) = House::open_empty();
    let browser = Browser::start(&[house.ca_file()]);
    browser.open(&link);
    (house, browser)
}

/// What a page is made to do is complained about, also when another page is open by then.
#[track_caller]
fn check(browser: &Browser, script: &str, complaint: &str) {
    browser.script(script, &[]);
    browser.reload();
    let complaints = browser.complaints();
    assert!(complaints.iter().any(|one| one.contains(complaint)), "{script}: {complaints:?}");
    browser.check_clean();
}

#[test]
fn a_page_that_breaks_its_policy_or_fails_is_complained_about() {
    let (_house, browser) = opened();
    browser.check_clean();
    check(&browser, "document.body.setAttribute('style', 'color: red')", "policy: style-src");
    check(&browser, "document.body.append(Object.assign(new Image(), { src: '/healthz' }))", "policy: img-src");
    check(&browser, "try { document.body.innerHTML = '<p>' } catch {}", "policy: require-trusted-types-for");
    check(&browser, "setTimeout(() => { throw new Error('of a script') })", "Uncaught Error: of a script");
    check(&browser, "Promise.reject('of a promise')", "Uncaught (in promise) of a promise");
}

#[test]
#[should_panic(expected = "pages complained")]
fn a_complaint_breaks_the_promise() {
    let (_house, browser) = opened();
    browser.script("document.body.setAttribute('style', 'color: red')", &[]);
    browser.check_clean();
}

#[test]
fn a_stranger_s_certificate_is_not_trusted() {
    let (house, _link) = House::open_empty();
    let (other, _link) = House::open_empty();
    let browser = Browser::start(&[house.ca_file()]);
    let address = format!("https://localhost:{}/setup?plain", other.address().port());
    browser.open(&address);
    browser.wait_for_words("body", "ERR_CERT_AUTHORITY_INVALID");
    let browser = Browser::start(&[house.ca_file(), other.ca_file()]);
    browser.open(&address);
    assert_eq!(browser.title(), "Set up Blockhouse", "unless it was told of both");
}

#[test]
fn what_is_not_there_yet_is_waited_for() {
    let (_house, browser) = opened();
    // A button that comes late, and moves in front of what hides it later still.
    browser.script(
        "setTimeout(() => {
            const button = document.createElement('button');
            button.textContent = button.id = 'late';
            button.onclick = () => { document.title = 'clicked' };
            const curtain = Object.assign(document.createElement('div'), { textContent: 'curtain' });
            Object.assign(curtain.style, { position: 'fixed', inset: 0 });
            document.body.append(button, curtain);
            setTimeout(() => curtain.remove(), 300);
        }, 300);",
        &[],
    );
    browser.click("#late");
    assert_eq!(browser.title(), "clicked");
    browser.check_clean();
}

#[test]
fn scripts_answer_and_cookies_are_kept_until_they_are_forgotten() {
    let (_house, browser) = opened();
    assert_eq!(browser.script("return arguments[0] + 1", &[json!(1)]), 2);
    assert_eq!(browser.script_async("return (await fetch('/healthz')).status + arguments[0]", &[json!(1)]), Ok(json!(201)));
    assert_eq!(browser.script_async("throw new Error('late')", &[]), Err("Error: late".to_owned()));
    browser.add_cookie(&json!({ "name": "taste", "value": "sweet", "secure": true, "httpOnly": true }));
    let cookies = browser.cookies();
    assert_eq!(cookies.iter().map(|one| (&one["name"], &one["value"])).collect::<Vec<_>>(), [(&json!("taste"), &json!("sweet"))]);
    browser.forget_cookies();
    assert!(browser.cookies().is_empty());
}
