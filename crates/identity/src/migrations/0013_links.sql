-- Short links. Each `document` is sealed and bound to its table, row and tenant; what stands beside it finds rows, and is not
-- believed: the document says whose a link is and when it ends.
CREATE TABLE links (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant     TEXT    NOT NULL REFERENCES tenants (id),
    keeper     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    document   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_keeper ON links (tenant, keeper, created_at);
CREATE INDEX links_by_end ON links (ends_at);
