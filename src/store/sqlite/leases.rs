//! Membership and leases, by this machine's clock.

use sqlx::{Connection as _, Sqlite, Transaction};

leases!(
    Sqlite,
    now("CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)"),
    lock(""),
    in("IN (SELECT value FROM json_each(", "))")
);

/// Begins a change of leases; there is one writer.
pub(super) async fn begin(db: &mut Connection) -> Result<Transaction<'_, Sqlite>> {
    Ok(db.begin_with("BEGIN IMMEDIATE").await?)
}
