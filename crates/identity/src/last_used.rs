//! When keys were last used: remembered at once, written by a job.

use std::collections::HashMap;

use model::{ApiKeyId, Timestamp};

use crate::Identity;
use crate::catalog::{self, CatalogError};

/// When each key was last used, as far as not yet written down. Holds only keys that exist.
pub(crate) type LastUsed = HashMap<ApiKeyId, Timestamp>;

// === impl Identity ===

impl Identity {
    /// Writes down when keys were last used. A job calls it every half minute; requests only remember.
    pub fn flush_last_used(&self) -> Result<(), CatalogError> {
        let used = std::mem::take(&mut *self.used.lock());
        if used.is_empty() {
            return Ok(());
        }
        let sql = "UPDATE api_keys SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)";
        let of_service =
            "UPDATE service_keys SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)";
        let written = self.catalog.write(|tx| {
            for (id, at) in &used {
                if catalog::change(tx, sql, (at.nanos(), id.to_string()))? == 0 {
                    catalog::change(tx, of_service, (at.nanos(), id.to_string()))?;
                }
            }
            Ok(())
        });
        if written.is_err() {
            for (id, at) in used {
                self.note_use(id, at);
            }
        }
        written
    }

    pub(crate) fn note_use(&self, id: ApiKeyId, at: Timestamp) {
        let mut used = self.used.lock();
        let last = used.entry(id).or_insert(at);
        *last = at.max(*last);
    }
}
