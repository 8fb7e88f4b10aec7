-- Views that people saved, alerts, and where alerts tell what changed. Each `document` is sealed and bound to its table, row
-- and tenant.
CREATE TABLE views (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    created_at INTEGER NOT NULL,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX views_by_tenant ON views (tenant, created_at);

-- Nobody looks where `due_at` is null.
CREATE TABLE alerts (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    created_at INTEGER NOT NULL,
    due_at     INTEGER,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_by_tenant ON alerts (tenant, created_at);
CREATE INDEX alerts_by_due ON alerts (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE alert_changes (
    alert    TEXT    NOT NULL REFERENCES alerts (id),
    number   INTEGER NOT NULL,
    tenant   TEXT    NOT NULL REFERENCES tenants (id),
    document BLOB    NOT NULL,
    PRIMARY KEY (alert, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_destinations (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    created_at INTEGER NOT NULL,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_destinations_by_tenant ON alert_destinations (tenant, created_at);

-- What is on its way, and what became of it: nothing is sent any more where `due_at` is null.
CREATE TABLE alert_messages (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    alert      TEXT,
    change     INTEGER,
    created_at INTEGER NOT NULL,
    due_at     INTEGER,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_messages_by_tenant ON alert_messages (tenant, created_at);
CREATE INDEX alert_messages_by_alert ON alert_messages (alert, change);
CREATE INDEX alert_messages_by_due ON alert_messages (due_at) WHERE due_at IS NOT NULL;
