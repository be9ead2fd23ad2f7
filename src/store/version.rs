//! Which version of the schema a store has.

use super::{StoreTarget, failure::Failure};
use purser_actors::ports::StoreError;
use secrecy::ExposeSecret;
use sqlx::{
    ConnectOptions, PgConnection, SqliteConnection, postgres::PgConnectOptions, query_scalar,
    sqlite::SqliteConnectOptions,
};
use std::path::Path;

/// Number of the newest migration that the store has had; `None` when there is no store yet.
///
/// # Errors
/// [`StoreError`] when it cannot be reached.
pub async fn schema_version(target: &StoreTarget) -> Result<Option<i64>, StoreError> {
    Ok(match target {
        StoreTarget::Sqlite(path) => sqlite(path).await?,
        StoreTarget::Postgres(url) => {
            postgres(&url.expose_secret().parse().map_err(Failure::from)?).await?
        }
    })
}

async fn sqlite(path: &Path) -> Result<Option<i64>, Failure> {
    if !path.exists() {
        return Ok(None);
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut db: SqliteConnection = options.disable_statement_logging().connect().await?;
    let tables = "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
    if query_scalar::<_, i64>(tables).fetch_one(&mut db).await? == 0 {
        return Ok(None);
    }
    Ok(query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut db).await?)
}

async fn postgres(options: &PgConnectOptions) -> Result<Option<i64>, Failure> {
    let mut db: PgConnection = options.clone().disable_statement_logging().connect().await?;
    let table = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    if !query_scalar::<_, bool>(table).fetch_one(&mut db).await? {
        return Ok(None);
    }
    Ok(query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut db).await?)
}
