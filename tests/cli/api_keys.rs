//! `purser merchant api-key`, and the key of the sandbox merchant.

use super::process::{Place, Server};
use serde_json::Value;

fn create(place: &Place, merchant: &str) -> Value {
    let line = ["merchant", "api-key", "create", merchant, "--label", "back office", "--json"];
    serde_json::from_str(&place.run(&line).success()).expect("one JSON document")
}

fn names(place: &Place, merchant: &str) -> Vec<String> {
    let line = ["merchant", "api-key", "list", merchant, "--json"];
    let keys: Vec<Value> = serde_json::from_str(&place.run(&line).success()).expect("JSON");
    keys.iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect()
}

fn status(server: &Server, key: &str) -> u16 {
    let url = server.url("/v1/callback-endpoints");
    let get = async || {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.get(url).bearer_auth(key).send().await.unwrap().status().as_u16()
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(get())
}

#[test]
fn the_sandbox_merchant_has_a_key_that_is_kept_in_its_file_alone() {
    let place = Place::new();
    let server = place.serve();
    let sandbox = place.sandbox();
    let key = sandbox["api"]["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("pk_sandbox_") && key.len() == 54, "{key}");
    assert_eq!(status(&server, &key), 200);
    server.stop().success();
    let database = std::fs::read(place.data("purser.db")).unwrap();
    assert_eq!(memchr::memmem::find(&database, key.as_bytes()), None, "the key is stored");

    // The next start keeps it; a file without one is told of.
    let server = place.serve();
    assert_eq!(place.sandbox()["api"]["key"].as_str(), Some(key.as_str()));
    let ended = server.stop();
    assert!(!ended.stderr.contains("api-key create"), "{}", ended.stderr);
    std::fs::remove_file(place.data("sandbox.json")).unwrap();
    let server = place.serve();
    assert_eq!(place.sandbox().get("api"), None);
    let ended = server.stop();
    let merchant = sandbox["gateway"]["memberId"].as_str().unwrap();
    let advice = format!("purser merchant api-key create {merchant}");
    assert!(ended.stderr.contains(&advice), "{}", ended.stderr);
}

#[test]
fn keys_are_made_listed_and_revoked_at_once() {
    let place = Place::new();
    let server = place.serve();
    let sandbox = place.sandbox();
    let merchant = sandbox["gateway"]["memberId"].as_str().unwrap();
    let created = create(&place, merchant);
    let (key, name) = (created["key"].as_str().unwrap(), created["name"].as_str().unwrap());
    assert!(key.ends_with(created["hint"].as_str().unwrap()));
    assert_eq!(status(&server, key), 200);
    assert_eq!(names(&place, merchant).len(), 2);
    let table = place.run(&["merchant", "api-key", "list", merchant]).success();
    assert!(table.contains(name) && table.contains("back office"), "{table}");
    assert!(!table.contains(key), "{table}");

    place.run(&["merchant", "api-key", "revoke", merchant, name]).success();
    assert_eq!(status(&server, key), 401);
    assert_eq!(names(&place, merchant).len(), 1);
    let told = place.run(&["merchant", "api-key", "revoke", merchant, name]).failure(1);
    assert!(told.contains("not_found"), "{told}");
    // The other key of the merchant is still valid.
    assert_eq!(status(&server, sandbox["api"]["key"].as_str().unwrap()), 200);
    server.stop().success();
}

#[test]
fn a_created_merchant_has_a_key_of_its_environment() {
    let place = Place::new();
    let line = ["merchant", "create", "--name", "Air", "--environment", "live", "--json"];
    let merchant: Value = serde_json::from_str(&place.run(&line).success()).unwrap();
    let key = merchant["api"]["key"].as_str().unwrap();
    assert!(key.starts_with("pk_live_"), "{key}");
    let text = place.run(&["merchant", "create", "--name", "Kiosk"]).success();
    assert!(text.contains("API key     pk_sandbox_"), "{text}");
    place.run(&["merchant", "api-key", "create", "99999999"]).failure(1);
}
