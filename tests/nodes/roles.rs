//! Nodes that do only a part of the work.

use crate::{
    gateway::client::Shop as Client,
    support::{
        cluster::{TestCluster, Wire},
        platform::PARTITIONS,
        receiver::TestReceiver,
        shop::{Shop, is_approved, terms},
    },
};
use purser_actors::ports::{Share, Slot};
use purser_subjects::{EndpointId, callback::InquireEndpoint};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_for_callbacks_alone_delivers_what_other_nodes_cause() {
    let mut cluster = TestCluster::empty(Wire::Nats).await;
    let actors = cluster.add(&[Share::Actors]).await;
    let callbacks = cluster.add(&[Share::Callbacks]).await;
    cluster.is_balanced().await;
    let receiver = TestReceiver::start().await;
    let platform = cluster.node(actors);
    let shop = Shop::open(platform, "shop", terms()).await.notified_at(receiver.url("/cb"));
    let endpoint = EndpointId::derive(&shop.merchant, shop.notify.as_ref().unwrap());
    assert_eq!(cluster.owner_of(&endpoint.key()).await, Some(callbacks));
    for n in 0..5 {
        let reply = shop.purchase(platform, &format!("order-{n}"), 1_000).await;
        assert!(is_approved(&reply));
    }
    receiver.wait_for(5).await;
    // Every node is asked about the endpoint, and one answers.
    let view = platform.ask(endpoint.as_str(), InquireEndpoint { merchant: None }).await.unwrap();
    assert_eq!(view.failures_in_a_row, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_slots_takes_calls_for_the_others() {
    let mut cluster = TestCluster::empty(Wire::Nats).await;
    let ingress = cluster.add(&[]).await;
    let worker = cluster.add(&Share::ALL).await;
    cluster.is_balanced().await;
    let view = cluster.view().await;
    assert_eq!(view.nodes.len(), 2);
    assert!(cluster.node(ingress).node().slots().is_empty());
    let all = Slot::all(&Share::ALL, PARTITIONS).count();
    assert_eq!(cluster.node(worker).node().slots().len(), all);
    let merchant = cluster.node(ingress).merchant("corner-shop").create().await;
    let client = Client::log_in(&cluster.node(ingress).base_url(), &merchant).await;
    let paid = client.pay("DB", "order-1", "12.50", &[]).await.expect("00001");
    let again = client.pay("DB", "order-1", "12.50", &[]).await.expect("00001");
    assert_eq!(paid, again);
}
