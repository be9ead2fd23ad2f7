//! Messages between entities, as the store has them.

use purser::store::StoreTarget;
use secrecy::ExposeSecret;
use sqlx::{ConnectOptions, Connection, PgConnection, sqlite::SqliteConnectOptions};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A message that found its receiver away is repeated after a minute at the latest.
const DRAINING: Duration = Duration::from_secs(120);

/// What entities sent to each other arrives, without another start.
pub(crate) async fn drains(target: &StoreTarget) {
    let give_up = Instant::now() + DRAINING;
    while under_way(target).await > 0 {
        assert!(Instant::now() < give_up, "messages between entities are stuck");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Messages that are not confirmed yet.
async fn under_way(target: &StoreTarget) -> i64 {
    let count = "SELECT count(*) FROM outbox";
    match target {
        StoreTarget::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path).read_only(true);
            let mut db = options.connect().await.expect("the database opens");
            sqlx::query_scalar(count).fetch_one(&mut db).await
        }
        StoreTarget::Postgres(url) => {
            let db = PgConnection::connect(url.expose_secret()).await;
            sqlx::query_scalar(count).fetch_one(&mut db.expect("PostgreSQL answers")).await
        }
    }
    .expect("the outbox can be read")
}
