//! The statements of a commit. Each takes its rows as one array per column. A statement is a way to the server and
//! back, so whatever does not depend on each other goes together.

/// Changes of balances: those that may be new, then those that are not, each in the order of the parameters, which are
/// `$c0` and `$c1` and so on.
macro_rules! change_balances {
    ($c0:literal, $c1:literal, $c2:literal, $c3:literal, $c4:literal, $c5:literal, $c6:literal,
     $k0:literal, $k1:literal, $k2:literal) => {
        concat!(
            "created AS (INSERT INTO balances \
             (account, posted, held, currency, side, floor, ceiling, status) \
             SELECT account, posted, held, currency, side, floor, ceiling, 0 FROM unnest(",
            $c0, "::text[], ", $c1, "::bigint[], ", $c2, "::bigint[], ", $c3, "::text[], ", $c4,
            "::smallint[], ", $c5, "::bigint[], ", $c6, "::bigint[]) \
             AS c (account, posted, held, currency, side, floor, ceiling) \
             ON CONFLICT (account) DO UPDATE SET posted = balances.posted + excluded.posted, \
             held = balances.held + excluded.held \
             RETURNING account, currency, side, floor, ceiling, status, posted, held), \
             changed AS (UPDATE balances b \
             SET posted = b.posted + c.posted, held = b.held + c.held FROM unnest(",
            $k0, "::text[], ", $k1, "::bigint[], ", $k2, "::bigint[]) AS c (account, posted, held) \
             WHERE b.account = c.account \
             RETURNING b.account, b.currency, b.side, b.floor, b.ceiling, b.status, b.posted, b.held)"
        )
    };
}

/// The fence: moves the head of the journal on, if it is where the writer believes and no slot of the batch was
/// lost. The row stays locked, so that whoever takes journal or slots waits for this commit. Besides it entities that
/// are new and that are known, none of which is among both, answers that are new, promises that are kept, and
/// balances. One row, the one with an account of nothing, tells whether the head was moved, and how many rows of
/// entities and of answers were written; the others are the changed balances.
pub(super) const HEAD_AND_ROWS: &str = concat!(
    "WITH \
     head AS (UPDATE journals SET last_batch = $1, hash = $2, \
     last_event = COALESCE($3, last_event), last_posting = COALESCE($4, last_posting), \
     last_message = COALESCE($5, last_message), \
     booked_at = $6, published = GREATEST(published, $7) \
     WHERE id = $8 AND epoch = $9 AND last_batch = $1 - 1 AND hash = $10 AND losses = $11 \
     RETURNING last_batch, booked_at, last_event, last_posting, hash), \
     new_batch AS (INSERT INTO batches (number, booked_at, last_event, last_posting, hash) \
     SELECT * FROM head RETURNING 1), \
     new_entities AS (INSERT INTO entities (kind, id, version, state, wake_at, slot) \
     SELECT * FROM unnest($12::smallint[], $13::text[], $14::bigint[], $15::bytea[], $16::bigint[], \
     $17::integer[]) \
     ON CONFLICT (kind, id) DO NOTHING RETURNING 1), \
     known_entities AS (UPDATE entities e \
     SET version = c.version, state = c.state, wake_at = c.wake_at, slot = c.slot \
     FROM unnest($18::smallint[], $19::text[], $20::bigint[], $21::bytea[], $22::bigint[], \
     $23::integer[], $24::bigint[]) \
     AS c (kind, id, version, state, wake_at, slot, expected) \
     WHERE e.kind = c.kind AND e.id = c.id AND e.version = c.expected RETURNING 1), \
     new_answers AS (INSERT INTO answers (key, digest, answer) \
     SELECT * FROM unnest($25::uuid[], $26::bytea[], $27::bytea[]) \
     ON CONFLICT (key) DO NOTHING RETURNING 1), \
     kept AS (UPDATE answers a SET answer = c.answer \
     FROM unnest($28::uuid[], $29::bytea[]) AS c (key, answer) \
     WHERE a.key = c.key AND a.answer IS NULL RETURNING 1), ",
    change_balances!("$30", "$31", "$32", "$33", "$34", "$35", "$36", "$37", "$38", "$39"),
    " SELECT (SELECT COUNT(*) FROM new_batch), \
     (SELECT COUNT(*) FROM new_entities) + (SELECT COUNT(*) FROM known_entities), \
     (SELECT COUNT(*) FROM new_answers) + (SELECT COUNT(*) FROM kept), \
     NULL::text, NULL::text, NULL::smallint, NULL::bigint, NULL::bigint, NULL::smallint, \
     NULL::bigint, NULL::bigint \
     UNION ALL SELECT NULL, NULL, NULL, created.* FROM created \
     UNION ALL SELECT NULL, NULL, NULL, changed.* FROM changed"
);

/// Locks rows of `balances` in the order of the parameter.
pub(super) const LOCK_BALANCES: &str = "SELECT 1 FROM unnest($1::text[]) WITH ORDINALITY \
     AS k (account, place) JOIN balances b ON b.account = k.account \
     ORDER BY k.place FOR UPDATE OF b";

/// Balances by themselves, as they are then.
pub(super) const BALANCES: &str = concat!(
    "WITH ",
    change_balances!("$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10"),
    " SELECT * FROM created UNION ALL SELECT * FROM changed"
);

pub(super) const ACCOUNTS: &str = "INSERT INTO balances \
     (account, currency, side, floor, ceiling, status, posted, held) \
     SELECT account, currency, side, floor, ceiling, status, 0, 0 \
     FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[], $5::bigint[], $6::smallint[]) \
     AS c (account, currency, side, floor, ceiling, status) \
     ON CONFLICT (account) DO UPDATE SET floor = excluded.floor, ceiling = excluded.ceiling, \
     status = excluded.status \
     WHERE balances.currency = excluded.currency AND balances.side = excluded.side";

pub(super) const CREDENTIALS: &str = "INSERT INTO credentials (scheme, name, merchant) \
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) \
     ON CONFLICT (scheme, name) DO NOTHING";

/// What follows from what was accepted; of each endpoint that gets a delivery, its lane. Locks the lanes even where it
/// changes nothing: whoever settles one waits for this transaction.
pub(super) const CONSEQUENCES: &str = "WITH \
     of_batch AS (INSERT INTO events \
     (number, batch, version, correlation, causation, kind, id, name, payload) \
     SELECT number, $1, version, correlation, causation, kind, id, name, payload \
     FROM unnest($2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::smallint[], $7::text[], \
     $8::text[], $9::bytea[]) \
     AS c (number, version, correlation, causation, kind, id, name, payload)), \
     moved AS (INSERT INTO postings (number, batch, amount, booked_at, \
     effective_at, posting_group, account, currency, memo) \
     SELECT number, $1, amount, booked_at, effective_at, posting_group, account, currency, memo \
     FROM unnest($10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::uuid[], \
     $15::text[], $16::text[], $17::text[]) \
     AS c (number, amount, booked_at, effective_at, posting_group, account, currency, memo)), \
     sent AS (INSERT INTO outbox (number, kind, id, verb, envelope, slot) \
     SELECT * FROM unnest($18::bigint[], $19::smallint[], $20::text[], $21::text[], $22::bytea[], \
     $23::integer[])), \
     confirmed AS (DELETE FROM outbox WHERE number = ANY($24)), \
     queued AS (INSERT INTO deliveries (id, created_at, due_at, sequence, \
     attempts, object_kind, object_id, endpoint, merchant, format, url, payload, slot, event, round) \
     SELECT * FROM unnest($25::uuid[], $26::bigint[], $27::bigint[], $28::bigint[], $29::bigint[], \
     $30::smallint[], $31::text[], $32::text[], $33::text[], $34::text[], $35::text[], $36::bytea[], \
     $37::integer[], $38::text[], $39::bigint[]) \
     ON CONFLICT (id) DO NOTHING) \
     INSERT INTO lanes (endpoint, slot, due_at) \
     SELECT * FROM unnest($40::text[], $41::integer[], $42::bigint[]) \
     ON CONFLICT (endpoint) DO UPDATE SET due_at = excluded.due_at, slot = excluded.slot \
     WHERE lanes.due_at > excluded.due_at OR lanes.slot <> excluded.slot";
