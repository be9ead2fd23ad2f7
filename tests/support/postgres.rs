//! Real PostgreSQL for tests: one cluster for all test processes, one database per test.

mod cluster;
mod programs;

use cluster::Cluster;
use sqlx::{ConnectOptions, Executor, postgres::PgConnectOptions};
use std::sync::OnceLock;

/// URL of a new, empty database.
pub(crate) async fn new_database() -> String {
    let cluster = cluster();
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    let admin: PgConnectOptions = cluster.url("postgres").parse().expect("a valid URL");
    let mut admin = admin.connect().await.expect("the test cluster accepts connections");
    let create = format!("CREATE DATABASE {name}");
    admin.execute(sqlx::AssertSqlSafe(create)).await.expect("a database can be created");
    cluster.url(&name)
}

/// Ends every session in the database at `url`, as when the processes at their other ends are killed.
pub(crate) async fn end_sessions(url: &str) {
    let database: PgConnectOptions = url.parse().expect("a valid URL");
    let mut db = database.connect().await.expect("the test cluster accepts connections");
    db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await
    .expect("sessions can be ended");
}

/// Everything in the database at `url`, as `pg_dump` writes it.
pub(crate) fn dump(url: &str) -> Vec<u8> {
    programs::Programs::find().output("pg_dump", &["--dbname", url])
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::join)
}
