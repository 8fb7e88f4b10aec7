//! Where objects are put, and why that fails, by cause, each with a code that never changes.

use bytes::Bytes;
use oidc::EgressError;
use seal::DiskError;

use crate::bucket::Bucket;
use crate::folder::Folder;

#[derive(Debug)]
pub enum Destination {
    Bucket(Bucket),
    Folder(Folder),
}

#[derive(Debug, thiserror::Error)]
pub enum PutError {
    #[error("the endpoint could not be reached over TLS")]
    Unreachable(#[source] EgressError),
    #[error("the endpoint did not answer in time")]
    Slow,
    #[error("the endpoint lies at an address that is not public")]
    Address,
    #[error("the endpoint answered with a redirect, which is not followed")]
    Redirected,
    #[error("the object store knows no such access key, or its secret is another one")]
    CredentialsWrong,
    #[error("the access key may not write there")]
    AccessDenied,
    #[error("there is no such bucket")]
    BucketUnknown,
    #[error("the bucket is in another region")]
    RegionWrong,
    #[error("the object store does not encrypt what it stores, and there is no recipient")]
    EncryptionRefused,
    #[error("the clocks of this server and of the object store differ too much")]
    Clock,
    #[error("the object store refused with status {0}")]
    Refused(u16),
    #[error("a request could not be made of these words")]
    Malformed,
    #[error("the disk of the folder is full")]
    FolderFull,
    #[error("the folder cannot be written to")]
    Folder(#[source] DiskError),
}

// === impl Destination ===

impl Destination {
    /// Puts an object there whole, in the place of one with the same name, within so many seconds.
    pub async fn put(&self, name: &str, bytes: Vec<u8>, seconds: u64) -> Result<(), PutError> {
        match self {
            Self::Bucket(bucket) => bucket.put(name, Bytes::from(bytes), seconds).await,
            Self::Folder(folder) => folder.put(name, bytes).await,
        }
    }
}

// === impl PutError ===

impl PutError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "archive_unreachable",
            Self::Slow => "archive_slow",
            Self::Address => "archive_address",
            Self::Redirected => "archive_redirected",
            Self::CredentialsWrong => "archive_credentials_wrong",
            Self::AccessDenied => "archive_access_denied",
            Self::BucketUnknown => "archive_bucket_unknown",
            Self::RegionWrong => "archive_region_wrong",
            Self::EncryptionRefused => "archive_encryption_refused",
            Self::Clock => "archive_clock",
            Self::Refused(_) | Self::Malformed => "archive_refused",
            Self::FolderFull => "archive_folder_full",
            Self::Folder(_) => "archive_folder_failed",
        }
    }
}

impl From<EgressError> for PutError {
    fn from(error: EgressError) -> Self {
        match error {
            EgressError::Slow => Self::Slow,
            EgressError::Address => Self::Address,
            EgressError::Redirected => Self::Redirected,
            EgressError::Plaintext => Self::Malformed,
            error @ (EgressError::Unreachable(_) | EgressError::Name | EgressError::TooLarge) => Self::Unreachable(error),
        }
    }
}

impl From<DiskError> for PutError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Full => Self::FolderFull,
            error => Self::Folder(error),
        }
    }
}
