//! Durable commands, and the events that tell of what happened.

use crate::support::{
    nats,
    platform::{Engine, TestPlatform, entity, eventually, guarded, transfer},
};
use bytes::Bytes;
use futures_util::future::join_all;
use purser_actors::ports::{Bus, BusMessage, Subscription};
use purser_subjects::{
    Address, Ask, EntityKey, Envelope, Subject, Timestamp, account::ReadBalance, encode, headers,
};
use serde::Serialize;
use std::time::Duration;
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(20);

fn subject<A: Ask>(id: &str, _: &A) -> Subject {
    let to = EntityKey::new(A::ENTITY, entity(id));
    Subject::Command(Address::new(to, A::VERB, 64))
}

/// Hands `command` over as an outside system does, in an envelope changed by `change`.
async fn submit<A: Ask + Serialize>(
    bus: &dyn Bus,
    id: &str,
    command: A,
    change: impl FnOnce(&mut Envelope<A>),
) {
    let subject = subject(id, &command);
    let mut envelope = Envelope::new("outside", command);
    change(&mut envelope);
    let message_id = envelope.id.to_string();
    bus.submit(&subject, &message_id, encode(&envelope).into()).await.unwrap();
}

async fn submit_once<A: Ask + Serialize>(bus: &dyn Bus, id: &str, key: &str, command: A) {
    submit(bus, id, command, |envelope| envelope.key = Some(key.to_owned())).await;
}

async fn next(subscription: &mut Subscription) -> BusMessage {
    timeout(LONG, subscription.next()).await.expect("a message comes").expect("the bus is open")
}

async fn posted(platform: &TestPlatform, id: &str) -> i64 {
    platform.balance(id).await.posted
}

/// What is buried next, and why.
async fn buried(dead: &mut Subscription) -> (String, String) {
    let message = next(dead).await;
    let code = message.header(headers::CODE).unwrap_or_default().to_owned();
    let reason = message.header(headers::REASON).unwrap_or_default().to_owned();
    assert!(!reason.is_empty() && message.header(headers::ATTEMPT).is_some());
    (code, reason)
}

on_both_platforms! {
    async fn a_durable_command_takes_effect_once_however_often_it_comes(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 1_000).await;
        platform.open_funded("bob", 0, 0).await;
        // Ten commands, each handed over a hundred times in messages of their own, in any order.
        let work = (0..1_000).map(async |number| {
            let key = format!("key-{}", number * 7 % 10);
            submit_once(&*platform.bus, "alice", &key, transfer("bob", 3)).await;
        });
        join_all(work).await;
        eventually("all have taken effect", async || posted(&platform, "bob").await == 30).await;
        // One that comes after all others were dealt with, since they are taken in order.
        submit_once(&*platform.bus, "alice", "last", transfer("bob", 100)).await;
        eventually("the last has taken effect", async || posted(&platform, "bob").await >= 130).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(posted(&platform, "bob").await, 130);
    }

    async fn a_durable_command_and_a_request_with_one_key_are_one(platform) {
        let platform = platform.start().await;
        platform.open_funded("alice", 0, 1_000).await;
        platform.open_funded("bob", 0, 0).await;
        submit_once(&*platform.bus, "alice", "order", transfer("bob", 7)).await;
        platform.ask_once("alice", "order", transfer("bob", 7)).await.unwrap();
        submit_once(&*platform.bus, "alice", "last", transfer("bob", 1)).await;
        eventually("the last has taken effect", async || posted(&platform, "bob").await >= 8).await;
        assert_eq!(posted(&platform, "bob").await, 8);
    }

    async fn what_can_never_be_done_is_buried_with_its_reason(platform) {
        let platform = platform.start().await;
        let bus = &*platform.bus;
        let mut dead = bus.subscribe("purser.dead.>", None).await.unwrap();
        platform.open_funded("alice", 0, 5).await;
        platform.open_funded("bob", 0, 0).await;

        submit_once(bus, "alice", "too-much", transfer("bob", 6)).await;
        assert_eq!(buried(&mut dead).await.0, "insufficient_funds");

        submit(bus, "alice", transfer("bob", 1), |_| {}).await;
        let (code, reason) = buried(&mut dead).await;
        assert_eq!(code, "invalid_message");
        assert!(reason.contains("idempotency key"), "{reason}");

        submit(bus, "alice", transfer("bob", 1), |envelope| {
            envelope.key = Some("late".into());
            envelope.deadline = Some(Timestamp::from_millis(1));
        })
        .await;
        assert_eq!(buried(&mut dead).await.0, "deadline_exceeded");

        let nonsense = Bytes::from_static(b"nonsense");
        bus.submit(&subject("alice", &transfer("bob", 1)), "nonsense", nonsense.clone()).await.unwrap();
        let message = next(&mut dead).await;
        assert_eq!(message.header(headers::CODE), Some("invalid_message"));
        assert_eq!((message.subject.as_str(), message.payload), (
            "purser.dead.account.39.alice.transfer",
            nonsense
        ));
        assert_eq!(posted(&platform, "bob").await, 0);
    }

    async fn a_command_that_was_done_before_its_deadline_passed_is_not_buried_when_it_comes_again(platform) {
        let platform = platform.start().await;
        let mut dead = platform.bus.subscribe("purser.dead.>", None).await.unwrap();
        platform.open_funded("alice", 0, 10).await;
        platform.open_funded("bob", 0, 0).await;
        platform.ask_once("alice", "order", transfer("bob", 6)).await.unwrap();
        // A taker that was killed between commit and acknowledgement leaves it like this.
        submit(&*platform.bus, "alice", transfer("bob", 6), |envelope| {
            envelope.key = Some("order".into());
            envelope.deadline = Some(Timestamp::from_millis(1));
        })
        .await;
        submit_once(&*platform.bus, "alice", "last", transfer("bob", 1)).await;
        eventually("the last has taken effect", async || posted(&platform, "bob").await == 7).await;
        assert!(timeout(Duration::from_millis(500), dead.next()).await.is_err());
    }

    async fn events_are_published_in_order_per_entity_with_numbers_without_gaps(platform) {
        let platform = platform.start().await;
        let mut events = platform.bus.subscribe("purser.evt.>", None).await.unwrap();
        platform.open_funded("alice", 0, 1_000).await;
        platform.open_funded("bob", 0, 0).await;
        let moves = (0..300).map(|number| {
            let (from, to) = if number % 3 == 0 { ("bob", "alice") } else { ("alice", "bob") };
            platform.ask(from, transfer(to, 1))
        });
        let done = join_all(moves).await.into_iter().filter(Result::is_ok).count();
        // Opened: alice, bob and the bank, which then funded alice.
        let expected = done + 4;
        let mut last = std::collections::HashMap::new();
        let mut seen = 0;
        while seen < expected {
            let message = next(&mut events).await;
            let Ok(Subject::Event { entity, .. }) = message.subject.parse() else {
                panic!("{}", message.subject)
            };
            let envelope: Envelope<serde::de::IgnoredAny> =
                purser_subjects::decode(&message.payload).unwrap();
            let sequence = envelope.sequence.expect("events are numbered");
            let before = last.entry(entity.clone()).or_insert(0);
            // One may come twice, which its id tells; none comes before the one before it.
            assert!(sequence <= *before + 1, "{entity}: {sequence} came after {before}");
            if sequence == *before + 1 {
                *before = sequence;
                seen += 1;
            }
        }
    }
}

/// The memory bus ends with its process; a broker does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_handed_over_while_all_nodes_are_down_takes_effect_once_when_they_return() {
    let platform = TestPlatform::on(Engine::Postgres).start().await;
    platform.open_funded("alice", 0, 1_000).await;
    platform.open_funded("bob", 0, 0).await;
    let (url, prefix) = platform.broker().expect("it is on NATS");
    let outside = nats::connect(url, prefix).await;
    let platform = platform.kill().await;
    for _ in 0..20 {
        submit_once(&outside, "alice", "order", transfer("bob", 7)).await;
    }
    submit_once(&outside, "carol", "open", guarded(0)).await;

    let platform = platform.start().await;
    eventually("it takes effect", async || posted(&platform, "bob").await > 0).await;
    eventually("the other too", async || {
        platform.ask("carol", ReadBalance::default()).await.is_ok()
    })
    .await;
    platform.ask_once("alice", "order", transfer("bob", 7)).await.unwrap();
    assert_eq!(posted(&platform, "bob").await, 7);
}
