-- Endpoints that merchants register, what is told them, and how attempts ended.

-- What is looked up of an endpoint; its actor writes it. kind: 0 came with a payment, 1 registered.
-- status: 0 enabled, 1 disabled, 2 removed. events: the wanted notices, joined by commas; empty: all.
CREATE TABLE endpoints (
    created_at  bigint   NOT NULL,
    slot        integer  NOT NULL,
    kind        smallint NOT NULL CHECK (kind IN (0, 1)),
    status      smallint NOT NULL CHECK (status IN (0, 1, 2)),
    id          text     COLLATE "C" PRIMARY KEY,
    merchant    text     COLLATE "C" NOT NULL,
    url         text     NOT NULL,
    events      text     NOT NULL,
    description text     NOT NULL
);

CREATE INDEX endpoints_of_merchant ON endpoints (merchant, id);

-- One row for each endpoint that ever had a delivery. due_at: no pending delivery is due before; lowered
-- with every new one in the same transaction, raised when nothing is due. hold_until: nothing is
-- attempted before; the largest number while the endpoint is disabled. width, rate_per_minute: 0 as usual.
CREATE TABLE lanes (
    due_at          bigint  NOT NULL,
    hold_until      bigint  NOT NULL DEFAULT 0,
    ready_at        bigint  GENERATED ALWAYS AS
                    (CASE WHEN due_at > hold_until THEN due_at ELSE hold_until END) STORED,
    slot            integer NOT NULL,
    width           integer NOT NULL DEFAULT 0,
    rate_per_minute bigint  NOT NULL DEFAULT 0,
    endpoint        text    COLLATE "C" PRIMARY KEY
) WITH (fillfactor = 60);

CREATE INDEX lanes_ready ON lanes (slot, ready_at, endpoint);

CREATE TABLE attempts (
    delivery        uuid    NOT NULL,
    number          bigint  NOT NULL,
    at              bigint  NOT NULL,
    duration_ms     bigint  NOT NULL,
    http_status     integer,
    url             text    NOT NULL,
    request_headers text    NOT NULL,
    request_body    bytea   NOT NULL,
    answer          bytea   NOT NULL,
    error           text,
    PRIMARY KEY (delivery, number)
);

-- state: 0 waits, 1 sent, 2 given up, 3 kept to be looked at. due_at: when it is tried next, if it waits.
CREATE TABLE mails (
    at        bigint   NOT NULL,
    due_at    bigint   NOT NULL,
    attempts  bigint   NOT NULL DEFAULT 0,
    slot      integer  NOT NULL,
    state     smallint NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2, 3)),
    id        uuid     PRIMARY KEY,
    merchant  text     COLLATE "C" NOT NULL,
    recipient text     NOT NULL,
    subject   text     NOT NULL,
    text      text     NOT NULL,
    error     text
);

CREATE INDEX mails_at ON mails (at);
CREATE INDEX mails_due ON mails (due_at) WHERE state = 0;

-- event: the type of a notice to a registered endpoint. round: attempts when it was last queued.
ALTER TABLE deliveries ADD COLUMN event text;
ALTER TABLE deliveries ADD COLUMN round bigint NOT NULL DEFAULT 0;
