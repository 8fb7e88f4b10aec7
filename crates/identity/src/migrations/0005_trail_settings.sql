-- How the installation's own trail is kept, and where tenants have theirs carried. Each `document` is sealed and bound to
-- its table, row and tenant.
CREATE TABLE installation_settings (
    id       TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_streams (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    created_at INTEGER NOT NULL,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_streams_by_tenant ON audit_streams (tenant, created_at);
