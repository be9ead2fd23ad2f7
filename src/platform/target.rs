//! Where the configured store is.

use crate::{config::Config, store::StoreTarget, terminal::Failure};
use std::path::Path;

const DATABASE_FILE: &str = "purser.db";

/// Where the configured store is; a file of SQLite is in `data_dir`.
///
/// # Errors
/// When the database URL is none of PostgreSQL.
pub fn store_target(config: &Config, data_dir: &Path) -> Result<StoreTarget, Failure> {
    let Some(url) = &config.database_url else {
        return Ok(StoreTarget::Sqlite(data_dir.join(DATABASE_FILE)));
    };
    let known = ["postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.expose().starts_with(scheme)) {
        Ok(StoreTarget::Postgres(url.expose().into()))
    } else {
        Err(Failure::cannot_begin("the database URL must begin with postgres://"))
    }
}
