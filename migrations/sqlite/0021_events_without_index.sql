-- Nothing looks for the events of one entity but an audit, which reads all of them anyway; and that no
-- version is there twice is seen to by the entity's own row, in the same transaction. The index was an
-- expensive part of every commit: its keys are spread over all of it. The table is made anew, since SQLite drops
-- no constraint.
CREATE TABLE events_in_order (
    number      INTEGER PRIMARY KEY,
    batch       INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    correlation BLOB    NOT NULL,
    causation   BLOB    NOT NULL,
    kind        INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    payload     BLOB    NOT NULL
) STRICT;
INSERT INTO events_in_order SELECT * FROM events ORDER BY number;
DROP TABLE events;
ALTER TABLE events_in_order RENAME TO events;
