//! The columns of a key that decide, and the binding that covers them.

use model::{ApiKeyId, Scope, Timestamp};
use rusqlite::{Connection, Row};
use seal::FieldSealer;

use crate::catalog::{self, CatalogError};
use crate::key::KeyKind;

/// The columns that decide, read only together with the binding that covers them.
pub(crate) struct StoredKey {
    pub(crate) id: ApiKeyId,
    pub(crate) scope: Scope,
    pub(crate) kind: KeyKind,
    pub(crate) digest: [u8; 32],
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

const SELECT_BY_DIGEST: &str = "SELECT id, tenant, source, kind, digest, created_at, expires_at, revoked_at, binding
    FROM api_keys WHERE digest = ?1";

// === impl StoredKey ===

impl StoredKey {
    pub(crate) fn by_digest(db: &Connection, sealer: &FieldSealer, digest: &[u8; 32]) -> Result<Option<Self>, CatalogError> {
        catalog::one(db, SELECT_BY_DIGEST, [digest], |row| Self::read(row, sealer))
    }

    pub(crate) fn read(row: &Row<'_>, sealer: &FieldSealer) -> Result<Self, CatalogError> {
        let id: ApiKeyId = catalog::id(row, "id", "api_keys")?;
        let tampered = || CatalogError::Tampered { table: "api_keys", id: id.to_string() };
        let kind = row.get_ref("kind")?.as_str().map_err(rusqlite::Error::from)?;
        let key = Self {
            id,
            scope: Scope { tenant: catalog::id(row, "tenant", "api_keys")?, source: catalog::id(row, "source", "api_keys")? },
            kind: KeyKind::from_name(kind).ok_or_else(tampered)?,
            digest: row.get("digest")?,
            created_at: catalog::time(row, "created_at")?,
            expires_at: catalog::optional_time(row, "expires_at")?,
            revoked_at: catalog::optional_time(row, "revoked_at")?,
        };
        let binding: [u8; 32] = row.get("binding")?;
        if !seal::constant_time_eq(&binding, &key.binding(sealer)) {
            return Err(tampered());
        }
        Ok(key)
    }

    /// Every field has a fixed width, so no two keys are written alike.
    pub(crate) fn binding(&self, sealer: &FieldSealer) -> [u8; 32] {
        let mut fields = Vec::with_capacity(89);
        fields.extend_from_slice(self.id.as_bytes());
        fields.extend_from_slice(self.scope.tenant.as_bytes());
        fields.extend_from_slice(self.scope.source.as_bytes());
        fields.push(match self.kind {
            KeyKind::Write => 1,
            KeyKind::Read => 2,
        });
        fields.extend_from_slice(&self.digest);
        fields.extend_from_slice(&self.created_at.nanos().to_be_bytes());
        for time in [self.expires_at, self.revoked_at] {
            fields.push(u8::from(time.is_some()));
            fields.extend_from_slice(&time.unwrap_or_default().nanos().to_be_bytes());
        }
        sealer.blind_index("api_keys", "binding", &fields)
    }

    /// Writes the times of a key's end, with the binding that covers them.
    pub(crate) fn update_end(&self, db: &Connection, sealer: &FieldSealer) -> Result<(), CatalogError> {
        catalog::change(
            db,
            "UPDATE api_keys SET expires_at = ?1, revoked_at = ?2, binding = ?3 WHERE id = ?4",
            (
                self.expires_at.map(Timestamp::nanos),
                self.revoked_at.map(Timestamp::nanos),
                self.binding(sealer),
                self.id.to_string(),
            ),
        )?;
        Ok(())
    }
}
