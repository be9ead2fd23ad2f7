//! The statements of a commit. Each takes its rows as one array per column.

pub(super) const FENCE: &str = "WITH head AS (UPDATE journals SET last_batch = $1, hash = $2, \
     last_event = COALESCE($3, last_event), last_posting = COALESCE($4, last_posting), \
     last_message = COALESCE($9, last_message), \
     booked_at = $5, published = GREATEST(published, $6) \
     WHERE id = $10 AND epoch = $7 AND last_batch = $1 - 1 AND hash = $8 AND losses = $11 \
     RETURNING last_batch, booked_at, last_event, last_posting, hash) \
     INSERT INTO batches (number, booked_at, last_event, last_posting, hash) SELECT * FROM head";

/// Locks rows of `balances` in the order of the parameter.
/// Entities that are new and that are known, none of which is among both, and new answers. Tells how many rows of
/// entities and of answers were written. Every statement is a way to the server and back, so what does not
/// depend on each other goes together.
pub(super) const ROWS: &str = "WITH \
     new_entities AS (INSERT INTO entities (kind, id, version, state, wake_at, slot) \
     SELECT * FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::bytea[], $5::bigint[], \
     $6::integer[]) \
     ON CONFLICT (kind, id) DO NOTHING RETURNING 1), \
     known_entities AS (UPDATE entities e \
     SET version = c.version, state = c.state, wake_at = c.wake_at, slot = c.slot \
     FROM unnest($7::smallint[], $8::text[], $9::bigint[], $10::bytea[], $11::bigint[], \
     $12::integer[], $13::bigint[]) \
     AS c (kind, id, version, state, wake_at, slot, expected) \
     WHERE e.kind = c.kind AND e.id = c.id AND e.version = c.expected RETURNING 1), \
     new_answers AS (INSERT INTO answers (key, digest, answer) \
     SELECT * FROM unnest($14::uuid[], $15::bytea[], $16::bytea[]) \
     ON CONFLICT (key) DO NOTHING RETURNING 1) \
     SELECT (SELECT COUNT(*) FROM new_entities) + (SELECT COUNT(*) FROM known_entities), \
     (SELECT COUNT(*) FROM new_answers)";

/// A promise may be of the same batch.
pub(super) const ANSWERS: &str = "UPDATE answers a SET answer = c.answer \
     FROM unnest($1::uuid[], $2::bytea[]) AS c (key, answer) \
     WHERE a.key = c.key AND a.answer IS NULL";

pub(super) const LOCK_BALANCES: &str = "SELECT 1 FROM unnest($1::text[]) WITH ORDINALITY \
     AS k (account, place) JOIN balances b ON b.account = k.account \
     ORDER BY k.place FOR UPDATE OF b";

pub(super) const NEW_BALANCES: &str = "INSERT INTO balances \
     (account, posted, held, currency, side, floor, ceiling, status) \
     SELECT account, posted, held, currency, side, floor, ceiling, 0 \
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::smallint[], $6::bigint[], \
     $7::bigint[]) AS c (account, posted, held, currency, side, floor, ceiling) \
     ON CONFLICT (account) DO UPDATE SET posted = balances.posted + excluded.posted, \
     held = balances.held + excluded.held \
     RETURNING account, currency, side, floor, ceiling, status, posted, held";

pub(super) const BALANCES: &str = "UPDATE balances b \
     SET posted = b.posted + c.posted, held = b.held + c.held \
     FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS c (account, posted, held) \
     WHERE b.account = c.account \
     RETURNING b.account, b.currency, b.side, b.floor, b.ceiling, b.status, b.posted, b.held";

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

pub(super) const EVENTS_AND_POSTINGS: &str = "WITH of_batch AS (INSERT INTO events \
     (number, batch, version, correlation, causation, kind, id, name, payload) \
     SELECT number, $1, version, correlation, causation, kind, id, name, payload \
     FROM unnest($2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::smallint[], $7::text[], \
     $8::text[], $9::bytea[]) \
     AS c (number, version, correlation, causation, kind, id, name, payload)) \
     INSERT INTO postings (number, batch, amount, booked_at, \
     effective_at, posting_group, account, currency, memo) \
     SELECT number, $1, amount, booked_at, effective_at, posting_group, account, currency, memo \
     FROM unnest($10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::uuid[], \
     $15::text[], $16::text[], $17::text[]) \
     AS c (number, amount, booked_at, effective_at, posting_group, account, currency, memo)";

pub(super) const OUTBOX: &str = "INSERT INTO outbox (number, kind, id, verb, envelope, slot) \
     SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::bytea[], \
     $6::integer[])";

pub(super) const OUTBOX_DONE: &str = "DELETE FROM outbox WHERE number = ANY($1)";
