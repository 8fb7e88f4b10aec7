//! Whether everything that names or describes somebody is sealed in the catalog, and for its own place.
//!
//! Looks at each sealed column of each row through the code that requests read it with, tries to open some in the place of
//! another row, and looks in the catalog's files for names and addresses that it knows. Entries of the trail are looked at by
//! the check of the trail.

use model::{Observation, Timestamp};
use rusqlite::{Connection, Row};
use serde::de::IgnoredAny;

use super::files::{Texts, look_through, of_catalog};
use super::rows::{Judged, Table, Tally, is_of_row};
use super::{CheckError, Looked, Seen, Town};
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;

/// A table with sealed columns: how a row is read, one of the sealed columns, and what of it is looked for in the files.
struct Sealed {
    table: Table,
    column: &'static str,
    read: fn(&Identity, &Row<'_>) -> Result<Option<String>, CatalogError>,
}

/// Names that are shorter may be part of something else.
const NAME_BYTES_MIN: usize = 12;
/// Names and addresses that one look looks for.
const TEXTS_MAX: usize = 256;

const DOCUMENT: &str = "document";

const SEALED: [Sealed; 31] = [
    Sealed {
        table: Table { name: "tenants", key: "id", columns: &["id", "name", "created_at"] },
        column: "name",
        read: |of, row| Ok(Some(of.read_tenant(row)?.name.as_str().to_owned())),
    },
    Sealed {
        table: Table { name: "sources", key: "id", columns: &["id", "tenant", "name", "retention_days", "state", "created_at"] },
        column: "name",
        read: |of, row| Ok(Some(of.read_source(row)?.name.as_str().to_owned())),
    },
    Sealed {
        table: Table {
            name: "api_keys",
            key: "id",
            columns: &[
                "id",
                "tenant",
                "source",
                "kind",
                "name",
                "prefix",
                "digest",
                "created_at",
                "expires_at",
                "revoked_at",
                "last_used_at",
                "binding",
                "made_by",
                "used_from",
            ],
        },
        column: "name",
        read: |of, row| Ok(Some(of.read_key(row)?.0.prefix)),
    },
    Sealed {
        table: Table { name: "users", key: "id", columns: &["id", "email_index", "created_at", DOCUMENT, "secrets"] },
        column: DOCUMENT,
        read: |of, row| Ok(Some(of.read_account(row)?.user.email.as_str().to_owned())),
    },
    Sealed {
        table: Table { name: "invitations", key: "id", columns: &["id", "tenant", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| Ok(Some(of.read_invitation(row)?.0.email.as_str().to_owned())),
    },
    Sealed {
        table: Table { name: "passkeys", key: "id", columns: &["id", "user", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_passkey(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "members", key: "tenant || '/' || user", columns: &["tenant", "user", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_member(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "roles", key: "id", columns: &["id", "tenant", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_role(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "sessions", key: "id", columns: &["id", "user", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_session(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "service_accounts", key: "id", columns: &["id", "tenant", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_service_account(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "service_keys", key: "id", columns: &["id", "account", "created_at", "last_used_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_service_key(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "tenant_settings", key: "tenant", columns: &["tenant", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_settings(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "providers", key: "id", columns: &["id", "tenant", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_provider(row).map(|_| None),
    },
    Sealed {
        table: Table {
            name: "provider_subjects",
            key: "provider || '/' || hex(subject_index)",
            columns: &["provider", "subject_index", "user", DOCUMENT],
        },
        column: DOCUMENT,
        read: |of, row| of.read_tied(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "notices", key: "user || '/' || at || '/' || number", columns: &["user", "at", "number", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_notice(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "access_requests", key: "id", columns: &["id", "tenant", "staff", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_access(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "audit_streams", key: "id", columns: &["id", "tenant", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| opens(of, row, &Spot::new("audit_streams", row.get::<_, String>("id")?, row.get::<_, String>("tenant")?)),
    },
    Sealed {
        table: Table { name: "views", key: "id", columns: &["id", "tenant", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| Ok(Some(of.read_view(row)?.spec.name.as_str().to_owned())),
    },
    Sealed {
        table: Table { name: "links", key: "id", columns: &["id", "tenant", "keeper", "created_at", "ends_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_link(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "alerts", key: "id", columns: &["id", "tenant", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| Ok(Some(of.read_alert(row)?.spec.name.as_str().to_owned())),
    },
    Sealed {
        table: Table { name: "alert_changes", key: "alert || '/' || number", columns: &["alert", "number", "tenant", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_change(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "alert_destinations", key: "id", columns: &["id", "tenant", "created_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| Ok(Some(of.read_destination(row)?.name.as_str().to_owned())),
    },
    Sealed {
        table: Table {
            name: "alert_messages",
            key: "id",
            columns: &["id", "tenant", "alert", "change", "created_at", "due_at", DOCUMENT],
        },
        column: DOCUMENT,
        read: |of, row| of.read_message(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "source_treatments", key: "id", columns: &["id", "tenant", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| {
            opens(of, row, &Spot::new("source_treatments", row.get::<_, String>("id")?, row.get::<_, String>("tenant")?))
        },
    },
    Sealed {
        table: Table { name: "quotas", key: "id", columns: &["id", "tenant", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| opens(of, row, &Spot::new("quotas", row.get::<_, String>("id")?, row.get::<_, String>("tenant")?)),
    },
    Sealed {
        table: Table { name: "jobs", key: "id", columns: &["id", "tenant", "created_at", "ended_at", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| Ok(Some(of.read_job(row)?.import.name.as_str().to_owned())),
    },
    Sealed {
        table: Table { name: "job_pieces", key: "job || '/' || number", columns: &["job", "number", "tenant", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_piece(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "archives", key: "id", columns: &["id", "tenant", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_archive(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "archive_days", key: "source || '/' || day", columns: &["source", "day", "tenant", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| of.read_archive_day(row).map(|_| None),
    },
    Sealed {
        table: Table {
            name: "archive_objects",
            key: "source || '/' || number",
            columns: &["source", "number", "tenant", DOCUMENT],
        },
        column: DOCUMENT,
        read: |of, row| of.read_archive_object(row).map(|_| None),
    },
    Sealed {
        table: Table { name: "installation_settings", key: "id", columns: &["id", DOCUMENT] },
        column: DOCUMENT,
        read: |of, row| opens(of, row, &Spot::new("installation_settings", row.get::<_, String>("id")?, "")),
    },
];

/// Every table with a column of names or documents, so that none is added and not looked at.
const TABLES: &str = "SELECT DISTINCT tables.name AS name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND columns.type = 'BLOB' AND columns.name IN ('name', 'document')";

pub(super) fn look(looked: &Looked<'_>, seen: &mut Seen, _: Timestamp) -> Result<Observation, CheckError> {
    let identity = looked.identity;
    let (mut rows, mut moved, mut texts) = (Tally::default(), Tally::default(), Vec::new());
    let files = identity.catalog.read(|db| {
        for sealed in &SEALED {
            let tally = seen.walks.rows(db, &sealed.table, |_, row| {
                let text = (sealed.read)(identity, row)?;
                texts.extend(text.filter(|text| text.len() >= NAME_BYTES_MIN && texts.len() < TEXTS_MAX));
                Ok(Judged::Good)
            })?;
            if let [first, second, ..] = tally.keys.as_slice() {
                let right = sealed.stays_shut(identity, db, (first, second))?;
                moved.count(sealed.table.name, right.then_some(()).ok_or_else(|| "it opens in another's place".to_owned()));
            }
            rows.add(tally);
        }
        for name in catalog::all(db, TABLES, [], |row| Ok(row.get::<_, String>("name")?))? {
            if !SEALED.iter().any(|sealed| sealed.table.name == name) {
                rows.count(name, Err("a table that is not looked at".to_owned()));
            }
        }
        Ok::<_, CatalogError>(of_catalog(db))
    })?;
    let texts = Texts::new(texts);
    let (bytes, found) = look_through(&mut seen.walks, &files, &|bytes| texts.count(bytes))?;

    let summary = format!(
        "{} of {} rows of the catalog open in their place only, and {found} of {} known names and addresses were found in clear \
         in its files",
        rows.good,
        rows.whole,
        texts.len()
    );
    let held = rows.good == rows.whole && moved.good == moved.whole && found == 0;
    let observation = match (rows.whole, held) {
        (0, _) => Observation::not_run("the catalog is empty"),
        (_, true) => Observation::held(summary),
        (_, false) => Observation::broken(summary),
    };
    let in_clear = (found > 0).then(|| format!("{found} times a name or an address in clear in the files of the catalog"));
    Ok(observation
        .counting("rows of the catalog that are sealed for their place", rows.good, Some(rows.whole))
        .counting("values that stay shut in another's place", moved.good, Some(moved.whole))
        .counting("names and addresses found in clear", found, Some(texts.len()))
        .counting("bytes of files looked through", bytes, None)
        .with_details(in_clear.into_iter().chain(rows.wrong).chain(moved.wrong)))
}

/// For documents of which no more has to be known than that they are whole.
fn opens(identity: &Identity, row: &Row<'_>, spot: &Spot) -> Result<Option<String>, CatalogError> {
    spot.read::<IgnoredAny>(&identity.sealer, row).map(|_| None)
}

// === impl Sealed ===

impl Sealed {
    /// Whether the value of one row does not open in another.
    fn stays_shut(&self, identity: &Identity, db: &Connection, (first, second): (&str, &str)) -> Result<bool, CatalogError> {
        let Table { name, key, columns } = self.table;
        let value = format!("SELECT {} AS value FROM {name} WHERE {key} = ?1", self.column);
        let Some(value) = catalog::one(db, &value, [first], |row| Ok(row.get::<_, rusqlite::types::Value>("value")?))? else {
            return Ok(true);
        };
        let moved =
            columns.iter().map(|column| if *column == self.column { format!("?2 AS {column}") } else { (*column).to_owned() });
        let sql = format!("SELECT {} FROM {name} WHERE {key} = ?1", moved.collect::<Vec<_>>().join(", "));
        match catalog::one(db, &sql, (second, value), |row| (self.read)(identity, row)) {
            Ok(opened) => Ok(opened.is_none()),
            Err(error) if is_of_row(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

/// A notice that was written without being sealed.
pub(super) fn spoil(identity: &Identity, town: &Town, now: Timestamp) -> Result<(), CheckError> {
    let sql = "INSERT INTO notices (user, at, number, document) VALUES (?1, ?2, 99, ?3)";
    let row = (town.owner.session.user.to_string(), now.nanos(), town.email.as_str().as_bytes());
    Ok(identity.catalog.write(|tx| catalog::change(tx, sql, row).map(drop))?)
}
