//! Random questions: another tenant's and another source's things stay closed, and the engine agrees with a naive oracle.

use proptest::prelude::*;

use super::*;
use crate::{Care, ObjectKind};

/// A question that owns its subject.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    subject: Subject,
    permission: Permission,
    object: Object,
    named: Object,
    now: Timestamp,
    session: Session,
    second_factor: SecondFactorRule,
}

// === impl Asked ===

impl Asked {
    pub(super) fn question(&self) -> Question<'_> {
        Question {
            subject: &self.subject,
            permission: self.permission,
            object: self.object,
            named: self.named,
            now: self.now,
            session: self.session,
            second_factor: self.second_factor,
        }
    }
}

fn scopes() -> impl Strategy<Value = Scope> {
    (1..=2u8, 1..=2u8).prop_map(|(tenant, source)| scope(tenant, source))
}

fn permission_sets() -> impl Strategy<Value = PermissionSet> {
    let every: Vec<Permission> = BuiltInRole::Owner.permissions().iter().collect();
    let few = proptest::sample::subsequence(every.clone(), 0..=every.len());
    prop_oneof![
        2 => few.prop_map(|some| PermissionSet::new(some).unwrap()),
        1 => Just(BuiltInRole::Owner.permissions()),
    ]
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let reach = prop_oneof![Just(Reach::Tenant), (1..=2u8).prop_map(|source| Reach::Source(id(source)))];
    let grant = (permission_sets(), reach).prop_map(|(permissions, reach)| Grant { role: Role::Own(id(9)), permissions, reach });
    proptest::collection::vec(grant, 0..4)
}

fn subjects() -> impl Strategy<Value = Subject> {
    let moments = || (0..6i64).prop_map(at);
    let directions = prop_oneof![Just(Direction::Read), Just(Direction::Write)];
    let windows = (moments(), moments()).prop_map(|(from, to)| TimeRange { from, to });
    let approvals =
        (scopes(), permission_sets(), windows).prop_map(|(scope, permissions, window)| Approval { scope, permissions, window });
    prop_oneof![
        (1..=2u8, grants()).prop_map(|(tenant, grants)| Subject::Person { user: id(7), tenant: id(tenant), grants }),
        (1..=2u8, grants()).prop_map(|(tenant, grants)| Subject::Service { account: id(7), tenant: id(tenant), grants }),
        (scopes(), directions, proptest::option::of(moments())).prop_map(|(scope, direction, expires)| Subject::ApiKey {
            key: id(7),
            scope,
            direction,
            expires
        }),
        proptest::option::weighted(0.9, approvals).prop_map(|approval| Subject::Engineer { user: id(7), approval }),
        Just(operator()),
    ]
}

fn sessions() -> impl Strategy<Value = Session> {
    let freshness = prop_oneof![3 => Just(Freshness::Fresh), 1 => Just(Freshness::Stale)];
    let second_factor = prop_oneof![2 => Just(SecondFactor::Shown), 1 => Just(SecondFactor::NotShown)];
    (freshness, second_factor).prop_map(|(freshness, second_factor)| Session { freshness, second_factor })
}

fn of_kind(kind: ObjectKind, scope: Scope) -> Object {
    match kind {
        ObjectKind::Source => Object::Source(scope),
        ObjectKind::Tenant => Object::Tenant(scope.tenant),
        ObjectKind::Installation => Object::Installation,
    }
}

/// Half of them are about reading and seeing, so that keys and engineers are allowed something often enough.
pub(super) fn questions() -> impl Strategy<Value = Asked> {
    let reads = vec![Permission::LogsRead, Permission::LogsWrite, Permission::SourceView];
    let permissions = prop_oneof![proptest::sample::select(Permission::ALL.to_vec()), proptest::sample::select(reads)];
    let rules = prop_oneof![Just(SecondFactorRule::Required), Just(SecondFactorRule::Optional)];
    let named = prop_oneof![3 => Just(None), 1 => scopes().prop_map(Some)];
    (subjects(), permissions, scopes(), named, 0..6i64, sessions(), rules).prop_map(
        |(subject, permission, touched, named, now, session, second_factor)| Asked {
            subject,
            permission,
            object: of_kind(permission.object(), touched),
            named: of_kind(permission.object(), named.unwrap_or(touched)),
            now: at(now),
            session,
            second_factor,
        },
    )
}

/// The rules once more, as plainly as they can be said.
fn oracle(q: &Question<'_>) -> bool {
    let inside = |tenant: TenantId| match q.object {
        Object::Source(scope) => scope.tenant == tenant,
        Object::Tenant(it) => it == tenant,
        Object::Installation => false,
    };
    let reached = |grant: &Grant| match (grant.reach, q.object) {
        (Reach::Tenant, _) => true,
        (Reach::Source(reached), Object::Source(scope)) => reached == scope.source,
        (Reach::Source(_), _) => false,
    };
    let granted = |grants: &[Grant]| grants.iter().any(|grant| grant.permissions.contains(q.permission) && reached(grant));
    let second = q.session.second_factor == SecondFactor::Shown;
    let signed_in = (second || q.second_factor == SecondFactorRule::Optional)
        && (q.permission.care() == Care::Plain || q.session.freshness == Freshness::Fresh);
    let staff_access = matches!(q.permission, Permission::AccessApprove | Permission::AccessConfigure);
    q.named == q.object
        && match q.subject {
            Subject::Person { tenant, grants, .. } => inside(*tenant) && granted(grants) && signed_in,
            Subject::Service { tenant, grants, .. } => inside(*tenant) && granted(grants) && !staff_access,
            Subject::ApiKey { scope, direction, expires, .. } => {
                let own = if *direction == Direction::Read { Permission::LogsRead } else { Permission::LogsWrite };
                q.object == Object::Source(*scope) && q.permission == own && expires.is_none_or(|end| q.now < end)
            }
            Subject::Engineer { approval, .. } => approval.as_ref().is_some_and(|approval| {
                let reads = matches!(q.permission, Permission::LogsRead | Permission::SourceView);
                let asked = reads && approval.permissions.contains(q.permission);
                q.object == Object::Source(approval.scope) && asked && approval.window.contains(q.now) && second
            }),
            Subject::Operator { .. } => q.object == Object::Installation && signed_in,
        }
}

/// The one tenant that a subject belongs to or was let into.
fn tenant_of(subject: &Subject) -> Option<TenantId> {
    match subject {
        Subject::Person { tenant, .. } | Subject::Service { tenant, .. } => Some(*tenant),
        Subject::ApiKey { scope, .. } => Some(scope.tenant),
        Subject::Engineer { approval, .. } => approval.as_ref().map(|approval| approval.scope.tenant),
        Subject::Operator { .. } => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_engine_agrees_with_the_oracle(asked in questions()) {
        let answer = ENGINE.decide(&asked.question());
        prop_assert_eq!(answer.is_ok(), oracle(&asked.question()), "{:?}", answer);
        prop_assert_ne!(answer.err().map_or("", |denied| denied.code()), "undecided");
    }

    #[test]
    fn nothing_allowed_is_another_tenants_or_not_the_source_that_was_named(asked in questions()) {
        if let Ok(allowed) = ENGINE.decide(&asked.question()) {
            prop_assert_eq!(allowed.object(), asked.named);
            match allowed.object() {
                Object::Source(scope) => prop_assert_eq!(Some(scope.tenant), tenant_of(&asked.subject)),
                Object::Tenant(tenant) => prop_assert_eq!(Some(tenant), tenant_of(&asked.subject)),
                Object::Installation => prop_assert_eq!(&asked.subject, &operator()),
            }
        }
    }
}
