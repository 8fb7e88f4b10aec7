//! The engine: loads the wall once, then answers questions.
//!
//! ```
//! fn search(allowed: &policy::Allowed) -> policy::Object {
//!     allowed.object()
//! }
//! ```
//! Nobody else can build an answer:
//! ```compile_fail,E0451
//! fn forge(object: policy::Object) -> policy::Allowed {
//!     policy::Allowed { permission: policy::Permission::LogsRead, object }
//! }
//! ```
//! or keep a copy of one for later:
//! ```compile_fail,E0308
//! fn keep(allowed: &policy::Allowed) -> policy::Allowed {
//!     allowed.clone()
//! }
//! ```

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Decision, Effect, Policy, PolicyId, PolicySet, Response, Schema, SlotId, Template, ValidationMode, Validator,
};

use crate::denied::Denied;
use crate::permission::Permission;
use crate::question::{Object, Question};
use crate::subject::{Reach, SubjectKind};
use crate::translate::Words;
use crate::wall::{GIVEN, SCHEMA, WALL};

/// Decides. Cheap to ask, shared by all requests; it knows nothing of anybody.
#[derive(Debug)]
pub struct Engine {
    schema: Schema,
    words: Words,
    authorizer: Authorizer,
    /// The policies that can say anything of one kind of subject and one permission, as Cedar's type checker finds them; for
    /// subjects that have grants with the template of a grant.
    slices: HashMap<(SubjectKind, Permission), PolicySet>,
    /// What each policy of the wall says when it forbids.
    reasons: HashMap<PolicyId, Denied>,
    /// Of the schema and the wall that it was loaded from.
    digests: String,
}

/// Proof that this engine allowed one permission on one object.
#[must_use]
#[derive(Debug)]
pub struct Allowed {
    permission: Permission,
    object: Object,
}

/// Why the wall cannot be loaded. With the texts that are built in none of it happens; a test holds that.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the schema does not parse: {why}")]
    Schema { why: String },
    #[error("a policy does not parse: {why}")]
    Policies { why: String },
    #[error("the policies do not fit the schema: {why}")]
    Invalid { why: String },
    #[error("policy {id} has no id, no reason, or the effect of the other file")]
    Unnamed { id: PolicyId },
}

// === impl Engine ===

impl Engine {
    pub fn new() -> Result<Self, EngineError> {
        Self::with(SCHEMA, WALL, GIVEN)
    }

    pub(crate) fn with(schema: &str, wall: &str, given: &str) -> Result<Self, EngineError> {
        let digests = format!("{}  blockhouse.cedarschema\n{}  wall.cedar\n", sha256(schema), sha256(wall));
        let (schema, warnings) = Schema::from_cedarschema_str(schema).map_err(|e| EngineError::Schema { why: e.to_string() })?;
        if let Some(warning) = warnings.into_iter().next() {
            return Err(EngineError::Schema { why: warning.to_string() });
        }
        let wall = named(wall, Effect::Forbid)?;
        let mut reasons = HashMap::new();
        for policy in &wall {
            let reason = policy.annotation("denies").and_then(Denied::from_annotation);
            reasons.insert(policy.id().clone(), reason.ok_or_else(|| EngineError::Unnamed { id: policy.id().clone() })?);
        }
        let mut all = wall;
        all.extend(named(given, Effect::Permit)?);
        validate(&schema, &all)?;
        let slices = slices(&schema, &all)?;
        let words = Words::new(&schema)?;
        Ok(Self { schema, words, authorizer: Authorizer::new(), slices, reasons, digests })
    }

    /// The same, where every policy is asked of every question: what the slices are compared with.
    #[cfg(test)]
    pub(crate) fn unsliced(schema: &str, wall: &str, given: &str) -> Result<Self, EngineError> {
        let mut engine = Self::with(schema, wall, given)?;
        let all = [named(wall, Effect::Forbid)?, named(given, Effect::Permit)?].concat();
        for slice in engine.slices.values_mut() {
            for policy in all.iter().filter(|policy| slice.policy(policy.id()).is_none()).cloned().collect::<Vec<_>>() {
                slice.add(policy).map_err(unreadable)?;
            }
        }
        Ok(engine)
    }

    /// SHA-256 of the schema and the wall that decide, to be held against [`crate::wall::PROVED`].
    #[must_use]
    pub fn digests(&self) -> &str {
        &self.digests
    }

    /// The answer to one question, from the facts that it brings.
    pub fn decide(&self, question: &Question<'_>) -> Result<Allowed, Denied> {
        match self.evaluate(question) {
            Ok(()) => Ok(Allowed { permission: question.permission, object: question.object }),
            // To ask for a second factor is of use only where it would open something.
            Err(cure @ (Denied::SecondFactorRequired | Denied::NotFresh)) => {
                Err(self.evaluate(&question.signed_in_well()).err().unwrap_or(cure))
            }
            Err(denied) => Err(denied),
        }
    }

    fn evaluate(&self, question: &Question<'_>) -> Result<(), Denied> {
        let entities = self.words.entities(question, &self.schema)?;
        let request = self.words.request(question, &self.schema)?;
        let policies = self.policies(question)?;
        self.read(&self.authorizer.is_authorized(&request, &policies, &entities))
    }

    /// The wall, what is given, and the subject's grants of the permission.
    fn policies(&self, question: &Question<'_>) -> Result<Cow<'_, PolicySet>, Denied> {
        let permission = question.permission;
        let slice = self.slices.get(&(question.subject.kind(), permission));
        let mut policies = Cow::Borrowed(slice.ok_or_else(|| Denied::failed("a permission without policies"))?);
        let Some((tenant, grants)) = question.subject.granted() else {
            return Ok(policies);
        };
        let subject = self.words.subject(question.subject);
        // What is left out here could not match, and to leave out a permit allows nothing; whether one matches, Cedar says.
        let holding = grants.iter().filter(|grant| grant.permissions.contains(permission));
        let reaches: BTreeSet<Reach> = holding.map(|grant| grant.reach).filter(|reach| reach.may_hold(question.object)).collect();
        for (number, reach) in reaches.into_iter().enumerate() {
            let slots =
                HashMap::from([(SlotId::principal(), subject.clone()), (SlotId::resource(), self.words.reach(tenant, reach))]);
            let linked = policies.to_mut().link(PolicyId::new(GRANT), PolicyId::new(format!("grant-{number}")), slots);
            linked.map_err(Denied::failed)?;
        }
        Ok(policies)
    }

    /// A policy that failed was skipped, and it may have been one that forbids: then nothing is allowed.
    fn read(&self, response: &Response) -> Result<(), Denied> {
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(Denied::failed(error));
        }
        match response.decision() {
            Decision::Allow => Ok(()),
            Decision::Deny => {
                let reasons = response.diagnostics().reason().filter_map(|id| self.reasons.get(id));
                Err(reasons.min().cloned().unwrap_or(Denied::NoPermission))
            }
        }
    }
}

// === impl Allowed ===

impl Allowed {
    #[must_use]
    pub fn permission(&self) -> Permission {
        self.permission
    }

    #[must_use]
    pub fn object(&self) -> Object {
        self.object
    }
}

const GRANT: &str = "grant";

/// What a role with this permission gives to whoever has it, as far as it reaches.
fn grant_template(permission: Permission) -> Result<Template, EngineError> {
    let text = format!("permit (principal == ?principal, action == Action::\"{permission}\", resource in ?resource);");
    Template::parse(Some(PolicyId::new(GRANT)), text).map_err(unreadable)
}

/// Leaves out of each slice what could not match there, which is most of the wall.
fn slices(schema: &Schema, all: &[Policy]) -> Result<HashMap<(SubjectKind, Permission), PolicySet>, EngineError> {
    let mut slices = HashMap::new();
    for kind in SubjectKind::ALL {
        for &permission in Permission::ALL {
            let mut slice = PolicySet::new();
            if kind.has_grants() {
                slice.add_template(grant_template(permission)?).map_err(unreadable)?;
            }
            slices.insert((kind, permission), slice);
        }
    }
    for policy in all {
        for environment in policy.get_valid_request_envs(schema) {
            let kind = SubjectKind::ALL.into_iter().find(|kind| environment.principal().to_string() == kind.as_str());
            let permission = Permission::from_name(environment.action().id().unescaped());
            let key = kind.zip(permission).ok_or_else(|| unreadable("an environment that the catalogue does not know"))?;
            if let Some(slice) = slices.get_mut(&key) {
                slice.add(policy.clone()).map_err(unreadable)?;
            }
        }
    }
    Ok(slices)
}

/// The policies of one text, each with the id that it says it has.
fn named(text: &str, effect: Effect) -> Result<Vec<Policy>, EngineError> {
    let parsed = PolicySet::from_str(text).map_err(unreadable)?;
    let named = parsed.policies().map(|policy| match policy.annotation("id") {
        Some(id) if policy.effect() == effect => Ok(policy.new_id(PolicyId::new(id))),
        Some(_) | None => Err(EngineError::Unnamed { id: policy.id().clone() }),
    });
    named.collect()
}

fn validate(schema: &Schema, policies: &[Policy]) -> Result<(), EngineError> {
    let mut whole = PolicySet::from_policies(policies.iter().cloned()).map_err(unreadable)?;
    for &permission in Permission::ALL {
        let template = grant_template(permission)?;
        whole.add_template(template.new_id(PolicyId::new(permission.as_str()))).map_err(unreadable)?;
    }
    let result = Validator::new(schema.clone()).validate(&whole, ValidationMode::Strict);
    if result.validation_passed_without_warnings() {
        return Ok(());
    }
    let said: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
    let warned = result.validation_warnings().map(ToString::to_string);
    Err(EngineError::Invalid { why: said.into_iter().chain(warned).collect::<Vec<_>>().join("; ") })
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands over what it has")]
pub(crate) fn unreadable(error: impl ToString) -> EngineError {
    EngineError::Policies { why: error.to_string() }
}

fn sha256(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
