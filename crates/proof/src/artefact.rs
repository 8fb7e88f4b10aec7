//! What is written down of a proof, so that others can check that it is about the wall that they run.

use std::collections::BTreeMap;

use anyhow::Result;
use cedar_policy_symcc::Env;
use policy::wall::{SCHEMA, WALL};
use serde::Serialize;
use serde_json::Value;

use crate::statement::Property;

/// Everything that was asked, and how it was answered.
#[derive(Debug, Serialize)]
pub struct Proof {
    pub solver: String,
    pub symbolic_compiler: &'static str,
    pub sha256: Digests,
    /// What no set of policies can break.
    pub properties: Vec<Proved>,
    /// The questions that the wall leaves to roles, keys and approvals; all others it always answers with no.
    pub left_open: Vec<String>,
    pub mutants: Vec<Mutation>,
}

/// SHA-256, in hexadecimal digits, of the texts as they are built into the server and into this proof.
#[derive(Debug, Serialize)]
pub struct Digests {
    pub schema: String,
    pub wall: String,
    pub properties: BTreeMap<&'static str, String>,
}

/// One property, in each environment: a kind of subject, an action, a kind of object.
#[derive(Debug, Serialize)]
pub struct Proved {
    pub id: String,
    pub claim: String,
    /// `null`: it holds. Otherwise what breaks it.
    pub environments: BTreeMap<String, Option<Counterexample>>,
}

/// A request with its entities, that Cedar allows and that the property does not.
#[derive(Debug, Serialize)]
pub struct Counterexample {
    pub principal: String,
    pub action: String,
    pub resource: String,
    pub context: Value,
    pub entities: Value,
}

/// A wall with one policy changed.
#[derive(Debug, Serialize)]
pub struct Mutation {
    pub policy: String,
    /// The policy as it was changed; `null` where it was left out.
    pub changed: Option<String>,
    pub fate: Fate,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The engine would not load it.
    Invalid,
    Refuted {
        property: String,
        environment: String,
        counterexample: Box<Counterexample>,
    },
    /// Nothing was found against it: the policy, or this part of it, does nothing.
    Survived,
}

// === impl Proof ===

impl Proof {
    /// What is wrong, a line each; nothing where the wall is proved and every change of it was found out.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let broken = self.properties.iter().flat_map(|property| {
            let broken = property.environments.iter().filter(|(_, found)| found.is_some());
            broken.map(|(environment, _)| format!("{} does not hold for: {environment}", property.id))
        });
        let survived = self.mutants.iter().filter(|mutant| matches!(mutant.fate, Fate::Survived));
        let survived = survived.map(|mutant| match &mutant.changed {
            Some(text) => format!("{} can be weakened, and nothing is found against it: {text}", mutant.policy),
            None => format!("{} can be left out, and nothing is found against it", mutant.policy),
        });
        broken.chain(survived).collect()
    }
}

// === impl Digests ===

impl Digests {
    pub(crate) fn new(properties: &[Property]) -> Self {
        let properties = properties.iter().map(|property| (property.id, sha256(property.text))).collect();
        Self { schema: sha256(SCHEMA), wall: sha256(WALL), properties }
    }
}

// === impl Counterexample ===

impl Counterexample {
    pub(crate) fn new(found: &Env) -> Result<Self> {
        let request = &found.request;
        // The actions are the schema's own, all of them, every time.
        let entities = found.entities.iter().filter(|entity| entity.uid().type_name().basename() != "Action");
        let uid = |uid: Option<&cedar_policy::EntityUid>| uid.map(ToString::to_string).unwrap_or_default();
        Ok(Self {
            principal: uid(request.principal()),
            action: uid(request.action()),
            resource: uid(request.resource()),
            context: request.context().map(cedar_policy::Context::to_json_value).transpose()?.unwrap_or_default(),
            entities: entities.map(cedar_policy::Entity::to_json_value).collect::<Result<_, _>>()?,
        })
    }
}

fn sha256(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
