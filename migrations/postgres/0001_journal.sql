-- Where the journal ends, and who may write on. One row, locked by every commit.
CREATE TABLE journals (
    id           smallint PRIMARY KEY CHECK (id = 1),
    epoch        bigint NOT NULL,
    last_batch   bigint NOT NULL,
    last_event   bigint NOT NULL,
    last_posting bigint NOT NULL,
    published    bigint NOT NULL,
    booked_at    bigint NOT NULL,
    hash         bytea  NOT NULL CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 10);

INSERT INTO journals VALUES (1, 0, 0, 0, 0, 0, 0, decode(repeat('00', 32), 'hex'));

-- last_event and last_posting are the numbers the batch ended with.
CREATE TABLE batches (
    number       bigint PRIMARY KEY,
    booked_at    bigint NOT NULL,
    last_event   bigint NOT NULL,
    last_posting bigint NOT NULL,
    hash         bytea  NOT NULL CHECK (octet_length(hash) = 32)
);

CREATE TABLE events (
    number      bigint   PRIMARY KEY,
    batch       bigint   NOT NULL,
    version     bigint   NOT NULL,
    correlation uuid     NOT NULL,
    causation   uuid     NOT NULL,
    kind        smallint NOT NULL,
    id          text     COLLATE "C" NOT NULL,
    name        text     NOT NULL,
    payload     bytea    NOT NULL,
    CONSTRAINT events_version UNIQUE (kind, id, version)
);

-- amount: minor units, a debit is positive.
CREATE TABLE postings (
    number        bigint PRIMARY KEY,
    batch         bigint NOT NULL,
    amount        bigint NOT NULL,
    booked_at     bigint NOT NULL,
    effective_at  bigint NOT NULL,
    posting_group uuid   NOT NULL,
    account       text   COLLATE "C" NOT NULL,
    currency      text   COLLATE "C" NOT NULL,
    memo          text   NOT NULL
);

CREATE INDEX postings_booked ON postings (account, booked_at, number);
-- Nearly all count from when they were booked and are found by that.
CREATE INDEX postings_effective ON postings (account, effective_at, number)
    WHERE effective_at <> booked_at;

-- Room on each page keeps updates off the indexes.
CREATE TABLE entities (
    version bigint   NOT NULL CHECK (version > 0),
    wake_at bigint,
    kind    smallint NOT NULL,
    id      text     COLLATE "C" NOT NULL,
    state   bytea    NOT NULL,
    PRIMARY KEY (kind, id)
) WITH (fillfactor = 60);

CREATE INDEX entities_wake ON entities (wake_at, kind, id) WHERE wake_at IS NOT NULL;

-- posted: credits less debits, in minor units. side: 0 debit, 1 credit.
CREATE TABLE balances (
    posted   bigint   NOT NULL,
    held     bigint   NOT NULL,
    floor    bigint,
    ceiling  bigint,
    side     smallint NOT NULL CHECK (side IN (0, 1)),
    status   smallint NOT NULL CHECK (status IN (0, 1, 2)),
    account  text     COLLATE "C" PRIMARY KEY,
    currency text     COLLATE "C" NOT NULL
) WITH (fillfactor = 60);

CREATE TABLE answers (
    key    uuid  PRIMARY KEY,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    answer bytea
);

CREATE TABLE outbox (
    number   bigint   PRIMARY KEY,
    kind     smallint NOT NULL,
    id       text     COLLATE "C" NOT NULL,
    verb     text     NOT NULL,
    envelope bytea    NOT NULL
);

-- state: 0 pending, 1 delivered, 2 given up.
CREATE TABLE deliveries (
    id          uuid     PRIMARY KEY,
    created_at  bigint   NOT NULL,
    due_at      bigint   NOT NULL,
    sequence    bigint   NOT NULL,
    attempts    bigint   NOT NULL,
    http_status integer,
    state       smallint NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
    object_kind smallint NOT NULL,
    object_id   text     COLLATE "C" NOT NULL,
    endpoint    text     COLLATE "C" NOT NULL,
    merchant    text     COLLATE "C" NOT NULL,
    format      text     NOT NULL,
    url         text     NOT NULL,
    payload     bytea    NOT NULL,
    error       text
);

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 0;
CREATE INDEX deliveries_order ON deliveries (endpoint, object_kind, object_id, sequence)
    WHERE state = 0;

CREATE TABLE credentials (
    scheme   text COLLATE "C" NOT NULL,
    name     text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    PRIMARY KEY (scheme, name)
);

CREATE TABLE settings (
    name  text  COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);
