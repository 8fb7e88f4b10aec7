//! A browser of one's own: Chromium with an empty profile that trusts the house that is given, looked at as a person would.
//!
//! Always holds: what is asked of a page is asked again until it can be done or patience ends, so that no promise waits for
//! a fixed time; what pages were refused by their own policy and what their scripts failed at is kept, over all pages, until
//! [`Browser::check_clean`]. Knows one window and no frames.
//!
//! Pictures are taken when `BLOCKHOUSE_SCREENSHOTS` names a folder: those that a promise takes, and one where it breaks.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, io, thread};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::clock::eventually;
use driver::{Driver, Refusal};

mod driver;
mod profile;

mod tests;

const PATIENCE: Duration = Duration::from_secs(30);
/// A small telephone, a telephone, a desk.
const WINDOWS: [(u32, u32); 3] = [(320, 640), (390, 844), (1280, 900)];

/// What JSON calls a reference to an element of a page.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Runs before any script of a page. What is written to the console outlives the page; the browser itself writes there what
/// scripts failed at.
const WATCH: &str = r#"
    const tell = console.error.bind(console);
    addEventListener("securitypolicyviolation", (e) =>
        tell(`policy: ${e.effectiveDirective} refused ${e.blockedURI} ${e.sample} at ${e.sourceFile}:${e.lineNumber}`));
"#;

/// Ended, and its profile removed, when dropped.
pub(crate) struct Browser {
    driver: Driver,
}

/// A passkey device that lives in the browser and takes its user for verified.
#[derive(Debug)]
pub(crate) struct Authenticator(String);

/// What a person prefers, in all of their browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

// === impl Browser ===

impl Browser {
    /// Trusts the authorities of those files beside those of the whole world.
    #[track_caller]
    pub(crate) fn start(ca_files: &[PathBuf]) -> Self {
        let browser = Self { driver: Driver::start(ca_files) };
        browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH }));
        browser
    }

    /// Comes back when the page is loaded, whatever its status was.
    #[track_caller]
    pub(crate) fn open(&self, url: &str) {
        self.command("POST", "/url", &json!({ "url": url }));
    }

    #[track_caller]
    pub(crate) fn reload(&self) {
        self.command("POST", "/refresh", &json!({}));
    }

    #[track_caller]
    pub(crate) fn url(&self) -> String {
        as_text(&self.command("GET", "/url", &Value::Null))
    }

    #[track_caller]
    pub(crate) fn title(&self) -> String {
        as_text(&self.command("GET", "/title", &Value::Null))
    }

    // --- what a person does ---

    #[track_caller]
    pub(crate) fn click(&self, css: &str) {
        self.act(&format!("click {css}"), "css selector", css, |path| {
            self.driver.session("POST", &format!("{path}/click"), &json!({}))
        });
    }

    /// The button or link that says these words.
    #[track_caller]
    pub(crate) fn press(&self, words: &str) {
        let xpath = format!("//*[self::button or self::a][normalize-space()={words:?}]");
        self.act(&format!("press {words}"), "xpath", &xpath, |path| {
            self.driver.session("POST", &format!("{path}/click"), &json!({}))
        });
    }

    /// Types over what a field holds.
    #[track_caller]
    pub(crate) fn fill(&self, css: &str, text: &str) {
        self.act(&format!("fill {css}"), "css selector", css, |path| {
            self.driver.session("POST", &format!("{path}/clear"), &json!({}))?;
            self.driver.session("POST", &format!("{path}/value"), &json!({ "text": text }))
        });
    }

    /// Chooses a file of this machine.
    #[track_caller]
    pub(crate) fn upload(&self, css: &str, file: &Path) {
        self.act(&format!("choose {}", file.display()), "css selector", css, |path| {
            self.driver.session("POST", &format!("{path}/value"), &json!({ "text": file.to_string_lossy() }))
        });
    }

    // --- what a person sees ---

    /// The text as it is shown; empty where it is hidden.
    #[track_caller]
    pub(crate) fn text(&self, css: &str) -> String {
        as_text(&self.read(css, "/text"))
    }

    #[track_caller]
    pub(crate) fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.read(css, &format!("/attribute/{name}")).as_str().map(str::to_owned)
    }

    #[track_caller]
    pub(crate) fn property(&self, css: &str, name: &str) -> Value {
        self.read(css, &format!("/property/{name}"))
    }

    /// Now, without patience.
    #[track_caller]
    pub(crate) fn sees(&self, css: &str) -> bool {
        let found = self.find("css selector", css);
        found.and_then(|path| self.driver.session("GET", &format!("{path}/displayed"), &Value::Null)) == Ok(Value::Bool(true))
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, css: &str) {
        eventually(&format!("{css} is shown"), PATIENCE, || self.sees(css).then_some(()));
    }

    /// Until the element's text has these words in it.
    #[track_caller]
    pub(crate) fn wait_for_words(&self, css: &str, words: &str) {
        let mut last = String::new();
        eventually(&format!("{css} says {words:?}"), PATIENCE, || {
            last = self.text(css);
            last.contains(words).then_some(())
        });
    }

    /// The page as it is, in every window and scheme, is no wider than the window; with a picture of each.
    #[track_caller]
    pub(crate) fn check_fits(&self, what: &str) {
        for scheme in [Scheme::Light, Scheme::Dark] {
            self.prefer(scheme);
            for (width, height) in WINDOWS {
                self.resize(width, height);
                self.picture(&format!("{what}-{width}-{scheme:?}"));
                assert!(!self.scrolls_sideways(), "{what} at {width} px, {scheme:?}");
            }
        }
    }

    /// Whether the page is wider than its window.
    #[track_caller]
    fn scrolls_sideways(&self) -> bool {
        self.script("return document.documentElement.scrollWidth > document.documentElement.clientWidth", &[]) == true
    }

    /// A picture of the page as far as it is in the window, if pictures are wanted.
    #[track_caller]
    pub(crate) fn picture(&self, name: &str) {
        let Some(folder) = pictures() else { return };
        keep(&folder, name, &self.command("GET", "/screenshot", &Value::Null)).unwrap();
    }

    // --- what a person has ---

    /// The window, in CSS pixels: below what a real one could be, too.
    #[track_caller]
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", &metrics);
    }

    #[track_caller]
    pub(crate) fn prefer(&self, scheme: Scheme) {
        let value = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.cdp("Emulation.setEmulatedMedia", &features);
    }

    /// Those of the open page, as `{"name", "value", "httpOnly", "secure", "sameSite", …}`.
    #[track_caller]
    pub(crate) fn cookies(&self) -> Vec<Value> {
        as_list(self.command("GET", "/cookie", &Value::Null))
    }

    #[track_caller]
    pub(crate) fn add_cookie(&self, cookie: &Value) {
        self.command("POST", "/cookie", &json!({ "cookie": cookie }));
    }

    #[track_caller]
    pub(crate) fn forget_cookies(&self) {
        self.command("DELETE", "/cookie", &Value::Null);
    }

    #[track_caller]
    pub(crate) fn add_authenticator(&self) -> Authenticator {
        let device = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserConsenting": true,
            "isUserVerified": true,
        });
        Authenticator(as_text(&self.command("POST", "/webauthn/authenticator", &device)))
    }

    /// Its passkeys, as `{"credentialId", "rpId", "userHandle", "signCount", …}`.
    #[track_caller]
    pub(crate) fn passkeys(&self, device: &Authenticator) -> Vec<Value> {
        as_list(self.command("GET", &format!("/webauthn/authenticator/{}/credentials", device.0), &Value::Null))
    }

    /// Its passkeys are lost with it.
    #[track_caller]
    pub(crate) fn remove_authenticator(&self, device: Authenticator) {
        let Authenticator(id) = device;
        self.command("DELETE", &format!("/webauthn/authenticator/{id}"), &Value::Null);
    }

    // --- what nobody but a test does ---

    /// The body of a function, which finds what it is given in `arguments`.
    #[track_caller]
    pub(crate) fn script(&self, body: &str, arguments: &[Value]) -> Value {
        self.command("POST", "/execute/sync", &json!({ "script": body, "args": arguments }))
    }

    /// The body of an async function; what it comes to, or what it threw.
    #[track_caller]
    pub(crate) fn script_async(&self, body: &str, arguments: &[Value]) -> Result<Value, String> {
        let script = format!(
            "const done = arguments[arguments.length - 1]; (async function () {{ {body} }}).apply(null, arguments)
             .then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let answer = self.command("POST", "/execute/async", &json!({ "script": script, "args": arguments }));
        answer["error"].as_str().map_or_else(|| Ok(answer["value"].clone()), |error| Err(error.to_owned()))
    }

    /// No page did what its policy forbids, and no script failed, since the last time this was asked.
    #[track_caller]
    pub(crate) fn check_clean(&self) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "pages complained:\n{}", complaints.join("\n"));
    }

    /// An answer of 400 or more is none: a promise asks for some of them.
    #[track_caller]
    fn complaints(&self) -> Vec<String> {
        let entries = as_list(self.command("POST", "/se/log", &json!({ "type": "browser" })));
        let complaints = entries.iter().filter(|entry| entry["level"] == "SEVERE" && entry["source"] != "network");
        complaints.map(|entry| format!("{}: {}", entry["source"], entry["message"])).collect()
    }

    #[track_caller]
    fn read(&self, css: &str, what: &str) -> Value {
        self.act(&format!("read {what} of {css}"), "css selector", css, |path| {
            self.driver.session("GET", &format!("{path}{what}"), &Value::Null)
        })
    }

    /// Finds the element and acts on it, again and again while the page is not ready for that.
    #[track_caller]
    fn act(&self, what: &str, using: &str, value: &str, act: impl Fn(&str) -> Result<Value, Refusal>) -> Value {
        eventually(what, PATIENCE, || match self.find(using, value).and_then(|path| act(&path)) {
            Ok(value) => Some(value),
            Err(refusal) if refusal.is_for_now() => None,
            Err(refusal) => panic!("{what}: {refusal}"),
        })
    }

    fn find(&self, using: &str, value: &str) -> Result<String, Refusal> {
        let found = self.driver.session("POST", "/element", &json!({ "using": using, "value": value }))?;
        Ok(format!("/element/{}", as_text(&found[ELEMENT])))
    }

    #[track_caller]
    fn cdp(&self, method: &str, parameters: &Value) {
        self.command("POST", "/goog/cdp/execute", &json!({ "cmd": method, "params": parameters }));
    }

    #[track_caller]
    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.driver.session(method, path, body).unwrap_or_else(|refusal| panic!("{method} {path}: {refusal}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let Some(folder) = pictures().filter(|_| thread::panicking()) else { return };
        let name = thread::current().name().unwrap_or("a promise").replace("::", "-");
        // A browser that does not answer any more must not hide why the promise broke.
        if let Ok(picture) = self.driver.session("GET", "/screenshot", &Value::Null) {
            drop(keep(&folder, &format!("broken-{name}"), &picture));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "whether a person wants to look is no configuration of the product")]
fn pictures() -> Option<PathBuf> {
    env::var_os("BLOCKHOUSE_SCREENSHOTS").map(PathBuf::from)
}

fn keep(folder: &Path, name: &str, picture: &Value) -> io::Result<()> {
    let bytes = BASE64_STANDARD.decode(picture.as_str().unwrap_or_default()).map_err(io::Error::other)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{name}.png")), bytes)
}

#[track_caller]
fn as_text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

#[track_caller]
fn as_list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        other => panic!("not a list: {other}"),
    }
}
