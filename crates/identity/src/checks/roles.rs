//! Whether every tenant has somebody who owns it, and every member and program roles that exist.

use model::{Observation, RoleId, TenantId, Timestamp};
use policy::BuiltInRole;
use rusqlite::Connection;

use super::rows::{Judged, Table};
use super::scratch::{email, name};
use super::told::TENANTS;
use super::{CheckError, Looked, Seen, Town};
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::roles::{RoleGrant, RoleRef};
use crate::users::UserKind;

const MEMBERS: Table =
    Table { name: "members", key: "tenant || '/' || user", columns: &["tenant", "user", "created_at", "document"] };
const SERVICES: Table = Table { name: "service_accounts", key: "id", columns: &["id", "tenant", "created_at", "document"] };

pub(super) fn look(looked: &Looked<'_>, seen: &mut Seen, _: Timestamp) -> Result<Observation, CheckError> {
    let identity = looked.identity;
    let mut without_people = 0;
    let (tenants, mut holders) = identity.catalog.read(|db| {
        let tenants = seen.walks.rows(db, &TENANTS, |_, row| {
            let tenant = identity.read_tenant(row)?.id;
            if !identity.users_with(db, tenant, RoleGrant::everywhere(BuiltInRole::Owner))?.is_empty() {
                return Ok(Judged::Good);
            }
            let people = "SELECT count(*) FROM members WHERE tenant = ?1";
            if catalog::count(db, people, [tenant.to_string()])? > 0 {
                return Ok(Judged::Wrong("people, and none who owns it".to_owned()));
            }
            // One that is only used with keys has nobody yet who could have a role.
            without_people += 1;
            Ok(Judged::Good)
        })?;
        let mut holders = seen.walks.rows(db, &MEMBERS, |_, row| {
            let member = identity.read_member(row)?;
            judge(identity, db, (member.tenant, &member.grants))
        })?;
        holders.add(seen.walks.rows(db, &SERVICES, |_, row| {
            let account = identity.read_service_account(row)?;
            judge(identity, db, (catalog::id(row, "tenant", "service_accounts")?, &account.grants))
        })?);
        Ok::<_, CatalogError>((tenants, holders))
    })?;
    let (good, whole) = (tenants.good, tenants.whole);
    let (right, all) = (holders.good, holders.whole);
    holders.add(tenants);
    let mut observation = holders.observe("tenants, members and programs have the roles that they must have");
    observation.summary = format!(
        "{good} of {whole} tenants that have people have an owner, and {right} of {all} members and programs have roles that exist"
    );
    Ok(observation
        .counting("tenants with an owner, or without people", good, Some(whole))
        .counting("members and programs with roles that exist", right, Some(all))
        .counting("tenants without people", without_people, Some(whole)))
}

fn judge(identity: &Identity, db: &Connection, (tenant, grants): (TenantId, &[RoleGrant])) -> Result<Judged, CatalogError> {
    if grants.is_empty() {
        return Ok(Judged::Wrong("no role".to_owned()));
    }
    for grant in grants {
        let there = match grant.role {
            RoleRef::BuiltIn(_) => true,
            RoleRef::Custom(id) => identity.find_role(db, tenant, id)?.is_some(),
        };
        if !there {
            return Ok(Judged::Wrong("a role that does not exist".to_owned()));
        }
    }
    Ok(Judged::Good)
}

/// A member whose role does not exist.
pub(super) fn spoil(identity: &Identity, town: &Town, now: Timestamp) -> Result<(), CheckError> {
    let role = RoleId::generate(&*identity.entropy);
    let grant = RoleGrant { role: RoleRef::Custom(role), source: None };
    let (email, name) = (email("nobody")?, name("Check Nobody")?);
    identity.catalog.write(|tx| {
        let account = identity.insert_account(tx, (&email, &name, UserKind::Person), now)?;
        Ok(identity.insert_member(tx, (town.scope.tenant, account.user.id), &[grant], now)?)
    })
}
