//! What only PostgreSQL can do wrong: several processes at one database.

use crate::support::postgres::new_database;
use purser::store::{PostgresStore, StoreTarget, migrate};
use purser_actors::ports::{Batch, CommitError, Store};
use secrecy::SecretString;
use std::time::Duration;

async fn store(url: &SecretString) -> PostgresStore {
    let store = PostgresStore::connect(url).await.unwrap();
    store.with_claim_timeout(Duration::from_millis(1_500))
}

async fn database() -> SecretString {
    new_database().await.into()
}

#[tokio::test]
async fn a_second_process_cannot_claim_while_the_first_lives() {
    let url = database().await;
    let (first, second) = (store(&url).await, store(&url).await);
    let head = first.claim_journal().await.unwrap();
    let error = second.claim_journal().await.unwrap_err().to_string();
    assert!(error.contains("another purser process"), "{error}");
    assert!(error.contains("pg_terminate_backend("), "{error}");
    assert!(!error.contains("unknown"), "{error}");
    assert_eq!(second.journal_head().await.unwrap(), head);
    assert_eq!(first.claim_journal().await.unwrap().epoch, head.epoch + 1);
}

#[tokio::test]
async fn a_claim_waits_for_the_first_process_to_end() {
    let url = database().await;
    let (first, second) = (store(&url).await, store(&url).await);
    let head = first.claim_journal().await.unwrap();
    let ending = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(400)).await;
        drop(first);
    });
    assert_eq!(second.claim_journal().await.unwrap().epoch, head.epoch + 1);
    ending.await.unwrap();
}

#[tokio::test]
async fn a_writer_that_lost_its_lock_is_fenced() {
    let url = database().await;
    let (first, second) = (store(&url).await, store(&url).await);
    let epoch = first.claim_journal().await.unwrap().epoch;
    end_sessions(&url, "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted").await;
    second.claim_journal().await.unwrap();
    let hash = [1; 32];
    let batch = Batch { epoch, number: 1, hash, ..Batch::default() };
    assert!(matches!(first.commit(&batch).await, Err(CommitError::Fenced)));
}

#[tokio::test]
async fn a_broken_connection_fails_one_commit_and_not_the_next() {
    let url = database().await;
    let store = store(&url).await;
    let epoch = store.claim_journal().await.unwrap().epoch;
    let batch = Batch { epoch, number: 1, hash: [1; 32], ..Batch::default() };
    store.commit(&batch).await.unwrap();
    end_sessions(&url, "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COMMIT%'").await;
    let previous_hash = batch.hash;
    let next = Batch { number: 2, hash: [2; 32], previous_hash, ..batch };
    assert!(matches!(store.commit(&next).await, Err(CommitError::Store(_))));
    assert_eq!(store.journal_head().await.unwrap().batch, 1);
    store.commit(&next).await.unwrap();
}

#[tokio::test]
async fn processes_that_start_together_migrate_once() {
    let url = database().await;
    let target = StoreTarget::Postgres(url);
    let results = tokio::join!(migrate(&target), migrate(&target), migrate(&target));
    assert!(results.0.is_ok() && results.1.is_ok() && results.2.is_ok());
}

/// Ends the sessions of this database that `pids` selects.
async fn end_sessions(url: &SecretString, pids: &'static str) {
    use secrecy::ExposeSecret;
    use sqlx::Connection;
    let mut db = sqlx::PgConnection::connect(url.expose_secret()).await.unwrap();
    let text = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid IN ({pids})"
    );
    let ended = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&mut db).await.unwrap();
    assert_eq!(ended.len(), 1);
}
