-- How much may come in: a quota of a source or of a tenant, by its id, a `document` that is sealed and bound to its table, row
-- and tenant. How much came in, by the id of the source and once more by that of its tenant, and the UTC day of arrival. And
-- which mark of a quota was told in the period that began on a day.
CREATE TABLE quotas (
    id       TEXT NOT NULL PRIMARY KEY,
    tenant   TEXT NOT NULL REFERENCES tenants (id),
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE volumes (
    id    TEXT    NOT NULL,
    day   INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE quota_marks (
    id      TEXT    NOT NULL PRIMARY KEY,
    since   INTEGER NOT NULL,
    percent INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
