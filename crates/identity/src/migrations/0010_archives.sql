-- Where the days of a source are written to, by the id of the source; nobody works where `due_at` is null. What was written of
-- each day, which outlives a setting so that no number is given twice. And the objects of the write that is under way. Each
-- `document` is sealed and bound to its table, row and tenant.
CREATE TABLE archives (
    id       TEXT NOT NULL PRIMARY KEY REFERENCES sources (id),
    tenant   TEXT NOT NULL REFERENCES tenants (id),
    due_at   INTEGER,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX archives_by_due ON archives (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX archives_of_tenant_by_due ON archives (tenant, due_at, id);

CREATE TABLE archive_days (
    source   TEXT    NOT NULL REFERENCES sources (id),
    day      INTEGER NOT NULL,
    tenant   TEXT    NOT NULL REFERENCES tenants (id),
    document BLOB    NOT NULL,
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE archive_objects (
    source   TEXT    NOT NULL REFERENCES sources (id),
    number   INTEGER NOT NULL,
    tenant   TEXT    NOT NULL REFERENCES tenants (id),
    document BLOB    NOT NULL,
    PRIMARY KEY (source, number)
) STRICT, WITHOUT ROWID;
