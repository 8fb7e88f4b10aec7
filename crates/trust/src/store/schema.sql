-- What was found of each promise, and what was said of it. In clear is what is public; what a failure showed while it is
-- sealed, and what is for the operator alone, is sealed.
CREATE TABLE evidence (
    place    INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- What the public log calls it: the digest of the statement, or the commitment while it is sealed.
    digest   TEXT    NOT NULL,
    claim    TEXT    NOT NULL,
    sentence TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    -- The state before, where this changed it.
    before   TEXT,
    started  INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    -- One of the two: the signed envelope, or, sealed, it and the secret bytes of its commitment.
    envelope TEXT,
    secret   BLOB,
    details  BLOB    NOT NULL,
    -- Its place in the public log; nothing is shown that has none.
    entry    INTEGER,
    CHECK ((envelope IS NULL) <> (secret IS NULL))
) STRICT;

CREATE INDEX evidence_by_claim ON evidence (claim, place);
CREATE INDEX evidence_by_digest ON evidence (digest);

-- Claims that failed under an embargo and have not passed since.
CREATE TABLE embargoes (
    claim TEXT    NOT NULL PRIMARY KEY,
    began INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (
    place  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    claim  TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    before TEXT    NOT NULL,
    after  TEXT    NOT NULL
) STRICT;

CREATE INDEX changes_by_claim ON changes (claim, place);

CREATE TABLE days (
    claim  TEXT    NOT NULL,
    day    INTEGER NOT NULL,
    looks  INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    worst  TEXT    NOT NULL,
    PRIMARY KEY (claim, day)
) STRICT, WITHOUT ROWID;

-- The newest page that the public log has.
CREATE TABLE overviews (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    digest TEXT    NOT NULL,
    entry  INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

-- What the shell asks of the server. Answers are sealed.
CREATE TABLE requests (
    ticket INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    claims TEXT    NOT NULL,
    done   INTEGER NOT NULL DEFAULT 0,
    whole  INTEGER NOT NULL DEFAULT 0,
    answer BLOB
) STRICT;
