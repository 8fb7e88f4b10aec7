//! A small world: two tenants, two sources each with ids that both tenants have, and moments from 0 to 9.

use std::sync::LazyLock;

use model::{Entropy, Id, IdKind, Scope, TenantId, TimeRange, Timestamp};

use crate::{
    Approval, BuiltInRole, Denied, Direction, Engine, Freshness, Grant, Object, Permission, PermissionSet, Question, Reach, Role,
    SecondFactor, SecondFactorRule, Session, Subject,
};

mod checks;
mod engine;
mod oracle;
mod roles;
mod speed;
mod walls;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());

const STALE: Session = Session::NONE;
const FRESH: Session = Session { freshness: Freshness::Fresh, second_factor: SecondFactor::NotShown };

struct Repeated(u8);
impl Entropy for Repeated {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

fn id<K: IdKind>(number: u8) -> Id<K> {
    Id::generate(&Repeated(number))
}

fn at(moment: i64) -> Timestamp {
    Timestamp::from_nanos(moment)
}

fn scope(tenant: u8, source: u8) -> Scope {
    Scope { tenant: id(tenant), source: id(source) }
}

fn source(tenant: u8, source: u8) -> Object {
    Object::Source(scope(tenant, source))
}

fn tenant(number: u8) -> Object {
    Object::Tenant(id(number))
}

fn person(grants: &[Grant]) -> Subject {
    Subject::Person { user: id(7), tenant: id(1), grants: grants.to_vec() }
}

fn service(grants: &[Grant]) -> Subject {
    Subject::Service { account: id(7), tenant: id(1), grants: grants.to_vec() }
}

fn key(direction: Direction, expires: Option<i64>) -> Subject {
    Subject::ApiKey { key: id(7), scope: scope(1, 1), direction, expires: expires.map(at) }
}

fn engineer(permissions: &[Permission]) -> Subject {
    let permissions = PermissionSet::new(permissions.iter().copied()).unwrap();
    let window = TimeRange { from: at(2), to: at(5) };
    Subject::Engineer { user: id(7), approval: Some(Approval { scope: scope(1, 1), permissions, window }) }
}

fn operator() -> Subject {
    Subject::Operator { user: id(7) }
}

fn on_tenant(role: BuiltInRole) -> Grant {
    Grant::built_in(role, Reach::Tenant)
}

fn on_source(role: BuiltInRole, number: u8) -> Grant {
    Grant::built_in(role, Reach::Source(id(number)))
}

/// At moment 3, signed in a moment ago, where no second factor is required.
fn ask(subject: &Subject, permission: Permission, object: Object) -> Question<'_> {
    Question { subject, permission, object, named: object, now: at(3), session: FRESH, second_factor: SecondFactorRule::Optional }
}

/// The answer to a question is `expected`: allowed, or the reason why not.
#[expect(clippy::needless_pass_by_value, reason = "so that a table says what it expects and no more")]
fn check(question: Question<'_>, expected: Result<(), Denied>) {
    let answer = ENGINE.decide(&question).map(|allowed| assert_eq!(allowed.object(), question.object));
    assert_eq!(answer, expected, "{question:?}");
}
