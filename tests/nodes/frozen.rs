//! A node that stands still for longer than its lease lasts, and goes on as if nothing had been.

use crate::support::{
    cluster::TestCluster,
    platform::{account, entity, eventually, transfer},
};
use purser_actors::AskOptions;
use purser_subjects::{
    Ask, EntityKey, EntityKind,
    merchant::{CreateMerchant, Environment, MerchantTerms, ReadProfile, Suspend},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The id of something of this kind that the node `node` has.
async fn name_of(cluster: &TestCluster, kind: EntityKind, node: usize) -> String {
    for n in 10_000..11_000 {
        let name = n.to_string();
        let key = EntityKey::new(kind, entity(&name));
        if cluster.owner_of(&key).await == Some(node) {
            return name;
        }
    }
    panic!("the node {node} has no slot");
}

async fn is_taken_over(cluster: &TestCluster, key: &EntityKey) {
    eventually("another node has the slot", async || {
        cluster.owner_of(key).await.is_some_and(|owner| owner == 0)
    })
    .await;
}

/// Asks until there is an answer that stays: the new owner may not listen yet when it has the slot, and
/// the one before is silent.
async fn ask_until_answered<A: Ask>(cluster: &TestCluster, name: &str, command: A) -> A::Reply {
    let options = || AskOptions { key: Some("again".to_owned()), ..AskOptions::default() };
    let (client, id) = (cluster.client(), entity(name));
    for _ in 0..500 {
        match client.ask(&id, command.clone(), options()).await {
            Ok(reply) => return reply,
            Err(refused) => assert!(refused.code.is_retryable(), "{refused}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the new owner of {name} does not answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_frozen_node_sends_after_it_was_replaced_is_not_stored() {
    let cluster = TestCluster::of(2).await;
    let name = name_of(&cluster, EntityKind::Account, 1).await;
    let key = account(&name).key();
    cluster.node(0).open_funded(&name, 0, 100).await;
    cluster.node(0).open_funded("other", 0, 0).await;
    cluster.ask(&name, transfer("other", 10)).await.unwrap();
    cluster.freeze(1);
    // It decides this, from memory, and cannot commit it.
    let client = cluster.client();
    let options = || AskOptions {
        key: Some("late".to_owned()),
        timeout: Duration::from_secs(30),
        ..AskOptions::default()
    };
    let id = entity(&name);
    let late = {
        let (client, id, options) = (client.clone(), id.clone(), options());
        tokio::spawn(async move { client.ask(&id, transfer("other", 20), options).await })
    };
    is_taken_over(&cluster, &key).await;
    // The new owner knows of no other debit.
    ask_until_answered(&cluster, &name, transfer("other", 85)).await;
    cluster.thaw(1);
    // Whatever the caller is told, the money that is gone cannot be spent again.
    let _ = late.await.unwrap();
    let refused = client.ask(&id, transfer("other", 20), options()).await.unwrap_err();
    assert!(!refused.code.is_retryable(), "{refused}");
    assert_eq!(cluster.node(0).balance(&name).await.posted, 5);
    assert_eq!(cluster.node(0).balance("other").await.posted, 95);
    // It is a member again, and works.
    cluster.is_balanced().await;
    eventually("the frozen node answers again", async || {
        cluster.node(1).ask(&name, transfer("other", 1)).await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_node_answers_nothing_from_memory_once_its_lease_has_run_out() {
    let cluster = TestCluster::of(2).await;
    let name = name_of(&cluster, EntityKind::Merchant, 1).await;
    let create = CreateMerchant {
        name: "Shop".to_owned(),
        environment: Environment::Sandbox,
        credentials: Vec::new(),
        terms: MerchantTerms::default(),
    };
    cluster.ask(&name, create).await.unwrap();
    let before = cluster.ask(&name, ReadProfile {}).await.unwrap();
    cluster.freeze(1);
    let key = EntityKey::new(EntityKind::Merchant, entity(&name));
    is_taken_over(&cluster, &key).await;
    let suspended = ask_until_answered(&cluster, &name, Suspend {}).await;
    assert_ne!(suspended.status, before.status);
    // Both nodes hear of these, and only the one that may answers.
    let mut answers = BTreeMap::new();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        let status = match cluster.ask(&name, ReadProfile {}).await {
            Ok(profile) => profile.status == suspended.status,
            Err(refused) => panic!("{refused}"),
        };
        *answers.entry(status).or_insert(0) += 1;
    }
    assert!(!answers.contains_key(&false), "answered from before: {answers:?}");
    cluster.thaw(1);
    cluster.is_balanced().await;
    assert_eq!(cluster.ask(&name, ReadProfile {}).await.unwrap().status, suspended.status);
}
