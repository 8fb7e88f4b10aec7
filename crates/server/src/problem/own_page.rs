//! Problems of a tenant's own page.

use axum::http::StatusCode;
use model::limits::OWN_TRY_SECONDS_MIN;
use trust::tenant::{DraftError, HostError, PagesError, SlugError};

use super::{Chain, Problem};

const CONFLICT: StatusCode = StatusCode::CONFLICT;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

impl From<SlugError> for Problem {
    fn from(error: SlugError) -> Self {
        let code = match error {
            SlugError::Length | SlugError::Character => "slug_invalid",
            SlugError::Reserved => "slug_reserved",
        };
        Self::new(UNPROCESSABLE, code, error.to_string())
    }
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        let code = match error {
            HostError::Name => "host_invalid",
            HostError::NotPublic => "host_not_public",
        };
        Self::new(UNPROCESSABLE, code, error.to_string())
    }
}

impl From<DraftError> for Problem {
    fn from(error: DraftError) -> Self {
        let (status, code) = match &error {
            DraftError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            DraftError::Syntax(_) => (StatusCode::BAD_REQUEST, "invalid_json"),
            DraftError::Id => (UNPROCESSABLE, "claim_id_invalid"),
            DraftError::Text(_) => (UNPROCESSABLE, "claim_text_invalid"),
            DraftError::Number(_) => (UNPROCESSABLE, "claim_number_invalid"),
            DraftError::NoProbe | DraftError::NoBound => (UNPROCESSABLE, "claim_bound_missing"),
            DraftError::SameQuery => (UNPROCESSABLE, "claim_same_query"),
            DraftError::Class => (UNPROCESSABLE, "claim_class_invalid"),
            DraftError::Words { .. } => (UNPROCESSABLE, "claim_words_refused"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<PagesError> for Problem {
    fn from(error: PagesError) -> Self {
        let (status, code) = match error {
            PagesError::Host(error) => return error.into(),
            PagesError::Store(_) | PagesError::Board(_) | PagesError::Attestation(_) | PagesError::Library(_) => {
                return Self::internal(&error);
            }
            PagesError::Trail(_) => {
                tracing::error!(error = %Chain(&error), "a change of a tenant's page could not be told");
                return Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_recorded", error.to_string()).retry_after(5);
            }
            PagesError::TooSoon => {
                let wait = u32::try_from(OWN_TRY_SECONDS_MIN).unwrap_or(1);
                return Self::new(StatusCode::TOO_MANY_REQUESTS, "too_soon", error.to_string()).retry_after(wait);
            }
            PagesError::HasPage => (CONFLICT, "page_exists"),
            PagesError::NameTaken => (CONFLICT, "name_taken"),
            PagesError::TooManyPages | PagesError::TooManyClaims | PagesError::TooManyHosts => (CONFLICT, "too_many"),
            PagesError::NoPage => (CONFLICT, "page_missing"),
            PagesError::NoClaim(_) => (NOT_FOUND, "claim_unknown"),
            PagesError::NoHost(_) => (NOT_FOUND, "host_unknown"),
            PagesError::OnThePage(_) => (CONFLICT, "claim_published"),
            PagesError::OtherKind => (CONFLICT, "claim_other_kind"),
            PagesError::HostNotShown(_) => (CONFLICT, "host_not_shown"),
            PagesError::NothingToLookAt => (CONFLICT, "claim_not_looked_at"),
        };
        Self::new(status, code, error.to_string())
    }
}
