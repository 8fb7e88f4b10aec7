//! A question in the words of the schema: entities, request and links.
//!
//! Always holds: entities and request are checked against the schema, so a policy that passed validation cannot fail on them.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema};
use model::{Scope, SourceId, TenantId, Timestamp};

use crate::denied::Denied;
use crate::engine::{EngineError, unreadable};
use crate::permission::Permission;
use crate::question::{Freshness, Object, Question, SecondFactor, SecondFactorRule};
use crate::subject::{Approval, Reach, Subject, SubjectKind};

type Attributes = HashMap<String, RestrictedExpression>;

/// The schema's names, parsed once.
#[derive(Debug)]
pub(crate) struct Words {
    installation: EntityTypeName,
    tenant: EntityTypeName,
    source: EntityTypeName,
    person: EntityTypeName,
    service: EntityTypeName,
    api_key: EntityTypeName,
    engineer: EntityTypeName,
    operator: EntityTypeName,
    actions: HashMap<Permission, Action>,
}

#[derive(Debug)]
struct Action {
    uid: EntityUid,
    /// The schema's entity of this one action: a question is about no other.
    alone: Entities,
}

// === impl Words ===

impl Words {
    pub(crate) fn new(schema: &Schema) -> Result<Self, EngineError> {
        let kind = |name: &str| EntityTypeName::from_str(name).map_err(unreadable);
        let all = schema.action_entities().map_err(unreadable)?;
        let name = kind("Action")?;
        let action = |&permission: &Permission| {
            let uid = uid(&name, permission.as_str());
            let entity = all.get(&uid).cloned().ok_or_else(|| unreadable("a permission that the schema does not know"))?;
            let alone = Entities::from_entities([entity], None).map_err(unreadable)?;
            Ok((permission, Action { uid, alone }))
        };
        Ok(Self {
            installation: kind("Installation")?,
            tenant: kind("Tenant")?,
            source: kind("Source")?,
            person: kind(SubjectKind::Person.as_str())?,
            service: kind(SubjectKind::Service.as_str())?,
            api_key: kind(SubjectKind::ApiKey.as_str())?,
            engineer: kind(SubjectKind::Engineer.as_str())?,
            operator: kind(SubjectKind::Operator.as_str())?,
            actions: Permission::ALL.iter().map(action).collect::<Result<_, _>>()?,
        })
    }

    fn action(&self, permission: Permission) -> Result<&Action, Denied> {
        self.actions.get(&permission).ok_or_else(|| Denied::failed("a permission without an action"))
    }

    pub(crate) fn subject(&self, subject: &Subject) -> EntityUid {
        match subject {
            Subject::Person { user, .. } => uid(&self.person, user),
            Subject::Service { account, .. } => uid(&self.service, account),
            Subject::ApiKey { key, .. } => uid(&self.api_key, key),
            Subject::Engineer { user, .. } => uid(&self.engineer, user),
            Subject::Operator { user } => uid(&self.operator, user),
        }
    }

    pub(crate) fn reach(&self, tenant: TenantId, reach: Reach) -> EntityUid {
        match reach {
            Reach::Tenant => self.tenant(tenant),
            Reach::Source(source) => self.source(source),
        }
    }

    pub(crate) fn entities(&self, question: &Question<'_>, schema: &Schema) -> Result<Entities, Denied> {
        let subject = Entity::new(self.subject(question.subject), self.facts(question.subject), HashSet::new());
        let mut entities = vec![subject.map_err(Denied::failed)?];
        match question.object {
            Object::Source(scope) => {
                let tenant = self.tenant(scope.tenant);
                let facts = HashMap::from([fact("tenant", &tenant)]);
                let source = Entity::new(self.source(scope.source), facts, HashSet::from([tenant.clone()]));
                entities.extend([source.map_err(Denied::failed)?, Entity::with_uid(tenant)]);
            }
            Object::Tenant(_) | Object::Installation => entities.push(Entity::with_uid(self.object(question.object))),
        }
        let action = self.action(question.permission)?.alone.clone();
        action.add_entities(entities, Some(schema)).map_err(Denied::failed)
    }

    pub(crate) fn request(&self, question: &Question<'_>, schema: &Schema) -> Result<Request, Denied> {
        let context = Context::from_pairs(self.circumstances(question)).map_err(Denied::failed)?;
        let action = self.action(question.permission)?.uid.clone();
        let (subject, object) = (self.subject(question.subject), self.object(question.object));
        Request::new(subject, action, object, context, Some(schema)).map_err(Denied::failed)
    }

    fn circumstances(&self, question: &Question<'_>) -> Attributes {
        let session = question.session;
        let mut context = HashMap::from([
            ("now".to_owned(), moment(question.now)),
            boolean("fresh", session.freshness == Freshness::Fresh),
            boolean("secondFactor", session.second_factor == SecondFactor::Shown),
            boolean("secondFactorRequired", question.second_factor == SecondFactorRule::Required),
        ]);
        match question.named {
            Object::Source(scope) => context.extend(self.place(scope)),
            Object::Tenant(tenant) => context.extend([fact("tenant", &self.tenant(tenant))]),
            Object::Installation => {}
        }
        context
    }

    fn facts(&self, subject: &Subject) -> Attributes {
        match subject {
            Subject::Person { tenant, .. } | Subject::Service { tenant, .. } => {
                HashMap::from([fact("tenant", &self.tenant(*tenant))])
            }
            Subject::ApiKey { scope, direction, expires, .. } => {
                let mut facts = HashMap::from(self.place(*scope));
                facts.insert("direction".to_owned(), string(direction.as_str()));
                facts.extend(expires.map(|at| ("expires".to_owned(), moment(at))));
                facts
            }
            Subject::Engineer { approval: Some(approval), .. } => self.approval(approval),
            Subject::Engineer { approval: None, .. } | Subject::Operator { .. } => HashMap::new(),
        }
    }

    fn approval(&self, approval: &Approval) -> Attributes {
        let permissions = approval.permissions.iter().map(|permission| string(permission.as_str()));
        let [tenant, source] = self.place(approval.scope);
        let record = RestrictedExpression::new_record([
            tenant,
            source,
            ("permissions".to_owned(), RestrictedExpression::new_set(permissions)),
            ("from".to_owned(), moment(approval.window.from)),
            ("until".to_owned(), moment(approval.window.to)),
        ]);
        // A record fails only where a name is there twice. Without the record the engineer has no approval.
        record.map(|record| HashMap::from([("approval".to_owned(), record)])).unwrap_or_default()
    }

    fn place(&self, scope: Scope) -> [(String, RestrictedExpression); 2] {
        [fact("tenant", &self.tenant(scope.tenant)), fact("source", &self.source(scope.source))]
    }

    fn object(&self, object: Object) -> EntityUid {
        match object {
            Object::Source(scope) => self.source(scope.source),
            Object::Tenant(tenant) => self.tenant(tenant),
            Object::Installation => uid(&self.installation, "this"),
        }
    }

    fn tenant(&self, tenant: TenantId) -> EntityUid {
        uid(&self.tenant, tenant)
    }

    fn source(&self, source: SourceId) -> EntityUid {
        uid(&self.source, source)
    }
}

fn uid(kind: &EntityTypeName, id: impl fmt::Display) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id.to_string()))
}

fn fact(name: &str, value: &EntityUid) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_entity_uid(value.clone()))
}

fn boolean(name: &str, value: bool) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_bool(value))
}

fn string(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn moment(at: Timestamp) -> RestrictedExpression {
    RestrictedExpression::new_long(at.nanos())
}
