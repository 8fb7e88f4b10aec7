-- Long work, such as an import: `ended_at` is null while it goes on. And the pieces of what was uploaded for it, until it ends.
-- Each `document` is sealed and bound to its table, row and tenant.
CREATE TABLE jobs (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_tenant ON jobs (tenant, created_at, id);
CREATE INDEX jobs_open ON jobs (created_at, id) WHERE ended_at IS NULL;

CREATE TABLE job_pieces (
    job      TEXT    NOT NULL REFERENCES jobs (id),
    number   INTEGER NOT NULL,
    tenant   TEXT    NOT NULL REFERENCES tenants (id),
    document BLOB    NOT NULL,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
