//! The store in one SQLite file, written by one process.
//!
//! One connection writes, a few read beside it (write-ahead log). Nothing here keeps a second process
//! out; the lock on the data folder does.

mod arrays;
mod audit;
mod backfill;
mod bindings;
mod bulk;
mod callbacks;
mod checkpoint;
mod commit;
mod file;
mod leases;
mod log;
mod mails;
mod reads;
mod script;

use super::{
    failure::{Failure, within},
    port,
};
use checkpoint::Checkpoints;
use futures_util::{FutureExt, TryFutureExt};
use log::{Begun, Log};
use purser_actors::ports::{
    AnswerKey, Appended, AttemptRow, Audit, Batch, BindingQuery, BindingRow, Cluster, CommitError,
    DeliveryCursor, DeliveryQuery, DeliveryRow, DueOfLane, EndpointRow, EventRow, JoinError,
    JournalHead, Lane, Lease, LeaseError, MailUpdate, NodeId, NodeInfo, OutboxRow, PostingRow,
    ReplayQuery, Slot, StatementQuery, Store, StoreError, StoredAnswer, StoredEntity, StoredMail,
};
use purser_subjects::{
    AccountId, EndpointId, EntityKey, MerchantId, Timestamp, account::TimeBasis,
};
use sqlx::{
    ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    ops::{Deref, DerefMut},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// Reading connections; each has a thread and its own page cache.
const READERS: u32 = 4;

/// How long a reader is waited for before the read fails.
const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// How long SQLite waits for another process that has the file locked, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Memory for pages of the writing connection. Negative: in KiB. A commit that split a page ends with a look
/// at every page that is kept (`pcache1Truncate` after `balance_nonroot` in SQLite 3.51), so more is not better:
/// what does not fit is in the system's cache.
const WRITER_CACHE: &str = "-8192";

/// Pages in the log at which the writer copies them into the file itself. Hardly ever: [`Checkpoints`] come
/// before.
const CHECKPOINT_PAGES: &str = "262144";

/// Rows that a connection's thread reads ahead. A whole statement's, so that thread and caller do not
/// wake each other for every few rows.
const ROW_BUFFER: usize = 1024;

const HEAD: &str = concat!("SELECT ", head_columns!(), " FROM journals WHERE id = $1");

/// The store in a SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Arc<Mutex<SqliteConnection>>,
    log: Log,
    checkpoints: Checkpoints,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the file at `path`, or creates it, and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened or created, is no database, or a migration fails.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let writer = Arc::new(Mutex::new(open_writer(path).await?));
        let log = Log::open(path)?;
        let checkpoints = Checkpoints::start(path, &writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(READER_TIMEOUT)
            .connect_with(reading(path))
            .await
            .map_err(Failure::from)?;
        Ok(Self { writer, log, checkpoints, readers })
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, Failure> {
        Ok(self.readers.acquire().await?)
    }

    async fn finder(&self) -> Result<PoolConnection<Sqlite>, Failure> {
        self.reader().await
    }

    async fn writer(&self) -> MutexGuard<'_, SqliteConnection> {
        self.writer.lock().await
    }

    async fn leaser(&self) -> Result<Writing<'_>, Failure> {
        Ok(Writing { writer: self.writer().await, _commit: self.log.begin() })
    }

    /// Asks the writing connection, so that a commit under way has ended when this answers.
    async fn head(&self, journal: i32) -> Result<JournalHead, Failure> {
        reads::journal_head(&mut *self.writer().await, HEAD, journal).await
    }

    async fn store_batch(&self, batch: &Batch) -> Result<Appended, CommitError> {
        self.log.check()?;
        let stored = commit::commit(&mut *self.writer().await, batch, &self.log).await;
        self.checkpoints.committed();
        let (losses, commit) = stored?;
        let durable = self.log.durable(commit).map_err(StoreError::from);
        Ok(Appended { losses, durable: Some(durable.boxed()) })
    }

    async fn insert_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Failure> {
        reads::init_setting(&mut *self.leaser().await?, name, value).await
    }

    async fn on_disk(&self) -> Result<(), Failure> {
        self.log.settled().await
    }
}

/// The writing connection, for something else than a batch.
struct Writing<'s> {
    writer: MutexGuard<'s, SqliteConnection>,
    _commit: Begun,
}

impl Deref for Writing<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.writer
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.writer
    }
}

implement_port!(SqliteStore);

/// Brings the schema of the file at `path` up to date.
pub(super) async fn migrate(path: &Path) -> Result<(), StoreError> {
    open_writer(path).await?.close().await.map_err(|error| Failure::from(error).into())
}

/// A snapshot of the file at `path`, which must exist. Takes no lock that a writer would notice.
pub(super) async fn open_audit(path: &Path) -> Result<Box<dyn Audit>, StoreError> {
    Ok(Box::new(snapshot(path).await?))
}

async fn snapshot(path: &Path) -> Result<audit::Snapshot, Failure> {
    let mut db = reading(path).connect().await?;
    sqlx::query("BEGIN").execute(&mut db).await?;
    audit::Snapshot::of(db).await
}

async fn open_writer(path: &Path) -> Result<SqliteConnection, Failure> {
    create_private(path)
        .map_err(|source| Failure::File { path: path.display().to_string(), source })?;
    let mut db = writing(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("cache_size", WRITER_CACHE)
        // What a statement of many rows may have to undo is kept, and not in a file.
        .pragma("temp_store", "MEMORY")
        .connect()
        .await?;
    // A version that does not know the newest migrations must go on working; see migrations/README.md.
    sqlx::migrate!("migrations/sqlite").set_ignore_missing(true).run(&mut db).await?;
    Ok(db)
}

/// SQLite itself puts the log on the disk only before it copies from it; see [`Log`].
fn writing(path: &Path) -> SqliteConnectOptions {
    let options = options(path).synchronous(SqliteSynchronous::Normal);
    options.pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
}

fn reading(path: &Path) -> SqliteConnectOptions {
    options(path).read_only(true)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(ROW_BUFFER)
        .statement_cache_capacity(bulk::CACHED_STATEMENTS)
        .disable_statement_logging()
}

/// Makes the file, readable by its owner alone; SQLite gives its log the same permissions.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}
