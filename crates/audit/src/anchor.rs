//! The public log anchors all others: once a day it says what each was, and names none.
//!
//! Each log's checkpoint is hidden in a commitment, a leaf hash over 32 secret bytes and the checkpoint's text. The
//! commitments, in the order of their bytes, are the leaves of a tree as in RFC 6962; its root is in the public log.
//! Whoever is given the secret bytes and a proof can check that their log is in it; nobody learns of the others more than
//! how many there are.

use std::collections::BTreeMap;

use model::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use crate::event::Event;
use crate::note::{Checkpoint, split};
use crate::trail::{Log, StoredNodes, Trail, TrailError};
use crate::tree::{self, Hash, Leaves};

/// Shows that a log was what its checkpoint says when an entry of the public log was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Anchored {
    /// The entry of the public log, whose `root` the proof leads to.
    pub entry: u64,
    /// The place among so many commitments.
    pub index: u64,
    pub logs: u64,
    /// The secret bytes in base 64; the leaf is they and then the checkpoint's text.
    pub salt: String,
    pub proof: Vec<String>,
    pub checkpoint: String,
}

/// One row of what an entry stands for.
struct Row {
    log: String,
    size: u64,
    commitment: Option<Hash>,
}

// === impl Trail ===

impl Trail {
    /// Says in the public log what every other one is, unless that was done today; gives the entry.
    pub fn anchor_logs(&self, db: &Connection, now: Timestamp) -> Result<Option<u64>, TrailError> {
        let day = day(now);
        let newest: Option<i64> = db.query_row("SELECT max(digest) FROM audit_anchored", [], |row| row.get(0))?;
        if let Some(entry) = newest
            && self.anchoring(db, entry as u64)?.is_some_and(|(anchored, _, _)| anchored >= day)
        {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for log in self.logs(db)?.into_iter().filter(|log| *log != Log::Public) {
            let note = self.checkpoint(db, log, now)?;
            let (text, _) = split(&note).map_err(|_| TrailError::NoKey)?;
            rows.push((log, crate::size(db, log)?, self.commitment(log, &day, text)));
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let root = root_of(rows.iter().map(|(_, _, commitment)| *commitment).collect());
        let event = Event::LogsAnchored { day, logs: rows.len() as u64, root: root.to_string() };
        let entry = self.publish(db, event, now)?;
        let mut insert =
            db.prepare_cached("INSERT INTO audit_anchored (digest, log, size, commitment) VALUES (?1, ?2, ?3, ?4)")?;
        for (log, size, commitment) in rows {
            insert.execute((entry as i64, log.key(), size as i64, commitment.as_bytes().as_slice()))?;
        }
        Ok(Some(entry))
    }

    /// Shows to whoever may read the log that this entry of the public log anchors it, or the newest one that does.
    pub fn prove_anchored(&self, db: &Connection, log: Log, entry: Option<u64>) -> Result<Option<Anchored>, TrailError> {
        let newest = "SELECT max(digest) FROM audit_anchored WHERE log = ?1";
        let newest: Option<i64> = db.query_row(newest, [log.key()], |row| row.get(0))?;
        let Some(entry) = entry.or(newest.map(|entry| entry as u64)) else { return Ok(None) };
        let Some((day, _, _)) = self.anchoring(db, entry)? else { return Ok(None) };
        let mut rows = rows(db, entry)?;
        rows.sort_by_key(|row| row.commitment.map(|hash| *hash.as_bytes()));
        let leaves: Vec<Hash> = rows.iter().filter_map(|row| row.commitment).collect();
        let Some(index) = rows.iter().position(|row| row.log == log.key()) else { return Ok(None) };
        let sql = "SELECT note FROM audit_checkpoints WHERE log = ?1 AND size = ?2";
        let at = (log.key(), rows[index].size as i64);
        let Some(checkpoint) = db.query_row(sql, at, |row| row.get(0)).optional()? else { return Ok(None) };
        let proof = tree::inclusion(&Leaves(&leaves), index as u64, leaves.len() as u64);
        let proof = proof.map_err(|_| TrailError::NodeMissing)?.iter().map(ToString::to_string).collect();
        let salt = Hash::from_slice(&self.salt(log, &day)).map(|salt| salt.to_string()).unwrap_or_default();
        Ok(Some(Anchored { entry, index: index as u64, logs: leaves.len() as u64, salt, proof, checkpoint }))
    }

    /// Entries of the public log that say something else of the logs than what these are now.
    pub(crate) fn unanchored(&self, db: &Connection) -> Result<Vec<(u64, String)>, TrailError> {
        let sql = "SELECT sequence FROM audit_entries WHERE log = ?1 UNION SELECT digest FROM audit_anchored ORDER BY 1";
        let mut select = db.prepare_cached(sql)?;
        let entries: Vec<i64> = select.query_map([Log::Public.key()], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let (mut wrong, mut roots) = (Vec::new(), BTreeMap::new());
        for entry in entries {
            let entry = entry as u64;
            let rows = rows(db, entry)?;
            let Some((day, logs, root)) = self.anchoring(db, entry)? else {
                wrong.extend((!rows.is_empty()).then(|| (entry, Log::Public.key())));
                continue;
            };
            let commitments: Vec<Hash> = rows.iter().filter_map(|row| row.commitment).collect();
            if commitments.len() as u64 != logs || root_of(commitments).to_string() != root {
                wrong.push((entry, Log::Public.key()));
            }
            for row in rows {
                if self.commitment_now(db, &row, &day, &mut roots) != row.commitment {
                    wrong.push((entry, row.log));
                }
            }
        }
        Ok(wrong)
    }

    /// What the row's commitment must be, from the hashes that the log has now.
    fn commitment_now(
        &self,
        db: &Connection,
        row: &Row,
        day: &str,
        roots: &mut BTreeMap<(String, u64), Option<Hash>>,
    ) -> Option<Hash> {
        let log = Log::parse(&row.log)?;
        let place = (row.log.clone(), row.size);
        let root = *roots.entry(place).or_insert_with(|| tree::root(&StoredNodes { db, log }, row.size).ok());
        let checkpoint = Checkpoint { origin: self.origin(log), size: row.size, root: root? };
        Some(self.commitment(log, day, &checkpoint.to_text()))
    }

    fn commitment(&self, log: Log, day: &str, text: &str) -> Hash {
        Hash::of_leaf(&[self.salt(log, day).as_slice(), text.as_bytes()].concat())
    }

    /// Secret because the root key is in it, another for each log and day.
    fn salt(&self, log: Log, day: &str) -> [u8; 32] {
        self.sealer.blind_index("audit_anchored", "salt", format!("{day}/{}", log.key()).as_bytes())
    }

    /// Day, number of logs and root, if this entry of the public log anchors any.
    fn anchoring(&self, db: &Connection, entry: u64) -> Result<Option<(String, u64, String)>, TrailError> {
        let sql = "SELECT entry FROM audit_entries WHERE log = ?1 AND sequence = ?2";
        let read = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
        let Some(sealed) = db.query_row(sql, (Log::Public.key(), entry as i64), read).optional()? else { return Ok(None) };
        let Ok(opened) = self.open_entry(Log::Public, entry, &sealed) else { return Ok(None) };
        Ok(if let Event::LogsAnchored { day, logs, root } = opened.event { Some((day, logs, root)) } else { None })
    }
}

/// The root over commitments, whatever order they come in.
fn root_of(mut commitments: Vec<Hash>) -> Hash {
    commitments.sort_by_key(|hash| *hash.as_bytes());
    let size = commitments.len() as u64;
    tree::root(&Leaves(&commitments), size).unwrap_or_else(|_| Hash::of_nothing())
}

fn day(now: Timestamp) -> String {
    now.to_string().get(..10).unwrap_or_default().to_owned()
}

fn rows(db: &Connection, entry: u64) -> Result<Vec<Row>, TrailError> {
    let mut select = db.prepare_cached("SELECT log, size, commitment FROM audit_anchored WHERE digest = ?1")?;
    let rows = select.query_map([entry as i64], |row| {
        let commitment = Hash::from_slice(&row.get::<_, Vec<u8>>(2)?);
        Ok(Row { log: row.get(0)?, size: row.get::<_, i64>(1)? as u64, commitment })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
