//! The checks of this crate: what they say of a catalog that is as it should be, of their twins, and of one that was spoilt.

use std::collections::BTreeSet;

use audit::{Event, Log, Question};
use model::{Check, Observation, Verdict};
use rusqlite::Connection;

use super::people::*;
use super::staff::Help;
use super::*;
use crate::catalog::CatalogError;
use crate::settings::TenantSettings;
use crate::{RoleGrant, RoleRef, RoleSpec, SecondFactorRule, StaffAccess, UserKind, checks};

const IDS: [&str; 17] = [
    "audit.trail-verifies",
    "identity.catalog-sealed",
    "identity.guessing-drill",
    "identity.keys-digested",
    "identity.own-roles-drill",
    "identity.passphrases-hashed",
    "identity.provider-statements",
    "identity.roles-everywhere",
    "identity.second-factor-drill",
    "identity.second-factor-told",
    "identity.staff-attempts-told",
    "identity.staff-kinds-apart",
    "identity.staff-listed",
    "identity.staff-openings-counted",
    "identity.staff-with-approval",
    "identity.tenants-counted",
    "policy.wall-proved",
];

/// The checks of a house, as another process would open it.
fn checks_of(house: &House) -> Vec<Box<dyn Check>> {
    checks(&Arc::new(house.open()), &house.folder.path().join("scratch")).unwrap()
}

fn named<'a>(all: &'a [Box<dyn Check>], id: &str) -> &'a dyn Check {
    &**all.iter().find(|check| check.id() == id).unwrap()
}

fn look(house: &House, id: &str) -> Observation {
    named(&checks_of(house), id).look(NOW.plus_seconds(MINUTE))
}

fn is_broken(house: &House, id: &str) -> Observation {
    let seen = look(house, id);
    assert_eq!(seen.verdict, Verdict::Broken, "{id}: {seen:#?}");
    assert!(!seen.details.is_empty(), "{id}: {seen:#?}");
    seen
}

/// A tenant with people of several roles, keys, passphrases and codes, in which staff read.
fn busy() -> Help {
    let (mut help, _) = Help::begun(StaffAccess::OnApproval);
    assert_eq!(help.reads(NOW), "ok");
    let town = &mut help.town;
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    town.joins("bob@acme.example", &everywhere(MEMBER)).sets_passphrase(&town.identity, OTHER_PASSPHRASE, NOW);
    hired(&town.identity, "op@house.example", UserKind::Operator, NOW);
    let (credential, _) = key(&town.identity, town.scope, KeyKind::Read);
    drop(town.identity.authorize_read(Some(&credential), None, &web(NOW), Question::Search).unwrap());
    town.identity.flush_last_used().unwrap();
    help
}

#[test]
fn each_check_holds_on_a_catalog_as_it_should_be_and_finds_its_twin_out() {
    let help = busy();
    let all = checks_of(&help.town.house);
    let ids: BTreeSet<&str> = all.iter().map(|check| check.id()).collect();
    assert_eq!((ids, all.len()), (IDS.into(), IDS.len()));
    for check in &all {
        let now = NOW.plus_seconds(MINUTE);
        let seen = check.look(now);
        assert_eq!(seen.verdict, Verdict::Held, "{}: {seen:#?}", check.id());
        assert_eq!(check.look(now).verdict, Verdict::Held, "{}: a second look", check.id());
        let twin = check.look_at_twin(now);
        assert_eq!(twin.verdict, Verdict::Broken, "{}: {twin:#?}", check.id());
        for public in [&seen, &twin].map(|observation| format!("{} {:?}", observation.summary, observation.counts)) {
            for secret in ["acme", "ada", "192.0.2", "house.example", &help.town.tenant().to_string()] {
                assert!(!public.contains(secret), "{}: {public}", check.id());
            }
        }
    }
    let scratch = help.town.house.folder.path().join("scratch");
    assert_eq!(scratch.read_dir().unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_check_writes_nothing_that_a_tenant_sees() {
    let help = busy();
    let before = help.town.told();
    checks_of(&help.town.house).iter().for_each(|check| drop(check.look(NOW)));
    assert_eq!(help.town.told(), before);
}

#[test]
fn a_digest_that_was_exchanged_and_a_token_in_clear_are_found() {
    let town = Town::new();
    town.house.tamper(&format!("UPDATE setup SET digest = CAST('{}' AS BLOB)", town.ada.token));
    let seen = is_broken(&town.house, "identity.keys-digested");
    assert_eq!(seen.counts.last().unwrap().counted, 1, "{seen:#?}");
    let town = Town::new();
    town.house.tamper("UPDATE sessions SET digest = randomblob(32)");
    is_broken(&town.house, "identity.keys-digested");
    let town = Town::new();
    town.house.tamper("UPDATE api_keys SET pepper = 9");
    is_broken(&town.house, "identity.keys-digested");
}

#[test]
fn a_row_that_was_moved_an_address_in_clear_and_an_unknown_table_are_found() {
    let town = Town::new();
    town.house.tamper("UPDATE members SET document = (SELECT document FROM sessions)");
    is_broken(&town.house, "identity.catalog-sealed");
    let town = Town::new();
    town.house.tamper("UPDATE sources SET state = 'ada@acme.example'");
    is_broken(&town.house, "identity.catalog-sealed");
    let town = Town::new();
    assert_eq!(look(&town.house, "identity.catalog-sealed").verdict, Verdict::Held);
    let file = Connection::open(town.house.file()).unwrap();
    file.execute_batch("CREATE TABLE remarks (id TEXT PRIMARY KEY, document BLOB)").unwrap();
    is_broken(&town.house, "identity.catalog-sealed");
}

#[test]
fn a_verifier_with_the_salt_of_another_is_found() {
    let town = Town::new();
    let bob = town.joins("bob@acme.example", &everywhere(MEMBER));
    town.ada.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let identity = &town.identity;
    let copied: Result<(), CatalogError> = identity.catalog.write(|tx| {
        let (from, mut to) = (identity.account(tx, town.ada.id)?, identity.account(tx, bob.id)?);
        to.secrets.passphrase.clone_from(&from.secrets.passphrase);
        identity.update_secrets(tx, &to)
    });
    copied.unwrap();
    let seen = is_broken(&town.house, "identity.passphrases-hashed");
    assert_eq!((seen.counts[0].counted, seen.counts[0].whole), (2, Some(3)), "{seen:#?}");
}

#[test]
fn a_rule_that_was_changed_without_being_told_is_found() {
    let town = Town::new();
    assert_eq!(look(&town.house, "identity.second-factor-told").verdict, Verdict::Held);
    let settings = TenantSettings { second_factor: SecondFactorRule::Required, ..TenantSettings::default() };
    town.identity.catalog.write(|tx| town.identity.write_settings(tx, town.tenant(), &settings)).unwrap();
    is_broken(&town.house, "identity.second-factor-told");
}

#[test]
fn a_member_whose_role_is_gone_and_a_tenant_without_an_owner_are_found() {
    let town = Town::new();
    let permit = town.identity.by_shell::<crate::permit::ManageRoles>(town.tenant(), &by(NOW));
    let permissions = policy::PermissionSet::new([policy::Permission::LogsRead]).unwrap();
    let spec = RoleSpec { name: name("reader"), description: String::new(), permissions, second_factor: false };
    let role = town.identity.create_role(&permit, &spec).unwrap();
    town.joins("bob@acme.example", &[RoleGrant { role: RoleRef::Custom(role.id), source: None }]);
    assert_eq!(look(&town.house, "identity.roles-everywhere").verdict, Verdict::Held);
    town.house.tamper("DELETE FROM roles");
    is_broken(&town.house, "identity.roles-everywhere");

    let town = Town::new();
    town.joins("bob@acme.example", &everywhere(MEMBER));
    town.house.tamper(&format!("DELETE FROM members WHERE user = '{}'", town.ada.id));
    is_broken(&town.house, "identity.roles-everywhere");
}

#[test]
fn a_tenant_that_is_none_is_not_counted_in_silence() {
    let town = Town::new();
    town.house.tamper("UPDATE tenants SET name = x'00'");
    is_broken(&town.house, "identity.tenants-counted");
}

#[test]
fn a_reading_of_staff_without_its_request_is_found() {
    let help = busy();
    let eng = help.eng.id;
    let deed = Deed::by(Actor::staff(eng), NOW.plus_seconds(1)).of_source(help.town.scope);
    help.identity().note(&deed, Event::RecordsRead { question: Question::Sql }).unwrap();
    is_broken(&help.town.house, "identity.staff-with-approval");

    for change in ["DELETE FROM access_requests", "UPDATE access_requests SET document = zeroblob(80)"] {
        let help = busy();
        help.town.house.tamper(change);
        is_broken(&help.town.house, "identity.staff-with-approval");
    }
}

#[test]
fn a_request_that_was_changed_by_somebody_who_can_seal_it_is_found() {
    let (help, id) = Help::begun(StaffAccess::OnApproval);
    assert_eq!(help.reads(NOW), "ok");
    let identity = help.identity();
    let changed: Result<(), CatalogError> = identity.catalog.write(|tx| {
        let mut request = identity.find_access(tx, id)?.unwrap();
        request.explanation = "something else".to_owned();
        identity.update_access(tx, &request)
    });
    changed.unwrap();
    is_broken(&help.town.house, "identity.staff-with-approval");
}

#[test]
fn a_start_of_staff_that_only_one_of_trail_and_requests_knows_is_found() {
    let help = busy();
    help.town.house.tamper("DELETE FROM access_requests");
    is_broken(&help.town.house, "identity.staff-openings-counted");
}

#[test]
fn a_reader_who_is_not_on_the_list_and_one_of_two_kinds_are_found() {
    let help = busy();
    help.town.house.tamper(&format!("DELETE FROM users WHERE id = '{}'", help.eng.id));
    is_broken(&help.town.house, "identity.staff-listed");

    let help = busy();
    let (eng, ada) = (help.eng.id, help.town.ada.id);
    let row = format!("SELECT tenant, '{eng}', created_at, document FROM members WHERE user = '{ada}'");
    help.town.house.tamper(&format!("INSERT INTO members (tenant, user, created_at, document) {row}"));
    is_broken(&help.town.house, "identity.staff-kinds-apart");
}

#[test]
fn a_trail_that_was_spoilt_is_found() {
    let help = busy();
    let file = Connection::open(help.town.house.file()).unwrap();
    file.execute_batch("DROP TRIGGER audit_entries_stay; DELETE FROM audit_entries WHERE sequence = 1").unwrap();
    is_broken(&help.town.house, "audit.trail-verifies");
}

#[test]
fn a_tenant_sees_what_staff_tried_in_vain() {
    let help = Help::new(StaffAccess::Never, 1);
    assert!(help.asks_for(&help.asking()).is_err());
    assert_ne!(help.reads(NOW), "ok");
    let refused = |(_, outcome): &(Event, audit::Outcome)| matches!(outcome, audit::Outcome::Refused { .. });
    let told: Vec<String> = help.town.told().into_iter().filter(refused).map(|(event, _)| event.name()).collect();
    assert_eq!(told, ["staff_access_requested", "permission_refused"]);
    let house = told_refused(help.identity(), Log::Installation);
    assert_eq!(house, 0, "what concerns a tenant is in its own trail");
}

fn told_refused(identity: &Identity, log: Log) -> usize {
    told(identity, log).iter().filter(|(_, outcome)| matches!(outcome, audit::Outcome::Refused { .. })).count()
}
