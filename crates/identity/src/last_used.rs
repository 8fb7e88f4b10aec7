//! When keys were last used and from which addresses: remembered at once, written by a job. A source that masks IP addresses
//! keeps none.

use std::collections::HashMap;
use std::net::IpAddr;

use model::{ApiKeyId, Scope, Timestamp, limits};
use rusqlite::{Connection, Row};
use seal::FieldSealer;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;

/// When each key was last used, as far as not yet written down. Holds only keys that exist.
pub(crate) type LastUsed = HashMap<ApiKeyId, Use>;

/// From where a key was used, and when last from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedFrom {
    pub address: IpAddr,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Use {
    pub(crate) at: Timestamp,
    pub(crate) from: Addresses,
}

/// The addresses that were used last, the newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Addresses(Vec<UsedFrom>);

#[derive(Serialize, Deserialize)]
struct AddressDocument {
    address: IpAddr,
    at: i64,
}

// === impl Addresses ===

impl Addresses {
    pub(crate) fn read(spot: &Spot, row: &Row<'_>, sealer: &FieldSealer) -> Result<Self, CatalogError> {
        let Some(sealed) = row.get_ref("used_from")?.as_blob_or_null().map_err(rusqlite::Error::from)? else {
            return Ok(Self::default());
        };
        let documents: Vec<AddressDocument> = spot.open(sealer, sealed)?;
        let from = |one: AddressDocument| UsedFrom { address: one.address, at: Timestamp::from_nanos(one.at) };
        Ok(Self(documents.into_iter().map(from).collect()))
    }

    pub(crate) fn into_vec(self) -> Vec<UsedFrom> {
        self.0
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for one in &other.0 {
            self.note(*one);
        }
    }

    fn note(&mut self, used: UsedFrom) {
        match self.0.iter_mut().find(|one| one.address == used.address) {
            Some(known) => known.at = known.at.max(used.at),
            None => self.0.push(used),
        }
        self.0.sort_by_key(|one| std::cmp::Reverse(one.at));
        self.0.truncate(limits::KEY_ADDRESSES_KEPT);
    }

    fn documents(&self) -> Vec<AddressDocument> {
        self.0.iter().map(|one| AddressDocument { address: one.address, at: one.at.nanos() }).collect()
    }
}

// === impl Identity ===

impl Identity {
    /// Writes down when keys were last used. A job calls it every half minute; requests only remember.
    pub fn flush_last_used(&self) -> Result<(), CatalogError> {
        let used = std::mem::take(&mut *self.used.lock());
        if used.is_empty() {
            return Ok(());
        }
        let written = self.catalog.write(|tx| {
            for (id, used) in &used {
                self.write_use(tx, *id, used)?;
            }
            Ok(())
        });
        if written.is_err() {
            for (id, used) in used {
                self.remember_use(id, &used);
            }
        }
        written
    }

    pub(crate) fn note_use(&self, id: ApiKeyId, at: Timestamp, address: Option<IpAddr>) {
        let from = Addresses(address.map(|address| UsedFrom { address, at }).into_iter().collect());
        self.remember_use(id, &Use { at, from });
    }

    fn remember_use(&self, id: ApiKeyId, new: &Use) {
        let mut used = self.used.lock();
        let known = used.entry(id).or_default();
        known.at = new.at.max(known.at);
        known.from.merge(&new.from);
    }

    /// A setting that cannot be read may say so.
    pub(crate) fn masks_addresses(&self, db: &Connection, scope: Scope) -> bool {
        self.treatment_of(db, scope).map_or(true, |treatment| treatment.redaction.ip_addresses)
    }

    fn write_use(&self, db: &Connection, id: ApiKeyId, used: &Use) -> Result<(), CatalogError> {
        let sql = "UPDATE api_keys SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)";
        let of_service =
            "UPDATE service_keys SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)";
        let is_of_source = catalog::change(db, sql, (used.at.nanos(), id.to_string()))? > 0;
        if !is_of_source {
            catalog::change(db, of_service, (used.at.nanos(), id.to_string()))?;
        }
        let kept = catalog::one(db, "SELECT tenant, source, used_from FROM api_keys WHERE id = ?1", [id.to_string()], |row| {
            let scope =
                Scope { tenant: catalog::id(row, "tenant", "api_keys")?, source: catalog::id(row, "source", "api_keys")? };
            let spot = used_from(scope, id);
            Ok((scope, Addresses::read(&spot, row, &self.sealer)?, spot))
        });
        let (scope, mut addresses, spot) = match kept {
            Ok(Some(kept)) => kept,
            // Whoever lists this key is told; the others are written all the same.
            Ok(None) | Err(CatalogError::Tampered { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        addresses.merge(&used.from);
        if self.masks_addresses(db, scope) {
            addresses = Addresses::default();
        }
        spot.update(db, &self.sealer, &addresses.documents())
    }
}

/// Where the addresses of a key stand.
pub(crate) fn used_from(scope: Scope, id: ApiKeyId) -> Spot {
    Spot::new("api_keys", id, scope).column("used_from")
}
