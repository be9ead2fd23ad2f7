//! The advisory lock that keeps a second writer out while the first one lives.

use super::session;
use crate::store::failure::Failure;
use sqlx::{Connection, PgConnection, Row, postgres::PgConnectOptions, query, query_scalar};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Names the lock within the database: "purser", as a number.
const LOCK: i64 = 0x7075_7273_6572;

/// Time between two attempts to take the lock.
const RETRY_EVERY: Duration = Duration::from_millis(200);

/// The lock, held by a session of its own. Dropping it closes the session and frees the lock.
pub(super) struct Claim {
    db: PgConnection,
}

impl Claim {
    /// Takes the lock, waiting at most `timeout` for another session to give it up.
    pub(super) async fn take(
        options: &PgConnectOptions,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let mut db = session::claim(options).await?;
        let give_up = Instant::now() + timeout;
        loop {
            let attempt = query_scalar::<_, bool>("SELECT pg_try_advisory_lock($1)").bind(LOCK);
            if attempt.fetch_one(&mut db).await? {
                return Ok(Self { db });
            }
            if Instant::now() >= give_up {
                return Err(holder(&mut db).await?);
            }
            sleep(RETRY_EVERY).await;
        }
    }

    /// The claim, if its session is still there.
    pub(super) async fn still_held(mut self) -> Option<Self> {
        self.db.ping().await.is_ok().then_some(self)
    }
}

/// Who has the lock, for the operator.
async fn holder(db: &mut PgConnection) -> Result<Failure, Failure> {
    // An advisory lock on a bigint is listed with its upper half as classid, the lower as objid.
    let row = query(
        "SELECT l.pid::text, COALESCE(a.client_addr::text, 'this machine') \
         FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND (l.classid::bigint << 32) + l.objid::bigint = $1",
    )
    .bind(LOCK)
    .fetch_optional(db)
    .await?;
    let (pid, client) = match row {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        None => ("unknown".to_owned(), "an unknown place".to_owned()),
    };
    Ok(Failure::JournalHeld { pid, client })
}
