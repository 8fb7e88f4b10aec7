//! The security page shows what is broken: each control that a published sentence stands on is broken in the running
//! system, from outside of it, and the command, the page and the signed document say so; mended, they say that too, and
//! what was broken stays in the history.
//!
//! Always holds: a sentence is published only if somebody here breaks what it says, or if [`BY_TWIN`] tells why nobody
//! outside of the program can; then the signed evidence shows that its check found its own broken twin.

mod page;
mod process;
mod records;
mod rows;
mod staff;
mod undo;
mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use page::Page;
use undo::Undo;
use world::World;

use crate::clock::eventually;
use crate::house::House;
use crate::person::text;

/// Somebody who breaks one control.
#[derive(Debug, Clone, Copy)]
struct Saboteur {
    /// The sentences that are untrue then.
    claims: &'static [&'static str],
    /// What has to find it out.
    check: &'static str,
    what: &'static str,
}

/// Does it, and gives how it is undone.
type Act = fn(&mut World) -> Undo;

/// While the server runs, in this order.
const SABOTEURS: [(Saboteur, Act); 26] = [
    (by(&["TIM-REST-1"], "seal.objects-sealed", "an export in clear among the journals"), records::clear_file),
    (by(&["TIM-REST-2"], "seal.objects-sealed", "clear lines under the name of a part"), records::clear_part),
    (by(&["TPL-REST-3"], "seal.objects-sealed", "one bit of a sealed part"), records::flipped_part),
    (by(&["TIM-REST-3"], "seal.keys-per-source", "a source's key in another source's table"), records::key_of_another),
    (by(&["TIM-REST-4"], "seal.data-keys-end", "records of tomorrow under today's key"), records::sealed_too_late),
    (by(&["TIM-SEP-3"], "seal.objects-bound", "a part copied to another source"), records::part_of_another),
    (
        by(&["TIM-SEP-1", "TIM-SEP-2", "TIM-SEP-4"], "server.sources-apart", "a program that forwards one source to another"),
        records::forwarder,
    ),
    (by(&["BH-DURABLE-1"], "store.parts-whole", "a part that was cut short"), records::cut_part),
    (by(&["TPL-RETENTION-1"], "store.retention-kept", "a part deleted before its time"), records::lost_part),
    (by(&["TPL-RETENTION-2"], "store.retention-kept", "records that stay beyond their days"), records::kept_part),
    (by(&["TPL-RETENTION-3"], "store.retention-kept", "a copy of an old part on the disk"), records::left_part),
    (by(&["TIM-APIKEY-1"], "server.routes-deny", "revoked keys made good again"), rows::unrevoked_keys),
    (by(&["TIM-APIKEY-2"], "identity.keys-digested", "a key in clear in the place of its digest"), rows::key_in_clear),
    (by(&["TPL-REST-1"], "identity.catalog-sealed", "an address in clear in the catalog's file"), rows::address_in_clear),
    (by(&["TPL-PW-1"], "identity.passphrases-hashed", "a verifier copied from somebody else"), rows::passphrase_of_another),
    (by(&["TPL-2FA-2"], "identity.second-factor-told", "a tenant's rule put back to an older one"), rows::older_rule),
    (by(&["TPL-RBAC-1"], "identity.roles-everywhere", "a tenant without its owner"), rows::no_owner),
    (by(&["TIM-SCALE-1"], "identity.tenants-counted", "a tenant that is none"), rows::made_up_tenant),
    (by(&["TPL-AUDIT-1"], "audit.trail-verifies", "an entry of the trail that was edited"), rows::edited_entry),
    (by(&["TPL-OVERVIEW-1"], "server.page-fresh", "evidence of other words behind a sentence"), rows::other_evidence),
    (by(&["TIM-EMP-1"], "identity.staff-listed", "a reader taken off the list of staff"), staff::unlisted),
    (by(&["TIM-EMP-3"], "identity.staff-with-approval", "readings whose request is gone"), staff::no_request),
    (by(&["TIM-EMP-5"], "identity.staff-with-approval", "a request put back to before its approval"), staff::unsigned_request),
    (by(&["TIM-EMP-6"], "identity.staff-with-approval", "another request behind what was begun"), staff::other_request),
    (by(&["TIM-DATA-2"], "identity.staff-kinds-apart", "an engineer made a member of a tenant"), staff::of_a_tenant),
    (by(&["TPL-EMP-2"], "identity.staff-openings-counted", "an access taken out of the count"), staff::uncounted),
];

/// Checks whose control nobody breaks without another program, each with the reason. What they say rests on the twin,
/// which is broken in the same process and looked at by the same code.
const BY_TWIN: [(&str, &str); 11] = [
    ("server.plaintext-refused", "the ports of the inventory are the server's own, and it opens none without TLS"),
    ("server.tls-profile", "no setting offers what has to be refused; `--tls12` changes the sentence with it"),
    ("server.canary-not-in-clear", "the marked line is made up for one look, and nobody else has it before the look is over"),
    ("server.headers", "one place in the program sends them with every answer"),
    ("server.security-txt", "made and signed as it is served; without a contact that is read it is not published"),
    ("policy.wall-proved", "the policies are part of the program"),
    ("identity.second-factor-drill", "a drill in a catalog of its own, which lasts as long as the look"),
    ("identity.guessing-drill", "a drill in a catalog of its own, which lasts as long as the look"),
    ("identity.own-roles-drill", "a drill in a catalog of its own, which lasts as long as the look"),
    ("identity.staff-attempts-told", "a drill in a catalog of its own, which lasts as long as the look"),
    ("identity.provider-statements", "statements are forged and judged in memory"),
];

/// The first looks of all checks. Some find nothing to look at before others have sent their marked lines.
const FIRST_LOOKS_MAX: Duration = Duration::from_secs(240);

const fn by(claims: &'static [&'static str], check: &'static str, what: &'static str) -> Saboteur {
    Saboteur { claims, check, what }
}

fn everybody() -> impl Iterator<Item = &'static Saboteur> {
    SABOTEURS.iter().map(|(saboteur, _)| saboteur).chain(process::SABOTEURS.iter())
}

// === impl Saboteur ===

impl Saboteur {
    /// What does not say that it is broken, while it is.
    fn is_told(&self, house: &House, page: &dyn Fn() -> Page) -> Vec<String> {
        let (code, report) = asked(house, self.claims);
        let mut wrong = Vec::new();
        if code != Some(1) {
            wrong.push(format!("the command ended with {code:?}: {report}"));
        }
        for claim in report["claims"].as_array().into_iter().flatten() {
            let broken = |check: &Value| check["check"] == self.check && check["look"]["verdict"] == "broken";
            let found = claim["checks"].as_array().is_some_and(|checks| checks.iter().any(broken));
            if claim["state"] != "FAIL" || !found {
                wrong.push(format!("not found by {}: {claim}", self.check));
            }
        }
        wrong.extend(self.claims.iter().filter_map(|claim| page::shows(page, claim, "FAIL").err()));
        wrong.into_iter().map(|wrong| format!("{} ({}): {wrong}", self.claims.join(", "), self.what)).collect()
    }
}

/// Looks at these claims now; the exit code, and what was told.
fn asked(house: &House, claims: &[&str]) -> (Option<i32>, Value) {
    house.answer(&[&["check"], claims].concat())
}

/// Every claim that is not as promised, with what the operator is told.
fn not_passed(report: &Value) -> Vec<String> {
    let claims = report["claims"].as_array().expect("claims");
    claims.iter().filter(|claim| claim["state"] != "PASS").map(ToString::to_string).collect()
}

#[track_caller]
fn wait_until_all_passes(house: &House, claims: &[&str]) {
    let mut told = Value::Null;
    eventually(&format!("all is as promised: {told}"), FIRST_LOOKS_MAX, || {
        let (code, report) = asked(house, claims);
        told = report;
        (code == Some(0)).then_some(()).or_else(|| {
            eprintln!("not yet: {:#?}", not_passed(&told));
            None
        })
    });
}

/// Whether each published sentence has its saboteur, or a check that nobody else can break.
fn check_everybody_is_there(page: &Page) {
    let by_twin: BTreeSet<&str> = BY_TWIN.iter().map(|(check, _)| *check).collect();
    let broken: BTreeSet<&str> = everybody().map(|saboteur| saboteur.check).collect();
    assert!(by_twin.is_disjoint(&broken), "a check is broken by somebody and listed as not to be broken");
    let sabotaged: BTreeSet<&str> = everybody().flat_map(|saboteur| saboteur.claims).copied().collect();
    for claim in &page.claims {
        let checks: Vec<String> = page::checks_of(claim).map(|check| text(&check["check"])).collect();
        let unbroken: Vec<&String> = checks.iter().filter(|check| !broken.contains(check.as_str())).collect();
        let missed: Vec<_> = unbroken.iter().filter(|check| !by_twin.contains(check.as_str())).collect();
        assert!(!checks.is_empty() && missed.is_empty(), "published, and nobody breaks {missed:?}: {claim}");
        let has_own = sabotaged.contains(text(&claim["id"]).as_str());
        assert!(has_own || unbroken.len() == checks.len(), "published, and nobody makes it untrue: {}", claim["id"]);
        for check in page::checks_of(claim) {
            assert_eq!(check["twin"], "broken", "what it says is void: {claim}");
        }
    }
}

#[test]
fn each_broken_control_is_shown_and_stays_in_the_history() {
    let mut world = World::new();
    wait_until_all_passes(&world.house, &[]);
    let healthy: Vec<String> = Page::of(&world.house).claims.iter().map(|claim| text(&claim["id"])).collect();
    for claim in &healthy {
        page::shows(&|| Page::of(&world.house), claim, "PASS").unwrap();
    }
    check_everybody_is_there(&Page::of(&world.house));

    let mut wrong = Vec::new();
    for (saboteur, act) in &SABOTEURS {
        let undo = act(&mut world);
        wrong.extend(saboteur.is_told(&world.house, &|| Page::of(&world.house)));
        undo.restore(&mut world);
    }

    wait_until_all_passes(&world.house, &[]);
    for claim in &healthy {
        wrong.extend(page::shows(&|| Page::of(&world.house), claim, "PASS").err());
    }
    let broken = SABOTEURS.iter().flat_map(|(saboteur, _)| saboteur.claims);
    for claim in broken.filter(|claim| healthy.iter().any(|healthy| healthy == *claim)) {
        wrong.extend(page::remembers(&world.house, claim).err());
    }
    assert!(wrong.is_empty(), "{}\n\n{}", wrong.join("\n\n"), world.house.log());
}
