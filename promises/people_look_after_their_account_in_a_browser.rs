//! People look after their account in a browser: they join by a link, sign in with a passphrase and a code, are told at
//! the field what is wrong and how long to wait, and change and end what is theirs; on a narrow window as on a wide one,
//! in the light and in the dark, with the keyboard alone.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::codes::code;
use crate::house::House;
use crate::person::{Founded, Person, text};

const PASSPHRASE: &str = "seven wet otters juggle turnips";

fn page(house: &House, path: &str) -> String {
    format!("https://localhost:{}{path}", house.address().port())
}

/// A house with an owner, who has a passphrase, in a browser on the sign-in page.
struct World {
    house: House,
    founded: Founded,
    browser: Browser,
}

impl World {
    #[track_caller]
    fn new() -> Self {
        let (house, link) = House::open_empty();
        let mut founded = Founded::by(&house, &link, "ada@example.com");
        founded.owner.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": PASSPHRASE }));
        let browser = Browser::start(&[house.ca_file()]);
        browser.open(&page(&house, "/sign-in?plain"));
        Self { house, founded, browser }
    }

    #[track_caller]
    fn enters(&self, email: &str, passphrase: &str) {
        self.browser.fill("#passphrase-form input[name=email]", email);
        self.browser.fill("#passphrase-form input[name=passphrase]", passphrase);
        self.browser.press("Sign in");
    }

    #[track_caller]
    fn invitation(&mut self, email: &str) -> String {
        let path = format!("/v1/tenants/{}/invitations", self.founded.tenant);
        text(&self.founded.owner.does("POST", &path, &json!({ "email": email, "roles": [{ "role": "member" }] }))["link"])
    }
}

#[test]
fn a_passphrase_codes_and_recovery_codes_are_set_up_and_used() {
    let (house, link) = House::open_empty();
    let browser = Browser::start(&[house.ca_file()]);
    browser.open(&link);
    for (name, entered) in [("name", "Ada Lovelace"), ("email", "ada@example.com"), ("tenant", "Acme")] {
        browser.fill(&format!("input[name={name}]"), entered);
    }
    browser.press("Create");
    browser.press("Use a passphrase instead");
    browser.fill("#passphrase", "qwertyuiopasdfgh");
    browser.press("Set passphrase");
    browser.wait_for_words("#passphrase-form-passphrase-error", "stolen passwords");
    assert_eq!(browser.attribute("#passphrase", "aria-invalid").as_deref(), Some("true"));
    browser.check_fits("people-weak");
    browser.fill("#passphrase", PASSPHRASE);
    browser.press("Set passphrase");

    browser.wait_for("#codes-secret");
    let secret = browser.text("#codes-secret").replace(' ', "");
    browser.check_fits("people-codes");
    browser.fill("#codes-form input[name=code]", "000000");
    browser.press("Turn on one-time codes");
    browser.wait_for_words("#codes-form-code-error", "code is wrong");
    browser.fill("#codes-form input[name=code]", &code(&secret, 0));
    browser.press("Turn on one-time codes");
    browser.wait_for("#recovery-codes li");
    let recovery = browser.text("#recovery-codes li");
    browser.check_fits("people-recovery");
    browser.press("I have kept the codes");
    browser.wait_for("#made");
    assert!(!browser.script("return document.body.textContent", &[]).to_string().contains(&recovery), "they are gone");

    browser.press("Open your account");
    browser.press("Sign out");
    browser.fill("input[name=email]", "ada@example.com");
    browser.fill("#passphrase", PASSPHRASE);
    browser.press("Sign in");
    browser.wait_for("#code-form");
    browser.check_fits("people-second");
    browser.reload();
    browser.wait_for("#code-form");
    browser.fill("#code-form input[name=code]", "000000");
    browser.press("Check code");
    browser.wait_for_words("#status.failed", "does not let you in");
    browser.press("Start over");
    browser.wait_for("#passphrase-form");
    browser.fill("input[name=email]", "ada@example.com");
    browser.fill("#passphrase", PASSPHRASE);
    browser.press("Sign in");
    browser.fill("#code-form input[name=code]", &code(&secret, 1));
    browser.press("Check code");
    browser.wait_for_words("#codes-state", "asked for after your passphrase");
    browser.wait_for_words("#recovery-state", "10 are left");
    browser.check_clean();
}

#[test]
fn what_is_wrong_is_said_at_its_field_and_how_long_to_wait() {
    let world = World::new();
    let browser = &world.browser;
    browser.check_fits("people-sign-in");
    browser.press("Sign in");
    browser.wait_for("#passphrase-form-email-error");
    assert_eq!(browser.attribute("input[name=email]", "aria-describedby").as_deref(), Some("passphrase-form-email-error"));
    assert_eq!(browser.script("return document.activeElement.name", &[]), "email", "and the keyboard is there");
    let mut guesses = 0;
    while !browser.text("#status").contains("oo many tries") {
        assert!(guesses < 12, "{guesses} guesses and no wait");
        world.enters("ada@example.com", &format!("a wrong guess {guesses}"));
        browser.wait_for("#passphrase-form button:not([aria-busy])");
        guesses += 1;
    }
    browser.wait_for_words("#passphrase-form button", "Try again in");
    browser.check_fits("people-wait");
    browser.wait_for_words("#passphrase-form button", "Sign in");
    world.enters("ada@example.com", PASSPHRASE);
    browser.wait_for_words("#email", "ada@example.com");
    browser.check_fits("people-account");
    browser.check_clean();
}

#[test]
fn the_keyboard_alone_is_enough() {
    let world = World::new();
    let browser = &world.browser;
    browser.fill("input[name=email]", "ada@example.com");
    browser.fill("#passphrase", &format!("{PASSPHRASE}\u{E007}"));
    browser.wait_for_words("#email", "ada@example.com");
    browser.check_clean();
}

#[test]
fn an_invitation_leads_to_an_account_and_an_account_to_one_more_tenant() {
    let mut world = World::new();
    let link = world.invitation("ben@example.com");
    let World { house, browser, .. } = &world;
    browser.open(&link);
    browser.wait_for_words("#new h2", "Acme");
    assert_eq!(browser.url(), page(house, "/join"), "the token stays neither in the address nor in the history");
    assert_eq!(browser.property("#new-form input[name=email]", "value"), "ben@example.com");
    browser.check_fits("people-join");
    browser.fill("#new-form input[name=name]", "Ben");
    browser.press("Make my account");
    browser.wait_for("#ways");
    let _device = browser.add_authenticator();
    browser.press("Make a passkey");
    browser.wait_for("#end");
    browser.press("Open your account");
    browser.wait_for_words("#tenants", "Acme");
    browser.open(&link);
    browser.wait_for_words("#status.failed", "of no use any more");

    // The same person is invited elsewhere, and signed in as nobody.
    browser.open(&page(house, "/me"));
    browser.press("Sign out");
    browser.wait_for("#passkey");
    drop(house.bootstrap("Globex", "first"));
    let made = house.run(&["admin", "invite", "--tenant", "Globex", "--email", "ben@example.com", "--role", "read-only"]);
    browser.open(&page(house, &format!("/join#{}", text(&made["token"]))));
    browser.wait_for("#known");
    browser.check_fits("people-known");
    browser.press("Sign in to join");
    browser.press("Use a passkey");
    browser.press("Join with this account");
    browser.wait_for("#end");
    browser.press("Open your account");
    browser.wait_for_words("#tenants", "Globex\nyou work here".replace('\n', " ").as_str());
    browser.press("Work here");
    browser.wait_for_words("#status.done", "You work in Acme now");
    browser.check_clean();
}

#[test]
fn an_invitation_is_not_for_whoever_happens_to_be_signed_in() {
    let mut world = World::new();
    let tenant = world.founded.tenant.clone();
    drop(Person::invited(&world.house, &mut world.founded.owner, &tenant, "ben@example.com", &json!([{ "role": "member" }])));
    drop(world.house.bootstrap("Globex", "first"));
    let made = world.house.run(&["admin", "invite", "--tenant", "Globex", "--email", "ben@example.com"]);
    world.enters("ada@example.com", PASSPHRASE);
    world.browser.wait_for("#account");
    world.browser.open(&page(&world.house, &format!("/join#{}", text(&made["token"]))));
    world.browser.wait_for_words("#other", "ada@example.com");
    assert!(!world.browser.sees("#accept"));
    world.browser.press("Sign out, and sign in with the invited account");
    world.browser.wait_for("#passkey");
    world.browser.check_clean();
}

#[test]
fn a_link_of_the_shell_sets_up_a_way_in() {
    let (house, _link) = House::open_empty();
    let staff = ["admin", "create-staff", "--kind", "engineer", "--email", "eve@example.com", "--name", "Eve"];
    let link = page(&house, &format!("/join#{}", text(&house.run(&staff)["token"])));
    let browser = Browser::start(&[house.ca_file()]);
    browser.open(&link);
    browser.wait_for_words("h1", "Set up how Eve signs in");
    browser.add_authenticator();
    browser.press("Make a passkey");
    browser.wait_for("#end");
    browser.press("Open your account");
    browser.wait_for_words("#kind", "engineer");
    browser.press("Sign out");
    browser.press("Use a passkey");
    browser.wait_for_words("#email", "eve@example.com");
    browser.open(&link);
    browser.wait_for_words("#status.failed", "of no use any more");
    browser.check_clean();
}

/// A page in which an hour has passed is one whose server asks for a proof: once, before it looks at what is asked.
const ASK_FOR_PROOF: &str = "
    const real = window.fetch;
    let asked = false;
    window.fetch = (path, options) => {
        if (asked || path !== '/v1/me/recovery-codes') return real(path, options);
        asked = true;
        return Promise.resolve(Response.json({ code: 'step_up_required' }, { status: 403 }));
    };";

#[test]
fn what_needs_a_fresh_proof_asks_for_one_and_goes_on() {
    let world = World::new();
    let browser = &world.browser;
    world.enters("ada@example.com", PASSPHRASE);
    browser.wait_for("#account");
    browser.script(ASK_FOR_PROOF, &[]);
    browser.press("Make recovery codes");
    browser.wait_for("#proof-passphrase-form");
    browser.check_fits("people-proof");
    browser.press("Cancel");
    browser.wait_for_words("#status.failed", "Nothing was changed");
    browser.wait_for_words("#recovery-state", "There are none");

    browser.script(ASK_FOR_PROOF, &[]);
    browser.press("Make recovery codes");
    browser.fill("#proof-passphrase-form input[name=passphrase]", "not what it is");
    browser.press("Check passphrase");
    browser.wait_for_words("#proof [role=status]", "does not let you in");
    browser.fill("#proof-passphrase-form input[name=passphrase]", PASSPHRASE);
    browser.press("Check passphrase");
    browser.wait_for("#recovery-codes li");
    browser.press("I have kept the codes");
    browser.wait_for_words("#recovery-state", "10 are left");
    browser.check_clean();
}

#[test]
fn people_change_and_end_what_is_theirs() {
    let world = World::new();
    let browser = &world.browser;
    world.enters("ada@example.com", PASSPHRASE);
    browser.wait_for_words("#notices", "passphrase was set");
    let row = |list: &str| browser.text(&format!("#{list} li"));
    browser.fill("#name-form input[name=name]", "Ada King");
    browser.press("Change name");
    browser.wait_for_words("#name", "Ada King");

    browser.add_authenticator();
    browser.fill("#passkey-form input[name=name]", "Laptop");
    browser.press("Add a passkey");
    browser.wait_for_words("#passkeys", "Laptop");
    browser.press("Rename");
    browser.fill("#passkeys input[name=name]", "Old laptop");
    browser.press("Rename passkey");
    browser.wait_for_words("#passkeys", "Old laptop");
    assert!(row("sessions").contains("127.0.0.1"), "{}", row("sessions"));
    browser.press("End all others");
    browser.wait_for_words("#status.done", "One session is ended");
    assert!(!browser.sees("#end-others"));

    browser.press("Remove passphrase");
    browser.wait_for("#sure");
    browser.check_fits("people-sure");
    browser.press("Keep it");
    browser.wait_for_words("#passphrase-state", "You can sign in with a passphrase");
    browser.click("#remove-passphrase");
    browser.click("#sure-yes");
    browser.wait_for_words("#passphrase-state", "None is set");
    browser.press("Remove");
    browser.click("#sure-yes");
    browser.wait_for_words("#status.failed", "last way to sign in");

    browser.press("Make recovery codes");
    browser.wait_for("#recovery-codes li");
    browser.press("I have kept the codes");
    browser.wait_for_words("#recovery-state", "10 are left");
    browser.press("Turn on one-time codes");
    browser.wait_for("#codes-secret");
    browser.press("Not now");
    browser.wait_for_words("#codes-state", "They are off");
    browser.check_fits("people-account-full");
    browser.press("Sign out");
    browser.wait_for("#passkey");
    browser.open(&page(&world.house, "/me"));
    browser.wait_for("#passkey");
    let answer = browser.script_async("return (await fetch('/v1/me')).status", &[]);
    assert_eq!(answer, Ok(Value::from(401)), "signed out");
    browser.check_clean();
}
