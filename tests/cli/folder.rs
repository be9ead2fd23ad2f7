//! The data folder: first start, later starts, one process at a time, and the stop.

use super::process::Place;
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

fn mode(path: &Path) -> u32 {
    fs::metadata(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .permissions()
        .mode()
        & 0o777
}

#[test]
fn the_first_start_makes_everything_and_a_signal_stops_it_cleanly() {
    for signal in ["TERM", "INT"] {
        let place = Place::new();
        let server = place.serve();
        let address = server.address.clone();
        assert_eq!(mode(&place.data("")), 0o700);
        for file in ["master.key", "sandbox.json", "purser.db", "control.sock"] {
            assert_eq!(mode(&place.data(file)), 0o600, "{file}");
        }
        let sandbox = place.sandbox();
        assert_eq!(sandbox["baseUrl"], json!(format!("http://{address}")));
        let gateway = sandbox["gateway"].as_object().unwrap();
        let mut keys: Vec<_> = gateway.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["memberId", "partnerId", "secureKey", "username"]);
        let number = |key: &str| gateway[key].as_str().unwrap().parse::<u64>().unwrap();
        assert!((10_000_000..100_000_000).contains(&number("memberId")));
        number("partnerId");

        server.signal(signal);
        let ended = server.wait();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stdout, format!("listening on http://{address}\n"));
        assert!(ended.stderr.contains("master.key"), "the reminder: {}", ended.stderr);
        assert!(!ended.stderr.contains(gateway["secureKey"].as_str().unwrap()));
        assert!(!place.data("control.sock").exists());
    }
}

#[test]
fn a_later_start_keeps_the_merchant_and_brings_its_file_back() {
    let place = Place::new();
    place.serve().stop().success();
    let first = place.sandbox();
    fs::remove_file(place.data("sandbox.json")).unwrap();
    let server = place.serve();
    let second = place.sandbox();
    assert_eq!(second["gateway"], first["gateway"]);
    assert_eq!(second["baseUrl"], json!(server.url("")));
    let ended = server.stop();
    assert!(!ended.stderr.contains("Made the master key"), "{}", ended.stderr);
}

#[test]
fn a_killed_server_leaves_nothing_in_the_way() {
    let place = Place::new();
    let server = place.serve();
    let first = place.sandbox();
    server.signal("KILL");
    server.wait();
    assert!(place.data("control.sock").exists());
    let server = place.serve();
    assert_eq!(place.sandbox()["gateway"], first["gateway"]);
    server.stop().success();
}

#[test]
fn a_second_server_on_the_folder_is_refused() {
    let place = Place::new();
    let server = place.serve();
    let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failure(2);
    assert!(told.contains("another purser process") && told.contains("--data-dir"), "{told}");
    server.stop().success();
}

#[test]
fn a_taken_port_is_told_and_nothing_is_begun() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new();
    let told = place.run(&["serve", "--listen", &address]).failure(2);
    assert!(told.contains(&address), "{told}");
    assert!(!place.data("master.key").exists());
}

#[test]
fn a_folder_with_a_long_path_works() {
    let place = Place::new();
    let long = "x".repeat(110);
    let server = place.serve_with(&["--data-dir", &long]);
    let listed = place.run(&["merchant", "list", "--data-dir", &long]).success();
    assert!(listed.contains("Sandbox"), "{listed}");
    server.stop().success();
}
