//! What each role and each kind of subject may do, as tables.

use super::*;
use crate::ObjectKind;

/// A person with this role on the tenant may use exactly these, and nothing beyond the tenant.
fn check_role(role: BuiltInRole, allowed: &[&str]) {
    let subject = person(&[on_tenant(role)]);
    for &permission in Permission::ALL {
        let expected = if allowed.contains(&permission.as_str()) { Ok(()) } else { Err(Denied::NoPermission) };
        let own = match permission.object() {
            ObjectKind::Source => source(1, 2),
            ObjectKind::Tenant => tenant(1),
            ObjectKind::Installation => Object::Installation,
        };
        check(ask(&subject, permission, own), expected);
        match permission.object() {
            ObjectKind::Source => check(ask(&subject, permission, source(2, 2)), Err(Denied::OtherTenant)),
            ObjectKind::Tenant => check(ask(&subject, permission, tenant(2)), Err(Denied::OtherTenant)),
            ObjectKind::Installation => {}
        }
    }
}

const SOURCES: [&str; 6] = ["logs:read", "logs:write", "source:view", "source:configure", "keys:view", "keys:manage"];
const ADMIN: [&str; 19] = [
    "tenant:view",
    "sources:create",
    "people:view",
    "people:manage",
    "roles:view",
    "roles:manage",
    "services:manage",
    "audit:read",
    "audit:export",
    "access:view",
    "access:approve",
    "overview:view",
    "overview:manage",
    "overview:attest",
    "views:view",
    "views:manage",
    "alerts:view",
    "alerts:manage",
    "destinations:manage",
];

#[test]
fn an_owner_may_do_everything_in_the_tenant() {
    check_role(BuiltInRole::Owner, &[&SOURCES[..], &ADMIN, &["sign-in:manage", "access:configure"]].concat());
}

#[test]
fn an_admin_may_do_what_does_not_make_an_owner() {
    check_role(BuiltInRole::Admin, &[&SOURCES[..], &ADMIN].concat());
}

#[test]
fn a_member_reads_and_writes_logs() {
    let watching = ["views:view", "views:manage", "alerts:view", "alerts:manage"];
    check_role(BuiltInRole::Member, &[&SOURCES[..3], &["keys:view", "tenant:view"], &watching].concat());
}

#[test]
fn a_reader_reads_logs() {
    check_role(BuiltInRole::ReadOnly, &["logs:read", "source:view", "tenant:view", "views:view", "alerts:view"]);
}

#[test]
fn an_auditor_reads_everything_but_logs() {
    let allowed =
        ["audit:read", "audit:export", "people:view", "roles:view", "access:view", "overview:view", "source:view", "tenant:view"];
    check_role(BuiltInRole::Auditor, &allowed);
}

#[test]
fn a_role_on_one_source_ends_there() {
    let subject = person(&[on_source(BuiltInRole::Owner, 1), on_source(BuiltInRole::ReadOnly, 2)]);
    check(ask(&subject, Permission::LogsWrite, source(1, 1)), Ok(()));
    check(ask(&subject, Permission::LogsWrite, source(1, 2)), Err(Denied::NoPermission));
    check(ask(&subject, Permission::LogsRead, source(1, 2)), Ok(()));
    check(ask(&subject, Permission::TenantView, tenant(1)), Err(Denied::NoPermission));
    check(ask(&subject, Permission::LogsRead, source(2, 1)), Err(Denied::OtherTenant));
}

#[test]
fn without_a_role_nothing_is_allowed() {
    check(ask(&person(&[]), Permission::TenantView, tenant(1)), Err(Denied::NoPermission));
    check(ask(&service(&[]), Permission::LogsWrite, source(1, 1)), Err(Denied::NoPermission));
}

#[test]
fn a_service_needs_no_session_and_never_answers_for_staff() {
    let subject = service(&[on_tenant(BuiltInRole::Owner)]);
    let ask = |permission, object| Question { session: STALE, ..ask(&subject, permission, object) };
    check(ask(Permission::KeysManage, source(1, 1)), Ok(()));
    check(ask(Permission::AccessView, tenant(1)), Ok(()));
    check(ask(Permission::AccessApprove, tenant(1)), Err(Denied::NoPermission));
    check(ask(Permission::AccessConfigure, tenant(1)), Err(Denied::NoPermission));
    check(ask(Permission::TenantView, tenant(2)), Err(Denied::OtherTenant));
}

#[test]
fn a_key_opens_its_source_in_its_direction_until_its_end() {
    for (direction, own, other) in [
        (Direction::Read, Permission::LogsRead, Permission::LogsWrite),
        (Direction::Write, Permission::LogsWrite, Permission::LogsRead),
    ] {
        let endless = key(direction, None);
        check(ask(&endless, own, source(1, 1)), Ok(()));
        check(ask(&endless, other, source(1, 1)), Err(Denied::WrongDirection));
        check(ask(&endless, own, source(1, 2)), Err(Denied::OtherSource));
        check(ask(&endless, own, source(2, 1)), Err(Denied::OtherSource));
        check(ask(&endless, Permission::SourceView, source(1, 1)), Err(Denied::NoPermission));
        check(ask(&endless, Permission::TenantView, tenant(1)), Err(Denied::NoPermission));
        check(ask(&key(direction, Some(4)), own, source(1, 1)), Ok(()));
        check(ask(&key(direction, Some(3)), own, source(1, 1)), Err(Denied::Expired));
    }
}

#[test]
fn an_engineer_sees_what_was_approved_while_it_lasts() {
    let asked = engineer(&[Permission::LogsRead]);
    let ask = |subject, permission, object, moment| Question {
        now: at(moment),
        session: Session::STRONGEST,
        ..ask(subject, permission, object)
    };
    check(ask(&asked, Permission::LogsRead, source(1, 1), 1), Err(Denied::NotApproved));
    check(ask(&asked, Permission::LogsRead, source(1, 1), 2), Ok(()));
    check(ask(&asked, Permission::LogsRead, source(1, 1), 4), Ok(()));
    check(ask(&asked, Permission::LogsRead, source(1, 1), 5), Err(Denied::Expired));
    check(ask(&asked, Permission::SourceView, source(1, 1), 3), Err(Denied::NotApproved));
    check(ask(&asked, Permission::LogsRead, source(1, 2), 3), Err(Denied::NotApproved));
    check(ask(&asked, Permission::LogsRead, source(2, 1), 3), Err(Denied::NotApproved));
    let nobody = Subject::Engineer { user: id(7), approval: None };
    check(ask(&nobody, Permission::LogsRead, source(1, 1), 3), Err(Denied::NotApproved));
}

#[test]
fn an_approval_of_everything_is_no_more_than_reading() {
    let everything: Vec<_> = BuiltInRole::Owner.permissions().iter().collect();
    let asked = engineer(&everything);
    for permission in everything.into_iter().filter(|permission| permission.object() == ObjectKind::Source) {
        let reads = matches!(permission, Permission::LogsRead | Permission::SourceView);
        let question = Question { session: Session::STRONGEST, ..ask(&asked, permission, source(1, 1)) };
        check(question, if reads { Ok(()) } else { Err(Denied::NotApproved) });
    }
}

#[test]
fn an_engineer_always_needs_a_second_factor() {
    let asked = engineer(&[Permission::LogsRead]);
    check(ask(&asked, Permission::LogsRead, source(1, 1)), Err(Denied::SecondFactorRequired));
}

#[test]
fn an_operator_keeps_the_installation_and_sees_no_tenant() {
    let subject = operator();
    for &permission in Permission::ALL {
        match permission.object() {
            ObjectKind::Source => check(ask(&subject, permission, source(1, 1)), Err(Denied::NoPermission)),
            ObjectKind::Tenant => check(ask(&subject, permission, tenant(1)), Err(Denied::NoPermission)),
            ObjectKind::Installation => check(ask(&subject, permission, Object::Installation), Ok(())),
        }
    }
    let stale = Question { session: STALE, ..ask(&subject, Permission::StaffManage, Object::Installation) };
    check(stale, Err(Denied::NotFresh));
}

#[test]
fn a_sensitive_act_needs_a_fresh_session() {
    let subject = person(&[on_tenant(BuiltInRole::Member), on_source(BuiltInRole::Owner, 1)]);
    let stale = |permission, object| Question { session: STALE, ..ask(&subject, permission, object) };
    check(stale(Permission::KeysManage, source(1, 1)), Err(Denied::NotFresh));
    check(stale(Permission::LogsRead, source(1, 1)), Ok(()));
    // Nobody is asked to sign in again for what they may not do anyway.
    check(stale(Permission::KeysManage, source(1, 2)), Err(Denied::NoPermission));
}

#[test]
fn where_a_second_factor_is_required_a_person_without_one_reaches_nothing() {
    let subject = person(&[on_tenant(BuiltInRole::Owner)]);
    for permission in BuiltInRole::Owner.permissions().iter() {
        let object = if permission.object() == ObjectKind::Source { source(1, 1) } else { tenant(1) };
        let question = Question { second_factor: SecondFactorRule::Required, ..ask(&subject, permission, object) };
        check(question, Err(Denied::SecondFactorRequired));
        check(Question { session: Session::STRONGEST, ..question }, Ok(()));
    }
    let reader = person(&[on_tenant(BuiltInRole::ReadOnly)]);
    let question = ask(&reader, Permission::LogsWrite, source(1, 1));
    check(Question { second_factor: SecondFactorRule::Required, ..question }, Err(Denied::NoPermission));
}

#[test]
fn another_object_than_the_one_named_is_refused() {
    let subject = person(&[on_tenant(BuiltInRole::Owner)]);
    let named = |permission, object, named| Question { named, ..ask(&subject, permission, object) };
    check(named(Permission::LogsRead, source(1, 1), source(1, 2)), Err(Denied::OtherSource));
    check(named(Permission::LogsRead, source(1, 1), source(2, 1)), Err(Denied::OtherTenant));
    check(named(Permission::TenantView, tenant(1), tenant(2)), Err(Denied::OtherTenant));
}
