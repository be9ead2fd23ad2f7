//! What a PostgreSQL server puts off and does later by itself, done before a load is measured: a fill of minutes leaves
//! it some minutes of vacuum and of a checkpoint, which would take a core from whatever comes next. SQLite puts off
//! nothing that takes longer than a commit.

use super::harness::Meter;
use crate::{
    store::StoreTarget,
    terminal::{Failure, chain},
};
use secrecy::ExposeSecret;
use sqlx::{ConnectOptions, Connection, Executor, postgres::PgConnectOptions};

/// What SQL says to those who may not.
const NOT_ALLOWED: &str = "42501";

/// Does it. A checkpoint needs rights that the owner of a database need not have: without them it is left to the
/// server.
///
/// # Errors
/// When the server cannot be reached, or fails.
pub(super) async fn catch_up(target: &StoreTarget) -> Result<(), Failure> {
    let StoreTarget::Postgres(url) = target else { return Ok(()) };
    let meter = Meter::shown("database");
    meter.say("vacuum and checkpoint");
    let done = vacuum_and_checkpoint(url.expose_secret()).await;
    meter.clear();
    done.map_err(|error| {
        Failure::failed(format!("the database cannot be vacuumed: {}", chain(&error)))
    })
}

async fn vacuum_and_checkpoint(url: &str) -> Result<(), sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    let mut db = options.disable_statement_logging().connect().await?;
    db.execute("VACUUM (ANALYZE)").await?;
    if let Err(error) = db.execute("CHECKPOINT").await
        && error.as_database_error().and_then(|error| error.code()).as_deref() != Some(NOT_ALLOWED)
    {
        return Err(error);
    }
    db.close().await
}
