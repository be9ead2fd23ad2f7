//! What subscribers see of events while the slots of their entities move.

use super::load::Load;
use crate::support::{cluster::TestCluster, platform::eventually};
use purser_actors::ports::{Share, Subscription};
use purser_subjects::{Envelope, Subject, SubjectKind, decode};
use serde::de::IgnoredAny;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Numbers of the events of each entity, in the order in which they were first seen.
type Seen = Arc<Mutex<BTreeMap<String, Vec<i64>>>>;

async fn watch(mut events: Subscription, seen: Seen) {
    while let Some(message) = events.next().await {
        let Ok(Subject::Event { entity, .. }) = message.subject.parse() else {
            panic!("an event: {}", message.subject)
        };
        let envelope: Envelope<IgnoredAny> = decode(&message.payload).unwrap();
        let number = envelope.sequence.unwrap();
        let mut seen = seen.lock().unwrap();
        let numbers = seen.entry(entity.to_string()).or_default();
        // An event may be told again; subscribers know it by its number.
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_an_entity_come_in_order_whoever_has_it() {
    let mut cluster = TestCluster::of(2).await;
    let seen = Seen::default();
    let events =
        cluster.any().bus.subscribe(&Subject::pattern(SubjectKind::Event), None).await.unwrap();
    let watching = tokio::spawn(watch(events, seen.clone()));
    let load = Load::on(cluster.any()).await;
    load.goes_on(Duration::from_secs(1)).await;
    cluster.add(&Share::ALL).await;
    load.goes_on(Duration::from_secs(1)).await;
    cluster.kill(0).await;
    load.goes_on(Duration::from_secs(6)).await;
    cluster.stop(1).await;
    load.goes_on(Duration::from_secs(1)).await;
    let tally = load.end().await;
    tally.is_booked(&cluster).await;
    let count = usize::try_from(tally.count()).unwrap();
    eventually("every transfer was told of", async || {
        let seen = seen.lock().unwrap();
        let of_payers = seen.iter().filter(|(entity, _)| entity.contains("payer-"));
        // Each payer was opened, too.
        of_payers.map(|(_, numbers)| numbers.len() - 1).sum::<usize>() == count
    })
    .await;
    for (entity, numbers) in &*seen.lock().unwrap() {
        let in_order: Vec<i64> = (1..).take(numbers.len()).collect();
        assert_eq!(*numbers, in_order, "{entity}");
    }
    watching.abort();
}
