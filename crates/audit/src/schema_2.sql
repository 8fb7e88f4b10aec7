-- Second step of the audit trail: who else signed its checkpoints, what retention ended, what the public log anchors.
-- In clear: which log, sequence numbers, times, hashes, and the keys and signatures of witnesses.
CREATE INDEX audit_entries_by_time ON audit_entries (log, at);

-- What a witness, named by the key that checks it, signed of a checkpoint.
CREATE TABLE audit_cosignatures (
    log     TEXT    NOT NULL,
    size    INTEGER NOT NULL,
    witness TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    line    TEXT    NOT NULL,
    PRIMARY KEY (log, size, witness)
) STRICT, WITHOUT ROWID;

-- Bodies of entries before `until` were ended; `entry` of the same log says so, and counts.
CREATE TABLE audit_horizons (
    log   TEXT    NOT NULL,
    until INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (log, until)
) STRICT, WITHOUT ROWID;

-- What entry `digest` of the public log stands for: a commitment to each log's checkpoint.
CREATE TABLE audit_anchored (
    digest     INTEGER NOT NULL,
    log        TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    commitment BLOB    NOT NULL,
    PRIMARY KEY (digest, log)
) STRICT, WITHOUT ROWID;

DROP TRIGGER audit_entries_stay;
CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
WHEN OLD.sequence >= coalesce((SELECT max(until) FROM audit_horizons WHERE log = OLD.log), 0)
BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_cosignatures_stay BEFORE DELETE ON audit_cosignatures BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_cosignatures_are_final BEFORE UPDATE ON audit_cosignatures BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_horizons_stay BEFORE DELETE ON audit_horizons BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_horizons_are_final BEFORE UPDATE ON audit_horizons BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_anchored_stay BEFORE DELETE ON audit_anchored BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_anchored_are_final BEFORE UPDATE ON audit_anchored BEGIN SELECT raise(ABORT, 'the audit trail only grows'); END;
