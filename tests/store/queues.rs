//! Messages to other entities, and deliveries.

use super::fixture::{at, delivery, key};
use bytes::Bytes;
use purser_actors::ports::{Delivery, DeliveryState, DeliveryUpdate, OutboxRow};
use uuid::Uuid;

fn message(number: i64) -> OutboxRow {
    let envelope = Bytes::from(format!("letter {number}"));
    OutboxRow { number, to: key("bob"), verb: "credited".into(), envelope }
}

fn outcome(id: Uuid, state: DeliveryState, due_at: i64) -> DeliveryUpdate {
    let (attempts, http_status, error) = (1, Some(503), Some("busy".into()));
    DeliveryUpdate { id, state, attempts, due_at: at(due_at), http_status, error }
}

fn ids(deliveries: &[Delivery]) -> Vec<Uuid> {
    deliveries.iter().map(|delivery| delivery.id).collect()
}

on_both_engines! {
    async fn messages_stay_until_they_are_confirmed(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.outbox = vec![message(1), message(2), message(3), message(4)];
        fixture.commit(batch).await.unwrap();
        assert_eq!(fixture.store.outbox(1, 2).await.unwrap(), [message(2), message(3)]);
        let mut batch = fixture.batch();
        batch.outbox = vec![message(5)];
        batch.outbox_done = vec![1, 3, 77];
        fixture.commit(batch).await.unwrap();
        let left = fixture.store.outbox(0, 10).await.unwrap();
        assert_eq!(left, [message(2), message(4), message(5)]);
    }

    async fn due_deliveries_come_whole_and_earliest_first(fixture) {
        let mut fixture = fixture;
        let (late, early) = (delivery("e1", "p1", 1, 20), delivery("e1", "p2", 1, 10));
        let mut batch = fixture.batch();
        batch.deliveries = vec![late.clone(), early.clone(), delivery("e1", "p3", 1, 30)];
        fixture.commit(batch).await.unwrap();
        let store = &fixture.store;
        assert_eq!(store.due_deliveries(at(20), &[], 10).await.unwrap(), [early.clone(), late]);
        assert_eq!(store.due_deliveries(at(20), &[], 1).await.unwrap(), [early]);
        assert_eq!(store.next_delivery(at(20)).await.unwrap(), Some(at(30)));
        assert_eq!(store.next_delivery(at(30)).await.unwrap(), None);
    }

    async fn a_delivery_waits_for_the_one_before_about_the_same_object(fixture) {
        let mut fixture = fixture;
        let first = delivery("e1", "p1", 1, 50);
        let second = delivery("e1", "p1", 2, 0);
        let (object, endpoint) = (delivery("e1", "p2", 2, 1), delivery("e2", "p1", 2, 2));
        let mut batch = fixture.batch();
        batch.deliveries = vec![first.clone(), second.clone(), object.clone(), endpoint.clone()];
        fixture.commit(batch).await.unwrap();
        let due = fixture.store.due_deliveries(at(10), &[], 10).await.unwrap();
        assert_eq!(ids(&due), [object.id, endpoint.id]);
        let due = fixture.store.due_deliveries(at(50), &[], 10).await.unwrap();
        assert_eq!(ids(&due), [object.id, endpoint.id, first.id]);

        let mut batch = fixture.batch();
        batch.delivery_updates = vec![
            outcome(first.id, DeliveryState::Delivered, 0),
            outcome(object.id, DeliveryState::GivenUp, 0),
            outcome(endpoint.id, DeliveryState::Pending, 40),
        ];
        fixture.commit(batch).await.unwrap();
        let due = fixture.store.due_deliveries(at(10), &[], 10).await.unwrap();
        assert_eq!(ids(&due), [second.id]);
        let due = fixture.store.due_deliveries(at(40), &[], 10).await.unwrap();
        assert_eq!((due[1].id, due[1].attempts, due[1].due_at), (endpoint.id, 1, at(40)));
    }

    async fn an_outcome_that_was_overtaken_changes_nothing(fixture) {
        let mut fixture = fixture;
        let one = delivery("e1", "p1", 1, 0);
        let mut batch = fixture.batch();
        batch.deliveries = vec![one.clone()];
        fixture.commit(batch).await.unwrap();
        let mut delivered = fixture.batch();
        delivered.delivery_updates = vec![outcome(one.id, DeliveryState::Delivered, 0)];
        fixture.commit(delivered).await.unwrap();
        let mut late = fixture.batch();
        late.delivery_updates = vec![
            outcome(one.id, DeliveryState::Pending, 5),
            outcome(Uuid::now_v7(), DeliveryState::Delivered, 0),
        ];
        fixture.commit(late).await.unwrap();
        assert!(fixture.store.due_deliveries(at(10), &[], 10).await.unwrap().is_empty());
    }

    async fn a_backlog_of_one_endpoint_can_be_left_out(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.deliveries = (1..20).map(|n| delivery("e1", &format!("p{n}"), 1, 0)).collect();
        let other = delivery("e2", "p1", 1, 1);
        batch.deliveries.push(other.clone());
        fixture.commit(batch).await.unwrap();
        let except = ["e1".parse().unwrap()];
        let due = fixture.store.due_deliveries(at(10), &except, 5).await.unwrap();
        assert_eq!(ids(&due), [other.id]);
    }
}
