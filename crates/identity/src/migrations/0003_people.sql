-- People, what they may do, and what they are signed in with. Clear columns hold ids, times and keyed hashes;
-- each `document` is sealed and bound to its table, row and tenant, so none is read, changed or moved from outside.
CREATE TABLE users (
    id          TEXT    NOT NULL PRIMARY KEY,
    email_index BLOB    NOT NULL UNIQUE,
    created_at  INTEGER NOT NULL,
    document    BLOB    NOT NULL,
    -- What the person signs in with, apart from what is shown of the person.
    secrets     BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE passkeys (
    id               TEXT    NOT NULL PRIMARY KEY,
    user             TEXT    NOT NULL REFERENCES users (id),
    credential_index BLOB    NOT NULL UNIQUE,
    created_at       INTEGER NOT NULL,
    document         BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_by_user ON passkeys (user, created_at);

CREATE TABLE members (
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    user       TEXT    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    document   BLOB    NOT NULL,
    PRIMARY KEY (tenant, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user, created_at);

CREATE TABLE roles (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    name_index BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    document   BLOB    NOT NULL,
    UNIQUE (tenant, name_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE invitations (
    id          TEXT    NOT NULL PRIMARY KEY,
    tenant      TEXT    NOT NULL REFERENCES tenants (id),
    email_index BLOB    NOT NULL,
    digest      BLOB    NOT NULL UNIQUE,
    created_at  INTEGER NOT NULL,
    document    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_tenant ON invitations (tenant, created_at);

CREATE TABLE sessions (
    id         TEXT    NOT NULL PRIMARY KEY,
    user       TEXT    NOT NULL REFERENCES users (id),
    digest     BLOB    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    -- No session outlives this, so what has ended can be cleared without opening it.
    ends_at    INTEGER NOT NULL,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user, created_at);

CREATE TABLE service_accounts (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    name_index BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    document   BLOB    NOT NULL,
    UNIQUE (tenant, name_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES service_accounts (id),
    digest       BLOB    NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    document     BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX service_keys_by_account ON service_keys (account, created_at);

-- What a tenant demands of sign-ins and allows to staff.
CREATE TABLE tenant_settings (
    tenant   TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id),
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE providers (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    created_at INTEGER NOT NULL,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Whom a provider's subject is here.
CREATE TABLE provider_subjects (
    provider      TEXT NOT NULL REFERENCES providers (id),
    subject_index BLOB NOT NULL,
    user          TEXT NOT NULL REFERENCES users (id),
    document      BLOB NOT NULL,
    PRIMARY KEY (provider, subject_index)
) STRICT, WITHOUT ROWID;

-- What a person has to be told: somebody tries to sign in as them, or did from an unusual place.
CREATE TABLE notices (
    user     TEXT    NOT NULL REFERENCES users (id),
    at       INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    document BLOB    NOT NULL,
    PRIMARY KEY (user, at, number)
) STRICT, WITHOUT ROWID;

-- Requests of staff to read a source, with the approvals that were signed.
CREATE TABLE access_requests (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    staff      TEXT    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_requests_by_tenant ON access_requests (tenant, created_at);
CREATE INDEX access_requests_by_staff ON access_requests (staff, created_at);
