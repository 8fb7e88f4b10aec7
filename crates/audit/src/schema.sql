-- The audit trail: one log for the installation, one for each tenant. Rows come and stay.
-- In clear: which log, sequence numbers, times and hashes of salted entries. Entries and keys are sealed.
CREATE TABLE audit_installation (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    name TEXT    NOT NULL,
    seed BLOB    NOT NULL
) STRICT;

CREATE TABLE audit_entries (
    log      TEXT    NOT NULL,
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    entry    BLOB    NOT NULL,
    PRIMARY KEY (log, sequence)
) STRICT, WITHOUT ROWID;

-- Hashes of complete subtrees of 2^level entries.
CREATE TABLE audit_nodes (
    log   TEXT    NOT NULL,
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash  BLOB    NOT NULL,
    PRIMARY KEY (log, level, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_checkpoints (
    log  TEXT    NOT NULL,
    size INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    note TEXT    NOT NULL,
    PRIMARY KEY (log, size)
) STRICT, WITHOUT ROWID;

-- Keys of what is known of people; destroying one forgets the person.
CREATE TABLE audit_subjects (
    subject TEXT NOT NULL PRIMARY KEY,
    key     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_entries_are_final BEFORE UPDATE ON audit_entries BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_nodes_stay BEFORE DELETE ON audit_nodes BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_nodes_are_final BEFORE UPDATE ON audit_nodes BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_checkpoints_stay BEFORE DELETE ON audit_checkpoints BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_checkpoints_are_final BEFORE UPDATE ON audit_checkpoints BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
