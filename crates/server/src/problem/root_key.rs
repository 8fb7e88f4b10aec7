//! Problems about the root key's recovery kit.

use axum::http::StatusCode;
use identity::{KitError, ProofError};
use seal::WordsError;

use super::Problem;

impl From<KitError> for Problem {
    fn from(error: KitError) -> Self {
        match error {
            KitError::NotOffered => Self::new(StatusCode::FORBIDDEN, "kit_not_offered", error.to_string()),
            KitError::Taken => Self::new(StatusCode::CONFLICT, "kit_taken", error.to_string()),
            KitError::Over => Self::new(StatusCode::CONFLICT, "kit_closed", error.to_string()),
            KitError::Refused(refused) => refused.into(),
            KitError::Catalog(error) => error.into(),
        }
    }
}

impl From<WordsError> for Problem {
    fn from(error: WordsError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "kit_words_invalid", error.to_string())
    }
}

impl From<ProofError> for Problem {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Wrong => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "kit_words_wrong", error.to_string()),
            ProofError::Wait { seconds } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", error.to_string()).retry_after(seconds)
            }
            ProofError::Catalog(error) => error.into(),
        }
    }
}
