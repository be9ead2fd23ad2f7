//! Membership and leases, by the server's clock.

use sqlx::{Connection as _, Postgres, Transaction};

leases!(
    Postgres,
    now("(extract(epoch FROM clock_timestamp()) * 1000)::bigint"),
    lock(" FOR UPDATE"),
    in("= ANY(", ")")
);

/// Names the lock that changes of leases hold: "leases", as a number.
const LOCK: i64 = 0x6c65_6173_6573;

/// Begins a change of leases; there is one at a time. Renewals and commits do not wait for it.
pub(super) async fn begin(db: &mut Connection) -> Result<Transaction<'_, Postgres>> {
    let mut tx = db.begin().await?;
    query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await?;
    Ok(tx)
}
