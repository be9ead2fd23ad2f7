//! The same verbs on PostgreSQL.

use super::process::Place;
use crate::support::postgres::new_database;

#[tokio::test(flavor = "multi_thread")]
async fn verbs_work_on_postgresql() {
    let url = new_database().await;
    let mut place = Place::new();
    place.set_env("PURSER_DATABASE_URL", &url);
    assert!(place.run(&["migrate"]).success().starts_with("Made "));
    assert!(place.run(&["migrate"]).success().contains("up to date"));
    assert!(!place.data("").exists(), "the database alone was touched");

    let server = place.serve();
    assert!(!place.data("purser.db").exists());
    let created = place.run(&["merchant", "create", "--name", "Air", "--json"]).success();
    assert!(created.contains("secureKey"), "{created}");
    place.run(&["verify"]).success();
    let ended = server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let listed = place.run(&["merchant", "list"]).success();
    assert!(listed.contains("Air") && listed.contains("Sandbox"), "{listed}");
    place.run(&["verify"]).success();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_folder_without_the_key_is_refused() {
    let url = new_database().await;
    let first = Place::new().with_env("PURSER_DATABASE_URL", &url);
    first.serve().stop().success();
    let second = Place::new().with_env("PURSER_DATABASE_URL", &url);
    let told = second.run(&["serve", "--listen", "127.0.0.1:0"]).failure(2);
    assert!(told.contains("master key"), "{told}");
    assert!(!second.data("master.key").exists());
}
