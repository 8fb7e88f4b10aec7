//! What witnesses signed of a log's checkpoints, beside them in the catalog, and what is shown to a witness.

use model::Timestamp;
use model::limits::{AUDIT_CHECKPOINTS_TRIED_MAX, AUDIT_COSIGNED_TRIED_MAX};
use rusqlite::Connection;

use crate::cosign::WitnessKey;
use crate::note::NoteError;
use crate::trail::{Log, Trail, TrailError};
use crate::witness::AddCheckpoint;

#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    #[error("the witness signed none of the newest checkpoints of this log")]
    Fits,
    #[error("no cosignature of that witness")]
    Unread(#[source] NoteError),
    #[error(transparent)]
    Trail(#[from] TrailError),
}

// === impl Trail ===

impl Trail {
    /// What a witness is asked to sign: the log as it is, with the proof from what that witness signed last, or from `old`
    /// entries where it says that it saw so many.
    pub fn witness_request(
        &self,
        db: &Connection,
        log: Log,
        (witness, old): (&WitnessKey, Option<u64>),
        now: Timestamp,
    ) -> Result<Option<AddCheckpoint>, TrailError> {
        let note = self.checkpoint(db, log, now)?;
        let old = old.map_or_else(|| cosigned_last(db, log, witness), Ok)?;
        let proof = self.prove_consistency(db, log, (old, crate::size(db, log)?))?;
        Ok(proof.map(|proof| AddCheckpoint { old, proof, note }))
    }

    /// Keeps what a witness answered under the checkpoint that it signed; gives that one's size.
    pub fn keep_cosignature(
        &self,
        db: &Connection,
        log: Log,
        (witness, lines): (&WitnessKey, &str),
        now: Timestamp,
    ) -> Result<u64, CosignError> {
        let mut select = db
            .prepare_cached("SELECT size, note FROM audit_checkpoints WHERE log = ?1 ORDER BY size DESC LIMIT ?2")
            .map_err(TrailError::from)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, String>(1)?));
        let notes = select.query_map((log.key(), AUDIT_CHECKPOINTS_TRIED_MAX as i64), read).map_err(TrailError::from)?;
        for note in notes {
            let (size, note) = note.map_err(TrailError::from)?;
            match witness.cosigned(&format!("{note}{lines}")) {
                Ok(_) => {
                    insert(db, log, size, (witness, lines), now)?;
                    return Ok(size);
                }
                Err(NoteError::Forged(_)) => {}
                Err(error) => return Err(CosignError::Unread(error)),
            }
        }
        Err(CosignError::Fits)
    }
}

fn insert(db: &Connection, log: Log, size: u64, (witness, lines): (&WitnessKey, &str), now: Timestamp) -> Result<(), TrailError> {
    let own: String = lines.lines().filter(|line| witness.signed(line)).map(|line| format!("{line}\n")).collect();
    let sql = "INSERT INTO audit_cosignatures (log, size, witness, at, line) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (log, size, witness) DO NOTHING";
    db.prepare_cached(sql)?.execute((log.key(), size as i64, witness.to_string(), now.nanos(), own))?;
    Ok(())
}

// --- rows ---

/// The lines under a checkpoint of this size.
pub(crate) fn lines(db: &Connection, log: Log, size: u64) -> Result<String, TrailError> {
    let mut select = db.prepare_cached("SELECT line FROM audit_cosignatures WHERE log = ?1 AND size = ?2 ORDER BY witness")?;
    let lines = select.query_map((log.key(), size as i64), |row| row.get::<_, String>(0))?;
    Ok(lines.collect::<Result<_, _>>()?)
}

/// How many entries the log had when this witness last signed; none if it never did.
fn cosigned_last(db: &Connection, log: Log, witness: &WitnessKey) -> Result<u64, TrailError> {
    let sql = "SELECT coalesce(max(size), 0) FROM audit_cosignatures WHERE log = ?1 AND witness = ?2";
    Ok(db.query_row(sql, (log.key(), witness.to_string()), |row| row.get::<_, i64>(0))? as u64)
}

/// The newest checkpoints that a witness signed, the newest first.
pub(crate) fn newest(db: &Connection, log: Log) -> Result<Vec<String>, TrailError> {
    let mut select = db.prepare_cached(
        "SELECT size, note FROM audit_checkpoints
         WHERE log = ?1 AND size IN (SELECT size FROM audit_cosignatures WHERE log = ?1) ORDER BY size DESC LIMIT ?2",
    )?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, String>(1)?));
    let rows: Vec<_> = select.query_map((log.key(), AUDIT_COSIGNED_TRIED_MAX as i64), read)?.collect::<Result<_, _>>()?;
    rows.into_iter().map(|(size, note)| Ok(note + &lines(db, log, size)?)).collect()
}

/// Every cosignature that does not count for the checkpoint that it lies under: its size and witness.
pub(crate) fn unfit(db: &Connection, log: Log) -> Result<Vec<(u64, String)>, TrailError> {
    let mut select = db.prepare_cached(
        "SELECT c.size, c.witness, coalesce(p.note, ''), c.line FROM audit_cosignatures c
         LEFT JOIN audit_checkpoints p ON p.log = c.log AND p.size = c.size WHERE c.log = ?1 ORDER BY c.size, c.witness",
    )?;
    let rows = select.query_map([log.key()], |row| {
        Ok((row.get::<_, i64>(0)? as u64, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
    })?;
    let mut unfit = Vec::new();
    for row in rows {
        let (size, witness, note, line) = row?;
        let fits = WitnessKey::parse(&witness).is_ok_and(|key| key.cosigned(&format!("{note}{line}")).is_ok());
        if !fits {
            unfit.push((size, witness));
        }
    }
    Ok(unfit)
}
