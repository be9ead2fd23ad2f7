//! Events and who gets them.

use super::fixture::{LONG, event, next, rest};
use bytes::Bytes;
use futures_util::future::join_all;
use purser_actors::ports::Bus;

async fn publish(bus: &dyn Bus, id: &str) {
    bus.publish(&event("alice"), id, Bytes::copy_from_slice(id.as_bytes())).await.unwrap();
}

on_both_buses! {
    async fn every_group_and_every_plain_subscriber_gets_an_event_once_and_in_order(test) {
        let other = test.other().await;
        let mut plain = [
            test.bus.subscribe("purser.evt.>", None).await.unwrap(),
            other.subscribe("purser.evt.account.alice.*", None).await.unwrap(),
        ];
        let mut group = [
            test.bus.subscribe("purser.evt.>", Some("g")).await.unwrap(),
            other.subscribe("purser.evt.>", Some("g")).await.unwrap(),
        ];
        let all: Vec<String> = (0..60).map(|number| number.to_string()).collect();
        for id in &all {
            publish(&*test.bus, id).await;
        }
        for subscription in &mut plain {
            assert_eq!(rest(subscription).await, all);
        }
        let [one, two] = &mut group;
        let (one, two) = (rest(one).await, rest(two).await);
        assert!(!one.is_empty() && !two.is_empty());
        let mut both = [one, two].concat();
        both.sort_by_key(|id| id.parse::<u32>().unwrap());
        assert_eq!(both, all);
    }

    async fn an_event_arrives_without_a_place_for_an_answer(test) {
        let mut events = test.bus.subscribe("purser.evt.>", None).await.unwrap();
        publish(&*test.bus, "first").await;
        let message = next(&mut events).await;
        assert_eq!(message.subject, "purser.evt.account.alice.opened");
        assert_eq!(message.payload, "first");
        // JetStream's acknowledgement goes to the publisher, and nobody else may take its place.
        assert!(message.responder.is_none());
    }

    async fn who_drops_events_does_not_stand_in_their_publishers_way(test) {
        let mut events = test.other().await.subscribe("purser.evt.>", None).await.unwrap();
        let dropping = tokio::spawn(async move { while events.next().await.is_some() {} });
        for round in 0..40 {
            let ids: Vec<_> = (0..25).map(|number| format!("{round}-{number}")).collect();
            join_all(ids.iter().map(|id| publish(&*test.bus, id))).await;
        }
        dropping.abort();
    }

    async fn an_event_that_nobody_hears_is_published_all_the_same(test) {
        let published = tokio::time::timeout(LONG, publish(&*test.bus, "alone")).await;
        assert!(published.is_ok());
    }

    async fn publishing_an_event_again_does_no_harm(test) {
        publish(&*test.bus, "a").await;
        publish(&*test.bus, "a").await;
        let mut events = test.bus.subscribe("purser.evt.>", None).await.unwrap();
        publish(&*test.bus, "b").await;
        assert_eq!(rest(&mut events).await, ["b"]);
    }
}

mod stored {
    use super::{event, publish};
    use crate::{bus::fixture::text, support::nats};
    use bytes::Bytes;
    use futures_util::future::join_all;
    use purser_actors::ports::Bus;

    #[tokio::test(flavor = "multi_thread")]
    async fn events_are_kept_once_each_with_their_ids_under_the_prefix() {
        let (url, prefix) = (nats::shared_url(), nats::new_prefix());
        let bus = nats::connect(&url, &prefix).await;
        for id in ["a", "b", "a", "c", "b", "d"] {
            publish(&bus, id).await;
        }
        let kept = nats::stored_events(&url, &prefix).await;
        let payloads: Vec<_> = kept.iter().map(|event| text(&event.payload)).collect();
        assert_eq!(payloads, ["a", "b", "c", "d"]);
        for event in kept {
            let id = event.headers.get("Nats-Msg-Id").unwrap();
            assert_eq!(id.as_str(), text(&event.payload));
            assert_eq!(event.subject.as_str(), format!("{prefix}.evt.account.alice.opened"));
        }
        nats::remove_streams(&url, &prefix).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_events_are_published_at_once() {
        let (url, prefix) = (nats::shared_url(), nats::new_prefix());
        let bus = nats::connect(&url, &prefix).await;
        let begun = std::time::Instant::now();
        let publish = async |number: u32| {
            let id = number.to_string();
            let subject = event(&format!("a{number}"));
            bus.publish(&subject, &id, Bytes::from(id.clone())).await.unwrap();
        };
        join_all((0..2_000).map(publish)).await;
        // One after the other would take two thousand round trips to the disk of the broker.
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        assert_eq!(nats::stored_events(&url, &prefix).await.len(), 2_000);
        nats::remove_streams(&url, &prefix).await;
    }
}
