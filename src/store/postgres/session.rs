//! How the connections are set up.

use crate::store::failure::Failure;
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};

/// For connections that read and change leases. What takes longer is stopped, and a process that was
/// stopped in the middle keeps its locks only so long. Whatever is asked has an index, and few rows are asked
/// for; of tables that have just grown the planner believes that reading all of them is cheaper, and goes on
/// to do so. That took half of the machine under load. None of it is worth compiling.
const SHARED: [(&str, &str); 7] = [
    ("statement_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "4s"),
    ("default_transaction_isolation", "read committed"),
    ("jit", "off"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

/// For connections that commit or look up rows by their keys. A statement of a commit that takes longer fails it,
/// and a writer that vanished in the middle keeps its locks only so long. Every statement finds its rows by their
/// keys, whatever the planner believes about tables that were just made; so one plan serves for all batches, where
/// the planner by itself would make one for each. Whoever waits for a row must see what was committed meanwhile,
/// whatever the server's default.
const KEYED: [(&str, &str); 9] = [
    ("statement_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "4s"),
    ("default_transaction_isolation", "read committed"),
    ("jit", "off"),
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

/// Options of a connection that reads or changes leases.
pub(super) fn shared(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().options(SHARED)
}

/// Options of a connection that looks up rows by their keys.
pub(super) fn keyed(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().options(KEYED)
}

/// A connection that commits. Whatever the server's default, its commits survive a power cut.
pub(super) async fn writer(options: &PgConnectOptions) -> Result<PgConnection, Failure> {
    let options = keyed(options).application_name("purser-journal");
    let mut db = options.connect().await?;
    sqlx::query(
        "SELECT set_config('synchronous_commit', 'on', false) \
         WHERE current_setting('synchronous_commit') = 'off'",
    )
    .execute(&mut db)
    .await?;
    Ok(db)
}
