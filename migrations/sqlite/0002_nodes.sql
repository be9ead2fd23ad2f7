-- Several nodes: each writes a journal of its own, and works on the slots that it has a lease of.
-- In one file there is one node, whose journal is the first; both engines have the same tables.

-- The table is made anew, since SQLite drops no constraint.
-- losses: how often a slot was taken from the journal's node or given up by it.
-- Messages before last_message's default were numbered by their batch; none is above 2^61.
CREATE TABLE journals_of_nodes (
    id           INTEGER PRIMARY KEY,
    epoch        INTEGER NOT NULL,
    last_batch   INTEGER NOT NULL,
    last_event   INTEGER NOT NULL,
    last_posting INTEGER NOT NULL,
    published    INTEGER NOT NULL,
    booked_at    INTEGER NOT NULL,
    hash         BLOB    NOT NULL CHECK (length(hash) = 32),
    losses       INTEGER NOT NULL DEFAULT 0,
    last_message INTEGER NOT NULL DEFAULT 4611686018427387904
) STRICT;
INSERT INTO journals_of_nodes
    (id, epoch, last_batch, last_event, last_posting, published, booked_at, hash)
    SELECT id, epoch, last_batch, last_event, last_posting, published, booked_at, hash FROM journals;
DROP TABLE journals;
ALTER TABLE journals_of_nodes RENAME TO journals;

-- shares: 1 actors, 2 callbacks, 3 both. Points in time are this machine's.
CREATE TABLE nodes (
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    name        TEXT    NOT NULL,
    shares      INTEGER NOT NULL,
    journal     INTEGER NOT NULL UNIQUE,
    alive_until INTEGER NOT NULL,
    started_at  INTEGER NOT NULL
) STRICT;

-- slot: the share (0 actors, 1 callbacks) times 65536, plus the partition.
CREATE TABLE slots (
    slot  INTEGER PRIMARY KEY,
    owner BLOB,
    epoch INTEGER NOT NULL
) STRICT;

-- Events that may not be published yet: those of the journal up to the event, when the slot's owner
-- with that journal lost it. epoch is the slot's at that moment, and so gives their order.
CREATE TABLE tails (
    slot    INTEGER NOT NULL,
    journal INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,
    PRIMARY KEY (slot, journal)
) STRICT, WITHOUT ROWID;

-- -1: written by a version that knows no slots; given one when a node joins or with the next write.
ALTER TABLE entities ADD COLUMN slot INTEGER NOT NULL DEFAULT -1;
ALTER TABLE deliveries ADD COLUMN slot INTEGER NOT NULL DEFAULT -1;
ALTER TABLE outbox ADD COLUMN slot INTEGER NOT NULL DEFAULT -1;
