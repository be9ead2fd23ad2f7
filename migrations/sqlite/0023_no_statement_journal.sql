-- A check that calls a function may fail in the middle of a statement, so SQLite copies every page that a
-- statement of many rows changes before it does. Keys and digests are of fixed length in the program already. The
-- tables are made anew, since SQLite drops no constraint.
CREATE TABLE answers_by_key (
    key    BLOB NOT NULL UNIQUE,
    digest BLOB NOT NULL,
    answer BLOB
) STRICT;
INSERT INTO answers_by_key SELECT key, digest, answer FROM answers ORDER BY rowid;
DROP TABLE answers;
ALTER TABLE answers_by_key RENAME TO answers;

CREATE TABLE deliveries_by_id (
    id          BLOB    NOT NULL UNIQUE,
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
    error       TEXT,
    slot        INTEGER NOT NULL DEFAULT -1,
    event       TEXT,
    round       INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO deliveries_by_id
    SELECT id, created_at, due_at, sequence, attempts, http_status, state, object_kind, object_id, endpoint,
           merchant, format, url, payload, error, slot, event, round
    FROM deliveries ORDER BY rowid;
DROP TABLE deliveries;
ALTER TABLE deliveries_by_id RENAME TO deliveries;
CREATE INDEX deliveries_lane ON deliveries (endpoint, due_at) WHERE state = 0;
CREATE INDEX deliveries_of_endpoint ON deliveries (endpoint, created_at, id);
CREATE INDEX deliveries_of_merchant ON deliveries (merchant, created_at, id);
CREATE INDEX deliveries_of_object ON deliveries (object_id, created_at, id);
CREATE INDEX deliveries_by_time ON deliveries (created_at, id);
