//! What a sentence is completed with before anybody reads it: `{key_hours}` becomes `24`.
//!
//! Always holds: the list is closed, and a sentence that names anything else between braces is in no library; a value is
//! put in as it is, and not looked through for braces again. Knows no values: whoever renders brings them.

use std::fmt;

/// A value that a sentence may name. Settings are read back from the effective configuration and this build's limits,
/// counts are made from data as the claim's check makes them, and a document's values are those of the document that
/// carries the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    TlsVersions,
    KeyHours,
    Storage,
    RetentionDaysMax,
    TrailDays,
    PassphraseMemoryMib,
    PassphrasePasses,
    SecondFactorRule,
    GuessesFree,
    AccessMinutesMax,
    TenantsAtLeast,
    StaffEngineers,
    StaffOperators,
    AccessesIn90Days,
    DocumentIssuer,
    DocumentId,
    DocumentScope,
    DocumentUntil,
}

/// A sentence asks for a value that was not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{claim} needs a value for {{{slot}}}")]
pub struct MissingSlot {
    pub claim: String,
    pub slot: String,
}

/// A run of a sentence: words, or the name between two braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Words(&'a str),
    Slot(&'a str),
}

// === impl Slot ===

impl Slot {
    pub const ALL: [Self; 18] = [
        Self::TlsVersions,
        Self::KeyHours,
        Self::Storage,
        Self::RetentionDaysMax,
        Self::TrailDays,
        Self::PassphraseMemoryMib,
        Self::PassphrasePasses,
        Self::SecondFactorRule,
        Self::GuessesFree,
        Self::AccessMinutesMax,
        Self::TenantsAtLeast,
        Self::StaffEngineers,
        Self::StaffOperators,
        Self::AccessesIn90Days,
        Self::DocumentIssuer,
        Self::DocumentId,
        Self::DocumentScope,
        Self::DocumentUntil,
    ];

    /// As it stands between braces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TlsVersions => "tls_versions",
            Self::KeyHours => "key_hours",
            Self::Storage => "storage",
            Self::RetentionDaysMax => "retention_days_max",
            Self::TrailDays => "trail_days",
            Self::PassphraseMemoryMib => "passphrase_memory_mib",
            Self::PassphrasePasses => "passphrase_passes",
            Self::SecondFactorRule => "second_factor_rule",
            Self::GuessesFree => "guesses_free",
            Self::AccessMinutesMax => "access_minutes_max",
            Self::TenantsAtLeast => "tenants_at_least",
            Self::StaffEngineers => "staff_engineers",
            Self::StaffOperators => "staff_operators",
            Self::AccessesIn90Days => "accesses_90_days",
            Self::DocumentIssuer => "document_issuer",
            Self::DocumentId => "document_id",
            Self::DocumentScope => "document_scope",
            Self::DocumentUntil => "document_until",
        }
    }

    /// What has to be put in.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::TlsVersions => "the versions that the listeners accept: `TLS 1.3`, or `TLS 1.2 and TLS 1.3`",
            Self::KeyHours => "hours for which a data key seals",
            Self::Storage => "where parts lie: `the data folder`, or `an S3 bucket`",
            Self::RetentionDaysMax => "the most days that a source of this installation keeps its records",
            Self::TrailDays => "days for which the audit trail keeps what an entry says, the fewest of any log",
            Self::PassphraseMemoryMib => "MiB of memory below which a stored passphrase's verifier is refused",
            Self::PassphrasePasses => "passes below which a stored passphrase's verifier is refused",
            Self::SecondFactorRule => {
                "`optional`, `demanded by each tenant`, or `demanded by some tenants and optional in the others`"
            }
            Self::GuessesFree => "wrong tries of one network at one account before it has to wait",
            Self::AccessMinutesMax => "the most minutes that access of staff is granted for",
            Self::TenantsAtLeast => "tenants that are in use, rounded down to one digit and zeros",
            Self::StaffEngineers => "engineers who are on the list of staff",
            Self::StaffOperators => "operators who are on the list of staff",
            Self::AccessesIn90Days => "accesses of staff that began in the last 90 days",
            Self::DocumentIssuer => "who issued the document",
            Self::DocumentId => "the document's own number or title",
            Self::DocumentScope => "what the document is about, in its words",
            Self::DocumentUntil => "the last day on which the document counts",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|slot| slot.name() == name)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The runs of a sentence in their order. A brace that is not closed opens a slot that reaches to the end.
pub(crate) fn pieces(sentence: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while let Some((words, after)) = rest.split_once('{') {
        let (name, next) = after.split_once('}').unwrap_or((after, ""));
        pieces.extend([Piece::Words(words), Piece::Slot(name)]);
        rest = next;
    }
    pieces.push(Piece::Words(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_found_by_its_name_and_has_a_name_of_its_own() {
        for slot in Slot::ALL {
            assert_eq!(Slot::from_name(slot.name()), Some(slot));
        }
        assert_eq!(Slot::from_name("anything"), None);
    }

    #[test]
    fn a_sentence_is_words_and_slots() {
        assert_eq!(pieces("for {key_hours} hours"), [Piece::Words("for "), Piece::Slot("key_hours"), Piece::Words(" hours")]);
        assert_eq!(pieces("open { brace"), [Piece::Words("open "), Piece::Slot(" brace"), Piece::Words("")]);
        assert_eq!(pieces(""), [Piece::Words("")]);
    }
}
