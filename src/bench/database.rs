//! A PostgreSQL database that a bench makes for itself on the server that is named, and removes again.

use super::embedded::NAME;
use crate::{
    config::SecretUrl,
    terminal::{Failure, chain},
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, postgres::PgConnectOptions};
use url::Url;
use uuid::Uuid;

/// A database of one bench.
pub(super) struct OwnDatabase {
    /// That of the database that was named.
    server: SecretUrl,
    name: String,
    own: SecretUrl,
}

impl OwnDatabase {
    /// Makes it on the server of `url`. The database named there is only connected to.
    ///
    /// # Errors
    /// When the server cannot be reached, or its user may not make databases.
    pub(super) async fn create(url: &SecretUrl) -> Result<Self, Failure> {
        let name = format!("{NAME}_{}", Uuid::now_v7().simple());
        let mut own = Url::parse(url.expose())
            .map_err(|error| Failure::cannot_begin(format!("the database URL: {error}")))?;
        own.set_path(&format!("/{name}"));
        let own = own.as_str().parse().unwrap_or_else(|never| match never {});
        execute(url, &format!("CREATE DATABASE {name}")).await.map_err(|error| {
            Failure::cannot_begin(format!(
                "a database for the bench cannot be made at {url}: {}; its user needs CREATEDB",
                chain(&error)
            ))
        })?;
        Ok(Self { server: url.clone(), name, own })
    }

    /// Where it is.
    pub(super) fn url(&self) -> SecretUrl {
        self.own.clone()
    }

    /// Removes it, whoever is still connected.
    ///
    /// # Errors
    /// When it stays behind.
    pub(super) async fn remove(self) -> Result<(), Failure> {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        execute(&self.server, &drop).await.map_err(|error| {
            Failure::failed(format!("the database {} stays behind: {}", self.name, chain(&error)))
        })
    }
}

/// Runs a statement that may stand in no transaction. Its text is made here, of hexadecimal digits.
async fn execute(url: &SecretUrl, statement: &str) -> Result<(), sqlx::Error> {
    let options: PgConnectOptions = url.expose().parse()?;
    let mut db = options.disable_statement_logging().connect().await?;
    db.execute(AssertSqlSafe(statement.to_owned())).await?;
    db.close().await
}
