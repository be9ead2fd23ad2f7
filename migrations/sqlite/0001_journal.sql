-- Where the journal ends, and who may write on. One row, changed by every commit.
CREATE TABLE journals (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    epoch        INTEGER NOT NULL,
    last_batch   INTEGER NOT NULL,
    last_event   INTEGER NOT NULL,
    last_posting INTEGER NOT NULL,
    published    INTEGER NOT NULL,
    booked_at    INTEGER NOT NULL,
    hash         BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

INSERT INTO journals VALUES (1, 0, 0, 0, 0, 0, 0, zeroblob(32));

-- last_event and last_posting are the numbers the batch ended with.
CREATE TABLE batches (
    number       INTEGER PRIMARY KEY,
    booked_at    INTEGER NOT NULL,
    last_event   INTEGER NOT NULL,
    last_posting INTEGER NOT NULL,
    hash         BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE events (
    number      INTEGER PRIMARY KEY,
    batch       INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    correlation BLOB    NOT NULL,
    causation   BLOB    NOT NULL,
    kind        INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    payload     BLOB    NOT NULL,
    UNIQUE (kind, id, version)
) STRICT;

-- amount: minor units, a debit is positive.
CREATE TABLE postings (
    number        INTEGER PRIMARY KEY,
    batch         INTEGER NOT NULL,
    amount        INTEGER NOT NULL,
    booked_at     INTEGER NOT NULL,
    effective_at  INTEGER NOT NULL,
    posting_group BLOB    NOT NULL,
    account       TEXT    NOT NULL,
    currency      TEXT    NOT NULL,
    memo          TEXT    NOT NULL
) STRICT;

CREATE INDEX postings_booked ON postings (account, booked_at, number);
-- Nearly all count from when they were booked and are found by that.
CREATE INDEX postings_effective ON postings (account, effective_at, number)
    WHERE effective_at <> booked_at;

CREATE TABLE entities (
    version INTEGER NOT NULL CHECK (version > 0),
    wake_at INTEGER,
    kind    INTEGER NOT NULL,
    id      TEXT    NOT NULL,
    state   BLOB    NOT NULL,
    UNIQUE (kind, id)
) STRICT;

CREATE INDEX entities_wake ON entities (wake_at, kind, id) WHERE wake_at IS NOT NULL;

-- posted: credits less debits, in minor units. side: 0 debit, 1 credit.
CREATE TABLE balances (
    account  TEXT    PRIMARY KEY,
    currency TEXT    NOT NULL,
    side     INTEGER NOT NULL CHECK (side IN (0, 1)),
    status   INTEGER NOT NULL CHECK (status IN (0, 1, 2)),
    floor    INTEGER,
    ceiling  INTEGER,
    posted   INTEGER NOT NULL,
    held     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows are long, so only the key is in the index and not the table in the order of random keys.
CREATE TABLE answers (
    key    BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    answer BLOB
) STRICT;

CREATE TABLE outbox (
    number   INTEGER PRIMARY KEY,
    kind     INTEGER NOT NULL,
    id       TEXT    NOT NULL,
    verb     TEXT    NOT NULL,
    envelope BLOB    NOT NULL
) STRICT;

-- state: 0 pending, 1 delivered, 2 given up.
CREATE TABLE deliveries (
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    created_at  INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    http_status INTEGER,
    state       INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
    object_kind INTEGER NOT NULL,
    object_id   TEXT    NOT NULL,
    endpoint    TEXT    NOT NULL,
    merchant    TEXT    NOT NULL,
    format      TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    payload     BLOB    NOT NULL,
    error       TEXT
) STRICT;

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 0;
CREATE INDEX deliveries_order ON deliveries (endpoint, object_kind, object_id, sequence)
    WHERE state = 0;

CREATE TABLE credentials (
    scheme   TEXT NOT NULL,
    name     TEXT NOT NULL,
    merchant TEXT NOT NULL,
    PRIMARY KEY (scheme, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
