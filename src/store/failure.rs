//! What goes wrong between Purser and its database.

use purser_actors::ports::{CommitError, StoreError};

/// A failure inside this module; outside it is a [`StoreError`].
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the schema could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("cannot create {path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("the database holds {value:?} where it should hold {expected}")]
    Corrupt { expected: &'static str, value: String },
    #[error("a sum of postings does not fit 63 bits")]
    SumOverflow,
    #[error("the database has not answered a commit for {0:?}")]
    CommitTimeout(std::time::Duration),
    #[error("part of the batch was not stored, for a reason that is gone")]
    Unexplained,
    #[error(
        "another purser process writes to this database (PostgreSQL process {pid}, connected from \
         {client}). Stop it first; if it is gone for good, end its session with \
         SELECT pg_terminate_backend({pid})"
    )]
    JournalHeld { pid: String, client: String },
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
