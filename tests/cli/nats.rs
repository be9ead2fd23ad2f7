//! The server on NATS and PostgreSQL.

use super::process::{Ended, Place};
use crate::support::{
    nats::{self, NatsServer},
    postgres::new_database,
};
use purser::bus::nats::NatsBus;
use purser_actors::{AskOptions, Client};
use purser_subjects::{
    SubjectPrefix,
    account::{OpenAccount, Side},
};
use std::{sync::Arc, time::Duration};

fn open() -> OpenAccount {
    let currency = "EUR".parse().expect("a currency");
    OpenAccount { currency, side: Side::Credit, floor: Some(0), ceiling: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_works_over_nats_and_stops_cleanly() {
    let broker = NatsServer::start();
    let place = Place::new()
        .with_env("PURSER_DATABASE_URL", &new_database().await)
        .with_env("PURSER_NATS_URL", &broker.url())
        .with_env("PURSER_NATS_PREFIX", "acme.purser");
    let server = place.serve();
    let created = place.run(&["merchant", "create", "--name", "Air", "--json"]).success();
    assert!(created.contains("secureKey"), "{created}");

    // An internal system reaches the actors over the same broker.
    let prefix: SubjectPrefix = "acme.purser".parse().expect("a prefix");
    let bus: NatsBus = nats::connect(&broker.url(), &prefix).await;
    let clock = Arc::new(purser::clock::SystemClock::new());
    let client = Client::new(Arc::new(bus), clock, 64, "outside");
    let alice = "alice".parse().expect("an id");
    client.ask(&alice, open(), AskOptions::default()).await.expect("the account is opened");
    let listing = server.url("/metrics");
    let metrics = reqwest::get(listing).await.expect("metrics").text().await.expect("text");
    assert!(metrics.contains("purser_nats_connects_total"), "{metrics}");

    server.stop().success();
    let gone = client.ask(&alice, open(), AskOptions::default()).await;
    assert!(gone.is_err_and(|refused| refused.code.is_retryable()));
    place.run(&["verify"]).success();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_a_broker_ends_after_a_while_and_says_why() {
    let mut broker = NatsServer::start();
    broker.kill();
    let place = Place::new()
        .with_env("PURSER_DATABASE_URL", &new_database().await)
        .with_env("PURSER_NATS_URL", &broker.url().replace("nats://", "nats://u:hunter2@"));
    let begun = std::time::Instant::now();
    let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failure(2);
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert!(told.contains("no NATS server answers at nats://127.0.0.1"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_outlives_its_broker() {
    let mut broker = NatsServer::start();
    let place = Place::new()
        .with_env("PURSER_DATABASE_URL", &new_database().await)
        .with_env("PURSER_NATS_URL", &broker.url());
    let server = place.serve();
    broker.kill();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let live = reqwest::get(server.url("/health/live")).await.expect("it answers");
    assert!(live.status().is_success());
    broker.restart();
    let mut created = create(&place);
    for _ in 0..20 {
        if created.code == Some(0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        created = create(&place);
    }
    created.success();
    server.stop().success();
    place.run(&["verify"]).success();
}

fn create(place: &Place) -> Ended {
    place.run(&["merchant", "create", "--name", "Air"])
}
