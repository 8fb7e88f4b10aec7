//! Rules as people write them, and as they are kept: JSON of a closed set of members.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule: where all of its conditions hold, one action is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineRule")]
pub struct RuleSpec {
    pub name: String,
    #[serde(default)]
    pub when: Vec<ConditionSpec>,
    pub then: ActionSpec,
}

// === impl RuleSpec ===

impl RuleSpec {
    /// How many patterns it has.
    pub(super) fn patterns(&self) -> usize {
        let asked = self.when.iter().filter(|condition| condition.matches.is_some()).count();
        let done = match &self.then {
            ActionSpec::Mask(_) => true,
            ActionSpec::Parse(parse) => parse.pattern.is_some(),
            _ => false,
        };
        asked + usize::from(done)
    }
}

/// A field and exactly one test.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineCondition")]
pub struct ConditionSpec {
    /// As search names it.
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_not: Option<Value>,
    /// In whatever case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_with: Option<String>,
    /// A regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Bound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less_than: Option<Bound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}

/// What a field is compared with or set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "PipelineValue")]
pub enum Value {
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
}

/// A number, or of the level the name of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "PipelineBound")]
pub enum Bound {
    Number(serde_json::Number),
    Level(String),
}

/// What is done to a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PipelineAction")]
pub enum ActionSpec {
    Parse(ParseSpec),
    Rename(RenameSpec),
    Set(SetSpec),
    Remove(RemoveSpec),
    Mask(MaskSpec),
    /// Always `true`.
    Drop(bool),
    Route(RouteSpec),
}

/// Reads a text into fields, by a format or by the named groups of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineParse")]
pub struct ParseSpec {
    #[serde(default = "message")]
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#as: Option<ParseAs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Before the name of each field, and a dot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
}

/// A format of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PipelineFormat")]
pub enum ParseAs {
    /// Whichever fits.
    Any,
    Apache,
    Heroku,
    Java,
    Json,
    Klog,
    Lambda,
    Logfmt,
    Nginx,
    Python,
    Rails,
    Rust,
    Syslog,
    Zap,
}

/// Gives a field another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineRename")]
pub struct RenameSpec {
    pub from: String,
    pub to: String,
}

/// Gives a field a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineSet")]
pub struct SetSpec {
    pub field: String,
    pub value: Value,
}

/// Removes a field and what is inside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineRemove")]
pub struct RemoveSpec {
    pub field: String,
}

/// Puts `[masked NAME]` in place of what a pattern finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineMask")]
pub struct MaskSpec {
    /// Where there is none: in all texts and numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub pattern: String,
    pub name: String,
}

/// Gives a record a stream within its source, and ends its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineRoute")]
pub struct RouteSpec {
    pub stream: String,
}

fn message() -> String {
    "message".to_owned()
}
