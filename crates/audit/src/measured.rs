//! What can happen of quotas: a part of the trail's vocabulary, and as stable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened. It is of a source where the entry names one, else of all sources of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "AuditMeasured")]
pub enum Measured {
    /// How many bytes may come in by `day` or by `month` from now on; none where that is not bounded.
    QuotaChanged { bytes: Option<u64>, period: String },
    /// So many percent of a quota have come in; told once for each mark in a period.
    QuotaReached { percent: u32, bytes: u64, period: String },
}
