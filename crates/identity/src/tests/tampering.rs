//! Whoever holds the file but not the root key: no value of one row, put into another, lets anybody do more.

use std::collections::BTreeSet;

use model::TenantId;
use policy::{BuiltInRole, Permission, PermissionSet};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::people::*;
use super::staff::Help;
use super::*;
use crate::permit::*;
use crate::{
    InviteError, RoleGrant, RoleRef, RoleSpec, SecondFactorRule, SignInRules, SingleSignOnRule, StaffAccess, StreamFrom, UserKind,
};

const TABLES: [&str; 15] = [
    "tenants",
    "sources",
    "api_keys",
    "users",
    "passkeys",
    "members",
    "roles",
    "invitations",
    "sessions",
    "service_accounts",
    "service_keys",
    "tenant_settings",
    "notices",
    "access_requests",
    "audit_streams",
];

/// Two tenants with two rows and more in each table, and what opens them.
struct City {
    help: Help,
    umbrella: Scope,
    credentials: Vec<(&'static str, Credential)>,
    links: Vec<Credential>,
}

impl City {
    fn new() -> Self {
        let (help, _) = Help::begun(StaffAccess::OnApproval);
        let umbrella = source(help.identity(), "umbrella", "api");
        let acme = help.town.scope;
        let mut second = hired(help.identity(), "second@house.example", UserKind::Engineer, NOW);
        let who = second.signed_in(help.identity(), NOW);
        help.identity().request_access(&who, &help.asking()).unwrap();
        second.adds_codes(help.identity(), NOW);

        let mut credentials = vec![("engineer", help.eng.credential()), ("second", second.credential())];
        let mut links = Vec::new();
        for (scope, place) in [(acme, "acme"), (umbrella, "umbrella")] {
            let address = |who: &str| format!("{who}@{place}.example");
            let role = role(help.identity(), scope.tenant);
            let auditor = joins(help.identity(), scope.tenant, &address("auditor"), &everywhere(BuiltInRole::Auditor));
            let reader = joins(help.identity(), scope.tenant, &address("reader"), &[role]);
            let owner = joins(help.identity(), scope.tenant, &address("owner"), &everywhere(BuiltInRole::Owner));
            credentials.extend([("auditor", auditor.credential()), ("reader", reader.credential())]);
            let services = help.identity().by_shell::<ManageServices>(scope.tenant, &by(NOW));
            for grant in [role, RoleGrant::everywhere(MEMBER)] {
                let robot = help.identity().create_service_account(&services, &name(&grant.to_string()), &[grant]).unwrap();
                let (plain, _) = help.identity().create_service_key(&services, robot.id, Expiry::Days(1)).unwrap();
                credentials.push(("service", credential(&plain)));
            }
            let (ended, used) = (key(help.identity(), scope, KeyKind::Read), key(help.identity(), scope, KeyKind::Write));
            help.identity().revoke_key(scope, ended.1.id, &by(NOW)).unwrap();
            credentials.extend([("revoked", ended.0), ("key", used.0)]);
            let people = help.identity().by_shell::<ManagePeople>(scope.tenant, &by(NOW));
            for grant in [BuiltInRole::Owner, BuiltInRole::ReadOnly] {
                let next = email(&address(&format!("next-{grant}")));
                let (link, _) = help.identity().invite(&people, &next, &everywhere(grant)).unwrap();
                links.push(credential(&link));
            }
            demands_second_factor(help.identity(), &owner, scope.tenant, place);
            let streams = help.identity().by_shell::<StreamAudit>(scope.tenant, &by(NOW));
            let target = help.identity().by_shell::<ConfigureSource>(scope, &by(NOW));
            help.identity().stream_audit_to_source(&streams, &target, StreamFrom::Start).unwrap();
        }
        Self { help, umbrella, credentials, links }
    }

    /// Everything that anybody may do.
    fn powers(&self) -> BTreeSet<String> {
        let (identity, mut powers) = (self.help.identity(), BTreeSet::new());
        for (i, (who, credential)) in self.credentials.iter().enumerate() {
            let some = Some(credential);
            if let Ok(is) = identity.signed_in(some, &web(NOW)) {
                powers.insert(format!("{who} {i} is {}", is.user().email));
                let notices = identity.notices(&is).map_or(0, |notices| notices.len());
                powers.extend((0..notices).map(|one| format!("{who} {i} is told {one}")));
            }
            for scope in [self.help.town.scope, self.umbrella] {
                let mut note = |what: &str, may: bool| {
                    if may {
                        powers.insert(format!("{who} {i} {what} {scope}"));
                    }
                };
                note("reads", identity.is_still_allowed(some, scope, &web(NOW)).is_ok());
                note("writes", identity.authorize_write(some, Some(scope.source), &web(NOW)).is_ok());
                let people = identity.authorize_tenant::<ViewPeople>(some, scope.tenant, &web(NOW));
                note("sees people", people.is_ok());
            }
        }
        for stream in identity.due_audit_streams(NOW).unwrap_or_default() {
            if let Ok(Some(permit)) = identity.carry_audit(stream.id, NOW) {
                powers.insert(format!("the trail of {} is carried into {}", stream.tenant, permit.scope()));
            }
        }
        for (i, link) in self.links.iter().enumerate() {
            match identity.look_at_invitation(link, NOW) {
                Ok(invited) => drop(powers.insert(format!("link {i} is for {} of {}", invited.email, invited.tenant))),
                Err(InviteError::NoInvitation | InviteError::Catalog(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        powers
    }
}

fn role(identity: &Identity, tenant: TenantId) -> RoleGrant {
    let roles = identity.by_shell::<ManageRoles>(tenant, &by(NOW));
    let made = |text: &str, permission| {
        let permissions = PermissionSet::new([permission]).unwrap();
        let spec = RoleSpec { name: name(text), description: String::new(), permissions, second_factor: false };
        identity.create_role(&roles, &spec).unwrap()
    };
    made("people", Permission::PeopleView);
    RoleGrant { role: RoleRef::Custom(made("reader", Permission::LogsRead).id), source: None }
}

/// One of the two tenants demands a second factor; nobody of it in these claims has shown one.
fn demands_second_factor(identity: &Identity, owner: &Someone, tenant: TenantId, place: &str) {
    let second_factor = if place == "acme" { SecondFactorRule::Recommended } else { SecondFactorRule::Required };
    let permit: Permit<ManageSignIn> = owner.asks(identity, tenant, NOW).unwrap();
    let rules = SignInRules { second_factor, single_sign_on: SingleSignOnRule::Optional, break_glass_owner: None };
    identity.set_sign_in_rules(&permit, rules).unwrap();
}

/// One table's rows as SQLite holds them.
struct Rows {
    table: &'static str,
    columns: Vec<String>,
    keys: Vec<usize>,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    fn read(db: &Connection, table: &'static str) -> Self {
        let (mut columns, mut keys) = (Vec::new(), Vec::new());
        let mut info = db.prepare(&format!("PRAGMA table_info({table})")).unwrap();
        let described = info.query_map([], |row| Ok((row.get::<_, String>("name")?, row.get::<_, i64>("pk")?))).unwrap();
        for (i, column) in described.map(Result::unwrap).enumerate() {
            if column.1 > 0 {
                keys.push(i);
            }
            columns.push(column.0);
        }
        let mut all = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let read = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|i| row.get(i)).collect();
        let rows = all.query_map([], read).unwrap().map(Result::unwrap).collect();
        Self { table, columns, keys, rows }
    }

    /// Puts these rows in the place of those; says whether the table's own rules let them.
    fn replace(&self, db: &Connection, old: &[&Vec<Value>], new: &[&Vec<Value>]) -> bool {
        let transaction = db.unchecked_transaction().unwrap();
        let found: Vec<String> = self.keys.iter().map(|&key| format!("{} = ?", self.columns[key])).collect();
        for row in old {
            let sql = format!("DELETE FROM {} WHERE {}", self.table, found.join(" AND "));
            let key = self.keys.iter().map(|&key| &row[key]);
            assert_eq!(transaction.execute(&sql, rusqlite::params_from_iter(key)).unwrap(), 1, "{sql}");
        }
        let places = vec!["?"; self.columns.len()].join(", ");
        let sql = format!("INSERT INTO {} VALUES ({places})", self.table);
        let fits = new.iter().all(|row| transaction.execute(&sql, rusqlite::params_from_iter(row.iter())).is_ok());
        if fits {
            transaction.commit().unwrap();
        }
        fits
    }
}

#[test]
fn no_value_of_one_row_in_another_lets_anybody_do_more() {
    let city = City::new();
    let before = city.powers();
    // So that the claim is about something.
    for power in ["engineer 0 reads", "reader 3 reads", "auditor 2 sees people", "link 0 is for next-owner@acme"] {
        assert!(before.iter().any(|one| one.starts_with(power)), "{power}: {before:#?}");
    }
    let db = Connection::open(city.help.town.house.file()).unwrap();
    db.pragma_update(None, "foreign_keys", false).unwrap();
    for table in TABLES {
        let rows = Rows::read(&db, table);
        assert!(rows.rows.len() > 1, "{table}");
        for (column, what) in rows.columns.iter().enumerate() {
            // Neighbours, and the first with the last, which is mostly of the other tenant.
            let last = rows.rows.len() - 1;
            for (one, other) in [(0, 1), (0, last)] {
                let (old, taken) = (&rows.rows[one], &rows.rows[other]);
                if old[column] == taken[column] {
                    continue;
                }
                let (mut copied, mut given) = (old.clone(), taken.clone());
                std::mem::swap(&mut copied[column], &mut given[column]);
                for (was, is) in [(vec![old], vec![&copied]), (vec![old, taken], vec![&copied, &given])] {
                    if rows.replace(&db, &was, &is) {
                        let more: Vec<String> = city.powers().difference(&before).cloned().collect();
                        assert!(more.is_empty(), "{what} of {table}, {one} and {other}: {more:?}");
                        assert!(rows.replace(&db, &is, &was));
                    }
                }
            }
        }
    }
    assert_eq!(city.powers(), before, "all is as it was");
}

#[test]
fn a_source_that_was_moved_to_another_tenant_is_nobodys() {
    let town = Town::new();
    let umbrella = source(&town.identity, "umbrella", "web");
    town.house.tamper(&format!("UPDATE sources SET tenant = '{}' WHERE id = '{}'", town.tenant(), umbrella.source));
    let owner = town.ada.credential();
    let write = town.identity.authorize_write(Some(&owner), Some(umbrella.source), &web(NOW));
    assert_eq!(said(&write), "key_unchecked");
}

#[test]
fn a_request_of_staff_that_was_given_to_another_is_found() {
    let help = Help::new(StaffAccess::OnApproval, 1);
    let id = help.asks_for(&help.asking()).unwrap().id;
    let other = hired(help.identity(), "other@house.example", UserKind::Engineer, NOW);
    help.town.house.tamper(&format!("UPDATE access_requests SET staff = '{}'", other.id));
    let permit: Permit<ApproveAccess> = help.town.ada.asks(help.identity(), help.town.tenant(), NOW).unwrap();
    assert!(help.identity().start_approval(&permit, id).is_err());
    assert!(help.identity().own_access_requests(&other.signed_in(help.identity(), NOW)).is_err());
}

#[test]
fn two_accounts_whose_addresses_were_exchanged_sign_nobody_in() {
    let town = Town::new();
    let bob = town.joins("bob@acme.example", &everywhere(MEMBER));
    town.ada.sets_passphrase(&town.identity, OTHER_PASSPHRASE, NOW);
    bob.sets_passphrase(&town.identity, PASSPHRASE, NOW);
    let swap = |column: &str| {
        let file = Connection::open(town.house.file()).unwrap();
        file.execute_batch("PRAGMA foreign_keys = off; CREATE TABLE held AS SELECT * FROM users").unwrap();
        let other = format!("(SELECT {column} FROM held WHERE held.id <> users.id)");
        file.execute_batch(&format!("UPDATE users SET email_index = randomblob(32); UPDATE users SET {column} = {other}"))
            .unwrap();
        if column != "email_index" {
            file.execute_batch("UPDATE users SET email_index = (SELECT email_index FROM held WHERE held.id = users.id)").unwrap();
        }
        for address in [&town.ada.email, &bob.email] {
            assert!(sign_in(&town.identity, address, PASSPHRASE, &web(NOW)).is_err(), "{column}");
        }
        file.execute_batch("DELETE FROM users; INSERT INTO users SELECT * FROM held; DROP TABLE held").unwrap();
    };
    swap("email_index");
    swap("secrets");
    swap("document");
    done(sign_in(&town.identity, &bob.email, PASSPHRASE, &web(NOW)).unwrap());
}
