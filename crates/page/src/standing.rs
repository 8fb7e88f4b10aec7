//! What a claim is shown as: its state, who can know it, and whether its result says what the state says.
//!
//! Always holds: only [`Standing::Verified`] wears a tick, and it needs a result that is fresh when the page is made, whose
//! looks all held and whose broken twins were all found. What people or documents say is never verified, but signed.

use claims::document::{Measured, Overview, Published};
use claims::{Class, State};
use model::Timestamp;

/// In the order in which a part of the page shows them: what is in doubt comes before what stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Failing,
    Sealed,
    Unmeasured,
    Stale,
    Ended,
    Withdrawn,
    Verified,
    Follows,
    Signed,
    Documented,
    NotClaimed,
}

// === impl Standing ===

impl Standing {
    pub(crate) fn of(one: &Published, made: Option<Timestamp>) -> Self {
        match one.state {
            State::Pass => Self::of_passed(one, made),
            State::Fail => Self::Failing,
            State::SealedFail => Self::Sealed,
            State::Stale => Self::Stale,
            State::Unknown => Self::Unmeasured,
            State::Expired => Self::Ended,
            State::Withdrawn => Self::Withdrawn,
            State::NotClaimed => Self::NotClaimed,
        }
    }

    fn of_passed(one: &Published, made: Option<Timestamp>) -> Self {
        match (&one.measured, &one.attested) {
            (_, Some(attested)) if attested.document.is_some() => Self::Documented,
            (_, Some(_)) => Self::Signed,
            (None, None) => Self::Follows,
            (Some(measured), None) if !says_so(measured) => Self::Unmeasured,
            (Some(measured), None) if is_old(measured, made) => Self::Stale,
            (Some(_), None) => Self::Verified,
        }
    }

    /// In a card.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Failing => "Failing",
            Self::Sealed => "Failing, details kept back",
            Self::Unmeasured => "Could not be measured",
            Self::Stale => "Not measured lately",
            Self::Ended => "Ended",
            Self::Withdrawn => "Withdrawn",
            Self::Verified => "Verified",
            Self::Follows => "Follows from others",
            Self::Signed => "Signed statement",
            Self::Documented => "Document of a third party",
            Self::NotClaimed => "Not claimed",
        }
    }

    /// After a number.
    pub(crate) fn counted(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Sealed => "failing with details kept back",
            Self::Unmeasured => "could not be measured",
            Self::Stale => "not measured lately",
            Self::Ended => "ended",
            Self::Withdrawn => "withdrawn",
            Self::Verified => "verified",
            Self::Follows => "following from others",
            Self::Signed => "signed by people",
            Self::Documented => "by a third party's document",
            Self::NotClaimed => "not claimed",
        }
    }

    /// What is said before a sentence that does not stand.
    pub(crate) fn lead(self) -> Option<&'static str> {
        match self {
            Self::Failing => Some("This is promised, and it does not hold now:"),
            Self::Sealed => Some(
                "The sentence is off the page while it does not hold. What is broken is told when it is mended, or when the \
                 embargo ends, whichever comes first.",
            ),
            Self::Unmeasured => Some("This is promised, and nobody can say now whether it holds:"),
            Self::Stale => Some("This is promised, and the last result is too old to say whether it holds:"),
            Self::Ended => Some("This was signed for a time that is over:"),
            Self::Withdrawn => Some("This is not promised any more:"),
            Self::NotClaimed => Some("This is not claimed:"),
            Self::Verified | Self::Follows | Self::Signed | Self::Documented => None,
        }
    }

    /// The class that colours it.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Failing | Self::Sealed => "failing",
            Self::Unmeasured | Self::Stale | Self::Ended => "doubtful",
            Self::Withdrawn | Self::NotClaimed => "absent",
            Self::Verified => "verified",
            Self::Follows => "follows",
            Self::Signed | Self::Documented => "stated",
        }
    }

    /// Whether its last result may be untrue by now.
    pub(crate) fn is_doubtful(self) -> bool {
        matches!(self, Self::Unmeasured | Self::Stale | Self::Ended | Self::Withdrawn)
    }

    pub(crate) fn is_failing(self) -> bool {
        matches!(self, Self::Failing | Self::Sealed)
    }
}

/// Whether it is the word of people or of a document, and looks like one.
pub(crate) fn is_statement(one: &Published) -> bool {
    let by_people = match one.class {
        Class::Organisational | Class::Inherited => true,
        Class::Software | Class::Deployment => false,
    };
    one.attested.is_some() || (by_people && one.measured.is_none())
}

/// The order of a sum: what was verified of how many, and then what was not.
const SUMMED: [Standing; 11] = [
    Standing::Verified,
    Standing::Failing,
    Standing::Sealed,
    Standing::Unmeasured,
    Standing::Stale,
    Standing::Ended,
    Standing::Withdrawn,
    Standing::NotClaimed,
    Standing::Follows,
    Standing::Signed,
    Standing::Documented,
];

/// How many claims there are of each standing that there is one of.
pub(crate) fn tally(overview: &Overview) -> Vec<(Standing, usize)> {
    let made = Timestamp::parse(&overview.made).ok();
    let standings: Vec<Standing> = overview.claims.iter().map(|one| Standing::of(one, made)).collect();
    let count = |standing: Standing| (standing, standings.iter().filter(|&&one| one == standing).count());
    SUMMED.into_iter().map(count).filter(|(_, n)| *n > 0).collect()
}

fn says_so(measured: &Measured) -> bool {
    let good = |one: &claims::document::CheckShown| one.look.verdict == "held" && one.twin == "broken";
    !measured.checks.is_empty() && measured.checks.iter().all(good)
}

fn is_old(measured: &Measured, made: Option<Timestamp>) -> bool {
    match (Timestamp::parse(&measured.at), made) {
        (Ok(at), Some(made)) => made > at.plus_seconds(i64::from(measured.budget_minutes) * 60),
        _ => true,
    }
}
