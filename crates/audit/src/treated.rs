//! What can happen of what is done to a source's records before they are written: a part of the trail's vocabulary, and as
//! stable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "AuditTreated")]
pub enum Treated {
    /// What is masked in a source's records from now on, and what is read out of their messages.
    TreatmentChanged { masked: Vec<String>, recognised: Vec<String> },
    /// The names of the filters that drop records of a source from now on.
    FiltersChanged { filters: Vec<String> },
    /// The names of the rules that a source's records go through from now on, in their order.
    PipelineChanged { rules: Vec<String> },
}
