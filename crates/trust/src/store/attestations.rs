//! Rows of what people signed, and the files behind it. Sealed by whoever calls.

use std::collections::BTreeMap;

use claims::State;
use rusqlite::{Connection, OptionalExtension};

use super::{Store, StoreError};

/// What people signed for one claim, sealed.
#[derive(Debug)]
pub(crate) struct AttestationRow {
    pub(crate) id: String,
    pub(crate) claim: String,
    pub(crate) sealed: Vec<u8>,
}

// === impl Store ===

impl Store {
    pub(crate) fn attestations(&self) -> Result<Vec<AttestationRow>, StoreError> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT id, claim, sealed FROM attestations ORDER BY id")?;
            let read = |row: &rusqlite::Row<'_>| Ok(AttestationRow { id: row.get(0)?, claim: row.get(1)?, sealed: row.get(2)? });
            let rows = select.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
            Ok(rows)
        })
    }

    pub(crate) fn add_attestation(&self, row: &AttestationRow) -> Result<(), StoreError> {
        self.write(|tx| {
            let sql = "INSERT INTO attestations (id, claim, sealed) VALUES (?1, ?2, ?3)";
            tx.execute(sql, (&row.id, &row.claim, &row.sealed))?;
            Ok(())
        })
    }

    /// Puts a row in the place of what was read as `before`.
    pub(crate) fn change_attestation(&self, before: &[u8], row: &AttestationRow) -> Result<(), StoreError> {
        self.write(|tx| change(tx, before, row))
    }

    /// Keeps a file and the row that now names it, both or neither.
    pub(crate) fn add_attachment(
        &self,
        (before, row): (&[u8], &AttestationRow),
        (digest, sealed): (&str, &[u8]),
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            change(tx, before, row)?;
            let sql = "INSERT OR REPLACE INTO attachments (attestation, digest, sealed) VALUES (?1, ?2, ?3)";
            tx.execute(sql, (&row.id, digest, sealed))?;
            Ok(())
        })
    }

    pub(crate) fn attachment(&self, id: &str, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|db| {
            let sql = "SELECT sealed FROM attachments WHERE attestation = ?1 AND digest = ?2";
            Ok(db.prepare_cached(sql)?.query_row((id, digest), |row| row.get(0)).optional()?)
        })
    }

    pub(crate) fn remove_attestation(&self, id: &str) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute("DELETE FROM attachments WHERE attestation = ?1", [id])?;
            tx.execute("DELETE FROM attestations WHERE id = ?1", [id])?;
            Ok(())
        })
    }

    pub(crate) fn attested_states(&self) -> Result<BTreeMap<String, State>, StoreError> {
        let rows = self.read(|db| {
            let mut select = db.prepare_cached("SELECT claim, state FROM attested_states")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<(_, String)>, _>>()?;
            Ok(rows)
        })?;
        let known = |(claim, state): (String, String)| {
            let state = State::from_name(&state).ok_or(StoreError::Damaged("a state that there is not"))?;
            Ok((claim, state))
        };
        rows.into_iter().map(known).collect()
    }

    pub(crate) fn put_attested_state(&self, claim: &str, state: State) -> Result<(), StoreError> {
        self.write(|tx| {
            let sql = "INSERT OR REPLACE INTO attested_states (claim, state) VALUES (?1, ?2)";
            tx.execute(sql, (claim, state.as_str()))?;
            Ok(())
        })
    }
}

/// Another board of the same page may be open for a moment: a signature undoes no withdrawal.
fn change(tx: &Connection, before: &[u8], row: &AttestationRow) -> Result<(), StoreError> {
    let sql = "UPDATE attestations SET sealed = ?3 WHERE id = ?1 AND sealed = ?2";
    match tx.execute(sql, (&row.id, before, &row.sealed))? {
        0 => Err(StoreError::Raced),
        _ => Ok(()),
    }
}
