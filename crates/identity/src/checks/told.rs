//! Whether each tenant's rule about second factors is the one that was last told in its trail, and the one that decides.

use audit::{Event, Filter, Log, Paging};
use model::limits::AUDIT_SCAN_ENTRIES_MAX;
use model::{Id, Observation, TenantId, Timestamp};
use policy::{BuiltInRole, Denied, Freshness, Grant, Object, Permission, Reach, SecondFactor, Session, Subject};
use rusqlite::Connection;

use super::rows::{Judged, Table};
use super::scratch::shell;
use super::{CheckError, Looked, Seen, Town};
use crate::Identity;
use crate::catalog::CatalogError;
use crate::permit::ManageSignIn;
use crate::settings::{SecondFactorRule, SignInRules, SingleSignOnRule, TenantSettings};

pub(super) const TENANTS: Table = Table { name: "tenants", key: "id", columns: &["id", "name", "created_at"] };

/// Pages of a trail that are looked through for the newest change of the rules. What is older is not compared.
const PAGES_MAX: usize = 4;

pub(super) fn look(looked: &Looked<'_>, seen: &mut Seen, now: Timestamp) -> Result<Observation, CheckError> {
    let identity = looked.identity;
    let (mut required, mut recommended, mut compared) = (0, 0, 0);
    let tally = identity.catalog.read(|db| {
        seen.walks.rows(db, &TENANTS, |_, row| {
            let tenant = identity.read_tenant(row)?.id;
            let rule = identity.settings_of(db, tenant)?.second_factor;
            match rule {
                SecondFactorRule::Required => required += 1,
                SecondFactorRule::Recommended => recommended += 1,
            }
            if !is_in_force(identity, (tenant, rule), now) {
                return Ok(Judged::Wrong("the policy decides otherwise than the rule says".to_owned()));
            }
            if let Some(told) = told(identity, db, tenant)? {
                compared += 1;
                if told != (rule == SecondFactorRule::Required) {
                    return Ok(Judged::Wrong("the rule is not the one that was last told in the trail".to_owned()));
                }
            }
            Ok(Judged::Good)
        })
    })?;
    let (good, whole) = (tally.good, tally.whole);
    let mut observation = tally.observe("tenants whose rule about second factors is in force as it was told");
    observation.summary = format!(
        "for {good} of {whole} tenants the rule about second factors is in force as it was told: {required} require one, \
         {recommended} recommend one"
    );
    Ok(observation
        .counting("tenants that require a second factor", required, Some(whole))
        .counting("tenants that recommend a second factor", recommended, Some(whole))
        .counting("rules compared with the trail", compared, None))
}

/// Whether an owner who shows one factor is let in exactly where one is enough.
fn is_in_force(identity: &Identity, (tenant, rule): (TenantId, SecondFactorRule), now: Timestamp) -> bool {
    let grants = vec![Grant::built_in(BuiltInRole::Owner, Reach::Tenant)];
    let (subject, object) = (Subject::Person { user: Id::NONE, tenant, grants }, Object::Tenant(tenant));
    let answer = identity.engine.decide(&policy::Question {
        subject: &subject,
        permission: Permission::TenantView,
        object,
        named: object,
        now,
        session: Session { freshness: Freshness::Fresh, second_factor: SecondFactor::NotShown },
        second_factor: rule.into(),
    });
    match rule {
        SecondFactorRule::Required => matches!(answer, Err(Denied::SecondFactorRequired)),
        SecondFactorRule::Recommended => answer.is_ok(),
    }
}

/// Whether the newest change in the tenant's trail demands a second factor. `None`: none was found in what was looked through
/// and the trail goes on, or its beginning was ended.
fn told(identity: &Identity, db: &Connection, tenant: TenantId) -> Result<Option<bool>, CatalogError> {
    let filter = Filter { events: vec!["sign_in_rules_changed".to_owned()], ..Filter::default() };
    let mut before = None;
    for _ in 0..PAGES_MAX {
        let page = identity.trail.find(db, Log::Tenant(tenant), &filter, Paging { before, limit: 1 })?;
        if let Some(recorded) = page.entries.first() {
            return Ok(match recorded.entry.event {
                Event::SignInRulesChanged { second_factor_required, .. } => Some(second_factor_required),
                _ => None,
            });
        }
        before = page.next;
        if before.is_none() {
            let first = identity.trail.first_since(db, Log::Tenant(tenant), Timestamp::MIN)?;
            // Nobody changed the rule since the tenant began, so it is the one that all begin with.
            return Ok((first == Some(0)).then_some(false));
        }
    }
    const { assert!(PAGES_MAX * AUDIT_SCAN_ENTRIES_MAX <= 100_000) };
    Ok(None)
}

/// The rule of before is put back, by somebody who can seal it and tells nobody.
pub(super) fn spoil(identity: &Identity, town: &Town, now: Timestamp) -> Result<(), CheckError> {
    let tenant = town.scope.tenant;
    let permit = identity.by_shell::<ManageSignIn>(tenant, &shell(now));
    let rules = SignInRules {
        second_factor: SecondFactorRule::Required,
        single_sign_on: SingleSignOnRule::Optional,
        break_glass_owner: None,
    };
    identity.set_sign_in_rules(&permit, rules).map_err(CheckError::step)?;
    Ok(identity.catalog.write(|tx| identity.write_settings(tx, tenant, &TenantSettings::default()))?)
}
