//! Tenants, sources, people and keys, how somebody signs in, and the decision who may do what.
//!
//! Always holds: only this crate makes a [`Permit`]; names are sealed and keys are stored only as keyed digests, so
//! the catalog file tells neither; nothing that decides is cached, so several processes may share one file.
//! Knows no protocol: it reads a header's value, not a request, and names reasons, not answers.

mod abilities;
mod access;
mod account;
mod active_keys;
mod alerts;
mod archives;
mod attestation;
mod authorize;
mod catalog;
mod checks;
mod credential;
mod document;
mod filters;
mod invitations;
mod jobs;
mod key;
mod keys;
mod last_used;
mod links;
mod maker;
mod members;
mod names;
mod notices;
mod permit;
pub mod pipeline;
mod quota;
mod reading;
mod record;
mod refused;
mod roles;
mod root_key;
mod said;
mod services;
mod sessions;
mod settings;
mod setup;
mod shared_key;
mod sign_in;
mod signed_in;
mod sso;
mod staff;
mod stored_key;
mod tenants;
#[cfg(test)]
mod tests;
mod trail;
mod treatment;
mod unclosed;
mod users;
mod views;
mod volume;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use audit::{Trail, TrailError};
use factor::{Passkeys, Passphrases, Throttle};
use model::{AlertId, Entropy};
use parking_lot::Mutex;
use policy::Engine;
use seal::{FieldSealer, Pepper};

use alerts::Covered;
use catalog::Catalog;
use last_used::LastUsed;
use pipeline::Compiled;
use record::Refusals;
use sessions::LastSeen;
use setup::WrongTries;
use sign_in::{Attacked, Ceremonies};
use treatment::UnwrittenCounts;
use volume::UnwrittenVolumes;

pub use access::{
    AccessEnd, AccessError, AccessReason, AccessRequest, AccessState, Asking, Emergency, EmergencyCause, Signature,
    StaffQuestion, Statement, ToSign, is_review_late,
};
pub use account::{AccountError, TotpOffer, WaysIn};
pub use alerts::{
    Alert, AlertChange, AlertError, AlertMessage, AlertSpec, Destination, DestinationError, DestinationTarget, Errand,
    MailTarget, MessageBody, MessageTo, NewTarget, Watching,
};
pub use archives::{
    Archive, ArchiveBucket, ArchiveDay, ArchiveError, ArchiveKind, ArchiveObject, ArchivePrevious, ArchiveSpec, ArchiveTarget,
    ArchiveTurn, ArchiveWrite, ArchiveWritten, AskedBucket, FolderName,
};
pub use attestation::{AttestError, AttestationSignature, AttestationWords, Attests, DocumentWords, LogPosition};
pub use authorize::{Reach, Whose};
pub use catalog::{CatalogError, OpenError};
pub use checks::checks;
pub use credential::Credential;
pub use filters::{DropFilter, FilterError};
pub use invitations::{Invitation, InvitationState, InviteError, Invited};
pub use jobs::{
    FileDigest, FileDigestError, ImportCompression, ImportFormat, ImportFound, ImportLayout, ImportPlace, ImportSpec, ImportStep,
    Importing, Job, JobCounts, JobCursor, JobError, JobException, JobFailure, JobPage, JobState, LastDone, OpenJobs, SecondsLeft,
    Standing as JobStanding, Waits as JobWaits,
};
pub use key::{KeyKind, PlainKey};
pub use keys::{ApiKey, CreateKeyError, Expiry, KeyState, NewKey, RevokeKeyError, RotateKeyError};
pub use last_used::UsedFrom;
pub use links::{LinkError, LinkSpec, ShortLink};
pub use maker::Maker;
pub use members::{Member, MemberError, Membership};
pub use notices::{DatedNotice, Notice, StatementEnd};
pub use permit::*;
pub use pipeline::{Pipeline, PipelineError};
pub use quota::{Quota, QuotaExceeded, QuotaPeriod, QuotaState, QuotaUse, SetQuotaError};
pub use reading::Keeper;
pub use refused::{RefusalClass, Refused};
pub use roles::{Role, RoleError, RoleGrant, RoleRef, RoleSpec};
pub use root_key::{KitError, ProofError, Recovering, RecoveryState};
pub use said::{Opening, Said, SecondFactorSaid, TENANTS_OF_CHECKS};
pub use services::{ServiceAccount, ServiceError, ServiceKey};
pub use sessions::{Client, Method, OpenedSession, Session, Stage};
pub use settings::{SecondFactorRule, SettingsError, SignInRules, SingleSignOnRule, StaffAccess, TenantSettings};
pub use setup::{BootstrapError, Bootstrapped, CreateSetupTokenError, FirstOwner, PlainSetupToken, SetupError};
pub use shared_key::{SharedKeyError, SharedKeyHolder};
pub use sign_in::{OwnPasskey, PasskeyCeremony, SignInError, SignInStep, SignedInNow};
pub use signed_in::{Fresh, SignedIn};
pub use sso::{ClientSecret, Provider, ProviderError, ProviderSpec, SsoError, SsoPending};
pub use staff::StaffMember;
pub use tenants::{ConfigureSourceError, CreateSourceError, CreateTenantError, Source, SourceChange, SourceState, Tenant};
pub use trail::{
    AuditStream, CosignAuditError, ExportAuditError, Failing, ProvedEntry, StreamAddress, StreamError, StreamFrom, StreamTarget,
};
pub use treatment::{Counts, MaskKind, Masked, Recognition, Redaction, RuleCount, SetTreatmentError, Treatment};
pub use unclosed::Unclosed;
pub use users::{User, UserKind, UserState};
pub use views::{SaveViewError, SavedView, ViewSpec};
pub use volume::{Arrivals, Arrived};

/// The identity catalog, open. Every method may block on the disk.
pub struct Identity {
    catalog: Catalog,
    trail: Trail,
    sealer: Arc<FieldSealer>,
    peppers: Peppers,
    entropy: Arc<dyn Entropy>,
    engine: Arc<Engine>,
    passphrases: Passphrases,
    passkeys: Arc<Passkeys>,
    throttle: Mutex<Throttle>,
    /// Of words that are tried as those of the root key.
    root_tries: Mutex<Throttle>,
    ceremonies: Mutex<Ceremonies>,
    attacked: Mutex<Vec<Attacked>>,
    used: Mutex<LastUsed>,
    seen: Mutex<LastSeen>,
    wrong_tries: Mutex<WrongTries>,
    refusals: Mutex<Refusals>,
    /// Alerts whose looks are in the trail for a while.
    covered: Mutex<HashMap<AlertId, Covered>>,
    counts: Mutex<UnwrittenCounts>,
    compiled: Mutex<Compiled>,
    volumes: Mutex<UnwrittenVolumes>,
}

/// The keys of the digests: new ones are made under `current`, old ones are still found under `previous`.
#[derive(Debug)]
pub struct Peppers {
    pub current: Pepper,
    pub previous: Option<Pepper>,
}

/// What the catalog is sealed with, and what signs people in.
#[derive(Debug)]
pub struct Means {
    pub sealer: FieldSealer,
    pub peppers: Peppers,
    pub passphrases: Passphrases,
    pub passkeys: Passkeys,
}

// === impl Identity ===

impl Identity {
    /// Opens the catalog in this file, and makes it if there is none.
    pub fn open(path: &Path, means: Means, entropy: Arc<dyn Entropy>) -> Result<Self, OpenError> {
        let Means { sealer, peppers, passphrases, passkeys } = means;
        let minds = (Arc::new(Engine::new()?), Arc::new(passkeys));
        Self::open_beside(path, (sealer, peppers, passphrases), minds, entropy)
    }

    /// Whether the catalog in this file is sealed under the root key of `sealer`; `None` where nothing in it tells. Changes
    /// nothing, so that a key can be looked at before it is put there.
    pub fn fits(path: &Path, sealer: &FieldSealer) -> Result<Option<bool>, CatalogError> {
        Ok(Trail::fits(&catalog::look(path)?, sealer)?)
    }

    /// With an engine and a relying party that another catalog may use too.
    fn open_beside(
        path: &Path,
        (sealer, peppers, passphrases): (FieldSealer, Peppers, Passphrases),
        (engine, passkeys): (Arc<Engine>, Arc<Passkeys>),
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let (catalog, sealer) = (Catalog::open(path)?, Arc::new(sealer));
        let trail = catalog.write(|tx| Ok::<_, CatalogError>(Trail::open(tx, Arc::clone(&sealer), Arc::clone(&entropy))?));
        let trail = trail.map_err(|error| match error {
            CatalogError::Trail(TrailError::Seal(_)) => OpenError::OtherRoot,
            error => OpenError::Catalog(error),
        })?;
        Ok(Self {
            catalog,
            trail,
            sealer,
            peppers,
            entropy,
            engine,
            passphrases,
            passkeys,
            throttle: Mutex::default(),
            root_tries: Mutex::default(),
            ceremonies: Mutex::default(),
            attacked: Mutex::default(),
            used: Mutex::default(),
            seen: Mutex::default(),
            wrong_tries: Mutex::default(),
            refusals: Mutex::default(),
            covered: Mutex::default(),
            counts: Mutex::default(),
            compiled: Mutex::default(),
            volumes: Mutex::default(),
        })
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(..)")
    }
}

// === impl Peppers ===

impl Peppers {
    fn newest_first(&self) -> impl Iterator<Item = &Pepper> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl From<Pepper> for Peppers {
    fn from(current: Pepper) -> Self {
        Self { current, previous: None }
    }
}
