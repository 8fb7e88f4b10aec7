-- Pages of tenants. In clear is what everybody sees, and what rows are found by; all else is sealed for its tenant.
CREATE TABLE pages (
    tenant TEXT NOT NULL PRIMARY KEY,
    slug   TEXT NOT NULL UNIQUE,
    -- The name of its file of evidence.
    page   TEXT NOT NULL UNIQUE,
    body   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE own_claims (
    tenant TEXT    NOT NULL,
    place  INTEGER NOT NULL,
    body   BLOB    NOT NULL,
    PRIMARY KEY (tenant, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE page_hosts (
    tenant TEXT    NOT NULL,
    place  INTEGER NOT NULL,
    body   BLOB    NOT NULL,
    PRIMARY KEY (tenant, place)
) STRICT, WITHOUT ROWID;
