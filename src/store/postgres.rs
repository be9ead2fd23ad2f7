//! The store in a PostgreSQL database, 15 or later, written by one process at a time.
//!
//! One connection commits, a pool reads, and one holds the advisory lock that keeps a second writer
//! out while this one lives. The fence in every commit, not the lock, is what protects the journal.

mod arrays;
mod audit;
mod claim;
mod commit;
mod reads;
mod session;

use super::failure::Failure;
use claim::Claim;
use purser_actors::ports::{
    AnswerKey, Audit, Batch, CommitError, Delivery, EventRow, JournalHead, OutboxRow, PostingRow,
    StatementQuery, Store, StoreError, StoredAnswer, StoredEntity,
};
use purser_subjects::{AccountId, EntityKey, MerchantId, Timestamp, account::TimeBasis};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;
use tokio::sync::Mutex;

/// Reading connections.
const READERS: u32 = 8;

/// How long a reader is waited for, connecting included, before the read fails.
const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a claim waits for the session of a writer that was killed to end.
const CLAIM_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a commit is waited for; past it its outcome is unknown.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(30);

/// Waits for a running commit to end: an unknown outcome is known then.
const HEAD: &str = "SELECT epoch, last_batch, hash, last_event, last_posting, booked_at, published \
     FROM journals WHERE id = 1 FOR SHARE";

/// The store in a PostgreSQL database.
pub struct PostgresStore {
    options: PgConnectOptions,
    readers: PgPool,
    /// `None` before the first commit, and after one of unknown outcome.
    writer: Mutex<Option<PgConnection>>,
    claim: Mutex<Option<Claim>>,
    claim_timeout: Duration,
}

impl PostgresStore {
    /// Connects to the database at `url` and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be reached, or when a migration fails.
    pub async fn connect(url: &SecretString) -> Result<Self, StoreError> {
        let options = options(url)?;
        run_migrations(&options).await?;
        let readers = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(READER_TIMEOUT)
            .connect_with(session::reader(&options))
            .await
            .map_err(Failure::from)?;
        let (writer, claim) = (Mutex::default(), Mutex::default());
        Ok(Self { options, readers, writer, claim, claim_timeout: CLAIM_TIMEOUT })
    }

    /// Waits at most so long for another writer to end before a claim fails.
    #[must_use]
    pub fn with_claim_timeout(mut self, timeout: Duration) -> Self {
        self.claim_timeout = timeout;
        self
    }

    async fn reader(&self) -> Result<PoolConnection<Postgres>, Failure> {
        Ok(self.readers.acquire().await?)
    }

    async fn claim(&self) -> Result<JournalHead, Failure> {
        let mut claim = self.claim.lock().await;
        if let Some(held) = claim.take() {
            *claim = held.still_held().await;
        }
        if claim.is_none() {
            *claim = Some(Claim::take(&self.options, self.claim_timeout).await?);
        }
        reads::claim(&mut *self.reader().await?).await
    }

    async fn head(&self) -> Result<JournalHead, Failure> {
        reads::journal_head(&mut *self.reader().await?, HEAD).await
    }

    /// The connection is put back only when the outcome is known. Otherwise, and when the caller stops
    /// waiting, it is closed, which undoes whatever was not committed.
    async fn store_batch(&self, batch: &Batch) -> Result<(), CommitError> {
        let mut place = self.writer.lock().await;
        let mut writer = match place.take() {
            Some(writer) => writer,
            None => session::writer(&self.options).await?,
        };
        // A connection that was cut off without a word would be waited for until TCP gives up.
        let committing = tokio::time::timeout(COMMIT_TIMEOUT, commit::commit(&mut writer, batch));
        let outcome = match committing.await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::CommitTimeout(COMMIT_TIMEOUT).into()),
        };
        if !matches!(outcome, Err(CommitError::Store(_))) {
            *place = Some(writer);
        }
        outcome
    }

    async fn insert_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Failure> {
        reads::init_setting(&mut *self.reader().await?, name, value).await
    }
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

async fn run_migrations(options: &PgConnectOptions) -> Result<(), Failure> {
    let mut db = options.connect().await?;
    // A version that does not know the newest migrations must go on working; see migrations/README.md.
    Ok(sqlx::migrate!("migrations/postgres").set_ignore_missing(true).run(&mut db).await?)
}
