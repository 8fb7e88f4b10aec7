//! What a sender of Fluent's forward protocol shares with this server: one secret for each write key.
//!
//! Always holds: the catalog has nothing of it. It is derived from a secret below the root key and from the key's id and
//! owner, so it counts exactly as long as the key does, and a copy of the catalog gives none away. Each time it is shown is
//! in the trail.

use audit::{Deed, Event};
use model::{ApiKeyId, Scope, SourceId};
use rusqlite::Connection;
use seal::{FieldSealer, Pepper, SharedKey};

use crate::authorize::Asker;
use crate::catalog::{self, CatalogError};
use crate::key::PlainKey;
use crate::keys::{KeyState, SELECT_BY_ID};
use crate::permit::{Permit, Write};
use crate::refused::Refused;
use crate::stored_key::StoredKey;
use crate::{Identity, KeyKind};

const SELECT_BY_ID_ALONE: &str = "SELECT id, tenant, source, kind, digest, created_at, expires_at, revoked_at, binding
    FROM api_keys WHERE id = ?1";

/// Whoever has shown that it holds the shared key of a write key. It says nothing about whether that key still counts.
#[derive(Debug)]
pub struct SharedKeyHolder {
    key: ApiKeyId,
}

#[derive(Debug, thiserror::Error)]
pub enum SharedKeyError {
    #[error("the source has no such key")]
    NoKey,
    #[error("the key has ended")]
    Ended,
    #[error("a certificate needs no shared key")]
    Certificate,
    #[error("only a write key has a shared key")]
    NotForWriting,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

// === impl Identity ===

impl Identity {
    /// What a sender needs beside the key's id. Whoever asks may make write keys of the source.
    pub fn show_shared_key(&self, scope: Scope, id: ApiKeyId, deed: &Deed) -> Result<SharedKey, SharedKeyError> {
        self.catalog.write(|tx| {
            let ids = [id.to_string(), scope.source.to_string(), scope.tenant.to_string()];
            let found = catalog::one(tx, SELECT_BY_ID, ids, |row| self.read_key(row))?;
            let (key, stored) = found.ok_or(SharedKeyError::NoKey)?;
            match (key.state(deed.at), key.kind) {
                (KeyState::Expired | KeyState::Revoked, _) => return Err(SharedKeyError::Ended),
                (KeyState::Active, KeyKind::Read) => return Err(SharedKeyError::NotForWriting),
                (KeyState::Active, KeyKind::Write) => {}
            }
            if PlainKey::is_certificate(&key.prefix) {
                return Err(SharedKeyError::Certificate);
            }
            self.record(tx, &deed.clone().of_source(scope), Event::SharedKeyShown { key: id.to_string() })?;
            Ok(stored.shared_key(&self.peppers.current))
        })
    }

    /// Whoever names a key and shows that it holds what is shared for it; with that, so that the server can show the same.
    /// `proves` compares in constant time.
    pub fn prove_shared_key(
        &self,
        key: &str,
        proves: impl Fn(&SharedKey) -> bool,
    ) -> Result<(SharedKeyHolder, SharedKey), Refused> {
        let stored = match ApiKeyId::parse(key) {
            Ok(id) => self.catalog.read(|db| StoredKey::by_id(db, &self.sealer, id)).map_err(Refused::Unavailable)?,
            Err(_) => None,
        };
        let proved = stored.and_then(|stored| {
            let shared = self.peppers.newest_first().map(|pepper| stored.shared_key(pepper)).find(|shared| proves(shared))?;
            Some((SharedKeyHolder { key: stored.id }, shared))
        });
        proved.ok_or_else(|| {
            self.note_stranger();
            Refused::Unknown
        })
    }

    /// Which source a key that somebody named is of, for whoever looks at what is refused there.
    pub fn source_of_named_key(&self, key: &str) -> Result<Option<SourceId>, CatalogError> {
        let Ok(id) = ApiKeyId::parse(key) else { return Ok(None) };
        let stored = self.catalog.read(|db| StoredKey::by_id(db, &self.sealer, id))?;
        Ok(stored.map(|stored| stored.scope.source))
    }

    /// May this holder add records, now? To be asked before each batch: a key that ended opens nothing from then on.
    pub fn authorize_holder(&self, holder: &SharedKeyHolder, deed: &Deed) -> Result<Permit<Write>, Refused> {
        let identify = |db: &Connection| {
            let stored = StoredKey::by_id(db, &self.sealer, holder.key)?.ok_or(Refused::Unknown)?;
            Ok(Asker::of_key(stored))
        };
        self.decide_source_as(&identify, None, deed)
    }
}

// === impl StoredKey ===

impl StoredKey {
    fn by_id(db: &Connection, sealer: &FieldSealer, id: ApiKeyId) -> Result<Option<Self>, CatalogError> {
        catalog::one(db, SELECT_BY_ID_ALONE, [id.to_string()], |row| Self::read(row, sealer))
    }

    fn shared_key(&self, pepper: &Pepper) -> SharedKey {
        pepper.shared_key(&[self.id.as_bytes(), self.scope.tenant.as_bytes(), self.scope.source.as_bytes()])
    }
}
