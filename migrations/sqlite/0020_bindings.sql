-- Card bindings in which a card was entered. Their actors write it, in the commit of what they decide.

-- status: 0 no card is bound, 1 active, 2 blocked, 3 unbound, 4 expired.
CREATE TABLE bindings (
    created_at INTEGER NOT NULL,
    status     INTEGER NOT NULL CHECK (status BETWEEN 0 AND 4),
    id         TEXT    PRIMARY KEY,
    merchant   TEXT    NOT NULL,
    customer   TEXT,
    bank_code  TEXT,
    last4      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX bindings_of_customer ON bindings (merchant, customer, id);

-- What one binding holds at a time: a digest of merchant, customer and card. It is taken when a card is
-- entered, before the issuer is asked, and given back when the session or the token ends.
CREATE TABLE binding_claims (
    claim   TEXT PRIMARY KEY,
    binding TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX binding_claims_held ON binding_claims (binding);
