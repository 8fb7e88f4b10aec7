-- What is done to the records of a source before they are written: a `document`, sealed and bound to its table, row and
-- tenant. A source without a row is treated as every source is at first. And how often something was masked, by its kind.
CREATE TABLE source_treatments (
    id       TEXT NOT NULL PRIMARY KEY REFERENCES sources (id),
    tenant   TEXT NOT NULL REFERENCES tenants (id),
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE source_masks (
    source TEXT    NOT NULL REFERENCES sources (id),
    kind   TEXT    NOT NULL,
    times  INTEGER NOT NULL,
    PRIMARY KEY (source, kind)
) STRICT, WITHOUT ROWID;
