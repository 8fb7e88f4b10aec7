//! Looks whether the wall in force is the one that was proved, and asks the engine what nobody may do.
//!
//! Always holds: the engine is the one that decides requests; the ids that are asked about are made up, so the answers
//! touch nobody. A wall that refuses everything does not pass: what keys, members, engineers and operators are there for
//! is asked too. That the proof itself is right is not looked at here: `proof` does, when the wall is written.

use std::sync::Arc;

use model::{ApiKeyId, Check, Entropy, Observation, Scope, SourceId, TenantId, TimeRange, Timestamp, UserId, Vantage};

use crate::denied::Denied;
use crate::engine::Engine;
use crate::permission::{ObjectKind, Permission};
use crate::question::{Freshness, Object, Question, SecondFactor, SecondFactorRule, Session};
use crate::role::BuiltInRole;
use crate::set::PermissionSet;
use crate::subject::{Approval, Direction, Grant, Reach, Subject};
use crate::wall::{PROVED, SCHEMA};

/// What the twin permits beside a wall that is not there.
const EVERYTHING: &str = "@id(\"everything\") permit (principal, action, resource);";
const MINUTE: i64 = 60;

struct WallProved {
    engine: Arc<Engine>,
    entropy: Arc<dyn Entropy>,
}

/// A question with everything that it refers to.
struct Asked {
    /// For the operator, who is told what was answered wrongly.
    about: String,
    subject: Subject,
    permission: Permission,
    object: Object,
    named: Object,
    session: Session,
    rule: SecondFactorRule,
}

/// Two tenants; the first has two sources.
struct World {
    own: Scope,
    sibling: Scope,
    foreign: Scope,
    user: UserId,
    key: ApiKeyId,
    now: Timestamp,
}

/// The falsifiers of what is said about the policy.
#[must_use]
pub fn checks(engine: Arc<Engine>, entropy: Arc<dyn Entropy>) -> Vec<Box<dyn Check>> {
    vec![Box::new(WallProved { engine, entropy })]
}

// === impl WallProved ===

impl Check for WallProved {
    fn id(&self) -> &'static str {
        "policy.wall-proved"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        look_at(&self.engine, &World::new(&*self.entropy, now))
    }

    /// An engine without a wall, in which everybody may do everything.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        match Engine::with(SCHEMA, "", EVERYTHING) {
            Ok(engine) => look_at(&engine, &World::new(&*self.entropy, now)),
            Err(error) => Observation::not_run("an engine without a wall could not be made").detail(error.to_string()),
        }
    }
}

fn look_at(engine: &Engine, world: &World) -> Observation {
    let proved = engine.digests() == PROVED;
    let forbidden = world.forbidden();
    let answered = |asked: &Asked| (asked.about.clone(), engine.decide(&asked.question(world.now)).map(drop));
    // A decision that fails is a refusal, and says nothing about the wall.
    let open = forbidden.iter().map(answered).filter(|(_, answer)| matches!(answer, Ok(()) | Err(Denied::Failed { .. })));
    let open: Vec<String> = open.map(|(about, answer)| format!("not refused by the wall: {about} ({answer:?})")).collect();
    let allowed = world.allowed();
    let shut: Vec<String> = allowed
        .iter()
        .map(answered)
        .filter_map(|(about, answer)| answer.err().map(|why| format!("refused, though given: {about} ({why})")))
        .collect();

    let (whole, refused) = (forbidden.len() as u64, (forbidden.len() - open.len()) as u64);
    let words = if proved { "are those that were proved" } else { "are not those that were proved" };
    let summary = format!("the policies in force {words}; {refused} of {whole} forbidden questions were refused");
    let held = proved && open.is_empty() && shut.is_empty();
    let observation = if held { Observation::held(summary) } else { Observation::broken(summary) };
    let unproved = (!proved).then(|| format!("the policies in force have the digests\n{}", engine.digests()));
    observation
        .counting("policies in force that were proved", u64::from(proved), Some(1))
        .counting("forbidden questions refused", refused, Some(whole))
        .counting("permitted questions allowed", (allowed.len() - shut.len()) as u64, Some(allowed.len() as u64))
        .with_details(unproved.into_iter().chain(open).chain(shut))
}

// === impl Asked ===

impl Asked {
    /// With everything shown that could be shown: what is refused is refused for good.
    fn new(about: impl Into<String>, subject: Subject, permission: Permission, object: Object) -> Self {
        let (session, rule) = (Session::STRONGEST, SecondFactorRule::Optional);
        Self { about: about.into(), subject, permission, object, named: object, session, rule }
    }

    fn named(self, named: Object) -> Self {
        Self { named, ..self }
    }

    fn shown(self, freshness: Freshness, second_factor: SecondFactor) -> Self {
        Self { session: Session { freshness, second_factor }, ..self }
    }

    fn question(&self, now: Timestamp) -> Question<'_> {
        Question {
            subject: &self.subject,
            permission: self.permission,
            object: self.object,
            named: self.named,
            now,
            session: self.session,
            second_factor: self.rule,
        }
    }
}

// === impl World ===

impl World {
    fn new(entropy: &dyn Entropy, now: Timestamp) -> Self {
        let (tenant, other) = (TenantId::generate(entropy), TenantId::generate(entropy));
        Self {
            own: Scope { tenant, source: SourceId::generate(entropy) },
            sibling: Scope { tenant, source: SourceId::generate(entropy) },
            foreign: Scope { tenant: other, source: SourceId::generate(entropy) },
            user: UserId::generate(entropy),
            key: ApiKeyId::generate(entropy),
            now,
        }
    }

    fn forbidden(&self) -> Vec<Asked> {
        let mut asked = self.two_sources();
        asked.extend(self.of_staff());
        asked.extend(self.of_sign_in());
        asked
    }

    /// One source is named and another is touched, or one that the subject does not have.
    fn two_sources(&self) -> Vec<Asked> {
        let (own, sibling, foreign) = (Object::Source(self.own), Object::Source(self.sibling), Object::Source(self.foreign));
        let (read, write) = (Permission::LogsRead, Permission::LogsWrite);
        let mut asked = vec![
            Asked::new("an owner names one source and reads another", self.owner(), read, sibling).named(own),
            Asked::new("an owner names the own source and reads another tenant's", self.owner(), read, foreign).named(own),
            Asked::new("an owner names another tenant's source and reads the own", self.owner(), read, own).named(foreign),
            Asked::new("a key writes where it should read", self.key(Direction::Read, None), write, own),
            Asked::new("a key reads where it should write", self.key(Direction::Write, None), read, own),
            Asked::new("a key reads after its end", self.key(Direction::Read, Some(self.now)), read, own),
        ];
        for (about, object) in [("the tenant's other source", sibling), ("another tenant's source", foreign)] {
            asked.push(Asked::new(format!("a key reads {about}"), self.key(Direction::Read, None), read, object));
            asked.push(Asked::new(format!("a key writes {about}"), self.key(Direction::Write, None), write, object));
            let granted = self.person(Grant::built_in(BuiltInRole::Owner, Reach::Source(self.own.source)));
            asked.push(Asked::new(format!("the owner of one source reads {about}"), granted, read, object));
        }
        let elsewhere = [(self.owner(), "an owner"), (self.program(), "a program")];
        for (subject, who) in elsewhere {
            for &permission in Permission::ALL {
                let object = match permission.object() {
                    ObjectKind::Source => foreign,
                    ObjectKind::Tenant => Object::Tenant(self.foreign.tenant),
                    ObjectKind::Installation => Object::Installation,
                };
                asked.push(Asked::new(format!("{who} uses {permission} elsewhere"), subject.clone(), permission, object));
            }
        }
        asked
    }

    /// An operator reaches no tenant, an engineer no system and no more of a tenant than it approved.
    fn of_staff(&self) -> Vec<Asked> {
        let operator = Subject::Operator { user: self.user };
        let window = |from: i64, to: i64| TimeRange { from: self.now.plus_seconds(from), to: self.now.plus_seconds(to) };
        let during = self.engineer(window(-MINUTE, MINUTE));
        let mut asked = Vec::new();
        for &permission in Permission::ALL {
            let object = match permission.object() {
                ObjectKind::Source => Object::Source(self.own),
                ObjectKind::Tenant => Object::Tenant(self.own.tenant),
                ObjectKind::Installation => Object::Installation,
            };
            match permission.object() {
                ObjectKind::Source | ObjectKind::Tenant => {
                    asked.push(Asked::new(format!("an operator uses {permission}"), operator.clone(), permission, object));
                }
                ObjectKind::Installation => {}
            }
            if !matches!(permission, Permission::LogsRead | Permission::SourceView) {
                asked.push(Asked::new(format!("an engineer uses {permission}"), during.clone(), permission, object));
            }
            let unapproved = Subject::Engineer { user: self.user, approval: None };
            asked.push(Asked::new(format!("an engineer without approval uses {permission}"), unapproved, permission, object));
        }
        let (read, own) = (Permission::LogsRead, Object::Source(self.own));
        asked.push(Asked::new("an engineer reads the other source", during.clone(), read, Object::Source(self.sibling)));
        asked.push(Asked::new("an engineer reads before the window", self.engineer(window(MINUTE, 2 * MINUTE)), read, own));
        asked.push(Asked::new("an engineer reads after the window", self.engineer(window(-MINUTE, 0)), read, own));
        let one_factor = Asked::new("an engineer reads with one factor", during, read, own);
        asked.push(one_factor.shown(Freshness::Fresh, SecondFactor::NotShown));
        asked
    }

    /// What needs a second factor or a recent proof, without it.
    fn of_sign_in(&self) -> Vec<Asked> {
        let (read, manage) = (Permission::LogsRead, Permission::PeopleManage);
        let (own, tenant) = (Object::Source(self.own), Object::Tenant(self.own.tenant));
        let one = Asked::new("an owner reads with one factor where two are required", self.owner(), read, own);
        let one = Asked { rule: SecondFactorRule::Required, ..one.shown(Freshness::Fresh, SecondFactor::NotShown) };
        let stale = Asked::new("an owner manages people without a recent proof", self.owner(), manage, tenant);
        let approve = Asked::new("a program approves access of staff", self.program(), Permission::AccessApprove, tenant);
        vec![one, stale.shown(Freshness::Stale, SecondFactor::Shown), approve]
    }

    /// What each is there for.
    fn allowed(&self) -> Vec<Asked> {
        let (read, write, own) = (Permission::LogsRead, Permission::LogsWrite, Object::Source(self.own));
        let during = TimeRange { from: self.now.plus_seconds(-MINUTE), to: self.now.plus_seconds(MINUTE) };
        let operator = Subject::Operator { user: self.user };
        vec![
            Asked::new("an owner reads", self.owner(), read, own),
            Asked::new("a read key reads", self.key(Direction::Read, None), read, own),
            Asked::new("a write key writes", self.key(Direction::Write, None), write, own),
            Asked::new("an approved engineer reads", self.engineer(during), read, own),
            Asked::new("an operator sees the system", operator, Permission::SystemView, Object::Installation),
        ]
    }

    fn person(&self, grant: Grant) -> Subject {
        Subject::Person { user: self.user, tenant: self.own.tenant, grants: vec![grant] }
    }

    fn owner(&self) -> Subject {
        self.person(Grant::built_in(BuiltInRole::Owner, Reach::Tenant))
    }

    fn program(&self) -> Subject {
        let grants = vec![Grant::built_in(BuiltInRole::Owner, Reach::Tenant)];
        Subject::Service { account: model::Id::NONE, tenant: self.own.tenant, grants }
    }

    fn key(&self, direction: Direction, expires: Option<Timestamp>) -> Subject {
        Subject::ApiKey { key: self.key, scope: self.own, direction, expires }
    }

    /// Approved for everything that a role can hold: the wall lets through two permissions.
    fn engineer(&self, window: TimeRange) -> Subject {
        let permissions = PermissionSet::of_roles(Permission::ALL.iter().copied());
        Subject::Engineer { user: self.user, approval: Some(Approval { scope: self.own, permissions, window }) }
    }
}
