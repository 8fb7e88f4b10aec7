//! A tenant publishes a page about its own product: claims over its own logs and its own hosts, looked at and shown as they
//! are found, and nothing of anybody's logs but numbers.

mod site;
mod world;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::clock::pause;
use crate::house::House;
use crate::person::{Founded, Person, text};

use site::Site;
use world::{World, claim};

const OWNER: &str = "ada@example.com";
const BACKUP: &str = "OWN-BACKUP";
const LOCKOUT: &str = "OWN-LOCKOUT";
const EDGE: &str = "OWN-EDGE";
const QUERY: &str = "event:backup-finished";
const GROUP: &str = "account_field";
/// Between two tries by hand.
const TRY_MILLISECONDS: u64 = 2_100;

#[test]
fn what_is_said_of_logs_is_shown_as_it_is_found_and_taken_back_in_public() {
    let mut world = World::new(Vec::new());
    assert_eq!(world.get("/security/t/acme").status, 404, "nothing is said yet");
    let source = world.founded.access.source_id.clone();
    let (backups, lockout) = (world.backups(&source), world.lockout());
    world.logs("backup-finished", "a", 30, 1);
    world.logs("sign-in-failed", "a", 40, 5);
    world.logs("account-locked", "a", 40, 1);
    world.says(BACKUP, &backups);
    world.says(LOCKOUT, &lockout);
    let shown = world.comes_to(BACKUP, "PASS");
    assert_eq!(shown["measured"]["checks"][0]["look"]["counts"][0]["counted"], 1, "{shown}");
    let shown = world.comes_to(LOCKOUT, "PASS");
    assert_eq!(shown["measured"]["checks"][0]["twin"], "broken", "{shown}");
    world.is_what_it_says("/security/t/acme");

    // Looked at again: what does not fit any more is not said any more.
    world.logs("backup-finished", "a", 20, 2);
    world.logs("sign-in-failed", "b", 20, 5);
    // An answer of another group is none.
    world.logs("account-locked", "a", 20, 1);
    world.publishes(BACKUP);
    world.comes_to(BACKUP, "FAIL");
    world.comes_to(LOCKOUT, "FAIL");
    world.is_what_it_says("/security/t/acme");

    let path = world.path(&format!("/claims/{BACKUP}/unpublish"));
    let taken = world.owner().does("POST", &path, &Value::Null);
    assert_eq!(taken["became"], "withdrawn", "{taken}");
    let shown = world.comes_to(BACKUP, "WITHDRAWN");
    assert!(shown["days"].as_array().unwrap().iter().any(|day| day["worst"] == "FAIL"), "{shown}");
    world.is_what_it_says("/security/t/acme");
    world.is_what_it_says("/security");

    let entries = world.house.run(&["audit", "entries", "--tenant", "Acme", "--limit", "200"]).to_string();
    for event in ["own_page_founded", "own_claim_written", "own_claim_published", "own_claim_taken_back", r#""look""#] {
        assert!(entries.contains(event), "{event}: {entries}");
    }
}

#[test]
fn another_tenants_logs_cannot_be_named_and_nothing_of_ones_own_but_numbers_is_public() {
    let mut world = World::new(Vec::new());
    let theirs = world.house.bootstrap("Globex", "first");
    let draft = world.backups(&theirs.source_id);
    let unknown = (422, "source_unknown".to_owned());
    assert_eq!(world.refused("PUT", &format!("/claims/{BACKUP}"), &draft), unknown);
    assert_eq!(world.refused("POST", &format!("/claims/{BACKUP}/publish"), &Value::Null), (404, "claim_unknown".to_owned()));

    // Somebody who may write claims and read no logs has none counted.
    let tenant = world.founded.tenant.clone();
    let role = json!({ "name": "writer of claims", "permissions": ["overview:view", "overview:manage", "tenant:view"] });
    let role = text(&world.owner().does("POST", &format!("/v1/tenants/{tenant}/roles"), &role)["id"]);
    let mut writer =
        Person::invited(&world.house, &mut world.founded.owner, &tenant, "eve@example.com", &json!([{ "role": role }]));
    let source = world.founded.access.source_id.clone();
    let (draft, path) = (world.backups(&source), world.path(&format!("/claims/{BACKUP}")));
    assert_eq!(writer.refused("PUT", &path, &draft), (403, "permission_missing".to_owned()));

    world.logs("backup-finished", "someone-s-account", 30, 1);
    let lockout = world.lockout();
    world.says(BACKUP, &draft);
    world.says(LOCKOUT, &lockout);
    world.comes_to(BACKUP, "PASS");
    let statement = text(&world.comes_to(BACKUP, "PASS")["measured"]["statement"]);
    let at = |what: &str| format!("/security/t/acme{what}");
    let mut public = String::new();
    for path in [
        at(""),
        at(".json"),
        at("/badge.svg"),
        at("/feed.atom"),
        at(&format!("/claims/acme.{BACKUP}")),
        at(&format!("/evidence/{statement}")),
        at("/oscal/component-definition.json"),
        at("/oscal/assessment-results.json"),
    ] {
        let answer = world.get(&path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let payload = answer.json()["payload"].as_str().map(|payload| STANDARD.decode(payload).unwrap()).unwrap_or_default();
        public += &format!("{}{}", answer.text(), String::from_utf8_lossy(&payload));
    }
    assert!(public.contains("at least") || public.contains("1 to 2 matching records"), "the measurement is public");
    for secret in [source.as_str(), &tenant, "backup-finished", "sign-in-failed", GROUP, "someone-s-account"] {
        assert!(!public.contains(secret), "{secret} is public");
    }
    for path in ["/security/t/nobody", "/security/t/nobody.json", "/security/t/acme.json/badge.svg", "/security/t/%2e%2e"] {
        assert_eq!(world.get(path).status, 404, "{path}");
    }
}

#[test]
fn a_host_is_looked_at_once_it_shows_that_it_is_the_tenants() {
    let site = Site::open();
    let placed = format!("{}=127.0.0.1:{}", Site::HOST, site.port());
    let mut world =
        World::new(vec![("BLOCKHOUSE_PRIVATE_HOSTS", placed.into()), ("BLOCKHOUSE_PRIVATE_CA", site.authority().into())]);
    let bound = json!({ "kind": "probe", "host": Site::HOST, "kinds": ["tls", "headers", "security-txt"] });
    let draft = claim(EDGE, "The edge", "Old TLS is refused.", "deployment", &bound);
    world.writes(EDGE, &draft);
    let publish = format!("/claims/{EDGE}/publish");
    let not_shown = (409, "host_not_shown".to_owned());
    assert_eq!(world.refused("POST", &publish, &Value::Null), not_shown);

    let (hosts, show) = (world.path("/hosts"), world.path(&format!("/hosts/{}/show", Site::HOST)));
    let challenge = world.owner().does("POST", &hosts, &json!({ "host": Site::HOST }));
    assert_eq!(world.owner().does("POST", &show, &Value::Null)["showed"].as_str().filter(|showed| *showed == "shown"), None);
    assert_eq!(world.refused("POST", &publish, &Value::Null), not_shown);
    assert_eq!(site.probed(), 0, "it was not looked at");

    site.shows(&text(&challenge["token"]));
    pause(TRY_MILLISECONDS);
    assert_eq!(world.owner().does("POST", &show, &Value::Null)["showed"], "shown");
    world.publishes(EDGE);
    let shown = world.comes_to(EDGE, "PASS");
    assert_eq!(shown["measured"]["checks"][0]["vantage"], "outside", "{shown}");
    let (code, printed) = world.reader_looks(&site);
    assert!(code == Some(0) && printed.contains("app.acme.test: headers are strict"), "{code:?} {printed}");
    site.drops_headers();
    let (code, printed) = world.reader_looks(&site);
    assert!(code == Some(1) && printed.contains("app.acme.test: no HSTS"), "the page was not looked at again yet: {printed}");
    world.publishes(EDGE);
    let shown = world.comes_to(EDGE, "FAIL");
    let summary = text(&shown["measured"]["checks"][0]["look"]["summary"]);
    assert!(summary.contains("Strict-Transport-Security"), "{summary}");
    let (code, printed) = world.reader_looks(&site);
    assert_eq!(code, Some(0), "the page says that it fails: {printed}");

    for host in ["127.0.0.1", "localhost", "db.internal", "https://app.acme.test"] {
        let (status, code) = world.refused("POST", "/hosts", &json!({ "host": host }));
        assert!(status == 422 && matches!(code.as_str(), "host_invalid" | "host_not_public"), "{host}: {status} {code}");
    }
}

#[test]
fn what_may_not_be_said_is_refused_by_name() {
    let mut world = World::new(Vec::new());
    let attested = json!({ "kind": "attested", "maxDays": 90 });
    let of = |sentence: &str| claim("OWN-X", "X", sentence, "organisational", &attested);
    let put = "/claims/OWN-X";
    for (draft, status, code) in [
        (of("We have best-in-class security."), 422, "claim_words_refused"),
        (of("No full stop"), 422, "claim_text_invalid"),
        (claim("X", "X", "It is so.", "organisational", &attested), 422, "claim_id_invalid"),
        (claim("OWN-Y", "X", "It is so.", "organisational", &attested), 422, "claim_id_differs"),
        (claim("OWN-X", "X", "It is so.", "software", &attested), 422, "claim_class_invalid"),
        (json!({ "id": "OWN-X" }), 400, "invalid_json"),
    ] {
        assert_eq!(world.refused("PUT", put, &draft), (status, code.to_owned()), "{draft}");
    }
    let mut broken = world.backups(&world.founded.access.source_id.clone());
    broken["bound"]["query"] = json!("(event:x");
    assert_eq!(world.refused("PUT", &format!("/claims/{BACKUP}"), &broken).0, 400);
    assert_eq!(world.refused("POST", "", &json!({ "slug": "acme-2", "publisher": "A" })), (409, "page_exists".to_owned()));
    let library = world.owner().reads("/v1/claims/library?group=users&class=software");
    assert!(library["claims"].as_array().is_some_and(|claims| !claims.is_empty()), "{library}");
}

#[test]
fn a_command_line_keeps_a_page() {
    let world = World::new(Vec::new());
    world.logs("backup-finished", "a", 30, 1);
    let file = world.house.data().with_file_name("claim.json");
    std::fs::write(&file, world.backups(&world.founded.access.source_id).to_string()).unwrap();
    let does = |words: &[&str]| {
        let (code, printed) = world.runs(&[&["overview"], words].concat());
        assert_eq!(code, Some(0), "{words:?}: {printed}");
        printed
    };
    assert!(does(&["show"]).contains("no claims yet"));
    does(&["write", file.to_str().unwrap()]);
    assert!(does(&["try", BACKUP]).contains("PASS"));
    does(&["publish", BACKUP]);
    world.comes_to(BACKUP, "PASS");
    let shown: Value = serde_json::from_str(&does(&["show", "--json"])).unwrap();
    assert_eq!((&shown["claims"][0]["state"], &shown["page"]["slug"]), (&json!("PASS"), &json!("acme")));
    assert!(does(&["host", "add", "app.acme.com"]).contains("_blockhouse-challenge.app.acme.com"));
    pause(TRY_MILLISECONDS);
    let (code, printed) = world.runs(&["overview", "host", "show", "app.acme.com"]);
    assert!(code == Some(1) && printed.contains("could not be asked"), "{code:?} {printed}");
    does(&["host", "remove", "app.acme.com"]);
    assert!(does(&["unpublish", BACKUP]).contains("removed"));
    does(&["discard", BACKUP]);
    let (code, printed) = world.runs(&["overview", "publish", BACKUP]);
    assert_eq!(code, Some(65), "{printed}");
    assert!(printed.contains("claim_unknown"), "{printed}");
}

#[test]
fn the_page_is_looked_after_in_a_browser() {
    let (house, link) = House::open_empty();
    let founded = Founded::by(&house, &link, OWNER);
    let mut world = World { house, founded };
    world.logs("backup-finished", "a", 30, 1);
    let passphrase = "seven wet otters juggle turnips";
    world.owner().does("PUT", "/v1/me/passphrase", &json!({ "passphrase": passphrase }));
    let at = |path: &str| format!("https://localhost:{}{path}", world.house.address().port());
    let browser = Browser::start(&[world.house.ca_file()]);
    browser.open(&at("/sign-in?plain"));
    browser.fill("#passphrase-form input[name=email]", OWNER);
    browser.fill("#passphrase-form input[name=passphrase]", passphrase);
    browser.press("Sign in");
    browser.wait_for("#account");
    browser.open(&at("/overview"));
    browser.wait_for_words("#unfounded", "There is no page yet");
    browser.check_fits("own-page-unfounded");
    browser.fill("input[name=slug]", "Acme Ltd");
    browser.fill("input[name=publisher]", "Acme Ltd");
    browser.press("Name the page");
    browser.wait_for("#found-form .error");
    browser.fill("input[name=slug]", "acme");
    browser.press("Name the page");
    browser.wait_for_words("#claims", "None yet");
    browser.check_fits("own-page-empty");

    browser.press("Write a claim");
    for (field, entered) in [
        ("input[name=id]", BACKUP),
        ("input[name=title]", "Backups run"),
        ("textarea[name=sentence]", "Our best-in-class backups are finished within an hour."),
        ("textarea[name=limits]", "Of one region."),
        ("input[name=query]", QUERY),
        ("input[name=atLeast]", "1"),
    ] {
        browser.fill(&format!("#claim-form {field}"), entered);
    }
    browser.check_fits("own-page-writing");
    browser.press("Keep draft");
    browser.wait_for_words("#claim-form-sentence-error", "superlative");
    browser.fill("#claim-form textarea[name=sentence]", "A backup is finished within an hour.");
    browser.press("Keep draft");
    browser.wait_for_words("#claims", BACKUP);
    browser.press("Try");
    browser.wait_for_words("#claims", "It would be verified");
    browser.press("Publish");
    browser.wait_for("#sure[open]");
    browser.click("#sure-yes");
    browser.wait_for_words("#status.done", "on the page");
    world.comes_to(BACKUP, "PASS");
    browser.fill("#host-form input[name=host]", "app.acme.com");
    browser.press("Add a host");
    browser.wait_for_words("#hosts", "_blockhouse-challenge.app.acme.com");
    browser.reload();
    browser.wait_for_words("#claims", "verified");
    browser.check_fits("own-page-full");
    browser.open(&at("/security/t/acme"));
    browser.wait_for_words("main", "A backup is finished within an hour.");
    browser.check_fits("own-page-public");
    browser.check_clean();
}
