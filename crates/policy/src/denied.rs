//! Why a question is answered with no.

/// Why not. Of several reasons the first in this order is told: the ones that a new sign-in could cure come last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Denied {
    /// The key or the approval has ended.
    #[error("the API key or the approval has ended")]
    Expired,
    #[error("an API key was used in the other direction")]
    WrongDirection,
    /// What may not be seen does not exist.
    #[error("there is no such organization")]
    OtherTenant,
    #[error("there is no such source")]
    OtherSource,
    /// No approval that has begun covers this.
    #[error("the organization did not approve this")]
    NotApproved,
    #[error("no role allows this here")]
    NoPermission,
    /// It would be allowed with a second factor.
    #[error("a second factor is required")]
    SecondFactorRequired,
    /// It would be allowed after a new sign-in or second factor.
    #[error("this needs a sign-in or a second factor of the last minutes")]
    NotFresh,
    /// Nobody can say: a defect, to be reported to whoever runs the installation. `why` holds ids and no names.
    #[error("the decision could not be made: {why}")]
    Failed { why: String },
}

// === impl Denied ===

impl Denied {
    /// A code that clients may rely on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::WrongDirection => "wrong_direction",
            Self::OtherTenant => "other_tenant",
            Self::OtherSource => "other_source",
            Self::NotApproved => "not_approved",
            Self::NoPermission => "no_permission",
            Self::SecondFactorRequired => "second_factor_required",
            Self::NotFresh => "not_fresh",
            Self::Failed { .. } => "undecided",
        }
    }

    /// What a policy of the wall may say with `@denies`.
    pub(crate) fn from_annotation(code: &str) -> Option<Self> {
        let said_by_the_wall = [
            Self::Expired,
            Self::WrongDirection,
            Self::OtherTenant,
            Self::OtherSource,
            Self::NotApproved,
            Self::NoPermission,
            Self::SecondFactorRequired,
            Self::NotFresh,
        ];
        said_by_the_wall.into_iter().find(|denied| denied.code() == code)
    }

    #[expect(clippy::needless_pass_by_value, reason = "`map_err` hands over what it has")]
    pub(crate) fn failed(why: impl ToString) -> Self {
        Self::Failed { why: why.to_string() }
    }
}
