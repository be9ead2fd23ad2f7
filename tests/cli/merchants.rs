//! `purser merchant`, with a server and without one.

use super::process::Place;
use serde_json::Value;

fn create(place: &Place, name: &str, more: &[&str]) -> Value {
    let line = [&["merchant", "create", "--name", name, "--json"], more].concat();
    serde_json::from_str(&place.run(&line).success()).expect("one JSON document")
}

fn list(place: &Place) -> Vec<Value> {
    let json = place.run(&["merchant", "list", "--json"]).success();
    serde_json::from_str(&json).expect("one JSON document")
}

fn with_and_without_a_server(test: impl Fn(&Place)) {
    let place = Place::new();
    test(&place);
    let place = Place::new();
    let server = place.serve();
    test(&place);
    server.stop().success();
}

#[test]
fn a_created_merchant_has_the_shape_of_the_sandbox_file() {
    with_and_without_a_server(|place| {
        let merchant = create(place, "Corner shop", &[]);
        let gateway = &merchant["gateway"];
        assert!(gateway["username"].as_str().unwrap().starts_with("cornershop-"));
        assert_eq!(gateway["secureKey"].as_str().unwrap().len(), 32);
        assert!(merchant["baseUrl"].as_str().unwrap().starts_with("http://127.0.0.1:"));
        let id = &gateway["memberId"];
        assert!(
            list(place).iter().any(|row| row["merchant"] == *id && row["name"] == "Corner shop")
        );
        let text = place.run(&["merchant", "create", "--name", "Kiosk"]).success();
        assert!(text.contains("secureKey") && text.contains("Kiosk"), "{text}");
    });
}

#[test]
fn terms_are_set_kept_and_shown() {
    with_and_without_a_server(|place| {
        let terms = ["--fee-percent", "2.9", "--fee-fixed", "0.30EUR", "--settlement-days", "2"];
        let merchant = create(place, "Air", &[&terms[..], &["--environment", "live"]].concat());
        let id = merchant["gateway"]["memberId"].as_str().unwrap();
        let text = place.run(&["merchant", "set-terms", id, "--multiple-refunds"]).success();
        assert!(text.contains("fee 2.9% + 0.30 EUR"), "{text}");
        assert!(text.contains("settled after 2 d") && text.contains("several refunds"), "{text}");
        assert!(text.contains("live"), "{text}");
    });
}

#[test]
fn a_suspension_begins_and_ends() {
    with_and_without_a_server(|place| {
        let merchant = create(place, "Air", &[]);
        let id = merchant["gateway"]["memberId"].as_str().unwrap();
        assert!(place.run(&["merchant", "suspend", id]).success().contains("suspended"));
        assert!(place.run(&["merchant", "reinstate", id]).success().contains("active"));
    });
}

#[test]
fn refusals_are_told() {
    with_and_without_a_server(|place| {
        let told = place.run(&["merchant", "suspend", "99999999"]).failure(1);
        assert!(told.contains("not_found"), "{told}");
        let told = place.run(&["merchant", "create", "--name", ""]).failure(1);
        assert!(told.contains("invalid_field"), "{told}");
        let told = place.run(&["merchant", "create", "--name", "A", "--fee-percent", "101"]);
        told.failure(2);
    });
}

#[test]
fn an_acquirer_that_cannot_be_reached_is_refused_where_it_is_named() {
    with_and_without_a_server(|place| {
        let named = ["--acquirer", "nats:bank"];
        let live = ["merchant", "create", "--name", "Air", "--environment", "live"];
        let told = place.run(&[&live[..], &named].concat()).failure(1);
        assert!(told.contains("connector bank") && told.contains("no key"), "{told}");
        let told = place.run(&["merchant", "create", "--name", "A", "--acquirer", "nats:bank"]);
        assert!(told.failure(1).contains("sandbox acquirer"));
        let without = place.run(&live).success();
        assert!(without.contains("--acquirer"), "{without}");
        let merchant = create(place, "Air", &["--environment", "live"]);
        let id = merchant["gateway"]["memberId"].as_str().unwrap();
        let told = place.run(&[&["merchant", "set-terms", id][..], &named].concat()).failure(1);
        assert!(told.contains("connector bank"), "{told}");
    });
}

#[test]
fn a_key_of_a_connector_needs_a_broker_and_64_digits() {
    let key = "5a".repeat(32);
    let mut place = Place::new().with_env("PURSER_CONNECTOR_KEY_MY_BANK", &key);
    let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failure(2);
    assert!(told.contains("my-bank") && told.contains("--nats-url"), "{told}");
    place.set_env("PURSER_CONNECTOR_KEY_MY_BANK", &key[2..]);
    let told = place.run(&["merchant", "list"]).failure(2);
    assert!(told.contains("PURSER_CONNECTOR_KEY_MY_BANK") && !told.contains("5a5a"), "{told}");
}

#[test]
fn the_list_goes_on_past_a_page() {
    let place = Place::new();
    let server = place.serve();
    for number in 0..3 {
        create(&place, &format!("Shop {number}"), &[]);
    }
    let rows = list(&place);
    assert_eq!(rows.len(), 4, "three and the sandbox merchant");
    server.stop().success();
}
