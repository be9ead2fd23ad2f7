//! Broker or database away while notifications to registered endpoints wait to be repeated: they come when
//! it is back, every one, in the order of their objects.

use crate::support::{
    cluster::TestCluster,
    nats::NatsServer,
    platform::{Engine, TestPlatform, eventually},
    receiver::{Received, Reply, TestReceiver},
    shop::{Shop, settled_at_once},
};
use purser::messenger::SECRET_PURPOSE;
use purser_actors::ports::{DeliveryQuery, DeliveryState};
use purser_subjects::callback::{EndpointSecret, EndpointSettings, RegisterEndpoint};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Payments, each of which causes two events: it succeeded, and it was settled.
const PAYMENTS: usize = 12;

/// Longer than a lease, so that nodes that cannot renew lose their slots meanwhile.
const AWAY: Duration = Duration::from_secs(6);

/// Pays while the receiver refuses: everything is committed, and has to be repeated every second.
async fn pay_in_vain(platform: &TestPlatform, receiver: &TestReceiver) {
    let shop = Shop::open(platform, "shop", settled_at_once()).await;
    let hmac = platform.vault.seal(SECRET_PURPOSE, "cb", &[1; 32]);
    let schedule = std::iter::once(0).chain([1; 40]).collect();
    let register = RegisterEndpoint {
        merchant: shop.merchant.clone(),
        url: receiver.url("/cb"),
        events: Vec::new(),
        description: String::new(),
        secret: EndpointSecret { hmac, ed25519: None },
        settings: EndpointSettings { schedule, ..EndpointSettings::default() },
    };
    platform.ask("cb", register).await.unwrap();
    // Fewer failures than the breaker opens for.
    receiver.answer("/cb", vec![Reply::Status(500); 8]);
    for n in 0..PAYMENTS {
        shop.purchase(platform, &format!("order-{n}"), 1_000).await;
    }
    receiver.wait_for(8).await;
}

/// Each event arrives, and is marked; those of one payment in their order.
async fn arrive(platform: &TestPlatform, receiver: &TestReceiver) {
    let query = DeliveryQuery {
        endpoint: Some("cb".parse().unwrap()),
        limit: 100,
        ..DeliveryQuery::default()
    };
    eventually("all are delivered", async || {
        let rows = platform.store.deliveries(&query).await.unwrap_or_default();
        let is_delivered = |state| state == DeliveryState::Delivered;
        rows.len() == 2 * PAYMENTS && rows.iter().all(|row| is_delivered(row.state))
    })
    .await;
    let mut seen: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for received in receiver.received() {
        let (object, sequence) = told(&received);
        let seen = seen.entry(object).or_default();
        seen.insert(sequence);
        assert!(sequence == 1 || seen.contains(&(sequence - 1)), "{sequence} before its time");
    }
    assert!(seen.len() == PAYMENTS && seen.values().all(|sequences| sequences.len() == 2));
}

fn told(received: &Received) -> (String, u64) {
    let body = received.json();
    (body["object"].as_str().unwrap().to_owned(), body["sequence"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_arrives_in_order_though_the_broker_was_away() {
    let mut server = NatsServer::start();
    let platform = TestPlatform::on(Engine::Postgres).broker(&server.url()).start().await;
    let receiver = TestReceiver::start().await;
    pay_in_vain(&platform, &receiver).await;
    server.kill();
    tokio::time::sleep(AWAY).await;
    server.restart();
    arrive(&platform, &receiver).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_arrives_in_order_though_the_database_was_away_for_all_nodes() {
    let cluster = TestCluster::of(2).await;
    let receiver = TestReceiver::start().await;
    pay_in_vain(cluster.any(), &receiver).await;
    for node in [0, 1] {
        cluster.freeze(node);
    }
    tokio::time::sleep(AWAY).await;
    for node in [0, 1] {
        cluster.thaw(node);
    }
    arrive(cluster.any(), &receiver).await;
}
