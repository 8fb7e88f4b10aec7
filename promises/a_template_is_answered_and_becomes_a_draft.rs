//! A template of a security page is kept, answered by people and made into a draft: with its guidance, its sentences held
//! against the library, and nothing left open. Nothing of it is public.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::House;
use crate::person::{Founded, Person, text};

const OWNER: &str = "ada@example.com";
const PASSPHRASE: &str = "seven wet otters juggle turnips";

/// In the format of annotated templates, in our words.
pub(crate) const TEMPLATE: &str = "\
## Encryption\n\n\
<!--- __Recommended for:__ every company. __Explanation:__ Says what is sealed. __Customization:__ none needed. --->\n\n\
All backups are encrypted. We run on [Little Cloud | Big Cloud].\n\n\
## Reports\n\n\
<!--- __Recommended for:__ companies from Series A on. __Explanation:__ Tells where to write. \
__Customization:__ minor customization. --->\n\n\
Write to security@DOMAIN.\n\n\
## Guards\n\n\
We have [guards | cameras | …] at the door.\n";

struct World {
    house: House,
    founded: Founded,
}

// === impl World ===

impl World {
    fn new() -> Self {
        let (house, link) = House::open_empty();
        let founded = Founded::by(&house, &link, OWNER);
        Self { house, founded }
    }

    fn path(&self, what: &str) -> String {
        format!("/v1/tenants/{}/overview/template{what}", self.founded.tenant)
    }
}

/// The words of what stands in the way.
fn open(answer: &Value) -> Vec<String> {
    answer["template"]["open"].as_array().expect("what is open").iter().map(|one| text(&one["words"])).collect()
}

#[test]
fn a_template_is_read_answered_and_made_into_a_draft() {
    let mut world = World::new();
    let (at, answers, draft) = (world.path(""), world.path("/answers"), world.path("/draft"));
    let owner = &mut world.founded.owner;
    assert_eq!(owner.reads(&at), json!({ "template": null }));
    assert_eq!(owner.refused("GET", &draft, &Value::Null), (404, "template_missing".to_owned()));
    let kept = owner.puts_text(&at, TEMPLATE);
    let [encryption, reports, guards] = &kept["template"]["sections"].as_array().unwrap()[..] else {
        panic!("three sections: {kept}")
    };
    assert_eq!(encryption["guidance"]["explanation"], "Says what is sealed.");
    assert_eq!(reports["guidance"]["audience"], "growing");
    assert!(reports["sentences"][0]["needsDomain"] == true && guards["sentences"][0]["choices"][0]["range"] == "open-ended");
    let backups = &encryption["sentences"][0];
    assert_eq!((&backups["is"], &backups["claims"][0]["id"]), (&json!("claim"), &json!("TPL-BACKUP-4")), "{backups}");
    assert!(backups["claims"][0]["wording"]["is"].is_string() && backups["claims"][0]["library"].is_string(), "{backups}");
    assert_eq!(open(&kept).len(), 3, "a choice, a domain and another choice: {:?}", open(&kept));
    assert_eq!(owner.refused("GET", &draft, &Value::Null), (409, "template_open".to_owned()));

    let (version, choice) = (text(&kept["template"]["version"]), text(&encryption["sentences"][1]["choices"][0]["id"]));
    let given = json!({ "domain": "example.com", "choices": { &choice: "Big Cloud" }, "deleted": ["guards"] });
    let answered = owner.does("PUT", &answers, &json!({ "version": version, "answers": given }));
    assert_eq!(open(&answered), Vec::<String>::new());
    // Somebody else answered what they saw before.
    let late = json!({ "version": version, "answers": {} });
    assert_eq!(owner.refused("PUT", &answers, &late), (409, "template_changed".to_owned()));
    let made = owner.reads(&draft);
    let markdown = text(&made["markdown"]);
    assert!(markdown.contains("We run on Big Cloud.") && markdown.contains("security@example.com"), "{markdown}");
    assert!(!markdown.contains("guards") && !markdown.contains("Recommended"), "{markdown}");
    assert_eq!(made["differences"][0]["claim"], "TPL-BACKUP-4", "{made}");

    // Another choice than the options is told and publishes nothing.
    let wrong = json!({ "version": answered["template"]["version"], "answers": { "choices": { &choice: "Moon" } } });
    let told = open(&owner.does("PUT", &answers, &wrong));
    assert!(told.iter().any(|words| words.contains("`Moon` is no option")), "{told:?}");
    assert_eq!(owner.refused("PUT", &at, &Value::Null), (422, "template_invalid".to_owned()), "nothing is no template");
    owner.does("DELETE", &at, &Value::Null);
    assert_eq!(owner.refused("DELETE", &at, &Value::Null), (404, "template_missing".to_owned()));
    let entries = world.house.run(&["audit", "entries", "--tenant", "Acme", "--limit", "200"]).to_string();
    for event in ["template_kept", "template_answered", "template_discarded"] {
        assert!(entries.contains(event), "{event}: {entries}");
    }
    assert!(!entries.contains("Big Cloud"), "an answer is in the trail");
}

#[test]
fn a_template_is_its_owners_alone() {
    let mut world = World::new();
    let at = world.path("");
    world.founded.owner.puts_text(&at, TEMPLATE);
    let tenant = world.founded.tenant.clone();
    let role = json!([{ "role": "read-only" }]);
    let mut reader = Person::invited(&world.house, &mut world.founded.owner, &tenant, "eve@example.com", &role);
    assert_eq!(reader.refused("DELETE", &at, &Value::Null).0, 403, "whoever only reads changes nothing");
    assert_eq!(world.founded.owner.refused("GET", "/v1/claims/template", &Value::Null).0, 403, "it is the operators'");
    let mut stranger = Person::stranger(&world.house);
    assert_eq!(stranger.refused("GET", &at, &Value::Null).0, 401);
    let answer = world.founded.owner.reads(&at);
    assert!(answer["template"]["sections"].is_array());
}

#[test]
fn a_template_is_answered_in_a_browser() {
    let mut world = World::new();
    let tenant = world.founded.tenant.clone();
    let owner = &mut world.founded.owner;
    owner.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": PASSPHRASE }));
    let page = json!({ "slug": "acme", "publisher": "Acme Ltd" });
    owner.does("POST", &format!("/v1/tenants/{tenant}/overview"), &page);
    let file = world.house.data().with_file_name("template.md");
    std::fs::write(&file, TEMPLATE).unwrap();
    let at = |path: &str| format!("https://localhost:{}{path}", world.house.address().port());
    let browser = Browser::start(&[world.house.ca_file()]);
    browser.open(&at("/sign-in?plain"));
    browser.fill("#passphrase-form input[name=email]", OWNER);
    browser.fill("#passphrase-form input[name=passphrase]", PASSPHRASE);
    browser.press("Sign in");
    browser.wait_for("#account");
    browser.open(&at("/overview"));
    browser.wait_for_words("#claims", "None yet");
    browser.click("#to-template");
    browser.wait_for_words("#empty", "There is no template yet");
    browser.check_fits("template-empty");
    browser.upload("input[name=file]", &file);
    browser.press("Read it");
    browser.wait_for_words("#summary", "3 things stand in the way");
    browser.check_fits("template-open");
    browser.press("Keep the answers");
    browser.wait_for_words("#status", "3 things still stand in the way");
    browser.fill("input[name=domain]", "example.com");
    browser.click("input[type=radio][value='Big Cloud']");
    browser.click("input[name=deleted][value=guards]");
    browser.press("Keep the answers");
    browser.wait_for_words("#status.done", "a draft can be made");
    browser.press("See the draft");
    browser.wait_for_words("#drafted", "We run on Big Cloud.");
    browser.wait_for_words("#differences", "TPL-BACKUP-4");
    browser.check_fits("template-draft");
    browser.press("Write as a claim");
    browser.wait_for("#writing");
    let sentence = browser.property("#claim-form textarea[name=sentence]", "value");
    assert_eq!(sentence, "All backups are encrypted.");
    browser.open(&at(&format!("/template?tenant={tenant}")));
    browser.wait_for_words("#summary", "a draft can be made");
    browser.press("Discard the template");
    browser.wait_for("#sure[open]");
    browser.click("#sure-yes");
    browser.wait_for_words("#status.done", "discarded");
    browser.check_clean();
}
