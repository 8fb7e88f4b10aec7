//! Who is staff, that nobody is of both kinds or of a tenant, and that a tenant learns of what staff tried in vain.

use audit::{Actor, Deed, Event, Filter, Log, Outcome, Paging, Question};
use model::limits::LOOK_STAFF_DAYS;
use model::{Observation, TimeRange, Timestamp, UserId};
use policy::{
    Approval, BuiltInRole, Denied, Freshness, Object, ObjectKind, Permission, PermissionSet, SecondFactor, SecondFactorRule,
    Session, Subject,
};

use super::passphrases::USERS;
use super::rows::{Judged, Tally};
use super::scratch::{Scratch, email, name, shell, stranger};
use super::{CheckError, Control, Looked, Seen, Town};
use crate::access::{AccessReason, Asking};
use crate::catalog;
use crate::permit::ViewPeople;
use crate::roles::RoleGrant;
use crate::users::{UserKind, UserState};
use crate::{AccessError, Identity, OpenedSession};

// === the list ===

pub(super) fn look_at_list(looked: &Looked<'_>, seen: &mut Seen, now: Timestamp) -> Result<Observation, CheckError> {
    let identity = looked.identity;
    identity.catalog.read(|db| {
        let db = &db.unchecked_transaction()?;
        if let Some(waits) = seen.openings.wait_for_end(identity, db, now)? {
            return Ok(waits);
        }
        let staff = identity.accounts(db)?.into_iter().filter(|account| account.user.kind.is_staff());
        let (mut operators, mut engineers, mut certified, mut listed) = (0, 0, 0, Vec::new());
        for account in staff {
            match (account.user.kind, account.user.state) {
                (UserKind::Engineer, _) => {
                    listed.push(account.user.id.to_string());
                    engineers += u64::from(account.user.state == UserState::Active);
                    certified += u64::from(account.user.state == UserState::Active && account.is_certified(now));
                }
                (UserKind::Operator, UserState::Active) => operators += 1,
                (UserKind::Operator, UserState::Disabled) | (UserKind::Person, _) => {}
            }
        }
        let mut readers = Tally::default();
        for reader in seen.openings.staff() {
            let known = listed.contains(&reader);
            readers.count(reader, known.then_some(()).ok_or_else(|| "read, and is not on the list".to_owned()));
        }
        let (good, whole) = (readers.good, readers.whole);
        let summary = format!(
            "{engineers} engineers may use access that a tenant granted, {operators} operators may not; {good} of {whole} who did \
             within {LOOK_STAFF_DAYS} days are on this list"
        );
        let observation = if good == whole { Observation::held(summary) } else { Observation::broken(summary) };
        Ok(observation
            .counting("readers who are on the list", good, Some(whole))
            .counting("engineers whose right was confirmed of late", certified, Some(engineers))
            .counting("operators", operators, None)
            .with_details(readers.wrong))
    })
}

/// Somebody reads who is nobody.
pub(super) fn spoil_list(identity: &Identity, town: &Town, now: Timestamp) -> Result<(), CheckError> {
    let deed = Deed::by(Actor::staff(UserId::generate(&*identity.entropy)), now).of_source(town.scope);
    Ok(identity.note(&deed, Event::RecordsRead { question: Question::Search })?)
}

// === the two kinds ===

pub(super) fn look_at_kinds(looked: &Looked<'_>, seen: &mut Seen, now: Timestamp) -> Result<Observation, CheckError> {
    let identity = looked.identity;
    let (mut operators, mut engineers) = (0, 0);
    let staff = identity.catalog.read(|db| {
        seen.walks.rows(db, &USERS, |_, row| {
            let account = identity.read_account(row)?;
            match account.user.kind {
                UserKind::Person => return Ok(Judged::Nothing),
                UserKind::Operator => operators += 1,
                UserKind::Engineer => engineers += 1,
            }
            let user = account.user.id.to_string();
            let members = catalog::count(db, "SELECT count(*) FROM members WHERE user = ?1", [&user])?;
            let subjects = catalog::count(db, "SELECT count(*) FROM provider_subjects WHERE user = ?1", [&user])?;
            let asked = catalog::count(db, "SELECT count(*) FROM access_requests WHERE staff = ?1", [&user])?;
            Ok(match (account.user.kind, members + subjects, asked) {
                (UserKind::Operator, _, 1..) => Judged::Wrong("an operator who asked for access like an engineer".to_owned()),
                (_, 1.., _) => Judged::Wrong("of staff, and of a tenant too".to_owned()),
                _ => Judged::Good,
            })
        })
    })?;
    let asked = questions(identity, now)?;
    let summary = format!(
        "{} of {} accounts of staff are of one kind and of no tenant ({operators} operators, {engineers} engineers); {} of {} \
         questions of one kind for what the other is there for were refused",
        staff.good, staff.whole, asked.good, asked.whole
    );
    let held = staff.good == staff.whole && asked.good == asked.whole;
    let observation = if held { Observation::held(summary) } else { Observation::broken(summary) };
    Ok(observation
        .counting("accounts of staff of one kind", staff.good, Some(staff.whole))
        .counting("questions of the wrong kind refused", asked.good, Some(asked.whole))
        .with_details(staff.wrong.into_iter().chain(asked.wrong)))
}

/// The engine that is in force, about an operator who wants records and an engineer who wants the system.
fn questions(identity: &Identity, now: Timestamp) -> Result<Tally, CheckError> {
    let user = UserId::generate(&*identity.entropy);
    let scope = model::Scope {
        tenant: model::TenantId::generate(&*identity.entropy),
        source: model::SourceId::generate(&*identity.entropy),
    };
    let permissions = PermissionSet::new([Permission::LogsRead, Permission::SourceView]).map_err(CheckError::step)?;
    let window = TimeRange { from: now, to: now.plus_seconds(60) };
    let (operator, engineer) =
        (Subject::Operator { user }, Subject::Engineer { user, approval: Some(Approval { scope, permissions, window }) });
    let mut asked = Tally::default();
    for &permission in Permission::ALL {
        let (subject, object) = match permission.object() {
            ObjectKind::Source => (&operator, Object::Source(scope)),
            ObjectKind::Tenant => (&operator, Object::Tenant(scope.tenant)),
            ObjectKind::Installation => (&engineer, Object::Installation),
        };
        let answer = identity.engine.decide(&policy::Question {
            subject,
            permission,
            object,
            named: object,
            now,
            session: Session { freshness: Freshness::Fresh, second_factor: SecondFactor::Shown },
            second_factor: SecondFactorRule::Required,
        });
        let right = matches!(&answer, Err(denied) if !matches!(denied, Denied::Failed { .. }));
        asked.count(permission.as_str(), right.then_some(()).ok_or_else(|| format!("{answer:?}")));
    }
    Ok(asked)
}

/// An operator who is an engineer too, in that a tenant has them.
pub(super) fn spoil_kinds(identity: &Identity, town: &Town, now: Timestamp) -> Result<(), CheckError> {
    let (email, name) = (email("operator")?, name("Check Operator")?);
    identity.catalog.write(|tx| {
        let account = identity.insert_account(tx, (&email, &name, UserKind::Operator), now)?;
        let grants = [RoleGrant::everywhere(BuiltInRole::Member)];
        Ok(identity.insert_member(tx, (town.scope.tenant, account.user.id), &grants, now)?)
    })
}

// === attempts ===

/// An operator and an engineer try what they may not, and the tenant's trail is read.
pub(super) fn run_attempts(scratch: &Scratch, control: Control, now: Timestamp) -> Result<Observation, CheckError> {
    let (identity, town) = (&scratch.identity, scratch.town(now)?);
    let hire = |who: &str, kind| -> Result<OpenedSession, CheckError> {
        let opened = identity.create_staff(&email(who)?, &name("Check Staff")?, kind, &shell(now))?;
        opened.ok_or_else(|| CheckError::step("the address is taken"))
    };
    let (operator, engineer) = (hire("operator", UserKind::Operator)?, hire("engineer", UserKind::Engineer)?);
    let mut tally = Tally::default();
    for who in [&operator, &engineer] {
        let credential = who.credential()?;
        let read = identity.authorize_read(Some(&credential), Some(town.scope.source), &stranger(now), Question::Search);
        tally.step("reading records is refused", read.is_err());
        let people = identity.authorize_tenant::<ViewPeople>(Some(&credential), town.scope.tenant, &stranger(now));
        tally.step("seeing the people of a tenant is refused", people.is_err());
    }
    let who = identity.signed_in(Some(&engineer.credential()?), &stranger(now)).map_err(CheckError::step)?;
    let asking = Asking {
        tenant: town.scope.tenant,
        source: town.scope.source,
        reason: AccessReason::Support,
        explanation: "a check asks".to_owned(),
        ticket: "check".to_owned(),
        from: now,
        minutes: 1,
    };
    let asked = identity.request_access(&who, &asking);
    tally.step("asking where nobody may ask is refused", matches!(asked, Err(AccessError::Never)));
    identity.flush_refusals(now)?;
    match control {
        Control::InForce => {}
        Control::Broken => forget(identity)?,
    }

    let filter = Filter::default();
    let page = identity.audit_entries(Log::Tenant(town.scope.tenant), &filter, Paging { before: None, limit: 100 })?;
    let told = |staff: &OpenedSession, event: &str| {
        let of = Actor::staff(staff.session.user);
        let refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused { .. });
        let entries = page.entries.iter().map(|recorded| &recorded.entry);
        entries.filter(|entry| entry.actor == of && entry.event.name() == event && refused(&entry.outcome)).count()
    };
    tally.step("both attempts of the operator are in the tenant's trail", told(&operator, "permission_refused") == 2);
    tally.step("both attempts of the engineer are in the tenant's trail", told(&engineer, "permission_refused") == 2);
    tally.step("the request is in the tenant's trail", told(&engineer, "staff_access_requested") == 1);
    let (good, whole) = (tally.good, tally.whole);
    let mut observation = tally.observe("attempts of staff were refused, or told to the tenant, as they have to be");
    observation.summary = format!(
        "in a scratch catalog with the policy in force, staff tried in vain to read, to look around and to ask: {good} of {whole} \
         expectations of refusals and of the tenant's own trail were met"
    );
    Ok(observation)
}

/// A trail that does not keep what was refused.
fn forget(identity: &Identity) -> Result<(), CheckError> {
    let sql = "DROP TRIGGER audit_entries_stay; DELETE FROM audit_entries WHERE log LIKE 'tenant/%'";
    Ok(identity.catalog.write(|tx| tx.execute_batch(sql).map_err(catalog::CatalogError::from))?)
}
