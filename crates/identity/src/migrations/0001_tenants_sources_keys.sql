-- Clear columns hold ids, times, counts and states; names and prefixes are sealed, `*_index` and digests are keyed hashes.
CREATE TABLE tenants (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       BLOB    NOT NULL,
    name_index BLOB    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
    id             TEXT    NOT NULL PRIMARY KEY,
    tenant         TEXT    NOT NULL REFERENCES tenants (id),
    name           BLOB    NOT NULL,
    name_index     BLOB    NOT NULL,
    retention_days INTEGER NOT NULL,
    state          TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    UNIQUE (tenant, name_index),
    UNIQUE (id, tenant)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    tenant       TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    name         BLOB    NOT NULL,
    prefix       BLOB    NOT NULL,
    pepper       INTEGER NOT NULL,
    digest       BLOB    NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER,
    binding      BLOB    NOT NULL,
    FOREIGN KEY (source, tenant) REFERENCES sources (id, tenant)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_by_source ON api_keys (source, created_at);

-- One row: the setup is open until a first tenant exists, and never again.
CREATE TABLE setup (
    id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    digest       BLOB,
    expires_at   INTEGER,
    completed_at INTEGER
) STRICT;
INSERT INTO setup (id) VALUES (1);
