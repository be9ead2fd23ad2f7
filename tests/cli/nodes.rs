//! Several servers on one database, and verbs beside them.

use super::process::Place;
use crate::{
    gateway::client::Shop,
    support::{merchant::Merchant, nats::NatsServer, platform::eventually, postgres::new_database},
};
use std::time::Duration;

/// Places whose servers share a database, a broker and a key.
struct Deployment {
    database: String,
    broker: NatsServer,
}

impl Deployment {
    async fn new() -> Self {
        Self { database: new_database().await, broker: NatsServer::start() }
    }

    fn place(&self) -> Place {
        self.place_without_nats().with_env("PURSER_NATS_URL", &self.broker.url())
    }

    fn place_without_nats(&self) -> Place {
        Place::new()
            .with_env("PURSER_DATABASE_URL", &self.database)
            .with_env("PURSER_MASTER_KEY", &"5a".repeat(32))
    }
}

async fn metrics(url: String) -> String {
    reqwest::get(url).await.expect("metrics").text().await.expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_with_different_roles_take_payments_together() {
    let deployment = Deployment::new().await;
    let (actors, others) = (deployment.place(), deployment.place());
    let (ingress, operator) = (deployment.place(), deployment.place());
    let first = actors.serve_with(&["--roles", "actors", "--node-name", "first"]);
    let second = others.serve_with(&["--roles", "actors,callbacks"]);
    let front = ingress.serve_with(&["--roles", "ingress"]);
    let shown = metrics(front.url("/metrics")).await;
    assert!(shown.contains(r#"purser_slots_held{share="actors"} 0"#), "{shown}");
    let ready = reqwest::get(front.url("/health/ready")).await.expect("it answers");
    assert!(ready.status().is_success());

    // A verb in a folder without a server reaches the nodes, and starts none.
    operator.run(&["merchant", "create", "--name", "Air"]).success();
    let listed = operator.run(&["merchant", "list"]).success();
    assert!(listed.contains("Air") && listed.contains("Sandbox"), "{listed}");

    let merchant = Merchant::from_sandbox(&actors.sandbox());
    let shop = Shop::log_in(&front.url(""), &merchant).await;
    shop.pay("DB", "order-1", "12.50", &[]).await.expect("00001");
    // Without actors there is nobody to pay at, and no such page.
    let nowhere = reqwest::get(first.url("/transactionServices/REST/v1/authToken")).await;
    assert_eq!(nowhere.expect("it answers").status(), 404);

    // One node is killed, another goes on with its work.
    first.signal("KILL");
    first.wait();
    for order in 2..6 {
        shop.pay("DB", &format!("order-{order}"), "1.00", &[]).await.expect("00001");
    }
    // These orders may all have been the other's already; it takes over the rest once the lease has run out.
    eventually("the other node has all slots", async || {
        let shown = metrics(second.url("/metrics")).await;
        shown.contains(r#"purser_slots_held{share="actors"} 64"#)
    })
    .await;
    for server in [front, second] {
        server.stop().success();
    }
    operator.run(&["verify"]).success();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_nats_a_process_is_alone_on_its_database() {
    let deployment = Deployment::new().await;
    let place = deployment.place();
    let server = place.serve_with(&["--node-name", "the-first"]);
    let other = deployment.place_without_nats();
    for verb in [&["serve", "--listen", "127.0.0.1:0"][..], &["merchant", "list"]] {
        let told = other.run(verb).failure(2);
        assert!(told.contains("the-first") && told.contains("--nats-url"), "{told}");
    }
    other.run(&["verify"]).success();
    server.stop().success();
    // Nobody runs: the verb is a node for as long as it takes.
    let listed = other.run(&["merchant", "list"]).success();
    assert!(listed.contains("Sandbox"), "{listed}");
    let server = other.serve();
    // One that was killed is waited for, also in another folder.
    server.signal("KILL");
    server.wait();
    let begun = std::time::Instant::now();
    deployment.place_without_nats().serve().stop().success();
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_started_again_is_the_same_node() {
    let deployment = Deployment::new().await;
    let place = deployment.place();
    let server = place.serve();
    let id = std::fs::read_to_string(place.data("node-id")).expect("the node has an id");
    server.signal("KILL");
    server.wait();
    let begun = std::time::Instant::now();
    let server = place.serve();
    let taken = begun.elapsed();
    assert_eq!(std::fs::read_to_string(place.data("node-id")).expect("it is there"), id);
    let shown = metrics(server.url("/metrics")).await;
    assert!(shown.contains(r#"purser_slots_held{share="callbacks"} 64"#), "{shown}, {taken:?}");
    server.stop().success();
}
