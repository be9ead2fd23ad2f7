-- Card bindings in which a card was entered. Their actors write it, in the commit of what they decide.

-- status: 0 no card is bound, 1 active, 2 blocked, 3 unbound, 4 expired.
CREATE TABLE bindings (
    created_at bigint   NOT NULL,
    status     smallint NOT NULL CHECK (status BETWEEN 0 AND 4),
    id         text     COLLATE "C" PRIMARY KEY,
    merchant   text     COLLATE "C" NOT NULL,
    customer   text     COLLATE "C",
    bank_code  text,
    last4      text     NOT NULL
);

CREATE INDEX bindings_of_customer ON bindings (merchant, customer, id);

-- What one binding holds at a time: a digest of merchant, customer and card. It is taken when a card is
-- entered, before the issuer is asked, and given back when the session or the token ends.
CREATE TABLE binding_claims (
    claim   text COLLATE "C" PRIMARY KEY,
    binding text COLLATE "C" NOT NULL
);

CREATE INDEX binding_claims_held ON binding_claims (binding);
