//! What is looked at for a claim of a tenant.

use std::collections::BTreeSet;

use model::SourceId;
use model::limits::{
    OWN_ATTESTED_DAYS_MAX, OWN_BURST_MAX, OWN_BURST_MIN, OWN_FIELD_BYTES_MAX, OWN_MATCHES_MAX, OWN_QUERY_BYTES_MAX,
    OWN_SECONDS_MAX, OWN_WINDOW_MINUTES_MAX, OWN_WINDOW_MINUTES_MIN,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::draft::DraftError;
use super::host::Host;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
#[schemars(rename = "OwnClaimBound")]
pub enum Bound {
    /// A host of the tenant's, over a connection as a stranger's.
    Probe {
        #[schemars(with = "String")]
        host: Host,
        kinds: BTreeSet<ProbeKind>,
    },
    /// So many records of a source match within a window.
    Evidence {
        #[serde(with = "source_id")]
        #[schemars(with = "String")]
        source: SourceId,
        query: String,
        window_minutes: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<u64>,
    },
    /// After so many records within some seconds, another follows within some seconds.
    Sequence {
        #[serde(with = "source_id")]
        #[schemars(with = "String")]
        source: SourceId,
        trigger: String,
        burst: u32,
        within_seconds: u32,
        follows: String,
        answer_seconds: u32,
        /// Bursts are counted for each value of this field, and answered by records of the same value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group_by: Option<String>,
        window_minutes: u32,
    },
    /// A person's signed word, for so many days.
    Attested { max_days: u32 },
}

/// What is looked at of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "OwnClaimProbe")]
pub enum ProbeKind {
    Tls,
    Headers,
    SecurityTxt,
}

// === impl Bound ===

impl Bound {
    pub(crate) fn hold(&self) -> Result<(), DraftError> {
        match self {
            Self::Probe { kinds, .. } if kinds.is_empty() => Err(DraftError::NoProbe),
            Self::Probe { .. } => Ok(()),
            Self::Evidence { query, window_minutes, at_least, at_most, .. } => {
                is_query(query, "query")?;
                is_window(*window_minutes)?;
                let is_bound = |bound: &Option<u64>| bound.is_none_or(|bound| bound <= OWN_MATCHES_MAX);
                match (at_least, at_most) {
                    (None, None) | (Some(0), _) => Err(DraftError::NoBound),
                    (Some(least), Some(most)) if least > most => Err(DraftError::NoBound),
                    (least, most) if is_bound(least) && is_bound(most) => Ok(()),
                    (_, _) => Err(DraftError::Number("bound")),
                }
            }
            Self::Sequence { trigger, burst, within_seconds, follows, answer_seconds, group_by, window_minutes, .. } => {
                is_query(trigger, "trigger")?;
                is_query(follows, "follows")?;
                is_window(*window_minutes)?;
                if trigger == follows {
                    return Err(DraftError::SameQuery);
                }
                if group_by.as_ref().is_some_and(|field| !is_line(field, OWN_FIELD_BYTES_MAX)) {
                    return Err(DraftError::Text("groupBy"));
                }
                let seconds = 1..=OWN_SECONDS_MAX;
                match (seconds.contains(within_seconds), seconds.contains(answer_seconds)) {
                    (true, true) if (OWN_BURST_MIN..=OWN_BURST_MAX).contains(burst) => Ok(()),
                    (true, true) => Err(DraftError::Number("burst")),
                    (false, _) => Err(DraftError::Number("withinSeconds")),
                    (true, false) => Err(DraftError::Number("answerSeconds")),
                }
            }
            Self::Attested { max_days } if (1..=OWN_ATTESTED_DAYS_MAX).contains(max_days) => Ok(()),
            Self::Attested { .. } => Err(DraftError::Number("maxDays")),
        }
    }
}

fn is_query(text: &str, field: &'static str) -> Result<(), DraftError> {
    if is_line(text, OWN_QUERY_BYTES_MAX) { Ok(()) } else { Err(DraftError::Text(field)) }
}

fn is_line(text: &str, bytes_max: usize) -> bool {
    !text.trim().is_empty() && text.len() <= bytes_max && !text.chars().any(char::is_control)
}

fn is_window(minutes: u32) -> Result<(), DraftError> {
    let is_window = (OWN_WINDOW_MINUTES_MIN..=OWN_WINDOW_MINUTES_MAX).contains(&minutes);
    if is_window { Ok(()) } else { Err(DraftError::Number("windowMinutes")) }
}

// === impl ProbeKind ===

impl ProbeKind {
    pub const ALL: [Self; 3] = [Self::Tls, Self::Headers, Self::SecurityTxt];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Headers => "headers",
            Self::SecurityTxt => "security.txt",
        }
    }
}

/// An id of a source as text.
mod source_id {
    use model::SourceId;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &SourceId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SourceId, D::Error> {
        SourceId::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
