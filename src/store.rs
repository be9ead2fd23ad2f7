//! Durable state: the [`Store`] port on SQLite (one process, nothing to install) and on PostgreSQL.
//!
//! Both engines have the same schema, pass the same conformance suite, and share every query that both
//! understand. What differs is how a batch gets in quickly. No rule about money lives here, except that
//! [`purser_actors::ledger::refusals`] is asked before a commit.

#[macro_use]
mod audits;
#[macro_use]
mod backfill;
#[macro_use]
mod leases;
#[macro_use]
mod bindings;
#[macro_use]
mod callbacks;
#[macro_use]
mod mails;
#[macro_use]
mod listings;
#[macro_use]
mod port;
#[macro_use]
mod reads;
mod check;
mod failure;
mod histories;
mod ledger_sql;
mod postgres;
mod rows;
mod sqlite;
mod target;
mod version;

pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;
pub use target::StoreTarget;
pub use version::schema_version;

use purser_actors::ports::{Audit, Store, StoreError};
use std::sync::Arc;

/// Opens the store and brings its schema up to date.
///
/// # Errors
/// [`StoreError`] when it cannot be reached or created, or when a migration fails.
pub async fn open(target: &StoreTarget) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match target {
        StoreTarget::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
        StoreTarget::Postgres(url) => Arc::new(PostgresStore::connect(url).await?),
    })
}

/// Brings the schema up to date, creating the store if there is none. Repeating it changes nothing.
///
/// # Errors
/// [`StoreError`] when it cannot be reached or created, or when a migration fails.
pub async fn migrate(target: &StoreTarget) -> Result<(), StoreError> {
    match target {
        StoreTarget::Sqlite(path) => sqlite::migrate(path).await,
        StoreTarget::Postgres(url) => postgres::migrate(url).await,
    }
}

/// One consistent view of an existing store, also while another process writes to it.
///
/// # Errors
/// [`StoreError`] when there is no store or it cannot be reached.
pub async fn audit(target: &StoreTarget) -> Result<Box<dyn Audit>, StoreError> {
    match target {
        StoreTarget::Sqlite(path) => sqlite::open_audit(path).await,
        StoreTarget::Postgres(url) => postgres::open_audit(url).await,
    }
}
