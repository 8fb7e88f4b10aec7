//! Problems of a template of a security page.

use axum::http::StatusCode;
use claims::template::ReadError;
use trust::TemplateError;

use super::{Chain, Problem};

impl From<TemplateError> for Problem {
    fn from(error: TemplateError) -> Self {
        let (status, code) = match &error {
            TemplateError::Store(_) => return Self::internal(&error),
            TemplateError::Trail(_) => {
                tracing::error!(error = %Chain(&error), "a change of a template could not be told");
                return Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_recorded", error.to_string()).retry_after(5);
            }
            TemplateError::Read(ReadError::TooLong { .. }) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            TemplateError::Read(_) | TemplateError::Empty => (StatusCode::UNPROCESSABLE_ENTITY, "template_invalid"),
            TemplateError::Missing => (StatusCode::NOT_FOUND, "template_missing"),
            TemplateError::Changed => (StatusCode::CONFLICT, "template_changed"),
        };
        Self::new(status, code, error.to_string())
    }
}
