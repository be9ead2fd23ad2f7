//! The broker goes away under traffic: every answer is right or retryable, and what was promised holds.

use crate::support::{
    nats::{self, NatsServer},
    platform::{Engine, TestPlatform, eventually, transfer},
};
use async_nats::jetstream::message::StreamMessage;
use futures_util::future::join_all;
use purser_subjects::{Envelope, ErrorCode, Rejection};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long the broker is away, in seconds.
const DOWN: &str = "PURSER_OUTAGE_SECS";

fn down() -> Duration {
    let seconds = std::env::var(DOWN).map_or(3, |text| text.parse().expect("a number of seconds"));
    Duration::from_secs(seconds)
}

/// Tries a transfer with one key until it gets a definite answer; tells how often it was told to retry.
async fn insist(platform: &TestPlatform, key: &str) -> Result<u32, Rejection> {
    let mut retries = 0;
    loop {
        match platform.ask_once("alice", key, transfer("bob", 1)).await {
            Ok(_) => return Ok(retries),
            Err(refused) if refused.code.is_retryable() => {
                assert!(
                    matches!(refused.code, ErrorCode::Unavailable | ErrorCode::Overloaded),
                    "{refused}"
                );
                retries += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(refused) => return Err(refused),
        }
    }
}

/// Transfers from many clients while `outage` happens.
async fn under_traffic(platform: &TestPlatform, outage: impl AsyncFnOnce()) -> (usize, u32) {
    let is_over = Arc::new(AtomicBool::new(false));
    let clients = (0..16).map(async |client| {
        let (mut done, mut retries) = (0, 0);
        while !is_over.load(Ordering::Relaxed) {
            retries += insist(platform, &format!("{client}-{done}")).await.unwrap();
            done += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (done, retries)
    });
    let (outcomes, ()) = tokio::join!(join_all(clients), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        outage().await;
        is_over.store(true, Ordering::Relaxed);
    });
    outcomes.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// While a broker stalls, requests wait for their answers, at least for a while; when it is down they are
/// told to retry, which `is_felt`.
async fn survives(stop: fn(&mut NatsServer), go_on: fn(&mut NatsServer), is_felt: bool) {
    let mut server = NatsServer::start();
    let platform = TestPlatform::on(Engine::Postgres).broker(&server.url()).start().await;
    platform.open_funded("alice", 0, 1_000_000).await;
    platform.open_funded("bob", 0, 0).await;
    let (done, retries) = under_traffic(&platform, async || {
        stop(&mut server);
        tokio::time::sleep(down()).await;
        go_on(&mut server);
        tokio::time::sleep(Duration::from_secs(1)).await;
    })
    .await;
    assert!(retries > 0 || !is_felt, "the outage was felt");
    assert!(done > 16, "and it ended: {done}");
    let moved = i64::try_from(done).unwrap();
    assert_eq!(platform.balance("bob").await.posted, moved, "each once");

    let (url, prefix) = platform.broker().expect("it is on NATS");
    let mut events = Vec::new();
    eventually("all events are told", async || {
        events = nats::stored_events(url, prefix).await;
        let transferred = |event: &&StreamMessage| event.subject.ends_with("alice.transferred");
        events.iter().filter(transferred).count() >= done
    })
    .await;
    assert_in_order(&events);
}

/// The events of each entity stand in their order, without gaps. Those that were published twice within
/// two minutes are kept once.
fn assert_in_order(events: &[StreamMessage]) {
    let mut last = BTreeMap::new();
    for event in events {
        let envelope: Envelope<serde::de::IgnoredAny> =
            purser_subjects::decode(&event.payload).unwrap();
        let entity = event.subject.rsplit_once('.').unwrap().0.to_owned();
        let sequence = envelope.sequence.unwrap();
        let before = last.insert(entity, sequence).unwrap_or(0);
        assert_eq!(sequence, before + 1, "{}", event.subject);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_was_down_for_a_while_leaves_nothing_undone() {
    survives(NatsServer::kill, NatsServer::restart, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stalled_for_a_while_leaves_nothing_undone() {
    survives(|server| server.pause(), |server| server.resume(), false).await;
}
