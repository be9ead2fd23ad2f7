//! Requests and their answers.

use super::fixture::{LONG, SHORT, answer_as, ask, event, next, ping, rest};
use bytes::Bytes;
use futures_util::future::join_all;
use purser_actors::ports::{Bus, BusError};
use purser_subjects::Subject;
use std::{collections::HashSet, sync::Arc, time::Duration};

on_both_buses! {
    async fn a_request_gets_its_answer(test) {
        let mut requests = test.other().await.subscribe("purser.ask.account.>", None).await.unwrap();
        let (answer, ()) = tokio::join!(ping(&*test.bus, "alice", LONG), async {
            let message = next(&mut requests).await;
            assert_eq!(message.subject, "purser.ask.account.39.alice.balance");
            assert_eq!((message.payload, message.headers.len()), (Bytes::from_static(b"ping"), 0));
            message.responder.unwrap().respond(Bytes::from_static(b"pong"));
        });
        assert_eq!(answer.unwrap(), "pong");
    }

    async fn an_empty_answer_is_an_answer(test) {
        answer_as(&test.bus, "purser.ask.>", None, "").await;
        assert_eq!(ping(&*test.bus, "alice", LONG).await.unwrap(), "");
    }

    async fn a_request_to_nobody_fails_at_once(test) {
        let asked = tokio::time::timeout(LONG / 4, ping(&*test.bus, "alice", LONG)).await.unwrap();
        assert_eq!(asked, Err(BusError::NoResponder));
        let dropped = test.bus.subscribe("purser.ask.>", Some("g")).await.unwrap();
        let _elsewhere = test.bus.subscribe("purser.ask.merchant.>", None).await.unwrap();
        drop(dropped);
        let mut asked = Ok(Bytes::new());
        for _ in 0..100 {
            asked = ping(&*test.bus, "alice", SHORT).await;
            if asked == Err(BusError::NoResponder) {
                break;
            }
        }
        assert_eq!(asked, Err(BusError::NoResponder));
    }

    async fn a_request_without_answer_times_out(test) {
        let _silent = test.bus.subscribe("purser.ask.>", None).await.unwrap();
        assert_eq!(ping(&*test.bus, "alice", SHORT).await, Err(BusError::Timeout));
    }

    async fn a_request_that_is_dropped_is_told_to_its_asker(test) {
        let mut requests = test.other().await.subscribe("purser.ask.>", None).await.unwrap();
        let (asked, ()) = tokio::join!(ping(&*test.bus, "alice", LONG), async {
            drop(next(&mut requests).await);
        });
        assert_eq!(asked, Err(BusError::Disconnected));
    }

    async fn requests_that_wait_in_a_dropped_subscription_are_told_to_their_askers(test) {
        let requests = test.bus.subscribe("purser.ask.>", None).await.unwrap();
        let (asked, ()) = tokio::join!(ping(&*test.bus, "alice", LONG), async {
            tokio::time::sleep(SHORT).await;
            drop(requests);
        });
        assert_eq!(asked, Err(BusError::Disconnected));
    }

    async fn a_full_queue_refuses_requests_at_once(test) {
        let _waiting = test.bus.subscribe("purser.ask.>", Some("g")).await.unwrap();
        let most = 4_096;
        let outcomes = ask_at_once(test.bus.clone(), most + 500).await;
        let of = |outcome| outcomes.iter().filter(|one| **one == outcome).count();
        assert_eq!(of(Err(BusError::Timeout)), most, "as many as have room");
        assert_eq!(of(Err(BusError::Overloaded)), 500, "and no more");
    }

    async fn patterns_match_as_in_nats(test) {
        for (pattern, is_reached) in [
            ("purser.ask.account.39.alice.balance", true),
            ("purser.ask.account.39.alice", false),
            ("purser.ask.account.39.alice.balance.x", false),
            ("purser.ask.account.39.alice.*", true),
            ("purser.ask.account.39.*.balance", true),
            ("purser.ask.*.*.*.*", true),
            ("purser.ask.*.*.*", false),
            ("purser.ask.account.40.>", false),
            ("purser.ask.account.39.>", true),
            ("purser.ask.account.39.alice.>", true),
            ("purser.ask.account.39.alice.balance.>", false),
            ("purser.>", true),
            ("purser.evt.>", false),
        ] {
            let mut watching = test.bus.subscribe(pattern, None).await.unwrap();
            let asked = ping(&*test.bus, "alice", Duration::from_millis(20)).await;
            let expected = if is_reached { BusError::Timeout } else { BusError::NoResponder };
            // The subscription of the pattern before may still be on its way out.
            if is_reached {
                assert_eq!(asked, Err(expected), "{pattern}");
                assert_eq!(next(&mut watching).await.payload, "ping", "{pattern}");
            } else {
                assert_eq!(rest(&mut watching).await, [""; 0], "{pattern}");
            }
        }
    }

    async fn a_group_shares_requests_and_others_see_them_too(test) {
        let other = test.other().await;
        let mut watching = test.bus.subscribe("purser.ask.account.>", None).await.unwrap();
        for name in ["one", "two"] {
            answer_as(&test.bus, "purser.ask.account.*.*.balance", Some("g"), name).await;
        }
        answer_as(&other, "purser.ask.>", Some("g"), "three").await;
        let mut seen = HashSet::new();
        for _ in 0..200 {
            seen.insert(ping(&*test.bus, "alice", LONG).await.unwrap());
        }
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert_eq!(rest(&mut watching).await.len(), 200);
    }

    async fn concurrent_requests_each_get_their_own_answer(test) {
        let other = test.other().await;
        for bus in [&test.bus, &other] {
            let mut requests = bus.subscribe("purser.ask.>", Some("g")).await.unwrap();
            tokio::spawn(async move {
                while let Some(message) = requests.next().await {
                    message.responder.unwrap().respond(message.payload);
                }
            });
        }
        join_all((0..16).map(async |asker| {
            for number in 0..100 {
                let message = Bytes::from(format!("{asker}-{number}"));
                let answer = test.bus.ask(&ask("alice"), message.clone(), LONG).await;
                assert_eq!(answer.unwrap(), message);
            }
        }))
        .await;
    }

    async fn a_stopped_subscription_yields_what_had_arrived_and_takes_no_more(test) {
        let mut requests = test.bus.subscribe("purser.ask.>", Some("g")).await.unwrap();
        let asked = tokio::spawn(ask_at_once(test.bus.clone(), 50));
        let first = next(&mut requests).await;
        tokio::time::sleep(SHORT).await;
        requests.stop();
        first.responder.unwrap().respond(Bytes::from_static(b"done"));
        let mut answered = 1;
        while let Some(message) = tokio::time::timeout(LONG, requests.next()).await.unwrap() {
            message.responder.unwrap().respond(Bytes::from_static(b"done"));
            answered += 1;
        }
        assert_eq!(answered, 50);
        let outcomes = asked.await.unwrap();
        assert!(outcomes.iter().all(|outcome| outcome.as_deref() == Ok(b"done")), "{outcomes:?}");
        assert_eq!(ping(&*test.bus, "alice", LONG).await, Err(BusError::NoResponder));
    }

    async fn no_request_is_lost_when_a_subscription_is_stopped_under_load(test) {
        let (one, other) = (test.bus.clone(), test.other().await);
        for _ in 0..10 {
            let mut requests = other.subscribe("purser.ask.account.39.>", Some("g")).await.unwrap();
            let load = (0..8).map(async |_| {
                let mut answered = 0;
                loop {
                    match ping(&*one, "alice", LONG).await {
                        Ok(_) => answered += 1,
                        Err(BusError::NoResponder) => return answered,
                        Err(error) => panic!("neither answered nor refused: {error}"),
                    }
                }
            });
            let serve = async {
                for number in 0.. {
                    let Some(message) = requests.next().await else { return number };
                    message.responder.unwrap().respond(message.payload);
                    if number == 200 {
                        requests.stop();
                    }
                }
                0
            };
            let (answered, served) = tokio::join!(join_all(load), serve);
            assert_eq!(answered.iter().sum::<u32>(), served);
        }
    }

    async fn what_is_told_reaches_who_listens_now(test) {
        test.bus.tell(&event("nobody"), Bytes::new()).await.unwrap();
        let mut listening = test.other().await.subscribe("purser.node.*", None).await.unwrap();
        let changed = Subject::Node { topic: "changed".into() };
        for text in ["one", "two", "three"] {
            test.bus.tell(&changed, Bytes::from_static(text.as_bytes())).await.unwrap();
        }
        let first = next(&mut listening).await;
        assert_eq!((first.subject.as_str(), &first.payload[..]), ("purser.node.changed", &b"one"[..]));
        assert!(first.responder.is_none());
        assert_eq!(rest(&mut listening).await, ["two", "three"]);
    }
}

/// The outcomes of `count` requests at once.
async fn ask_at_once(bus: Arc<dyn Bus>, count: usize) -> Vec<Result<Bytes, BusError>> {
    join_all((0..count).map(|_| ping(&*bus, "alice", LONG / 4))).await
}

mod looking_on {
    use super::{LONG, SHORT, next, ping};
    use crate::support::nats;
    use bytes::Bytes;
    use purser_actors::ports::Bus;

    #[tokio::test(flavor = "multi_thread")]
    async fn who_only_looks_on_answers_nobody() {
        let (url, prefix) = (nats::shared_url(), nats::new_prefix());
        let bus = nats::connect(&url, &prefix).await;
        let onlooker = nats::connect(&url, &prefix).await;
        let mut seen = onlooker.follow("purser.>").await.unwrap();
        let mut requests = bus.subscribe("purser.ask.>", None).await.unwrap();
        let (asked, ()) = tokio::join!(ping(&bus, "alice", LONG), async {
            let looked_at = next(&mut seen).await;
            assert_eq!(looked_at.payload, "ping");
            drop(looked_at);
            // What it might have answered would be here first.
            tokio::time::sleep(SHORT).await;
            next(&mut requests).await.responder.unwrap().respond(Bytes::from_static(b"pong"));
        });
        assert_eq!(asked.unwrap(), "pong");
        nats::remove_streams(&url, &prefix).await;
    }
}
