//! How the connections are set up.

use crate::store::failure::Failure;
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};

/// A read that takes longer is stopped.
const READ_LIMIT: (&str, &str) = ("statement_timeout", "30s");

/// For connections that commit. A statement of a commit that takes longer fails it, and a writer that
/// vanished in the middle keeps its locks only so long. Every statement finds its rows by their keys,
/// whatever the planner believes about tables that were just made; so one plan serves for all batches.
const WRITER: [(&str, &str); 7] = [
    ("statement_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

/// For the connection that holds the lock and otherwise does nothing for the life of the process.
const CLAIM: [(&str, &str); 2] = [("idle_session_timeout", "0"), ("tcp_keepalives_idle", "30")];

/// Options of a reading connection.
pub(super) fn reader(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().options([READ_LIMIT])
}

/// A connection that holds the claim.
pub(super) async fn claim(options: &PgConnectOptions) -> Result<PgConnection, Failure> {
    Ok(options.clone().options(CLAIM).connect().await?)
}

/// A connection that commits. Whatever the server's default, its commits survive a power cut.
pub(super) async fn writer(options: &PgConnectOptions) -> Result<PgConnection, Failure> {
    let mut db = options.clone().options(WRITER).connect().await?;
    sqlx::query(
        "SELECT set_config('synchronous_commit', 'on', false) \
         WHERE current_setting('synchronous_commit') = 'off'",
    )
    .execute(&mut db)
    .await?;
    Ok(db)
}
