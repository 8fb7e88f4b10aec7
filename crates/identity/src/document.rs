//! Sealed rows: what a row says is one JSON document, sealed for its table, row and owner.
//!
//! Always holds: a document opens only where it was sealed, so whoever holds the file but not the root key can neither
//! read one, nor write one, nor move one to another person or tenant. They can put back an old one: the audit trail
//! then tells more than the catalog.

use std::fmt;

use rusqlite::{Connection, Row};
use seal::{Field, FieldSealer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::catalog::{self, CatalogError};

/// Where a document stands.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    table: &'static str,
    column: &'static str,
    row: String,
    owner: String,
}

// === impl Spot ===

impl Spot {
    /// `owner` is the tenant or the person that the row belongs to.
    pub(crate) fn new(table: &'static str, row: impl fmt::Display, owner: impl fmt::Display) -> Self {
        Self { table, column: "document", row: format!("{row}"), owner: format!("{owner}") }
    }

    pub(crate) fn column(self, column: &'static str) -> Self {
        Self { column, ..self }
    }

    pub(crate) fn seal<T: Serialize>(&self, sealer: &FieldSealer, document: &T) -> Result<Vec<u8>, CatalogError> {
        let text = Zeroizing::new(serde_json::to_vec(document).map_err(|_| self.tampered())?);
        Ok(sealer.seal(&self.field(), &text)?)
    }

    pub(crate) fn open<T: DeserializeOwned>(&self, sealer: &FieldSealer, sealed: &[u8]) -> Result<T, CatalogError> {
        let text = sealer.open(&self.field(), sealed).map_err(|_| self.tampered())?;
        serde_json::from_slice(&text).map_err(|_| self.tampered())
    }

    /// Opens the document in this column of a row.
    pub(crate) fn read<T: DeserializeOwned>(&self, sealer: &FieldSealer, row: &Row<'_>) -> Result<T, CatalogError> {
        self.open(sealer, row.get_ref(self.column)?.as_blob().map_err(rusqlite::Error::from)?)
    }

    /// Writes the document into its row, which is found by its `id`.
    pub(crate) fn update<T: Serialize>(&self, db: &Connection, sealer: &FieldSealer, document: &T) -> Result<(), CatalogError> {
        let sql = format!("UPDATE {} SET {} = ?1 WHERE id = ?2", self.table, self.column);
        catalog::change(db, &sql, (self.seal(sealer, document)?, &self.row))?;
        Ok(())
    }

    pub(crate) fn tampered(&self) -> CatalogError {
        CatalogError::Tampered { table: self.table, id: self.row.clone() }
    }

    fn field(&self) -> Field<'_> {
        Field { table: self.table, column: self.column, row: self.row.as_bytes(), scope: self.owner.as_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use seal::{RootKey, SystemEntropy};

    use super::*;

    #[test]
    fn a_document_opens_only_where_it_was_sealed() {
        let sealer = FieldSealer::new(&RootKey::generate(&SystemEntropy), Arc::new(SystemEntropy));
        let spot = Spot::new("members", "ada", "acme");
        let sealed = spot.seal(&sealer, &["owner"]).unwrap();
        assert_eq!(spot.open::<Vec<String>>(&sealer, &sealed).unwrap(), ["owner"]);
        for other in [
            Spot::new("members", "eve", "acme"),
            Spot::new("members", "ada", "globex"),
            Spot::new("roles", "ada", "acme"),
            spot.clone().column("secrets"),
        ] {
            assert!(other.open::<Vec<String>>(&sealer, &sealed).is_err(), "{other:?}");
        }
    }
}
