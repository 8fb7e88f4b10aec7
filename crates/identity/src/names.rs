//! The catalog's sealed columns: what is named by people and what shows of a key.
//!
//! Always holds: a sealed value opens only in the column, row and owner it was sealed for, so moving it is found.

use model::{ApiKeyId, DisplayName, Scope, TenantId};
use seal::{Field, FieldSealer};

use crate::catalog::CatalogError;

/// One sealed value's place.
pub(crate) struct Place {
    table: &'static str,
    column: &'static str,
    row: String,
    scope: String,
}

// === impl Place ===

impl Place {
    pub(crate) fn tenant_name(id: TenantId) -> Self {
        Self { table: "tenants", column: "name", row: id.to_string(), scope: String::new() }
    }

    pub(crate) fn source_name(scope: Scope) -> Self {
        Self { table: "sources", column: "name", row: scope.source.to_string(), scope: scope.tenant.to_string() }
    }

    pub(crate) fn key_name(scope: Scope, id: ApiKeyId) -> Self {
        Self { table: "api_keys", column: "name", row: id.to_string(), scope: scope.to_string() }
    }

    pub(crate) fn key_prefix(scope: Scope, id: ApiKeyId) -> Self {
        Self { column: "prefix", ..Self::key_name(scope, id) }
    }

    pub(crate) fn seal(&self, sealer: &FieldSealer, text: &str) -> Result<Vec<u8>, CatalogError> {
        Ok(sealer.seal(&self.field(), text.as_bytes())?)
    }

    pub(crate) fn open(&self, sealer: &FieldSealer, sealed: &[u8]) -> Result<String, CatalogError> {
        let opened = sealer.open(&self.field(), sealed).map_err(|_| self.tampered())?;
        String::from_utf8(opened.to_vec()).map_err(|_| self.tampered())
    }

    pub(crate) fn open_name(&self, sealer: &FieldSealer, sealed: &[u8]) -> Result<DisplayName, CatalogError> {
        DisplayName::parse(&self.open(sealer, sealed)?).map_err(|_| self.tampered())
    }

    fn field(&self) -> Field<'_> {
        Field { table: self.table, column: self.column, row: self.row.as_bytes(), scope: self.scope.as_bytes() }
    }

    fn tampered(&self) -> CatalogError {
        CatalogError::Tampered { table: self.table, id: self.row.clone() }
    }
}

pub(crate) fn tenant_name_index(sealer: &FieldSealer, name: &DisplayName) -> [u8; 32] {
    sealer.blind_index("tenants", "name", name.as_str().as_bytes())
}

/// Covers the tenant, so that equal names of two tenants do not look equal.
pub(crate) fn source_name_index(sealer: &FieldSealer, tenant: TenantId, name: &DisplayName) -> [u8; 32] {
    let mut value = tenant.as_bytes().to_vec();
    value.extend_from_slice(name.as_str().as_bytes());
    sealer.blind_index("sources", "name", &value)
}
