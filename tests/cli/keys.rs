//! The master key: where it comes from, and that a wrong one is refused.

use super::process::Place;
use std::fs;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[test]
fn a_key_from_the_environment_makes_no_file() {
    let place = Place::new().with_env("PURSER_MASTER_KEY", KEY);
    let ended = place.serve().stop();
    assert!(!place.data("master.key").exists());
    assert!(!ended.stderr.contains(KEY));
    place.serve().stop().success();
}

#[test]
fn a_wrong_key_is_refused_with_its_source() {
    let mut place = Place::new().with_env("PURSER_MASTER_KEY", KEY);
    place.serve().stop().success();
    place.set_env("PURSER_MASTER_KEY", OTHER);
    let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failure(2);
    assert!(told.contains("PURSER_MASTER_KEY") && !told.contains(OTHER), "{told}");

    fs::write(place.data("master.key"), format!("{OTHER}\n")).unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(place.data("master.key"), fs::Permissions::from_mode(0o600)).unwrap();
    place.set_env("PURSER_MASTER_KEY", "");
    let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failure(2);
    assert!(told.contains("master.key") && !told.contains(OTHER), "{told}");

    place.set_env("PURSER_MASTER_KEY", KEY);
    place.serve().stop().success();
}

#[test]
fn a_missing_key_is_not_replaced_by_a_new_one() {
    let place = Place::new();
    place.serve().stop().success();
    let key = fs::read(place.data("master.key")).unwrap();
    fs::remove_file(place.data("master.key")).unwrap();
    let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failure(2);
    assert!(told.contains("missing") && told.contains("master.key"), "{told}");
    assert!(!place.data("master.key").exists());
    assert!(!String::from_utf8_lossy(&key).trim().is_empty());
}

#[test]
fn a_key_that_is_none_is_refused() {
    let place = Place::new().with_env("PURSER_MASTER_KEY", "not-hex");
    let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failure(2);
    assert!(told.contains("64 hex digits") && !told.contains("not-hex"), "{told}");
}
