//! One promise: what is said, about what, how it is kept, how it would be found broken, and what it does not say.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::slot::{MissingSlot, Piece, Slot, pieces};

/// An entry of the library. The sentence is ours; the ids of the documents that promise the same are in `covers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Claim {
    /// Stable, never given to another promise: `TIM-REST-4`.
    pub id: String,
    /// Other ids that this sentence answers.
    #[serde(default)]
    pub covers: Vec<String>,
    pub group: Group,
    /// A few words for headings and figures.
    pub title: String,
    /// What the reader sees; empty where it is refused. `{name}` stands for the value of a [`Slot`], which is put in before
    /// the sentence is digested.
    pub sentence: String,
    pub speaks: Speaks,
    pub class: Class,
    /// The inventory that an `all`, `every`, `only` or `never` of the sentence is counted over.
    #[serde(default)]
    pub denominator: Option<String>,
    /// The mechanism that keeps it, in words a reader understands.
    pub control: String,
    /// What would show it to be untrue.
    pub falsifier: String,
    pub disposition: Disposition,
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// What it does not say, so that nobody reads more into it.
    pub limits: String,
    /// Where a failure would arm somebody: hours for which only that it is broken is told, unless it is mended before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo_hours: Option<NonZeroU32>,
    /// Ids of the frameworks' controls: `SOC2 CC6.1`, `ISO27001 A.8.24`, `GDPR 32(1)(a)`, `HIPAA 164.312(e)(1)`, `PCI 4.2.1`.
    /// A library adds those of the claim's family.
    #[serde(default)]
    pub frameworks: Vec<String>,
}

/// The parts of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "ClaimGroup")]
pub enum Group {
    InTransit,
    AtRest,
    Isolation,
    ApiKeys,
    Network,
    Users,
    StaffAccess,
    Monitoring,
    Incidents,
    Backups,
    Retention,
    Development,
    Disclosure,
    Infrastructure,
    Organisation,
    Compliance,
    Page,
}

/// About what a sentence speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speaks {
    /// This release of the product.
    Product,
    /// This installation.
    Deployment,
    /// Those who operate it.
    Organisation,
    /// Somebody else, who is named.
    ThirdParty,
}

/// Who can know whether it is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "ClaimClass")]
pub enum Class {
    /// The software enforces it and looks itself.
    Software,
    /// Where it runs decides: its configuration, network or cloud account are looked at.
    Deployment,
    /// Only people can say it.
    Organisational,
    /// Somebody else's document says it.
    Inherited,
}

/// What can be done with a claim today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Disposition {
    /// Its checks run; it can be published.
    Checked {
        /// Ids as in `model::Check::id`; all of them have to hold.
        checks: Vec<String>,
        /// A result older than this is not fresh any more.
        budget: Minutes,
    },
    /// Its control does not exist yet.
    NotYet { missing: String },
    /// A named person signs it, for at most so many days, and so many people have to.
    Attested { max_days: NonZeroU32, quorum: NonZeroU32 },
    /// A third party's document carries it, for at most so many days or its own end.
    Documented { max_days: NonZeroU32 },
    /// Holds while all of these do.
    Derived { from: Vec<String> },
    /// Checked when a page is built, and stops the build.
    BuildRule { rule: String },
    /// Cannot be said truthfully; the library has no sentence for it but a reason, which ends with what to say instead.
    Refused { reason: String },
    /// Promises nothing; a description.
    Description,
}

/// A disposition without what it carries, to count and to filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "ClaimKind")]
pub enum Kind {
    Checked,
    NotYet,
    Attested,
    Documented,
    Derived,
    BuildRule,
    Refused,
    Description,
}

/// Kinds of evidence, as on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Over a connection, as a stranger.
    OutsideProbe,
    /// From within the process.
    InsideProbe,
    /// The effective configuration, read back.
    Configuration,
    /// An invariant over the audit trail.
    AuditTrail,
    /// The thing is done, on schedule.
    Drill,
    /// Made with the build.
    BuildArtefact,
    /// A third party's document.
    Document,
    /// A person's signed word.
    Attestation,
    /// Counted from data.
    Counted,
    /// The cloud provider's interface.
    CloudRead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minutes(pub u32);

// === impl Claim ===

impl Claim {
    /// All ids that this entry answers, its own first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.covers.iter().map(String::as_str))
    }

    /// Ids of the checks that have to hold.
    #[must_use]
    pub fn checks(&self) -> &[String] {
        match &self.disposition {
            Disposition::Checked { checks, .. } => checks,
            _ => &[],
        }
    }

    /// How old a result may be.
    #[must_use]
    pub fn budget(&self) -> Option<Minutes> {
        match &self.disposition {
            Disposition::Checked { budget, .. } => Some(*budget),
            _ => None,
        }
    }

    /// The names between braces in its sentence, in their order.
    pub fn slots(&self) -> impl Iterator<Item = &str> {
        pieces(&self.sentence).into_iter().filter_map(|piece| match piece {
            Piece::Slot(name) => Some(name),
            Piece::Words(_) => None,
        })
    }

    /// The sentence as it is read and digested. An empty value counts as none.
    pub fn render(&self, values: &BTreeMap<Slot, String>) -> Result<String, MissingSlot> {
        let missing = |name: &str| MissingSlot { claim: self.id.clone(), slot: name.to_owned() };
        let render = |piece| match piece {
            Piece::Words(words) => Ok(words),
            Piece::Slot(name) => {
                let value = Slot::from_name(name).and_then(|slot| values.get(&slot)).filter(|value| !value.is_empty());
                value.map(String::as_str).ok_or_else(|| missing(name))
            }
        };
        pieces(&self.sentence).into_iter().map(render).collect()
    }
}

// === impl Disposition ===

impl Disposition {
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Checked { .. } => Kind::Checked,
            Self::NotYet { .. } => Kind::NotYet,
            Self::Attested { .. } => Kind::Attested,
            Self::Documented { .. } => Kind::Documented,
            Self::Derived { .. } => Kind::Derived,
            Self::BuildRule { .. } => Kind::BuildRule,
            Self::Refused { .. } => Kind::Refused,
            Self::Description => Kind::Description,
        }
    }
}

// === impl Kind ===

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Checked,
        Self::NotYet,
        Self::Attested,
        Self::Documented,
        Self::Derived,
        Self::BuildRule,
        Self::Refused,
        Self::Description,
    ];

    /// Whether something outside of the library finds it true or untrue.
    #[must_use]
    pub fn is_fact(self) -> bool {
        match self {
            Self::Checked | Self::NotYet | Self::Attested | Self::Documented => true,
            Self::Derived | Self::BuildRule | Self::Refused | Self::Description => false,
        }
    }
}

// === impl Group ===

impl Group {
    pub const ALL: [Self; 17] = [
        Self::InTransit,
        Self::AtRest,
        Self::Isolation,
        Self::ApiKeys,
        Self::Network,
        Self::Users,
        Self::StaffAccess,
        Self::Monitoring,
        Self::Incidents,
        Self::Backups,
        Self::Retention,
        Self::Development,
        Self::Disclosure,
        Self::Infrastructure,
        Self::Organisation,
        Self::Compliance,
        Self::Page,
    ];

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::InTransit => "In transit",
            Self::AtRest => "At rest",
            Self::Isolation => "Isolation",
            Self::ApiKeys => "API keys",
            Self::Network => "Network",
            Self::Users => "People who sign in",
            Self::StaffAccess => "Access by staff",
            Self::Monitoring => "Monitoring and response",
            Self::Incidents => "Incidents",
            Self::Backups => "Backups",
            Self::Retention => "Retention and erasure",
            Self::Development => "Development",
            Self::Disclosure => "Reports of vulnerabilities",
            Self::Infrastructure => "Infrastructure",
            Self::Organisation => "The organisation",
            Self::Compliance => "Compliance and payment",
            Self::Page => "This page",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}
