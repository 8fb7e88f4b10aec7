//! How a sabotage is undone: files as they were, rows as they were.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::world::World;
use crate::clock::eventually;

const BUSY_MAX: Duration = Duration::from_secs(10);

pub(super) struct Undo(Box<dyn FnOnce(&mut World)>);

/// Rows of a table, as they were.
pub(super) struct Kept {
    file: PathBuf,
    table: &'static str,
    rows: Vec<Vec<Value>>,
}

// === impl Undo ===

impl Undo {
    pub(super) fn by(undo: impl FnOnce(&mut World) + 'static) -> Self {
        Self(Box::new(undo))
    }

    /// Puts a file back, whatever became of it.
    pub(super) fn file(path: &Path) -> Self {
        let (path, bytes) = (path.to_owned(), fs::read(path).unwrap());
        Self::by(move |world| replace(world, &path, &bytes))
    }

    /// Removes a file that was not there.
    pub(super) fn removal(path: PathBuf) -> Self {
        assert!(!path.exists(), "{} is there", path.display());
        Self::by(move |_| fs::remove_file(path).unwrap())
    }

    pub(super) fn rows(file: &Path, table: &'static str, condition: &str) -> Self {
        let kept = Kept::of(file, table, condition);
        Self::by(move |_| kept.put_back())
    }

    pub(super) fn sql(file: &Path, sql: impl Into<String>) -> Self {
        let (file, sql) = (file.to_owned(), sql.into());
        Self::by(move |_| run(&file, &sql))
    }

    pub(super) fn restore(self, world: &mut World) {
        (self.0)(world);
    }
}

// === impl Kept ===

impl Kept {
    pub(super) fn of(file: &Path, table: &'static str, condition: &str) -> Self {
        let db = open(file);
        let mut select = db.prepare(&format!("SELECT * FROM {table} WHERE {condition}")).unwrap();
        let columns = select.column_count();
        let rows = select.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
        let rows: Vec<Vec<Value>> = rows.collect::<Result<_, _>>().unwrap();
        assert!(!rows.is_empty(), "{table} has no row where {condition}");
        Self { file: file.to_owned(), table, rows }
    }

    pub(super) fn put_back(&self) {
        let db = open(&self.file);
        for row in &self.rows {
            let places = vec!["?"; row.len()].join(", ");
            let sql = format!("INSERT OR REPLACE INTO {} VALUES ({places})", self.table);
            db.execute(&sql, rusqlite::params_from_iter(row)).unwrap();
        }
        settle(&db);
    }
}

/// Another file under this name. What the server has open stays as it is.
pub(super) fn replace(world: &World, path: &Path, bytes: &[u8]) {
    let beside = world.house.data().with_extension("new");
    fs::write(&beside, bytes).unwrap();
    fs::rename(beside, path).unwrap();
}

/// Beside the server, as anybody with the file could.
pub(super) fn run(file: &Path, sql: &str) {
    let db = open(file);
    db.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    settle(&db);
}

fn open(file: &Path) -> Connection {
    let db = Connection::open(file).unwrap();
    db.busy_timeout(BUSY_MAX).unwrap();
    db.pragma_update(None, "foreign_keys", false).unwrap();
    // What is overwritten is gone from the file, too.
    db.pragma_update(None, "secure_delete", true).unwrap();
    db
}

/// Nothing is left in the log beside the file.
fn settle(db: &Connection) {
    eventually("the file's log is empty", BUSY_MAX, || {
        let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
        (busy == 0).then_some(())
    });
}
