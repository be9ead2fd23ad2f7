//! `purser verify` on SQLite: clean, in use, tampered with, and not there.

use super::process::Place;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

async fn tamper(place: &Place, statement: &'static str) {
    let options = SqliteConnectOptions::new().filename(place.data("purser.db"));
    let mut db = SqliteConnection::connect_with(&options).await.expect("the database opens");
    let changed = sqlx::query(statement).execute(&mut db).await.expect("the statement runs");
    assert!(changed.rows_affected() > 0, "{statement}");
    db.close().await.expect("the database closes");
}

#[test]
fn a_store_is_verified_while_it_is_served_and_after() {
    let place = Place::new();
    let server = place.serve();
    let told = place.run(&["verify"]).success();
    assert!(told.contains("per second"), "{told}");
    server.stop().success();
    place.run(&["verify"]).success();
}

#[tokio::test]
async fn the_first_difference_is_told() {
    let place = Place::new();
    place.serve().stop().success();
    tamper(&place, "UPDATE events SET name = 'invented' WHERE number = 1").await;
    let told = place.run(&["verify"]).failure(1);
    assert!(told.contains("expected") && told.contains("found"), "{told}");
}

#[test]
fn without_a_store_it_cannot_run() {
    let place = Place::new();
    place.run(&["verify"]).failure(2);
    assert!(!place.data("").exists(), "nothing was made");
    place.run(&["verify", "--database-url", "postgres://127.0.0.1:1/none"]).failure(2);
}
