//! Who may do what: the one place that decides, and the only maker of a [`Permit`].
//!
//! Always holds: refused unless a key is known, unrevoked, unexpired, of the right direction and of the source that is
//! asked for; every decision reads the catalog, so a revocation counts for the next request in every process.
//! A catalog that fails refuses.

use audit::{Actor, Deed, Event, Question};
use model::{Scope, SourceId, Timestamp};

use crate::Identity;
use crate::catalog::CatalogError;
use crate::credential::Credential;
use crate::key::KeyKind;
use crate::keys::StoredKey;
use crate::permit::{Maintain, Permit, Principal, Read, Write};

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("no API key was sent")]
    Missing,
    #[error("what was sent is not an API key: its form or checksum is wrong")]
    Malformed,
    #[error("the API key is not known here")]
    Unknown,
    #[error("the API key expired at {at}")]
    Expired { at: Timestamp },
    #[error("the API key was revoked")]
    Revoked,
    #[error("a {kind} key was used in the other direction")]
    WrongDirection { kind: KeyKind },
    #[error("there is no such source")]
    WrongSource,
    #[error("this could not be written into the audit trail, so it is not allowed")]
    NotRecorded(#[source] CatalogError),
    #[error("the API key could not be checked")]
    Unavailable(#[from] CatalogError),
}

/// What an answer to a refused request may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalClass {
    /// 401: send a key that counts.
    Unauthenticated,
    /// 403: the key counts, for something else.
    Forbidden,
    /// 404: what you may not see does not exist.
    NotFound,
    /// 503: nobody can say right now.
    Unavailable,
}

// === impl Refused ===

impl Refused {
    /// A code that clients may rely on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "key_missing",
            Self::Malformed => "key_malformed",
            Self::Unknown => "key_unknown",
            Self::Expired { .. } => "key_expired",
            Self::Revoked => "key_revoked",
            Self::WrongDirection { .. } => "key_wrong_direction",
            Self::WrongSource => "key_wrong_source",
            Self::NotRecorded(_) => "not_recorded",
            Self::Unavailable(_) => "key_unchecked",
        }
    }

    #[must_use]
    pub fn class(&self) -> RefusalClass {
        match self {
            Self::Missing | Self::Malformed | Self::Unknown | Self::Expired { .. } | Self::Revoked => {
                RefusalClass::Unauthenticated
            }
            Self::WrongDirection { .. } => RefusalClass::Forbidden,
            Self::WrongSource => RefusalClass::NotFound,
            Self::NotRecorded(_) | Self::Unavailable(_) => RefusalClass::Unavailable,
        }
    }
}

impl RefusalClass {
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Unavailable => 503,
        }
    }
}

// === impl Identity ===

impl Identity {
    /// May this credential add records? Without `wanted`, to the source that the key is bound to.
    pub fn authorize_write(
        &self,
        credential: Option<&Credential>,
        wanted: Option<SourceId>,
        deed: &Deed,
    ) -> Result<Permit<Write>, Refused> {
        let key = self.authorize(credential, KeyKind::Write, wanted, deed)?;
        Ok(Permit::new(key.scope, Principal::ApiKey(key.id)))
    }

    /// May this credential ask this of records? Without `wanted`, of the source that the key is bound to. What is allowed
    /// is in the trail before the permit is given.
    pub fn authorize_read(
        &self,
        credential: Option<&Credential>,
        wanted: Option<SourceId>,
        deed: &Deed,
        question: Question,
    ) -> Result<Permit<Read>, Refused> {
        let key = self.authorize(credential, KeyKind::Read, wanted, deed)?;
        let reading = Deed { actor: Actor::api_key(key.id), ..deed.clone() }.of_source(key.scope);
        self.note(&reading, Event::RecordsRead { question }).map_err(Refused::NotRecorded)?;
        Ok(Permit::new(key.scope, Principal::ApiKey(key.id)))
    }

    /// For the server's own jobs, which act on nobody's request.
    pub fn maintain(&self, scope: Scope) -> Permit<Maintain> {
        Permit::new(scope, Principal::Server)
    }

    fn authorize(
        &self,
        credential: Option<&Credential>,
        direction: KeyKind,
        wanted: Option<SourceId>,
        deed: &Deed,
    ) -> Result<StoredKey, Refused> {
        let found = match credential {
            Some(credential) => self.find_presented(credential)?.ok_or(Refused::Unknown),
            None => Err(Refused::Missing),
        };
        let key = found.inspect_err(|_| self.note_stranger())?;
        if let Err(refused) = judge(&key, direction, wanted, deed.at) {
            self.note_refusal(&key, &refused, deed).map_err(Refused::NotRecorded)?;
            return Err(refused);
        }
        self.note_use(key.id, deed.at);
        Ok(key)
    }

    /// The time of an index look-up tells nothing: whoever lacks the pepper cannot steer the digest.
    fn find_presented(&self, credential: &Credential) -> Result<Option<StoredKey>, CatalogError> {
        self.catalog.read(|db| {
            for pepper in self.peppers.newest_first() {
                let digest = pepper.digest(credential.token());
                let found = StoredKey::by_digest(db, &self.sealer, &digest)?;
                if let Some(key) = found.filter(|key| seal::constant_time_eq(&key.digest, &digest)) {
                    return Ok(Some(key));
                }
            }
            Ok(None)
        })
    }
}

fn judge(key: &StoredKey, direction: KeyKind, wanted: Option<SourceId>, now: Timestamp) -> Result<(), Refused> {
    if key.revoked_at.is_some() {
        return Err(Refused::Revoked);
    }
    if let Some(at) = key.expires_at.filter(|&at| at <= now) {
        return Err(Refused::Expired { at });
    }
    if key.kind != direction {
        return Err(Refused::WrongDirection { kind: key.kind });
    }
    if wanted.is_some_and(|wanted| wanted != key.scope.source) {
        return Err(Refused::WrongSource);
    }
    Ok(())
}
