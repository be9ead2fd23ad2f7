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

/// Indexes of deliveries, and how they are made.
async fn indexes(db: &mut sqlx::PgConnection) -> Vec<(String, String)> {
    let text = "SELECT indexname::text, indexdef FROM pg_indexes WHERE tablename = 'deliveries' \
                AND NOT EXISTS (SELECT 1 FROM pg_index WHERE NOT indisvalid) ORDER BY 1";
    sqlx::query_as(text).fetch_all(db).await.unwrap()
}

#[tokio::test]
async fn a_start_that_was_killed_within_a_migration_is_no_obstacle() {
    let url: SecretString = new_database().await.into();
    let target = StoreTarget::Postgres(url.clone());
    migrate(&target).await.unwrap();
    let mut db = sqlx::PgConnection::connect(url.expose_secret()).await.unwrap();
    let before = indexes(&mut db).await;
    assert!(before.len() > 3, "{before:?}");
    for version in [4, 5, 6, 7, 8, 9, 22] {
        // What the server went on with by itself, and nobody noted.
        let unnoted = sqlx::query("DELETE FROM _sqlx_migrations WHERE version = $1").bind(version);
        assert_eq!(unnoted.execute(&mut db).await.unwrap().rows_affected(), 1);
        migrate(&target).await.unwrap();
        assert_eq!(indexes(&mut db).await, before, "{version}");
    }
}

/// Ends the one session in the database that commits.
async fn end_writing_session(url: &SecretString) {
    let mut db = sqlx::PgConnection::connect(url.expose_secret()).await.unwrap();
    let text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND application_name = 'purser-journal'";
    let ended = sqlx::query(text).fetch_all(&mut db).await.unwrap();
    assert_eq!(ended.len(), 1);
}
