//! Problems of daily archives.

use archive::PutError;
use axum::http::StatusCode;
use identity::ArchiveError;
use policy::Permission;

use super::{Chain, Problem};
use crate::archiving::NoDestination;

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

impl From<ArchiveError> for Problem {
    fn from(error: ArchiveError) -> Self {
        let (status, code) = match error {
            ArchiveError::Catalog(error) => return error.into(),
            ArchiveError::NoSource => return identity::Refused::WrongSource.into(),
            ArchiveError::MayNotRead => return identity::Refused::NoPermission(Permission::LogsRead).into(),
            ArchiveError::NoArchive => (StatusCode::NOT_FOUND, "not_found"),
            ArchiveError::NoKeeper => (StatusCode::FORBIDDEN, "keeper_missing"),
            ArchiveError::Endpoint => (UNPROCESSABLE, "archive_endpoint_invalid"),
            ArchiveError::Bucket => (UNPROCESSABLE, "archive_bucket_invalid"),
            ArchiveError::Folder => (UNPROCESSABLE, "archive_folder_invalid"),
            ArchiveError::NoSecret => (UNPROCESSABLE, "archive_secret_missing"),
            ArchiveError::NoRecipient => (UNPROCESSABLE, "archive_recipient_missing"),
            ArchiveError::Day => (UNPROCESSABLE, "archive_day_invalid"),
            ArchiveError::NotOver => (StatusCode::CONFLICT, "archive_day_not_over"),
            ArchiveError::NotKept => (StatusCode::CONFLICT, "archive_day_not_kept"),
            ArchiveError::TooMany => (StatusCode::CONFLICT, "too_many"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<NoDestination> for Problem {
    fn from(error: NoDestination) -> Self {
        let status = match error {
            NoDestination::Folder(error) => return error.into(),
            NoDestination::NoFolder => StatusCode::CONFLICT,
            NoDestination::Endpoint(_) => UNPROCESSABLE,
        };
        Self::new(status, error.code(), error.to_string())
    }
}

impl From<PutError> for Problem {
    fn from(error: PutError) -> Self {
        let status = match error {
            PutError::Address
            | PutError::CredentialsWrong
            | PutError::AccessDenied
            | PutError::BucketUnknown
            | PutError::RegionWrong
            | PutError::EncryptionRefused => UNPROCESSABLE,
            PutError::Unreachable(_)
            | PutError::Slow
            | PutError::Redirected
            | PutError::Clock
            | PutError::Refused(_)
            | PutError::Malformed => StatusCode::BAD_GATEWAY,
            PutError::FolderFull => StatusCode::INSUFFICIENT_STORAGE,
            PutError::Folder(_) => {
                tracing::error!(error = %Chain(&error), "the folder for archives cannot be written to");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self::new(status, error.code(), error.to_string())
    }
}
