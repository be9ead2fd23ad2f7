//! Copies the write-ahead log into the file beside the commits. SQLite has the commit that fills the log
//! copy all of it, and whoever pays meanwhile waits for that; here a commit waits at most for the little
//! that was written while the rest was copied.
//!
//! SQLite puts the file on the disk when it has copied the log to its end, which is while commits wait. What was
//! copied beside them is put there before, so that little is left to do then.

use super::{Failure, file, writing};
use sqlx::{ConnectOptions, SqliteConnection};
use std::{
    fs::File,
    path::Path,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{Mutex, Notify},
    task::AbortHandle,
};

/// Pages in the log at which they are copied. A page that many batches change is then copied once; the
/// log grows to some more than this many times 4 KiB.
const LONG: i64 = 16_384;

/// Pages left to copy that a commit may wait for.
const SHORT: i64 = 256;

/// Passes beside the commits, each over what was written during the one before.
const PASSES: usize = 6;

/// Pause between two looks at the log, while something is committed.
const PAUSE: Duration = Duration::from_millis(100);

/// The task that copies; ends when this is dropped.
#[derive(Debug)]
pub(super) struct Checkpoints {
    committed: Arc<Notify>,
    task: AbortHandle,
}

/// Copies beside the commits.
struct Copier {
    db: SqliteConnection,
    file: &'static File,
}

/// What there is in the log, and how much of it is in the file too.
#[derive(Clone, Copy, Debug)]
struct Log {
    pages: i64,
    copied: i64,
}

impl Checkpoints {
    /// Copies for the file at `path`, which is written by `writer` alone.
    pub(super) async fn start(
        path: &Path,
        writer: &Arc<Mutex<SqliteConnection>>,
    ) -> Result<Self, Failure> {
        let own = Copier { db: writing(path).connect().await?, file: file::open(path)? };
        let committed = Arc::<Notify>::default();
        let task = tokio::spawn(run(own, Arc::downgrade(writer), committed.clone()));
        Ok(Self { committed, task: task.abort_handle() })
    }

    /// Something was committed.
    pub(super) fn committed(&self) {
        self.committed.notify_one();
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(mut own: Copier, writer: Weak<Mutex<SqliteConnection>>, committed: Arc<Notify>) {
    loop {
        committed.notified().await;
        // No need of more looks than this; and none while nothing is committed.
        tokio::time::sleep(PAUSE).await;
        let Some(writer) = writer.upgrade() else { return };
        if let Err(error) = copy_if_long(&mut own, &writer, LONG).await {
            // The writer copies by itself when the log has become much longer.
            tracing::warn!(%error, "the write-ahead log could not be copied into the file");
        }
    }
}

/// Copies a log of `long` pages or more to its end, so that the next commit begins it anew.
async fn copy_if_long(
    own: &mut Copier,
    writer: &Mutex<SqliteConnection>,
    long: i64,
) -> Result<(), sqlx::Error> {
    let mut log = look(&mut own.db).await?;
    if log.pages < long {
        return Ok(());
    }
    for _ in 0..PASSES {
        own.copy().await?;
        let before = log;
        log = look(&mut own.db).await?;
        // A reader of long ago may be in the way, such as a verification; then the log grows meanwhile.
        if log.copied == before.copied {
            return Ok(());
        }
        if log.pages - log.copied <= SHORT {
            break;
        }
    }
    copy(&mut *writer.lock().await).await
}

impl Copier {
    /// Copies what is in the log, and puts it on the disk.
    async fn copy(&mut self) -> Result<(), sqlx::Error> {
        copy(&mut self.db).await?;
        let file = self.file;
        let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
        Ok(synced.map_err(std::io::Error::other)??)
    }
}

async fn look(db: &mut SqliteConnection) -> Result<Log, sqlx::Error> {
    checkpoint(db, "PRAGMA wal_checkpoint(NOOP)").await
}

async fn copy(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    checkpoint(db, "PRAGMA wal_checkpoint(PASSIVE)").await.map(drop)
}

async fn checkpoint(db: &mut SqliteConnection, pragma: &'static str) -> Result<Log, sqlx::Error> {
    let (_, pages, copied): (i64, i64, i64) = sqlx::query_as(pragma).fetch_one(db).await?;
    Ok(Log { pages, copied })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{open_writer, reading},
        *,
    };
    use sqlx::Connection;
    use std::path::PathBuf;
    use tempfile::TempDir;

    async fn opened() -> (TempDir, PathBuf, Mutex<SqliteConnection>, Copier) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let writer = Mutex::new(open_writer(&path).await.unwrap());
        let db = writing(&path).connect().await.unwrap();
        let own = Copier { db, file: file::open(&path).unwrap() };
        (folder, path, writer, own)
    }

    async fn write(writer: &Mutex<SqliteConnection>, rows: i64) {
        let insert = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
            INSERT INTO settings SELECT lower(hex(randomblob(16))), randomblob(3000) FROM n";
        sqlx::query(insert).bind(rows).execute(&mut *writer.lock().await).await.unwrap();
    }

    #[tokio::test]
    async fn a_long_log_is_copied_and_begun_anew() {
        let (_folder, _path, writer, mut own) = opened().await;
        write(&writer, 100).await;
        copy_if_long(&mut own, &writer, 1_000).await.unwrap();
        let short = look(&mut own.db).await.unwrap();
        assert!(short.pages > 100 && short.copied == 0, "left as it is: {short:?}");
        write(&writer, 1_000).await;
        copy_if_long(&mut own, &writer, 1_000).await.unwrap();
        let long = look(&mut own.db).await.unwrap();
        assert!(long.pages > 1_000 && long.copied == long.pages, "{long:?}");
        write(&writer, 10).await;
        let anew = look(&mut own.db).await.unwrap();
        assert!(anew.pages < 100, "{anew:?}");
    }

    #[tokio::test]
    async fn a_reader_is_in_the_way_of_the_copy_and_of_nothing_else() {
        let (_folder, path, writer, mut own) = opened().await;
        let mut reader = reading(&path).connect().await.unwrap();
        let mut snapshot = reader.begin().await.unwrap();
        let count = "SELECT count(*) FROM settings";
        let before: i64 = sqlx::query_scalar(count).fetch_one(&mut *snapshot).await.unwrap();
        write(&writer, 1_000).await;
        copy_if_long(&mut own, &writer, 1_000).await.unwrap();
        let log = look(&mut own.db).await.unwrap();
        assert!(log.copied < log.pages, "{log:?}");
        let after: i64 = sqlx::query_scalar(count).fetch_one(&mut *snapshot).await.unwrap();
        assert_eq!(before, after, "the reader sees what it saw");
        snapshot.rollback().await.unwrap();
        copy_if_long(&mut own, &writer, 1_000).await.unwrap();
        let log = look(&mut own.db).await.unwrap();
        assert_eq!(log.copied, log.pages);
    }
}
