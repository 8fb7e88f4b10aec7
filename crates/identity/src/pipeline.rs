//! Pipelines: ordered rules that a source's records go through before they are written.
//!
//! Always holds: a [`Pipeline`] is within every limit and its patterns are compiled within theirs; rules are plain data, each
//! with one action that makes no more than a bounded record. Knows no record: `ingest` does to them what a rule says.

mod action;
mod compiled;
mod condition;
mod field;
mod pattern;
mod spec;

use std::sync::Arc;

use model::limits;
use serde::{Deserialize, Serialize};

pub use action::{Action, Parsing};
pub(crate) use compiled::Compiled;
pub use condition::{Condition, Test};
pub use field::{FieldName, FieldTarget};
pub use pattern::Pattern;
pub use spec::{
    ActionSpec, Bound, ConditionSpec, MaskSpec, ParseAs, ParseSpec, RemoveSpec, RenameSpec, RouteSpec, RuleSpec, SetSpec, Value,
};

/// The field that a route sets. OpenTelemetry has `log.iostream`, which is where a process wrote, and no name for this.
pub const STREAM_FIELD: &str = "log.stream";

/// The rules of a source, in their order. A copy costs nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Pipeline {
    rules: Arc<[Rule]>,
    /// The number of the next rule of a new name: none is given twice, as counts go by them.
    next: u32,
}

/// A rule that can be done.
#[derive(Debug, Clone)]
pub struct Rule {
    number: u32,
    spec: RuleSpec,
    when: Vec<Condition>,
    then: Action,
}

/// Why rules cannot be as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PipelineError {
    #[error("a pipeline has at most {} rules", limits::PIPELINE_RULES_MAX)]
    TooMany,
    #[error("the rules of a pipeline have at most {} patterns together", limits::PIPELINE_PATTERNS_MAX)]
    TooManyPatterns,
    #[error("rule {rule}: {why}")]
    Rule {
        /// Counted from 1.
        rule: usize,
        why: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Stored {
    rules: Vec<StoredRule>,
    next: u32,
}

#[derive(Serialize, Deserialize)]
struct StoredRule {
    number: u32,
    rule: RuleSpec,
}

// === impl Pipeline ===

impl Pipeline {
    pub fn new(specs: Vec<RuleSpec>) -> Result<Self, PipelineError> {
        let next = u32::try_from(specs.len()).unwrap_or(u32::MAX);
        Self::compiled((0..next).zip(specs).collect(), next)
    }

    fn compiled(specs: Vec<(u32, RuleSpec)>, next: u32) -> Result<Self, PipelineError> {
        if specs.len() > limits::PIPELINE_RULES_MAX {
            return Err(PipelineError::TooMany);
        }
        // Compiled, they are what takes memory.
        if specs.iter().map(|(_, spec)| spec.patterns()).sum::<usize>() > limits::PIPELINE_PATTERNS_MAX {
            return Err(PipelineError::TooManyPatterns);
        }
        let mut rules: Vec<Rule> = Vec::with_capacity(specs.len());
        for (at, (number, spec)) in specs.into_iter().enumerate() {
            let fault = |why: String| PipelineError::Rule { rule: at + 1, why };
            if rules.iter().any(|rule| rule.spec.name == spec.name) {
                return Err(fault("another rule has this name".to_owned()));
            }
            rules.push(Rule::compiled(number, spec).map_err(fault)?);
        }
        Ok(Self { rules: rules.into(), next })
    }

    /// The same in place of other rules: one of the same name goes on under its number.
    pub(crate) fn after(self, before: &Self) -> Self {
        let mut next = before.next;
        let renumbered = |rule: &Rule| {
            let known = before.rules.iter().find(|known| known.spec.name == rule.spec.name);
            let number = known.map_or(next, |known| known.number);
            next = next.saturating_add(u32::from(known.is_none()));
            Rule { number, ..rule.clone() }
        };
        let rules = self.rules.iter().map(renumbered).collect();
        Self { rules, next }
    }

    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl TryFrom<Stored> for Pipeline {
    type Error = PipelineError;

    fn try_from(stored: Stored) -> Result<Self, PipelineError> {
        Self::compiled(stored.rules.into_iter().map(|stored| (stored.number, stored.rule)).collect(), stored.next)
    }
}

impl From<Pipeline> for Stored {
    fn from(pipeline: Pipeline) -> Self {
        let stored = |rule: &Rule| StoredRule { number: rule.number, rule: rule.spec.clone() };
        Self { rules: pipeline.rules.iter().map(stored).collect(), next: pipeline.next }
    }
}

// === impl Rule ===

impl Rule {
    fn compiled(number: u32, spec: RuleSpec) -> Result<Self, String> {
        model::DisplayName::parse(&spec.name).map_err(|error| format!("its name is none: {error}"))?;
        if spec.when.len() > limits::PIPELINE_CONDITIONS_MAX {
            return Err(format!("it has more than {} conditions", limits::PIPELINE_CONDITIONS_MAX));
        }
        let when = spec.when.iter().map(Condition::compiled).collect::<Result<_, _>>()?;
        let then = Action::compiled(&spec.then)?;
        Ok(Self { number, spec, when, then })
    }

    /// What counts of this rule go by; another's for good.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    #[must_use]
    pub fn spec(&self) -> &RuleSpec {
        &self.spec
    }

    #[must_use]
    pub fn when(&self) -> &[Condition] {
        &self.when
    }

    #[must_use]
    pub fn then(&self) -> &Action {
        &self.then
    }
}

/// Rules that say the same are the same.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && self.spec == other.spec
    }
}

impl Eq for Rule {}

/// A text of a rule: neither empty nor too long.
fn text(what: &str, text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > limits::PIPELINE_TEXT_BYTES_MAX {
        return Err(format!("{what} has 1 to {} bytes", limits::PIPELINE_TEXT_BYTES_MAX));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
