//! Queries over postings, by booking time and by effective time, for both engines.
//!
//! Nearly every posting counts from when it was booked. The index by effective time holds only the
//! others, which saves one index entry per posting; a query by effective time puts both kinds together.

/// Sum of amounts in two columns, upper and lower half: neither engine then overflows on the way or
/// falls back to floats. Put together they are exact.
macro_rules! sum_columns {
    () => {
        "CAST(COALESCE(SUM(amount >> 32), 0) AS bigint), \
         CAST(COALESCE(SUM(amount & 4294967295), 0) AS bigint)"
    };
}

macro_rules! columns {
    () => {
        "number, batch, posting_group, account, amount, currency, booked_at, effective_at, memo"
    };
}

/// The page of a statement, with the sum of all before it, in one snapshot. `$before` selects amounts
/// and `$page` the lines; the result is in the order of `$time`.
macro_rules! statement {
    ($before:expr, $page:expr, $time:literal) => {
        concat!(
            "WITH opening (high, low) AS (SELECT ",
            sum_columns!(),
            " FROM (",
            $before,
            ") AS earlier), page AS (",
            $page,
            ") SELECT page.number, page.batch, page.posting_group, page.account, page.amount, \
             page.currency, page.booked_at, page.effective_at, page.memo, opening.high, opening.low \
             FROM opening LEFT JOIN page ON true ORDER BY page.",
            $time,
            ", page.number"
        )
    };
}

/// Parameters: account, time.
pub(super) const BOOKED_SUM: &str =
    concat!("SELECT ", sum_columns!(), " FROM postings WHERE account = $1 AND booked_at <= $2");

/// Parameters: account, time.
pub(super) const EFFECTIVE_SUM: &str = concat!(
    "SELECT ",
    sum_columns!(),
    " FROM (SELECT amount FROM postings \
     WHERE account = $1 AND booked_at <= $2 AND effective_at = booked_at \
     UNION ALL SELECT amount FROM postings \
     WHERE account = $1 AND effective_at <= $2 AND effective_at <> booked_at) AS lines"
);

/// Parameters: account, time and number that the page begins after, last time, number of lines.
pub(super) const BOOKED_PAGE: &str = statement!(
    "SELECT amount FROM postings WHERE account = $1 AND (booked_at, number) <= ($2, $3)",
    concat!(
        "SELECT ",
        columns!(),
        " FROM postings WHERE account = $1 AND (booked_at, number) > ($2, $3) \
         AND booked_at <= $4 ORDER BY booked_at, number LIMIT $5"
    ),
    "booked_at"
);

/// Parameters as of [`BOOKED_PAGE`].
pub(super) const EFFECTIVE_PAGE: &str = statement!(
    "SELECT amount FROM postings WHERE account = $1 AND (booked_at, number) <= ($2, $3) \
     AND effective_at = booked_at \
     UNION ALL SELECT amount FROM postings WHERE account = $1 \
     AND (effective_at, number) <= ($2, $3) AND effective_at <> booked_at",
    concat!(
        "SELECT * FROM (SELECT * FROM (SELECT ",
        columns!(),
        " FROM postings WHERE account = $1 AND (booked_at, number) > ($2, $3) \
         AND booked_at <= $4 AND effective_at = booked_at \
         ORDER BY booked_at, number LIMIT $5) AS common UNION ALL SELECT * FROM (SELECT ",
        columns!(),
        " FROM postings WHERE account = $1 AND (effective_at, number) > ($2, $3) \
         AND effective_at <= $4 AND effective_at <> booked_at \
         ORDER BY effective_at, number LIMIT $5) AS others) AS lines \
         ORDER BY effective_at, number LIMIT $5"
    ),
    "effective_at"
);
