//! What can happen of templates of a security page: a part of the trail's vocabulary, and as stable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happens: each comes before the change, with the SHA-256, in hex, of the template's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "AuditTemplated")]
pub enum Templated {
    TemplateKept { digest: String },
    TemplateAnswered { digest: String },
    TemplateDiscarded { digest: String },
}
