-- Several nodes: each writes a journal of its own, and works on the slots that it has a lease of.

ALTER TABLE journals DROP CONSTRAINT journals_id_check;
-- One row: rewriting it is nothing.
ALTER TABLE journals ALTER COLUMN id TYPE integer;
-- losses: how often a slot was taken from the journal's node or given up by it.
ALTER TABLE journals ADD COLUMN losses bigint NOT NULL DEFAULT 0;
-- Messages before this were numbered by their batch; none of those numbers is above 2^61.
ALTER TABLE journals ADD COLUMN last_message bigint NOT NULL DEFAULT 4611686018427387904;

-- shares: 1 actors, 2 callbacks, 3 both. Points in time are this server's.
CREATE TABLE nodes (
    id          uuid    PRIMARY KEY,
    name        text    NOT NULL,
    shares      integer NOT NULL,
    journal     integer NOT NULL UNIQUE,
    alive_until bigint  NOT NULL,
    started_at  bigint  NOT NULL
);

-- slot: the share (0 actors, 1 callbacks) times 65536, plus the partition.
CREATE TABLE slots (
    slot  integer PRIMARY KEY,
    owner uuid,
    epoch bigint  NOT NULL
);

-- Events that may not be published yet: those of the journal up to the event, when the slot's owner
-- with that journal lost it. epoch is the slot's at that moment, and so gives their order.
CREATE TABLE tails (
    slot    integer NOT NULL,
    journal integer NOT NULL,
    event   bigint  NOT NULL,
    epoch   bigint  NOT NULL,
    PRIMARY KEY (slot, journal)
);

-- -1: written by a version that knows no slots; given one when a node joins or with the next write.
ALTER TABLE entities ADD COLUMN slot integer NOT NULL DEFAULT -1;
ALTER TABLE deliveries ADD COLUMN slot integer NOT NULL DEFAULT -1;
ALTER TABLE outbox ADD COLUMN slot integer NOT NULL DEFAULT -1;
