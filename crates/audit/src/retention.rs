//! The trail's own retention: bodies of old entries are ended, their hashes stay, so every proof and checkpoint holds on.
//!
//! Always holds: what ends is a beginning of the log; an entry of the log itself says up to where, in the same
//! transaction, so a body that is missing without such an entry was taken out by somebody. How old an entry is, its sealed
//! bytes say. The public log is kept for ever: nothing of a person is in it.

use model::Timestamp;
use model::limits::AUDIT_RETENTION_BODIES_MAX;
use rusqlite::Connection;

use crate::deed::{Actor, Deed, Outcome};
use crate::event::Event;
use crate::trail::{Log, Trail, TrailError};

const DAY_SECONDS: i64 = 86_400;

/// What one step of retention ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedBodies {
    /// The first entry that has its body still.
    pub until: u64,
    pub bodies: u64,
    /// Bodies that were gone or damaged before.
    pub missing: u64,
}

/// What there is at the beginning of a log to end.
struct Old {
    until: u64,
    bodies: u64,
    /// Whether anything else than retention's own entries is among them; without this rule a log at rest would get an entry
    /// for each that ends.
    tells_more: bool,
}

// === impl Trail ===

impl Trail {
    /// Ends the bodies of entries that are older than `days`, a bounded number of them; `None` when there are none. Also
    /// destroys the keys of people nobody knew in the months that are over.
    pub fn retain(&self, db: &Connection, log: Log, days: u32, now: Timestamp) -> Result<Option<EndedBodies>, TrailError> {
        let tenant = match log {
            Log::Installation => None,
            Log::Tenant(tenant) => Some(tenant),
            Log::Public => return Ok(None),
        };
        let (from, cutoff) = (horizon(db, log)?, now.plus_seconds(-i64::from(days) * DAY_SECONDS));
        end_months(db, log, cutoff)?;
        let old = self.old(db, log, from, cutoff)?;
        if !old.tells_more {
            return Ok(None);
        }
        let ended = EndedBodies { until: old.until, bodies: old.bodies, missing: old.until - from - old.bodies };
        let event = Event::AuditRetentionEnded { until: ended.until, days, bodies: ended.bodies, missing: ended.missing };
        let entry = self.append(db, &Deed { tenant, ..Deed::by(Actor::Server, now) }, (event, Outcome::Done))?;
        let sql = "INSERT INTO audit_horizons (log, until, entry) VALUES (?1, ?2, ?3)";
        db.execute(sql, (log.key(), ended.until as i64, entry as i64))?;
        db.execute("DELETE FROM audit_entries WHERE log = ?1 AND sequence < ?2", (log.key(), ended.until as i64))?;
        Ok(Some(ended))
    }

    /// Damaged entries are passed over: the next one that opens says how old they are.
    fn old(&self, db: &Connection, log: Log, from: u64, cutoff: Timestamp) -> Result<Old, TrailError> {
        let mut select = db.prepare_cached(
            "SELECT sequence, entry FROM audit_entries WHERE log = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3",
        )?;
        let mut rows = select.query((log.key(), from as i64, AUDIT_RETENTION_BODIES_MAX as i64))?;
        let mut old = Old { until: from, bodies: 0, tells_more: false };
        while let Some(row) = rows.next()? {
            let (sequence, sealed) = (row.get::<_, i64>(0)? as u64, row.get::<_, Vec<u8>>(1)?);
            let Ok(entry) = self.open_entry(log, sequence, &sealed) else { continue };
            if entry.at().is_none_or(|at| at >= cutoff) {
                break;
            }
            old.until = sequence + 1;
            old.bodies += 1;
            old.tells_more |= !matches!(entry.event, Event::AuditRetentionEnded { .. });
        }
        Ok(old)
    }
}

/// Keys under which addresses of strangers were sealed, a month each.
fn end_months(db: &Connection, log: Log, cutoff: Timestamp) -> Result<(), TrailError> {
    let (log, time) = (log.key(), cutoff.to_string());
    let month = time.get(..7).unwrap_or_default();
    let sql = "DELETE FROM audit_subjects WHERE subject >= ?1 AND subject < ?2";
    db.execute(sql, (format!("{log}/0000-00"), format!("{log}/{month}")))?;
    Ok(())
}

/// The first entry of the log that may have its body still, as the catalog's table has it.
pub(crate) fn horizon(db: &Connection, log: Log) -> Result<u64, TrailError> {
    let sql = "SELECT coalesce(max(until), 0) FROM audit_horizons WHERE log = ?1";
    Ok(db.query_row(sql, [log.key()], |row| row.get::<_, i64>(0))? as u64)
}
