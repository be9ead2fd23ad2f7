//! The store in a PostgreSQL database, 15 or later, which any number of processes write to.
//!
//! One connection commits, a pool reads and changes leases. The fence in every commit protects the
//! journal and the slots.

mod arrays;
mod audit;
mod backfill;
mod bindings;
mod callbacks;
mod commit;
mod leases;
mod mails;
mod mend;
mod reads;
mod session;

use super::{
    failure::{Failure, within},
    port,
};
use purser_actors::ports::{
    AnswerKey, Appended, AttemptRow, Audit, Batch, BindingQuery, BindingRow, Cluster, CommitError,
    DeliveryCursor, DeliveryQuery, DeliveryRow, DueOfLane, EndpointRow, EventRow, JoinError,
    JournalHead, Lane, Lease, LeaseError, MailUpdate, NodeId, NodeInfo, OutboxRow, PostingRow,
    ReplayQuery, Slot, StatementQuery, Store, StoreError, StoredAnswer, StoredEntity, StoredMail,
};
use purser_subjects::{
    AccountId, EndpointId, EntityKey, MerchantId, Timestamp, account::TimeBasis,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection, PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;
use tokio::sync::Mutex;
use uuid::Uuid;

/// Reading connections.
const READERS: u32 = 8;

/// Connections that look up rows by their keys: there are two kinds of rows, and two queries at once of each. As long as
/// none hangs two are enough, and no others are made: each has at hand what it needs.
const FINDERS: u32 = 4;

/// Connections that change leases, so that no load of reads keeps a node from renewing: one to renew and
/// one for what may have to wait for others.
const LEASERS: u32 = 2;

/// How long a connection is waited for, connecting included, before the work fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that does not answer for so long after its work is given up.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a commit is waited for; past it its outcome is unknown.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(30);

/// Waits for a running commit to end: an unknown outcome is known then.
const HEAD: &str = concat!("SELECT ", head_columns!(), " FROM journals WHERE id = $1 FOR SHARE");

/// How often a commit is begun again that the server undid for the sake of another node's.
const COMMIT_TRIES: usize = 5;

/// Pause before the lock of migrations is asked for again.
const MIGRATION_PAUSE: Duration = Duration::from_millis(50);

/// Pause before, so that the other one gets what it waited for.
const UNDONE_PAUSE: Duration = Duration::from_millis(20);

/// The store in a PostgreSQL database.
pub struct PostgresStore {
    options: PgConnectOptions,
    readers: PgPool,
    finders: PgPool,
    leasers: PgPool,
    /// `None` before the first commit, and after one of unknown outcome.
    writer: Mutex<Option<PgConnection>>,
}

impl PostgresStore {
    /// Connects to the database at `url` and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be reached, or when a migration fails.
    pub async fn connect(url: &SecretString) -> Result<Self, StoreError> {
        let options = options(url)?;
        run_migrations(&options).await?;
        let shared = session::shared(&options);
        let readers = pool(READERS).connect_with(shared.clone()).await.map_err(Failure::from)?;
        let finders = pool(FINDERS).connect_lazy_with(session::keyed(&options));
        let leasers = pool(LEASERS).connect_lazy_with(shared);
        Ok(Self { options, readers, finders, leasers, writer: Mutex::default() })
    }

    async fn reader(&self) -> Result<PoolConnection<Postgres>, Failure> {
        Ok(self.readers.acquire().await?)
    }

    async fn finder(&self) -> Result<PoolConnection<Postgres>, Failure> {
        Ok(self.finders.acquire().await?)
    }

    async fn leaser(&self) -> Result<PoolConnection<Postgres>, Failure> {
        Ok(self.leasers.acquire().await?)
    }

    async fn head(&self, journal: i32) -> Result<JournalHead, Failure> {
        reads::journal_head(&mut *self.reader().await?, HEAD, journal).await
    }

    /// The connection is put back only when the outcome is known. Otherwise, and when the caller stops
    /// waiting, it is closed, which undoes whatever was not committed.
    async fn store_batch(&self, batch: &Batch) -> Result<Appended, CommitError> {
        let mut place = self.writer.lock().await;
        let held = place.take();
        // A connection that was cut off without a word would be waited for until TCP gives up.
        let committing = tokio::time::timeout(COMMIT_TIMEOUT, async {
            let mut writer = match held {
                Some(writer) => writer,
                None => session::writer(&self.options).await?,
            };
            let outcome = commit_again(&mut writer, batch).await?;
            Ok::<_, Failure>((writer, outcome))
        });
        let timeout = Err(Failure::CommitTimeout(COMMIT_TIMEOUT));
        let (writer, outcome) = committing.await.unwrap_or(timeout)?;
        *place = Some(writer);
        Ok(Appended { losses: outcome?, durable: None })
    }

    /// The server shows nothing before.
    async fn on_disk(&self) -> Result<(), Failure> {
        Ok(())
    }

    async fn insert_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Failure> {
        reads::init_setting(&mut *self.reader().await?, name, value).await
    }
}

/// A pool that also gives up connections that were cut off without a word while they worked.
fn pool(size: u32) -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(size).acquire_timeout(ACQUIRE_TIMEOUT);
    options.after_release(|db, _| {
        Box::pin(async move {
            let pinged = tokio::time::timeout(RELEASE_TIMEOUT, db.ping()).await;
            pinged.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
        })
    })
}

/// Commits, and begins again while the server says that it undid the commit because it and another
/// node's waited for each other.
async fn commit_again(
    writer: &mut PgConnection,
    batch: &Batch,
) -> Result<Result<i64, CommitError>, Failure> {
    for _ in 1..COMMIT_TRIES {
        match commit::commit(writer, batch).await {
            Err(failure) if failure.is_undone() => {
                tracing::debug!(%failure, "a commit begins again");
                tokio::time::sleep(UNDONE_PAUSE).await;
            }
            outcome => return outcome,
        }
    }
    commit::commit(writer, batch).await
}

implement_port!(PostgresStore);

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

/// Brings the schema of the database at `url` up to date.
pub(super) async fn migrate(url: &SecretString) -> Result<(), StoreError> {
    Ok(run_migrations(&options(url)?).await?)
}

/// A snapshot of the database at `url`. Waits for nobody and nobody waits for it.
pub(super) async fn open_audit(url: &SecretString) -> Result<Box<dyn Audit>, StoreError> {
    Ok(Box::new(snapshot(&options(url)?).await?))
}

async fn snapshot(options: &PgConnectOptions) -> Result<audit::Snapshot, Failure> {
    let mut db = options.connect().await?;
    sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut db).await?;
    audit::Snapshot::of(db).await
}

fn options(url: &SecretString) -> Result<PgConnectOptions, Failure> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    Ok(options.application_name("purser").disable_statement_logging())
}

/// One process at a time. The lock is asked for again and again and never waited for inside a statement:
/// an index that another process builds concurrently waits for all statements that run.
async fn run_migrations(options: &PgConnectOptions) -> Result<(), Failure> {
    let mut db = options.connect().await?;
    let lock = "SELECT pg_try_advisory_lock(hashtextextended('purser.migrations', 0))";
    while !sqlx::query_scalar::<_, bool>(lock).fetch_one(&mut db).await? {
        tokio::time::sleep(MIGRATION_PAUSE).await;
    }
    let mut migrator = sqlx::migrate!("migrations/postgres");
    mend::before(&mut db, &migrator).await?;
    // A version that does not know the newest migrations must go on working; see migrations/README.md.
    migrator.set_ignore_missing(true).set_locking(false).run(&mut db).await?;
    // The lock ends with the connection.
    Ok(db.close().await?)
}
