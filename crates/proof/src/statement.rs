//! What is to be proved: the schema, the wall, and the properties.

use std::str::FromStr;

use anyhow::{Context, Result, bail};
use cedar_policy::{Effect, Policy, PolicyId, PolicySet, RequestEnv, Schema, ValidationMode, Validator};
use policy::wall::{SCHEMA, WALL};

/// Everything is permitted that the wall does not forbid: the most that any set of policies can allow.
const EVERYTHING: &str = "permit (principal, action, resource);";

const PROPERTIES: [(&str, &str); 7] = [
    ("one-object", include_str!("../safe/one-object.cedar")),
    ("own-tenant", include_str!("../safe/own-tenant.cedar")),
    ("operators", include_str!("../safe/operators.cedar")),
    ("engineers", include_str!("../safe/engineers.cedar")),
    ("keys", include_str!("../safe/keys.cedar")),
    ("sessions", include_str!("../safe/sessions.cedar")),
    ("staff-access", include_str!("../safe/staff-access.cedar")),
];

/// What may be allowed at most, in one respect.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) id: &'static str,
    /// The comment that the text begins with.
    pub(crate) claim: String,
    pub(crate) text: &'static str,
    pub(crate) allowed: PolicySet,
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) schema: Schema,
    pub(crate) wall: Vec<Policy>,
    pub(crate) properties: Vec<Property>,
    /// Each pair of a subject's kind and an action, with the kind of object that the action is about.
    pub(crate) environments: Vec<RequestEnv>,
}

// === impl Statement ===

impl Statement {
    pub(crate) fn built_in() -> Result<Self> {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).context("the schema does not parse")?;
        let environments = schema.request_envs().collect();
        let properties = PROPERTIES.iter().map(|&(id, text)| Property::parse(id, text, &schema)).collect::<Result<_>>()?;
        Ok(Self { wall: parse_wall(WALL)?, schema, properties, environments })
    }

    pub(crate) fn is_valid(&self, set: &PolicySet) -> bool {
        is_valid(&self.schema, set)
    }
}

// === impl Property ===

impl Property {
    fn parse(id: &'static str, text: &'static str, schema: &Schema) -> Result<Self> {
        let allowed = PolicySet::from_str(text).with_context(|| format!("{id} does not parse"))?;
        if !is_valid(schema, &allowed) || allowed.policies().any(|policy| policy.effect() != Effect::Permit) {
            bail!("property {id} does not fit the schema, or is more than permits");
        }
        let comment = text.lines().map_while(|line| line.strip_prefix("//"));
        Ok(Self { id, claim: comment.map(str::trim).collect::<Vec<_>>().join(" "), text, allowed })
    }
}

/// The policies of a wall with a permit for everything.
pub(crate) fn with_everything<'a>(wall: impl IntoIterator<Item = &'a Policy>) -> Result<PolicySet> {
    let everything = Policy::parse(Some(PolicyId::new("everything")), EVERYTHING)?;
    Ok(PolicySet::from_policies(wall.into_iter().cloned().chain([everything]))?)
}

pub(crate) fn label(environment: &RequestEnv) -> String {
    format!("{} {} {}", environment.principal(), environment.action().id().unescaped(), environment.resource())
}

fn parse_wall(text: &str) -> Result<Vec<Policy>> {
    let parsed = PolicySet::from_str(text).context("the wall does not parse")?;
    let named = parsed.policies().map(|policy| {
        let id = policy.annotation("id").context("a policy of the wall has no id")?;
        (policy.effect() == Effect::Forbid).then(|| policy.new_id(PolicyId::new(id))).context("the wall permits")
    });
    let mut wall = named.collect::<Result<Vec<_>>>()?;
    wall.sort_by(|a, b| a.id().cmp(b.id()));
    Ok(wall)
}

fn is_valid(schema: &Schema, set: &PolicySet) -> bool {
    Validator::new(schema.clone()).validate(set, ValidationMode::Strict).validation_passed()
}
