//! The statements of a commit.
//!
//! `OR FAIL` spares SQLite a copy of every page that a statement of many rows changes, which it would
//! need to undo that statement alone. Whatever fails here undoes the whole batch.

use crate::store::sqlite::bulk::Bulk;

pub(super) const FENCE: &str = "UPDATE journals SET last_batch = ?, hash = ?, \
     last_event = COALESCE(?, last_event), last_posting = COALESCE(?, last_posting), \
     last_message = COALESCE(?, last_message), booked_at = ?, published = MAX(published, ?) \
     WHERE id = ? AND epoch = ? AND last_batch = ? AND hash = ? AND losses = ?";

pub(super) const BATCH: &str = "INSERT INTO batches (number, booked_at, last_event, last_posting, hash) \
     SELECT last_batch, booked_at, last_event, last_posting, hash FROM journals WHERE id = ?";

pub(super) static NEW_ENTITIES: Bulk = Bulk {
    before: "INSERT OR FAIL INTO entities (kind, id, version, state, wake_at, slot) SELECT * FROM (VALUES ",
    row: "(?,?,?,?,?,?)",
    after: ") WHERE column1 IS NOT NULL ON CONFLICT (kind, id) DO NOTHING",
    each: 1,
};

pub(super) static ENTITIES: Bulk = Bulk {
    before: "WITH c(kind, id, expected, version, state, wake_at, slot) AS (VALUES ",
    row: "(?,?,?,?,?,?,?)",
    after: ") UPDATE OR FAIL entities SET version = c.version, state = c.state, wake_at = c.wake_at, \
            slot = c.slot FROM c \
            WHERE entities.kind = c.kind AND entities.id = c.id AND entities.version = c.expected",
    each: 1,
};

pub(super) static NEW_BALANCES: Bulk = Bulk {
    before: "INSERT OR FAIL INTO balances \
             (account, currency, side, floor, ceiling, status, posted, held) SELECT * FROM (VALUES ",
    row: "(?,?,?,?,?,0,?,?)",
    after: ") WHERE column1 IS NOT NULL ON CONFLICT (account) DO UPDATE SET posted = balances.posted + excluded.posted, \
            held = balances.held + excluded.held \
            RETURNING account, currency, side, floor, ceiling, status, posted, held",
    each: 2,
};

pub(super) static BALANCES: Bulk = Bulk {
    before: "WITH c(account, posted, held) AS (VALUES ",
    row: "(?,?,?)",
    after: ") UPDATE OR FAIL balances SET posted = balances.posted + c.posted, held = balances.held + c.held \
            FROM c WHERE balances.account = c.account \
            RETURNING account, currency, side, floor, ceiling, status, posted, held",
    each: 2,
};

pub(super) static ACCOUNTS: Bulk = Bulk {
    before: "INSERT OR FAIL INTO balances \
             (account, currency, side, floor, ceiling, status, posted, held) SELECT * FROM (VALUES ",
    row: "(?,?,?,?,?,?,0,0)",
    after: ") WHERE column1 IS NOT NULL ON CONFLICT (account) DO UPDATE SET floor = excluded.floor, ceiling = excluded.ceiling, \
            status = excluded.status \
            WHERE balances.currency = excluded.currency AND balances.side = excluded.side",
    each: 1,
};

pub(super) static NEW_ANSWERS: Bulk = Bulk {
    before: "INSERT OR FAIL INTO answers (key, digest, answer) SELECT * FROM (VALUES ",
    row: "(?,?,?)",
    after: ") WHERE column1 IS NOT NULL ON CONFLICT (key) DO NOTHING",
    each: 1,
};

pub(super) static ANSWERS: Bulk = Bulk {
    before: "WITH c(key, answer) AS (VALUES ",
    row: "(?,?)",
    after: ") UPDATE OR FAIL answers SET answer = c.answer FROM c \
            WHERE answers.key = c.key AND answers.answer IS NULL",
    each: 1,
};

pub(super) static CREDENTIALS: Bulk = Bulk {
    before: "INSERT OR FAIL INTO credentials (scheme, name, merchant) SELECT * FROM (VALUES ",
    row: "(?,?,?)",
    after: ") WHERE column1 IS NOT NULL ON CONFLICT (scheme, name) DO NOTHING",
    each: 1,
};

pub(super) static EVENTS: Bulk = Bulk {
    before: "INSERT OR FAIL INTO events \
             (number, batch, version, correlation, causation, kind, id, name, payload) SELECT * FROM (VALUES ",
    row: "(?,?,?,?,?,?,?,?,?)",
    after: ") WHERE column1 IS NOT NULL",
    each: 3,
};

pub(super) static POSTINGS: Bulk = Bulk {
    before: "INSERT OR FAIL INTO postings (number, batch, amount, booked_at, effective_at, posting_group, \
             account, currency, memo) SELECT * FROM (VALUES ",
    row: "(?,?,?,?,?,?,?,?,?)",
    after: ") WHERE column1 IS NOT NULL",
    each: 3,
};

pub(super) static OUTBOX: Bulk = Bulk {
    before: "INSERT OR FAIL INTO outbox (number, kind, id, verb, envelope, slot) SELECT * FROM (VALUES ",
    row: "(?,?,?,?,?,?)",
    after: ") WHERE column1 IS NOT NULL",
    each: 1,
};

pub(super) static OUTBOX_DONE: Bulk =
    Bulk { before: "DELETE FROM outbox WHERE number IN (", row: "?", after: ")", each: 1 };
