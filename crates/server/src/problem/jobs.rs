//! Problems of long work, and of uploads for it.

use axum::http::StatusCode;
use identity::{FileDigestError, JobError};
use store::UploadError;

use super::{Chain, Problem};

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        let (status, code) = match &error {
            JobError::NoKeeper => (StatusCode::FORBIDDEN, "permission_missing"),
            JobError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "import_too_large"),
            JobError::NoRoom => return Self::disk_full(error.to_string()),
            JobError::Empty => (StatusCode::UNPROCESSABLE_ENTITY, "import_empty"),
            JobError::TooMany => (StatusCode::CONFLICT, "too_many"),
            JobError::NoJob => return Self::not_found(),
            JobError::OfAnother => (StatusCode::FORBIDDEN, "job_of_another"),
            JobError::NotReceiving => (StatusCode::CONFLICT, "job_not_receiving"),
            JobError::Ended => (StatusCode::CONFLICT, "job_ended"),
            JobError::Offset { .. } => (StatusCode::CONFLICT, "offset_wrong"),
            JobError::PieceSize { .. } => (StatusCode::BAD_REQUEST, "piece_wrong_size"),
            JobError::Catalog(_) => {
                tracing::error!(error = %Chain(&error), "a job could not be looked after");
                let detail = "this cannot be done now; try again later";
                return Self::new(StatusCode::SERVICE_UNAVAILABLE, "catalog_unavailable", detail).retry_after(5);
            }
        };
        let mut problem = Self::new(status, code, error.to_string());
        if let JobError::Offset { received } = error {
            problem.about.received = Some(received);
        }
        problem
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match &error {
            UploadError::DiskFull => Self::disk_full(error.to_string()),
            UploadError::Seal(_) => {
                tracing::error!(error = %Chain(&error), "a piece of an upload could not be stored");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "the piece could not be stored now").retry_after(10)
            }
        }
    }
}

impl From<FileDigestError> for Problem {
    fn from(error: FileDigestError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "digest_invalid", error.to_string())
    }
}

impl Problem {
    pub(crate) fn disk_full(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "disk_full", detail).retry_after(10)
    }
}
