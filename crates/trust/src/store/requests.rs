//! The queue by which a process at the shell asks the running server for checks.

use model::Timestamp;
use model::limits::{CHECK_REQUEST_CLAIMS_MAX, CHECK_REQUEST_SECONDS, CHECK_REQUESTS_MAX};
use rusqlite::OptionalExtension;

use super::{Store, StoreError};
use crate::ask::AskError;

/// A request that waits.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) ticket: i64,
    /// Of these claims, or of all.
    pub(crate) claims: Vec<String>,
}

/// How far a request is.
#[derive(Debug)]
pub(crate) enum Stage {
    Waiting {
        done: u64,
        whole: u64,
    },
    /// Sealed.
    Answered(Vec<u8>),
}

// === impl Store ===

impl Store {
    pub(crate) fn ask(&self, claims: &[String], now: Timestamp) -> Result<i64, AskError> {
        if claims.len() > CHECK_REQUEST_CLAIMS_MAX {
            return Err(AskError::TooManyClaims);
        }
        let claims = serde_json::to_string(claims).map_err(|_| StoreError::Damaged("claims that are no text"))?;
        let asked = self.write(|tx| {
            tx.execute("DELETE FROM requests WHERE at < ?1", [now.plus_seconds(-CHECK_REQUEST_SECONDS).nanos()])?;
            let waiting: i64 = tx.query_row("SELECT count(*) FROM requests", [], |row| row.get(0))?;
            if waiting >= CHECK_REQUESTS_MAX {
                return Ok(None);
            }
            tx.execute("INSERT INTO requests (at, claims) VALUES (?1, ?2)", (now.nanos(), &claims))?;
            Ok(Some(tx.last_insert_rowid()))
        })?;
        asked.ok_or(AskError::Busy)
    }

    /// The oldest request without an answer.
    pub(crate) fn next_request(&self) -> Result<Option<Request>, StoreError> {
        let sql = "SELECT ticket, claims FROM requests WHERE answer IS NULL ORDER BY ticket LIMIT 1";
        let found = self.read(|db| {
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?));
            Ok(db.prepare_cached(sql)?.query_row([], read).optional()?)
        })?;
        let Some((ticket, claims)) = found else { return Ok(None) };
        let claims = serde_json::from_str(&claims).map_err(|_| StoreError::Damaged("a request that is no list of claims"))?;
        Ok(Some(Request { ticket, claims }))
    }

    pub(crate) fn progress(&self, ticket: i64, done: u64, whole: u64) -> Result<(), StoreError> {
        self.write(|tx| {
            let sql = "UPDATE requests SET done = ?2, whole = ?3 WHERE ticket = ?1";
            tx.execute(sql, (ticket, done as i64, whole as i64))?;
            Ok(())
        })
    }

    pub(crate) fn answer(&self, ticket: i64, sealed: &[u8]) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute("UPDATE requests SET answer = ?2 WHERE ticket = ?1", (ticket, sealed))?;
            Ok(())
        })
    }

    /// How far a request is; one that is answered is forgotten with this. `None` where there is none.
    pub(crate) fn take_answer(&self, ticket: i64) -> Result<Option<Stage>, StoreError> {
        self.write(|tx| {
            let sql = "SELECT done, whole, answer FROM requests WHERE ticket = ?1";
            let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?));
            let Some((done, whole, answer)) = tx.query_row(sql, [ticket], read).optional()? else { return Ok(None) };
            let Some(answer) = answer else {
                return Ok(Some(Stage::Waiting { done: done as u64, whole: whole as u64 }));
            };
            tx.execute("DELETE FROM requests WHERE ticket = ?1", [ticket])?;
            Ok(Some(Stage::Answered(answer)))
        })
    }
}
