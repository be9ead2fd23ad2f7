//! What goes wrong between Purser and its database.

use purser_actors::ports::{CommitError, JoinError, LeaseError, StoreError};
use std::time::Duration;

/// An answer is waited for so long. Longer than any statement may take at the server: past it the
/// connection was cut off without a word, and TCP would give up only after a quarter of an hour.
const TIMEOUT: Duration = Duration::from_secs(35);

/// What `work` comes to, within the time limit.
pub(super) async fn within<T>(
    work: impl Future<Output = Result<T, Failure>> + Send,
) -> Result<T, Failure> {
    tokio::time::timeout(TIMEOUT, work).await.unwrap_or(Err(Failure::Timeout(TIMEOUT)))
}

/// A failure inside this module; outside it is a [`StoreError`].
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the schema could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("cannot open or create {path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("the database holds {value:?} where it should hold {expected}")]
    Corrupt { expected: &'static str, value: String },
    #[error("a sum of postings does not fit 63 bits")]
    SumOverflow,
    #[error("the database has not answered a commit for {0:?}")]
    CommitTimeout(Duration),
    #[error("the database has not answered for {0:?}")]
    Timeout(Duration),
    #[error("what was written may not be on the disk")]
    NotOnDisk,
    #[error("part of the batch was not stored, for a reason that is gone")]
    Unexplained,
    #[error("a deployment has 1 to 65536 partitions, not {0}")]
    Partitions(u32),
}

impl Failure {
    /// Whether the server undid the transaction because it and another one waited for each other, or
    /// cannot be put in order: nothing of it was stored, and it may be begun again.
    pub(super) fn is_undone(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        matches!(error.code().as_deref(), Some("40P01" | "40001"))
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure))
    }
}

impl From<Failure> for CommitError {
    fn from(failure: Failure) -> Self {
        Self::Store(failure.into())
    }
}

impl From<Failure> for JoinError {
    fn from(failure: Failure) -> Self {
        Self::Store(failure.into())
    }
}

impl From<Failure> for LeaseError {
    fn from(failure: Failure) -> Self {
        Self::Store(failure.into())
    }
}
