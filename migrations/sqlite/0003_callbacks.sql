-- Endpoints that merchants register, what is told them, and how attempts ended.

-- What is looked up of an endpoint; its actor writes it. kind: 0 came with a payment, 1 registered.
-- status: 0 enabled, 1 disabled, 2 removed. events: the wanted notices, joined by commas; empty: all.
CREATE TABLE endpoints (
    created_at  INTEGER NOT NULL,
    slot        INTEGER NOT NULL,
    kind        INTEGER NOT NULL CHECK (kind IN (0, 1)),
    status      INTEGER NOT NULL CHECK (status IN (0, 1, 2)),
    id          TEXT    PRIMARY KEY,
    merchant    TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    events      TEXT    NOT NULL,
    description TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX endpoints_of_merchant ON endpoints (merchant, id);

-- One row for each endpoint that ever had a delivery. due_at: no pending delivery is due before; lowered
-- with every new one in the same transaction, raised when nothing is due. hold_until: nothing is
-- attempted before; the largest number while the endpoint is disabled. width, rate_per_minute: 0 as usual.
CREATE TABLE lanes (
    due_at          INTEGER NOT NULL,
    hold_until      INTEGER NOT NULL DEFAULT 0,
    ready_at        INTEGER GENERATED ALWAYS AS
                    (CASE WHEN due_at > hold_until THEN due_at ELSE hold_until END) STORED,
    slot            INTEGER NOT NULL,
    width           INTEGER NOT NULL DEFAULT 0,
    rate_per_minute INTEGER NOT NULL DEFAULT 0,
    endpoint        TEXT    PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE INDEX lanes_ready ON lanes (slot, ready_at, endpoint);

CREATE TABLE attempts (
    delivery        BLOB    NOT NULL,
    number          INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    duration_ms     INTEGER NOT NULL,
    http_status     INTEGER,
    url             TEXT    NOT NULL,
    request_headers TEXT    NOT NULL,
    request_body    BLOB    NOT NULL,
    answer          BLOB    NOT NULL,
    error           TEXT,
    PRIMARY KEY (delivery, number)
) STRICT;

-- state: 0 waits, 1 sent, 2 given up, 3 kept to be looked at. due_at: when it is tried next, if it waits.
CREATE TABLE mails (
    id        BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    at        INTEGER NOT NULL,
    due_at    INTEGER NOT NULL,
    attempts  INTEGER NOT NULL DEFAULT 0,
    slot      INTEGER NOT NULL,
    state     INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2, 3)),
    merchant  TEXT    NOT NULL,
    recipient TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    error     TEXT
) STRICT;

CREATE INDEX mails_at ON mails (at);
CREATE INDEX mails_due ON mails (due_at) WHERE state = 0;

-- event: the type of a notice to a registered endpoint. round: attempts when it was last queued.
ALTER TABLE deliveries ADD COLUMN event TEXT;
ALTER TABLE deliveries ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
