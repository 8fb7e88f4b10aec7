//! API keys: made, listed, rotated, revoked.
//!
//! Always holds: the catalog has a key's keyed digest, never the key; a row counts only while its `binding`, a keyed
//! hash of id, owner, direction and times, fits, so a row changed from outside is refused rather than believed.
//! Putting back a whole older file is not found here.

use audit::{Deed, Direction, Event};
use model::{ApiKeyId, DisplayName, Scope, Timestamp, limits};
use rusqlite::{Connection, Row};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::credential::Credential;
use crate::key::{KeyKind, PlainKey, TokenKind};
use crate::last_used::{Addresses, UsedFrom, used_from};
use crate::maker::{Maker, made_by};
use crate::names::Place;
use crate::stored_key::StoredKey;

const DAY_SECONDS: i64 = 24 * 3_600;

/// An API key as its owner may see it again: all but the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub scope: Scope,
    pub kind: KeyKind,
    pub name: DisplayName,
    /// Enough of the key to recognise it, such as `bh_write_4F7k…f2c1`.
    pub prefix: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    /// The addresses that it was used from last, the newest first: at most [`limits::KEY_ADDRESSES_KEPT`].
    pub used_from: Vec<UsedFrom>,
    pub revoked_at: Option<Timestamp>,
    /// `None` of keys that were made before this was kept.
    pub made_by: Option<Maker>,
}

/// What a new key is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    pub kind: KeyKind,
    pub name: DisplayName,
    pub expiry: Expiry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    Days(i64),
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    Active,
    Expired,
    Revoked,
}

#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    #[error("there is no such source")]
    NoSource,
    #[error("a key lives for 1 to {} days, or for ever", limits::API_KEY_DAYS_MAX)]
    Expiry,
    #[error("the source has {} keys already", limits::API_KEYS_PER_SOURCE_MAX)]
    TooMany,
    #[error("this certificate is registered already; one that was revoked is not taken again")]
    CertificateKnown,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Debug, thiserror::Error)]
pub enum RevokeKeyError {
    #[error("the source has no such key")]
    NoKey,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Debug, thiserror::Error)]
pub enum RotateKeyError {
    #[error("the source has no such key")]
    NoKey,
    #[error("the key has ended")]
    Ended,
    #[error("a certificate is followed by registering the next one")]
    Certificate,
    #[error("the old key may live on for 0 to {} seconds", limits::KEY_OVERLAP_SECONDS_MAX)]
    Overlap,
    #[error("could not make the new key")]
    Create(#[from] CreateKeyError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

pub(crate) const SELECT_BY_ID: &str = "SELECT id, tenant, source, kind, digest, created_at, expires_at, revoked_at, binding,
    name, prefix, last_used_at, made_by, used_from FROM api_keys WHERE id = ?1 AND source = ?2 AND tenant = ?3";
const SELECT_BY_SOURCE: &str = "SELECT id, tenant, source, kind, digest, created_at, expires_at, revoked_at, binding,
    name, prefix, last_used_at, made_by, used_from FROM api_keys WHERE source = ?1 AND tenant = ?2 ORDER BY created_at, id";
pub(crate) const COUNT_LIVE: &str = "SELECT count(*) FROM api_keys
    WHERE source = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)";

// === impl ApiKey ===

impl ApiKey {
    #[must_use]
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|at| at <= now) {
            KeyState::Expired
        } else {
            KeyState::Active
        }
    }
}

// === impl Expiry ===

impl Default for Expiry {
    fn default() -> Self {
        Self::Days(limits::API_KEY_DAYS_DEFAULT)
    }
}

impl Expiry {
    pub(crate) fn after(self, now: Timestamp) -> Result<Option<Timestamp>, CreateKeyError> {
        match self {
            Self::Never => Ok(None),
            Self::Days(days) if (1..=limits::API_KEY_DAYS_MAX).contains(&days) => Ok(Some(now.plus_seconds(days * DAY_SECONDS))),
            Self::Days(_) => Err(CreateKeyError::Expiry),
        }
    }
}

// === impl Identity ===

impl Identity {
    /// The key is in the answer and nowhere else, ever.
    pub fn create_key(&self, scope: Scope, new: &NewKey, deed: &Deed) -> Result<(PlainKey, ApiKey), CreateKeyError> {
        let expires_at = new.expiry.after(deed.at)?;
        self.catalog.write(|tx| self.make_key(tx, self.new_key(scope, new, deed.at, expires_at), deed))
    }

    /// Lets whoever holds this client certificate write to the source, over protocols that know certificates. A certificate
    /// is of one source.
    pub fn register_certificate(
        &self,
        scope: Scope,
        (name, expiry): (&DisplayName, Expiry),
        fingerprint: &str,
        deed: &Deed,
    ) -> Result<ApiKey, CreateKeyError> {
        let expires_at = expiry.after(deed.at)?;
        let plain = PlainKey::of_certificate(fingerprint);
        self.catalog.write(|tx| {
            if self.find_presented(tx, &Credential::from_certificate(fingerprint))?.is_some() {
                return Err(CreateKeyError::CertificateKnown);
            }
            let new = NewKey { kind: KeyKind::Write, name: name.clone(), expiry };
            let (_, key) = self.new_key(scope, &new, deed.at, expires_at);
            let key = ApiKey { prefix: plain.prefix(), ..key };
            Ok(self.make_key(tx, (plain, key), deed)?.1)
        })
    }

    /// All keys of a source, ended ones too, the oldest first.
    pub fn keys(&self, scope: Scope) -> Result<Vec<ApiKey>, CatalogError> {
        let ids = [scope.source.to_string(), scope.tenant.to_string()];
        self.catalog.read(|db| {
            let mut keys = catalog::all(db, SELECT_BY_SOURCE, ids, |row| Ok(self.read_key(row)?.0))?;
            if self.masks_addresses(db, scope) {
                keys.iter_mut().for_each(|key| key.used_from.clear());
            }
            for maker in keys.iter_mut().filter_map(|key| key.made_by.as_mut()) {
                maker.name = self.name_of(db, scope.tenant, &maker.actor)?;
            }
            Ok(keys)
        })
    }

    /// Ends a key at once, in every process. Revoking it again changes nothing.
    pub fn revoke_key(&self, scope: Scope, id: ApiKeyId, deed: &Deed) -> Result<(), RevokeKeyError> {
        self.catalog.write(|tx| {
            let (_, mut stored) = self.find_key(tx, scope, id)?.ok_or(RevokeKeyError::NoKey)?;
            if stored.revoked_at.is_none() {
                stored.revoked_at = Some(deed.at);
                stored.update_end(tx, &self.sealer)?;
                self.record(tx, &deed.clone().of_source(scope), Event::ApiKeyRevoked { key: id.to_string() })?;
            }
            Ok(())
        })
    }

    /// Makes a key like `id` that lives as long as it was made for; the old one ends after the overlap, or when it
    /// would have ended anyway.
    pub fn rotate_key(
        &self,
        scope: Scope,
        id: ApiKeyId,
        overlap_seconds: i64,
        deed: &Deed,
    ) -> Result<(PlainKey, ApiKey), RotateKeyError> {
        if !(0..=limits::KEY_OVERLAP_SECONDS_MAX).contains(&overlap_seconds) {
            return Err(RotateKeyError::Overlap);
        }
        let now = deed.at;
        self.catalog.write(|tx| {
            let (old, mut stored) = self.find_key(tx, scope, id)?.ok_or(RotateKeyError::NoKey)?;
            match old.state(now) {
                KeyState::Active => {}
                KeyState::Expired | KeyState::Revoked => return Err(RotateKeyError::Ended),
            }
            if PlainKey::is_certificate(&old.prefix) {
                return Err(RotateKeyError::Certificate);
            }
            let lifetime = old.expires_at.map(|end| end.seconds_since(old.created_at));
            let overlap_end = now.plus_seconds(overlap_seconds);
            stored.expires_at = Some(old.expires_at.map_or(overlap_end, |end| end.min(overlap_end)));
            stored.update_end(tx, &self.sealer)?;
            let new = NewKey { kind: old.kind, name: old.name, expiry: Expiry::Never };
            let expires_at = lifetime.map(|seconds| now.plus_seconds(seconds));
            let made = self.insert_key(tx, self.new_key(scope, &new, now, expires_at), deed)?;
            let event = Event::ApiKeyRotated { key: id.to_string(), successor: made.1.id.to_string(), overlap_seconds };
            self.record(tx, &deed.clone().of_source(scope), event)?;
            Ok(made)
        })
    }

    pub(crate) fn new_key(
        &self,
        scope: Scope,
        new: &NewKey,
        now: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> (PlainKey, ApiKey) {
        let plain = PlainKey::generate(TokenKind::Source(new.kind), &*self.entropy);
        let key = ApiKey {
            id: ApiKeyId::generate(&*self.entropy),
            scope,
            kind: new.kind,
            name: new.name.clone(),
            prefix: plain.prefix(),
            created_at: now,
            expires_at,
            last_used_at: None,
            used_from: Vec::new(),
            revoked_at: None,
            made_by: None,
        };
        (plain, key)
    }

    /// Adds the key, and says so in the trail.
    pub(crate) fn make_key(
        &self,
        db: &Connection,
        new: (PlainKey, ApiKey),
        deed: &Deed,
    ) -> Result<(PlainKey, ApiKey), CreateKeyError> {
        let (plain, key) = self.insert_key(db, new, deed)?;
        let direction = match key.kind {
            KeyKind::Write => Direction::Write,
            KeyKind::Read => Direction::Read,
        };
        let expires = key.expires_at.map(|at| at.to_string());
        let event = Event::ApiKeyCreated { key: key.id.to_string(), direction, expires };
        self.record(db, &deed.clone().of_source(key.scope), event)?;
        Ok((plain, key))
    }

    fn insert_key(
        &self,
        db: &Connection,
        (plain, key): (PlainKey, ApiKey),
        deed: &Deed,
    ) -> Result<(PlainKey, ApiKey), CreateKeyError> {
        let (tenant, source) = (key.scope.tenant.to_string(), key.scope.source.to_string());
        let sources = "SELECT count(*) FROM sources WHERE id = ?1 AND tenant = ?2";
        if catalog::count(db, sources, [&source, &tenant])? == 0 {
            return Err(CreateKeyError::NoSource);
        }
        if catalog::count(db, COUNT_LIVE, (&source, key.created_at.nanos()))? >= limits::API_KEYS_PER_SOURCE_MAX {
            return Err(CreateKeyError::TooMany);
        }
        let stored = StoredKey {
            id: key.id,
            scope: key.scope,
            kind: key.kind,
            digest: self.peppers.current.digest(plain.reveal().as_bytes()),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        };
        catalog::change(
            db,
            "INSERT INTO api_keys
                 (id, tenant, source, kind, name, prefix, pepper, digest, created_at, expires_at, binding, made_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            (
                key.id.to_string(),
                tenant,
                source,
                key.kind.as_str(),
                Place::key_name(key.scope, key.id).seal(&self.sealer, key.name.as_str())?,
                Place::key_prefix(key.scope, key.id).seal(&self.sealer, &key.prefix)?,
                self.peppers.current.id(),
                stored.digest,
                key.created_at.nanos(),
                key.expires_at.map(Timestamp::nanos),
                stored.binding(&self.sealer),
                made_by(key.scope, key.id).seal(&self.sealer, &deed.actor)?,
            ),
        )?;
        let name = self.name_of(db, key.scope.tenant, &deed.actor)?;
        let made_by = Some(Maker { actor: deed.actor.clone(), name });
        Ok((plain, ApiKey { made_by, ..key }))
    }

    fn find_key(&self, db: &Connection, scope: Scope, id: ApiKeyId) -> Result<Option<(ApiKey, StoredKey)>, CatalogError> {
        let ids = [id.to_string(), scope.source.to_string(), scope.tenant.to_string()];
        catalog::one(db, SELECT_BY_ID, ids, |row| self.read_key(row))
    }

    pub(crate) fn read_key(&self, row: &Row<'_>) -> Result<(ApiKey, StoredKey), CatalogError> {
        let stored = StoredKey::read(row, &self.sealer)?;
        let name = row.get_ref("name")?.as_blob().map_err(rusqlite::Error::from)?;
        let prefix = row.get_ref("prefix")?.as_blob().map_err(rusqlite::Error::from)?;
        let unwritten = self.used.lock().get(&stored.id).cloned();
        let mut addresses = Addresses::read(&used_from(stored.scope, stored.id), row, &self.sealer)?;
        if let Some(unwritten) = &unwritten {
            addresses.merge(&unwritten.from);
        }
        let sealed = row.get_ref("made_by")?.as_blob_or_null().map_err(rusqlite::Error::from)?;
        let actor = sealed.map(|sealed| made_by(stored.scope, stored.id).open(&self.sealer, sealed)).transpose()?;
        let key = ApiKey {
            id: stored.id,
            scope: stored.scope,
            kind: stored.kind,
            name: Place::key_name(stored.scope, stored.id).open_name(&self.sealer, name)?,
            prefix: Place::key_prefix(stored.scope, stored.id).open(&self.sealer, prefix)?,
            created_at: stored.created_at,
            expires_at: stored.expires_at,
            last_used_at: catalog::optional_time(row, "last_used_at")?.max(unwritten.map(|used| used.at)),
            used_from: addresses.into_vec(),
            revoked_at: stored.revoked_at,
            made_by: actor.map(|actor| Maker { actor, name: None }),
        };
        Ok((key, stored))
    }
}
