//! The way to where an archive goes, by the rules of this installation.

use archive::{AtRest, Bucket, BucketParts, Destination, Folder, PutError};
use identity::ArchiveTarget;
use model::TenantId;
use seal::AgeRecipient;

use crate::app::App;
use crate::handlers::streams;

/// Why there is no way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoDestination {
    #[error("this installation has no folder for archives: blockhouse up --archive-folder names one")]
    NoFolder,
    #[error("the endpoint's address is not public, and this installation does not allow it, or its authority is none")]
    Endpoint(#[source] oidc::ConfigError),
    #[error("the folder for archives cannot be used")]
    Folder(#[source] PutError),
}

/// Opens it; nothing is sent yet.
pub(crate) fn open(
    app: &App,
    tenant: TenantId,
    (target, recipient): (&ArchiveTarget, Option<&AgeRecipient>),
) -> Result<Destination, NoDestination> {
    match target {
        ArchiveTarget::Folder(name) => {
            let allowed = app.archive_folder.as_ref().ok_or(NoDestination::NoFolder)?;
            Ok(Destination::Folder(Folder::open(allowed, tenant, name.as_str()).map_err(NoDestination::Folder)?))
        }
        ArchiveTarget::Bucket(bucket) => {
            let way = streams::way(app, bucket.endpoint(), bucket.authority()).map_err(NoDestination::Endpoint)?;
            let parts = BucketParts {
                endpoint: bucket.endpoint(),
                region: bucket.region(),
                name: bucket.name(),
                prefix: bucket.prefix(),
                access_key_id: bucket.access_key_id(),
                secret_access_key: bucket.reveal(),
                at_rest: if recipient.is_some() { AtRest::Recipient } else { AtRest::Store },
            };
            Ok(Destination::Bucket(Bucket::new(way, &parts)))
        }
    }
}

/// Puts an object there, unless the server stops before.
pub(crate) async fn put(
    app: &App,
    destination: &Destination,
    (name, bytes): (&str, Vec<u8>),
    seconds: u64,
) -> Option<Result<(), PutError>> {
    let mut stopping = app.stopping.clone();
    tokio::select! {
        put = destination.put(name, bytes, seconds) => Some(put),
        _ = stopping.wait_for(|stops| *stops) => None,
    }
}

// === impl NoDestination ===

impl NoDestination {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoFolder => "archive_folder_not_allowed",
            Self::Endpoint(_) => "archive_address",
            Self::Folder(error) => error.code(),
        }
    }
}
