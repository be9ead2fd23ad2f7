//! What happens while the broker is away, and that all resumes by itself.

use super::fixture::{LONG, answer_as, ask, command, event, next, ping, text};
use crate::support::{
    nats::{self, NatsServer},
    platform::eventually,
};
use bytes::Bytes;
use futures_util::future::join_all;
use purser::bus::nats::{NatsBus, NatsError};
use purser_actors::ports::{Bus, BusError};
use purser_subjects::SubjectPrefix;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

async fn on_its_own() -> (NatsServer, Arc<dyn Bus>, Arc<dyn Bus>) {
    let server = NatsServer::start();
    let prefix = SubjectPrefix::default();
    let one = Arc::new(nats::connect(&server.url(), &prefix).await);
    let two = Arc::new(nats::connect(&server.url(), &prefix).await);
    (server, one, two)
}

/// Everything that goes over the bus works, with what was subscribed before.
async fn assert_works(one: &Arc<dyn Bus>) {
    eventually("requests are answered again", async || {
        ping(&**one, "alice", Duration::from_secs(1)).await.is_ok()
    })
    .await;
    let id = uuid::Uuid::now_v7().to_string();
    one.publish(&event("alice"), &id, Bytes::from_static(b"event")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_fail_at_once_while_the_broker_is_down_and_all_resumes_when_it_is_back() {
    let (mut server, one, two) = on_its_own().await;
    answer_as(&two, "purser.ask.>", Some("g"), "answer").await;
    let mut events = two.subscribe("purser.evt.>", None).await.unwrap();
    let mut commands = two.commands().await.unwrap();
    assert_works(&one).await;
    assert_eq!(next(&mut events).await.payload, "event");
    one.submit(&command("alice"), "before", Bytes::from_static(b"before")).await.unwrap();

    server.kill();
    let begun = Instant::now();
    let outcomes = join_all((0..5_000).map(|_| ping(&*one, "alice", LONG))).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(outcomes.iter().all(|outcome| *outcome == Err(BusError::Disconnected)));
    let refused = one.submit(&command("alice"), "during", Bytes::new()).await;
    assert_eq!(refused, Err(BusError::Disconnected));
    let refused = one.publish(&event("alice"), "during", Bytes::new()).await;
    assert_eq!(refused, Err(BusError::Disconnected));
    // Longer than the library needs to notice, as an outage of the broker is.
    tokio::time::sleep(Duration::from_secs(3)).await;

    server.restart();
    assert_works(&one).await;
    assert_eq!(next(&mut events).await.payload, "event");
    // The one from before the outage was kept on disk; it comes once it is delivered again.
    one.submit(&command("alice"), "after", Bytes::from_static(b"after")).await.unwrap();
    let mut taken = Vec::new();
    while taken.len() < 2 {
        let command = tokio::time::timeout(3 * LONG, commands.next()).await.unwrap().unwrap();
        if !taken.contains(&text(&command.payload)) {
            taken.push(text(&command.payload));
        }
        command.ack().await.unwrap();
    }
    taken.sort();
    assert_eq!(taken, ["after", "before"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_fail_when_the_connection_is_lost() {
    let (mut server, one, two) = on_its_own().await;
    let mut requests = two.subscribe("purser.ask.>", None).await.unwrap();
    let asked = tokio::spawn({
        let one = one.clone();
        async move { one.ask(&ask("alice"), Bytes::new(), 3 * LONG).await }
    });
    let _taken = next(&mut requests).await;
    server.kill();
    let outcome = tokio::time::timeout(LONG, asked).await.expect("long before its own time");
    assert_eq!(outcome.unwrap(), Err(BusError::Disconnected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_outage_is_waited_for() {
    let (mut server, one, two) = on_its_own().await;
    answer_as(&two, "purser.ask.>", Some("g"), "answer").await;
    assert_works(&one).await;
    server.kill();
    eventually("the loss is noticed", async || {
        ping(&*one, "alice", Duration::from_millis(50)).await.is_err()
    })
    .await;
    let asked = tokio::spawn({
        let one = one.clone();
        async move {
            // Nobody may listen yet when the asker's connection is there again.
            let mut outcome = ping(&*one, "alice", LONG).await;
            while outcome == Err(BusError::NoResponder) {
                outcome = ping(&*one, "alice", LONG).await;
            }
            outcome
        }
    });
    server.restart();
    assert_eq!(asked.await.unwrap().unwrap(), "answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stalls_costs_no_more_than_the_time_of_the_request() {
    let (server, one, two) = on_its_own().await;
    answer_as(&two, "purser.ask.>", Some("g"), "answer").await;
    assert_works(&one).await;
    server.pause();
    let begun = Instant::now();
    // More than the connection's own queue takes.
    let within = Duration::from_secs(2);
    let outcomes = join_all((0..10_000).map(|_| ping(&*one, "alice", within))).await;
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!(outcomes.iter().all(|outcome| *outcome == Err(BusError::Timeout)));
    server.resume();
    assert_works(&one).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_requests_than_may_wait_are_refused_as_overload() {
    let (_server, one, two) = on_its_own().await;
    let _silent = two.subscribe("purser.node.>", None).await.unwrap();
    let watching = two.subscribe("purser.ask.>", None).await.unwrap();
    let within = Duration::from_secs(4);
    let outcomes = join_all((0..18_000).map(|_| ping(&*one, "alice", within))).await;
    let refused = outcomes.iter().filter(|one| **one == Err(BusError::Overloaded)).count();
    assert!(refused >= 18_000 - 16_384, "{refused}");
    assert!(outcomes.iter().all(Result::is_err));
    drop(watching);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_back_empty_gets_its_streams_again() {
    let (mut server, one, two) = on_its_own().await;
    answer_as(&two, "purser.ask.>", Some("g"), "answer").await;
    assert_works(&one).await;
    let mut commands = two.commands().await.unwrap();
    server.wipe();
    server.restart();
    eventually("events are kept again", async || {
        let id = uuid::Uuid::now_v7().to_string();
        one.publish(&event("alice"), &id, Bytes::new()).await.is_ok()
    })
    .await;
    eventually("commands are kept again", async || {
        one.submit(&command("alice"), "new", Bytes::from_static(b"new")).await.is_ok()
    })
    .await;
    let taken = tokio::time::timeout(2 * LONG, commands.next()).await.unwrap().unwrap();
    assert_eq!(taken.payload, "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_down_at_the_start_is_told_after_a_while() {
    let mut server = NatsServer::start();
    server.kill();
    let mut settings = nats::settings(&server.url(), &SubjectPrefix::default());
    settings.patience = Duration::from_secs(1);
    let begun = Instant::now();
    let error = NatsBus::connect(settings.clone()).await.err().expect("nobody is there");
    assert!(matches!(error, NatsError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&server.port().to_string()), "{error}");
    assert!((1..10).contains(&begun.elapsed().as_secs().max(1)), "{:?}", begun.elapsed());

    settings.patience = LONG;
    let waiting = tokio::spawn(NatsBus::connect(settings));
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.restart();
    waiting.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_bus_has_sent_its_answers_and_is_gone_from_the_broker() {
    let (_server, one, two) = on_its_own().await;
    let mut requests = two.subscribe("purser.ask.>", Some("g")).await.unwrap();
    let (answers, ()) =
        tokio::join!(join_all((0..500).map(|_| ping(&*one, "alice", LONG))), async {
            for _ in 0..500 {
                let message = next(&mut requests).await;
                message.responder.unwrap().respond(Bytes::from_static(b"last"));
            }
            two.close().await;
        });
    assert!(answers.iter().all(|answer| answer.as_deref() == Ok(b"last")));
    assert_eq!(ping(&*one, "alice", LONG).await, Err(BusError::NoResponder));
    assert_eq!(ping(&*two, "alice", Duration::from_secs(1)).await, Err(BusError::Disconnected));
}
