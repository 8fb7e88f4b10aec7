//! Which entries are asked for, and how they are found: the newest first in pages, or the oldest first to follow a log.
//!
//! Always holds: an answer comes after bounded work, and the pages of one question together are exactly the entries that
//! match, each once. Entries are sealed, so they are opened and looked at; only their times are an index.

use std::net::IpAddr;

use model::limits::{AUDIT_PAGE_ENTRIES_MAX, AUDIT_SCAN_ENTRIES_MAX};
use model::{SourceId, Timestamp};
use rusqlite::Connection;
use serde_json::Value;

use crate::deed::{Actor, Outcome};
use crate::entry::Entry;
use crate::trail::{Log, Recorded, Trail, TrailError};

/// What an entry must be to match; what is not said does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these, as `event.type` has them.
    pub events: Vec<String>,
    /// Who acts, or on whose behalf.
    pub actor: Option<ActorFilter>,
    pub source: Option<SourceId>,
    pub ended: Option<Ended>,
    pub address: Option<IpAddr>,
    pub since: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
    pub request: Option<String>,
    /// Somewhere in the entry's JSON or the address, in upper or lower case.
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorFilter {
    /// As `actor.kind` has it.
    pub kind: String,
    pub id: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// With this code, or with any.
    Refused(Option<String>),
}

/// Where a page begins and how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Entries before this one; without it, from the newest on.
    pub before: Option<u64>,
    pub limit: usize,
}

/// Entries, and where the next page begins. It may have none and still not be the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub entries: Vec<Recorded>,
    pub next: Option<u64>,
}

// === impl ActorFilter ===

impl ActorFilter {
    /// Reads `KIND` or `KIND:ID`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some((kind, id)) => Self { kind: kind.to_owned(), id: Some(id.to_owned()) },
            None => Self { kind: text.to_owned(), id: None },
        }
    }

    fn is(&self, actor: &Actor) -> bool {
        let actor = serde_json::to_value(actor).unwrap_or_default();
        let id = self.id.as_deref().is_none_or(|id| actor["id"] == *id);
        id && actor["kind"] == *self.kind
    }
}

// === impl Filter ===

impl Filter {
    /// Whether everything matches that needs nobody's key.
    fn fits(&self, entry: &Entry) -> bool {
        let mut actors = [Some(&entry.actor), entry.on_behalf_of.as_ref()].into_iter().flatten();
        let at = entry.at().unwrap_or(Timestamp::MIN);
        let ended = self.ended.as_ref().is_none_or(|ended| match (ended, &entry.outcome) {
            (Ended::Done, Outcome::Done) | (Ended::Refused(None), Outcome::Refused { .. }) => true,
            (Ended::Refused(Some(wanted)), Outcome::Refused { code }) => wanted == code,
            (Ended::Done, Outcome::Refused { .. }) | (Ended::Refused(_), Outcome::Done) => false,
        });
        ended
            && self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at < until)
            && self.actor.as_ref().is_none_or(|wanted| actors.any(|actor| wanted.is(actor)))
            && self.source.is_none_or(|source| entry.source.as_deref() == Some(source.to_string().as_str()))
            && self.request.as_ref().is_none_or(|request| entry.request.as_ref() == Some(request))
            && (self.events.is_empty() || self.events.contains(&entry.event.name()))
    }

    fn fits_person(&self, recorded: &Recorded) -> bool {
        let address = self.address.is_none_or(|wanted| recorded.address.as_deref() == Some(wanted.to_string().as_str()));
        address && self.text.as_ref().is_none_or(|text| searchable(recorded).contains(&text.to_lowercase()))
    }
}

/// What a person would call the entry's text: its JSON in lower case, without what is random.
fn searchable(recorded: &Recorded) -> String {
    let mut entry = serde_json::to_value(&recorded.entry).unwrap_or_default();
    entry["salt"] = Value::Null;
    if let Some(personal) = entry.get_mut("personal") {
        personal["sealed"] = Value::Null;
    }
    format!("{entry} {}", recorded.address.as_deref().unwrap_or_default()).to_lowercase()
}

// === impl Trail ===

impl Trail {
    /// Entries that match, newest first. Looks at a bounded number; where it stopped before the log's beginning, the page
    /// says where to go on.
    pub fn find(&self, db: &Connection, log: Log, filter: &Filter, paging: Paging) -> Result<Page, TrailError> {
        let limit = paging.limit.min(AUDIT_PAGE_ENTRIES_MAX);
        let mut page = Page { entries: Vec::new(), next: None };
        let (mut looked, mut last) = (0, None);
        if limit == 0 {
            return Ok(Page { next: paging.before, ..page });
        }
        let mut select = db.prepare_cached(if filter.since.is_some() || filter.until.is_some() { BY_TIME } else { ALL })?;
        let since = filter.since.unwrap_or(Timestamp::MIN).nanos();
        let until = filter.until.map_or(i64::MAX, Timestamp::nanos);
        let before = paging.before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        let mut rows = select.query((log.key(), before, AUDIT_SCAN_ENTRIES_MAX as i64, since, until))?;
        while let Some(row) = rows.next()? {
            let (sequence, sealed) = (row.get::<_, i64>(0)? as u64, row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?);
            let entry = self.open_entry(log, sequence, sealed)?;
            (looked, last) = (looked + 1, Some(sequence));
            if filter.fits(&entry) {
                let address = self.address(db, log, &entry)?;
                page.entries.extend(Some(Recorded { entry, address }).filter(|recorded| filter.fits_person(recorded)));
            }
            if page.entries.len() == limit {
                break;
            }
        }
        let ended_early = looked == AUDIT_SCAN_ENTRIES_MAX || page.entries.len() == limit;
        page.next = last.filter(|last| ended_early && *last > 0);
        Ok(page)
    }

    /// The first entry of a log that is not older than this, by its time.
    pub fn first_since(&self, db: &Connection, log: Log, since: Timestamp) -> Result<Option<u64>, TrailError> {
        let mut select = db.prepare_cached(
            "SELECT min(sequence) FROM audit_entries INDEXED BY audit_entries_by_time WHERE log = ?1 AND at >= ?2",
        )?;
        let first: Option<i64> = select.query_row((log.key(), since.nanos()), |row| row.get(0))?;
        Ok(first.map(i64::unsigned_abs))
    }

    /// The entries after `after`, or from the first on, oldest first: for whoever carries a log elsewhere.
    pub fn follow(&self, db: &Connection, log: Log, after: Option<u64>, limit: usize) -> Result<Vec<Recorded>, TrailError> {
        let from = after.map_or(0, |after| i64::try_from(after).unwrap_or(i64::MAX).saturating_add(1));
        let mut select = db.prepare_cached(
            "SELECT sequence, entry FROM audit_entries WHERE log = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3",
        )?;
        let limit = limit.min(AUDIT_PAGE_ENTRIES_MAX) as i64;
        let rows = select.query_map((log.key(), from, limit), |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))?;
        rows.map(|row| {
            let (sequence, sealed): (u64, Vec<u8>) = row?;
            let entry = self.open_entry(log, sequence, &sealed)?;
            let address = self.address(db, log, &entry)?;
            Ok(Recorded { entry, address })
        })
        .collect()
    }
}

const ALL: &str = "SELECT sequence, entry FROM audit_entries
    WHERE log = ?1 AND sequence < ?2 AND at >= ?4 AND at < ?5 ORDER BY sequence DESC LIMIT ?3";
/// Times may be out of order, so the index gives the places first and the places give the order.
const BY_TIME: &str = "SELECT sequence, entry FROM audit_entries WHERE log = ?1 AND sequence IN (
        SELECT sequence FROM audit_entries INDEXED BY audit_entries_by_time
        WHERE log = ?1 AND at >= ?4 AND at < ?5 AND sequence < ?2 ORDER BY sequence DESC LIMIT ?3)
    ORDER BY sequence DESC";
