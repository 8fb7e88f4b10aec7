-- What people signed. The claim is public; what was said of it and by whom is sealed until it counts, and so it stays here.
CREATE TABLE attestations (
    id     TEXT NOT NULL PRIMARY KEY,
    claim  TEXT NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Files behind them: their digests are public once it counts, their bytes never.
CREATE TABLE attachments (
    attestation TEXT NOT NULL,
    digest      TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    PRIMARY KEY (attestation, digest)
) STRICT;

-- What the public log said last of each such claim.
CREATE TABLE attested_states (
    claim TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
