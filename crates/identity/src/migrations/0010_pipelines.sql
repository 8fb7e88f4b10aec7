-- How many records each rule of a source's pipeline touched, and how many it should have and could not. The rules are in the
-- document of the source's treatment; here they have the numbers that they have there.
CREATE TABLE source_rules (
    source  TEXT    NOT NULL REFERENCES sources (id),
    rule    INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    failed  INTEGER NOT NULL,
    PRIMARY KEY (source, rule)
) STRICT, WITHOUT ROWID;
