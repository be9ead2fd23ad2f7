//! What only PostgreSQL can do wrong: several processes at one database.

use super::fixture::Fixture;
use crate::support::postgres::new_database;
use purser::store::{StoreTarget, migrate};
use purser_actors::ports::CommitError;
use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection;

#[tokio::test]
async fn a_broken_connection_fails_one_commit_and_not_the_next() {
    let mut fixture = Fixture::postgres().await;
    let StoreTarget::Postgres(url) = fixture.target().clone() else { panic!("it has a URL") };
    let batch = fixture.batch();
    fixture.commit(batch).await.unwrap();
    end_writing_session(&url).await;
    let next = fixture.batch();
    assert!(matches!(fixture.commit(next.clone()).await, Err(CommitError::Store(_))));
    assert_eq!(fixture.store.journal_head(1).await.unwrap().batch, 1);
    fixture.commit(next).await.unwrap();
}

#[tokio::test]
async fn processes_that_start_together_migrate_once() {
    let target = StoreTarget::Postgres(new_database().await.into());
    let results = tokio::join!(migrate(&target), migrate(&target), migrate(&target));
    assert!(results.0.is_ok() && results.1.is_ok() && results.2.is_ok());
}

/// Ends the one session in the database that commits.
async fn end_writing_session(url: &SecretString) {
    let mut db = sqlx::PgConnection::connect(url.expose_secret()).await.unwrap();
    let text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND application_name = 'purser-journal'";
    let ended = sqlx::query(text).fetch_all(&mut db).await.unwrap();
    assert_eq!(ended.len(), 1);
}
