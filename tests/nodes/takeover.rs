//! Slots that move: because a node was killed, is stopped, or joins.

use super::load::Load;
use crate::support::{
    cluster::{TAKEOVER, TestCluster},
    platform::{account, entity, eventually, transfer},
};
use purser_actors::{AskOptions, ports::Share};
use purser_subjects::{ErrorCode, account::ReadBalance};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// A guarded account of the node `node`, with money on it.
async fn account_of(cluster: &TestCluster, node: usize) -> String {
    for n in 0..1_000 {
        let name = format!("account-{n}");
        if cluster.owner_of(&account(&name).key()).await == Some(node) {
            cluster.any().open_funded(&name, 0, 100).await;
            return name;
        }
    }
    panic!("the node {node} has no slot");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_the_slots_and_answer_for_each_other() {
    let cluster = TestCluster::of(2).await;
    let (first, second) = (account_of(&cluster, 0).await, account_of(&cluster, 1).await);
    for node in [0, 1] {
        let platform = cluster.node(node);
        platform.ask(&first, transfer(&second, 2)).await.unwrap();
        platform.ask(&second, transfer(&first, 1)).await.unwrap();
    }
    assert_eq!(cluster.node(0).balance(&first).await.posted, 98);
    assert_eq!(cluster.node(1).balance(&second).await.posted, 102);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_killed_and_comes_back_has_its_slots_again_at_once() {
    let mut cluster = TestCluster::of(1).await;
    let name = account_of(&cluster, 0).await;
    let begun = Instant::now();
    cluster.restart(0).await;
    assert_eq!(cluster.node(0).balance(&name).await.posted, 100);
    assert!(begun.elapsed() < 2 * SECOND, "it took {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_can_answer_is_told_so_within_its_deadline() {
    let mut cluster = TestCluster::of(1).await;
    let name = account_of(&cluster, 0).await;
    let client = cluster.client();
    let again = cluster.node(0).client.clone();
    cluster.stop(0).await;
    let begun = Instant::now();
    let options = AskOptions { timeout: SECOND, ..AskOptions::default() };
    let refused = client.ask(&entity(&name), ReadBalance::default(), options).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unavailable);
    assert!(begun.elapsed() <= SECOND + SECOND / 2);
    // One that waits is answered by the next node.
    let waiting = tokio::spawn(async move {
        let options = AskOptions::default();
        again.ask(&entity(&name), ReadBalance::default(), options).await
    });
    tokio::time::sleep(SECOND / 2).await;
    cluster.add(&Share::ALL).await;
    assert_eq!(waiting.await.unwrap().unwrap().posted, 100);
    eventually("it has all slots", async || cluster.view().await.nodes.len() == 1).await;
}

on_both_wires! {
    async fn the_slots_of_a_node_that_was_killed_are_taken_over_within_five_seconds(wire) {
        let mut cluster = TestCluster::on(wire, 2).await;
        let moved = account_of(&cluster, 1).await;
        let stayed = account_of(&cluster, 0).await;
        cluster.ask(&moved, transfer(&stayed, 10)).await.unwrap();
        let killed = Instant::now();
        cluster.kill(1).await;
        // One request waits until somebody has the slot.
        let reply = cluster.ask(&moved, transfer(&stayed, 5)).await;
        assert!(killed.elapsed() < TAKEOVER, "it took {:?}", killed.elapsed());
        reply.unwrap();
        assert_eq!(cluster.any().balance(&moved).await.posted, 85);
        assert_eq!(cluster.owner_of(&account(&moved).key()).await, Some(0));
        assert_eq!(cluster.view().await.nodes.len(), 1);
    }

    async fn no_request_fails_when_a_node_is_stopped(wire) {
        let mut cluster = TestCluster::on(wire, 3).await;
        let load = Load::on(cluster.node(2)).await;
        load.goes_on(SECOND).await;
        cluster.stop(0).await;
        load.goes_on(SECOND).await;
        cluster.stop(1).await;
        load.goes_on(SECOND).await;
        let tally = load.end().await;
        tally.nothing_failed();
        assert!(tally.slowest < 3 * SECOND, "somebody waited {:?}", tally.slowest);
        tally.is_booked(&cluster).await;
    }

    async fn no_request_fails_when_nodes_join_and_take_their_part(wire) {
        let mut cluster = TestCluster::on(wire, 1).await;
        let load = Load::on(cluster.node(0)).await;
        load.goes_on(SECOND).await;
        for _ in 0..2 {
            cluster.add(&Share::ALL).await;
            cluster.is_balanced().await;
            load.goes_on(SECOND).await;
        }
        let tally = load.end().await;
        tally.nothing_failed();
        assert!(tally.slowest < 3 * SECOND, "somebody waited {:?}", tally.slowest);
        tally.is_booked(&cluster).await;
        let view = cluster.view().await;
        assert_eq!(view.nodes.len(), 3);
    }
}
