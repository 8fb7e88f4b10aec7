//! Goes through a table, a page at each look, and remembers what was wrong until it has seen it mended.
//!
//! Always holds: a row that was found wrong counts as wrong until its place was looked at again.

use std::collections::{BTreeMap, HashMap};

use model::Observation;
use model::limits::{LOOK_ROWS, LOOK_WRONG_KEPT_MAX};
use rusqlite::{Connection, Row};

use crate::catalog::CatalogError;

/// A table as it is gone through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// What its rows are in order of: a text, unique.
    pub(super) key: &'static str,
    pub(super) columns: &'static [&'static str],
}

/// What is to be said of one row.
pub(super) enum Judged {
    Good,
    Wrong(String),
    /// It has nothing that is looked for.
    Nothing,
}

/// How many things are good of how many, and what is wrong with the others.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) good: u64,
    pub(super) whole: u64,
    pub(super) wrong: Vec<String>,
    /// The keys of the rows of this look.
    pub(super) keys: Vec<String>,
}

/// How far each table was gone through.
#[derive(Debug, Default)]
pub(super) struct Walks {
    tables: HashMap<&'static str, Walk>,
    /// How far files were gone through.
    pub(super) files: HashMap<String, u64>,
    /// What must differ from row to row, by the key of its row.
    pub(super) once: HashMap<[u8; 16], String>,
}

#[derive(Debug, Default)]
struct Walk {
    after: String,
    wrong: BTreeMap<String, String>,
}

// === impl Walks ===

impl Walks {
    /// Looks at the next page of a table; counts what was wrong elsewhere too.
    pub(super) fn rows(
        &mut self,
        db: &Connection,
        table: &Table,
        mut judge: impl FnMut(&str, &Row<'_>) -> Result<Judged, CatalogError>,
    ) -> Result<Tally, CatalogError> {
        let walk = self.tables.entry(table.name).or_default();
        let (name, key, columns) = (table.name, table.key, table.columns.join(", "));
        let sql = format!("SELECT {key} AS place, {columns} FROM {name} WHERE {key} > ?1 ORDER BY {key} LIMIT ?2");
        let mut select = db.prepare(&sql)?;
        let mut rows = select.query((&walk.after, LOOK_ROWS as i64))?;
        let (mut tally, mut wrong, mut judged) = (Tally::default(), BTreeMap::new(), 0);
        while let Some(row) = rows.next()? {
            let place: String = row.get("place")?;
            match judge(&place, row) {
                Ok(Judged::Good) => judged += 1,
                Ok(Judged::Nothing) => {}
                Ok(Judged::Wrong(why)) => drop(wrong.insert(place.clone(), why)),
                Err(error) if is_of_row(&error) => drop(wrong.insert(place.clone(), error.to_string())),
                Err(error) => return Err(error),
            }
            tally.keys.push(place);
        }
        let over = tally.keys.len() < LOOK_ROWS;
        let last = tally.keys.last().filter(|_| !over).cloned().unwrap_or_default();
        let after = std::mem::replace(&mut walk.after, last.clone());
        walk.wrong.retain(|place, _| *place <= after || (!over && *place > last));
        walk.wrong.extend(wrong);
        while walk.wrong.len() > LOOK_WRONG_KEPT_MAX {
            walk.wrong.pop_last();
        }
        tally.good = judged;
        tally.whole = judged + walk.wrong.len() as u64;
        tally.wrong = walk.wrong.iter().map(|(place, why)| format!("{name} {place}: {why}")).collect();
        Ok(tally)
    }
}

// === impl Tally ===

impl Tally {
    pub(super) fn count(&mut self, about: impl Into<String>, right: Result<(), String>) {
        self.whole += 1;
        match right {
            Ok(()) => self.good += 1,
            Err(why) => self.wrong.push(format!("{}: {why}", about.into())),
        }
    }

    /// One step of a drill: whether it ended as it has to.
    pub(super) fn step(&mut self, about: &str, ended_right: bool) {
        self.count(about, if ended_right { Ok(()) } else { Err("it ended otherwise".to_owned()) });
    }

    pub(super) fn add(&mut self, other: Self) {
        self.good += other.good;
        self.whole += other.whole;
        self.wrong.extend(other.wrong);
    }

    /// Held if all are good; nothing is said of nothing.
    pub(super) fn observe(self, what: &'static str) -> Observation {
        Observation::all(what, self.good, self.whole).with_details(self.wrong)
    }
}

/// Whether an error says that a row is not as it was written, and not that the catalog cannot be read.
pub(super) fn is_of_row(error: &CatalogError) -> bool {
    match error {
        CatalogError::Tampered { .. } => true,
        CatalogError::Database(error) => matches!(
            error,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
        ),
        CatalogError::Seal(_) | CatalogError::Trail(_) | CatalogError::Undecided { .. } => false,
    }
}
