//! Messages to other entities, and deliveries.

use super::fixture::{at, delivery, key, slot_of, slots, writes};
use bytes::Bytes;
use purser_actors::ports::{Delivery, DeliveryState, DeliveryUpdate, OutboxRow, Slot};
use uuid::Uuid;

fn message(number: i64) -> OutboxRow {
    let envelope = Bytes::from(format!("letter {number}"));
    let slot = slot_of(&key("alice"));
    OutboxRow { number, slot, to: key("bob"), verb: "credited".into(), envelope }
}

fn outcome(id: Uuid, state: DeliveryState, due_at: i64) -> DeliveryUpdate {
    let (attempts, http_status, error) = (1, Some(503), Some("busy".into()));
    DeliveryUpdate { id, state, attempts, due_at: at(due_at), http_status, error }
}

fn ids(deliveries: &[Delivery]) -> Vec<Uuid> {
    deliveries.iter().map(|delivery| delivery.id).collect()
}

on_every_engine! {
    async fn messages_stay_until_they_are_confirmed(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        batch.outbox = vec![message(1), message(2), message(3), message(4)];
        fixture.commit(batch).await.unwrap();
        assert_eq!(fixture.store.outbox(&slots(), 1, 2).await.unwrap(), [message(2), message(3)]);
        let mut batch = fixture.batch();
        batch.outbox = vec![message(5)];
        batch.outbox_done = vec![1, 3, 77];
        fixture.commit(batch).await.unwrap();
        let left = fixture.store.outbox(&slots(), 0, 10).await.unwrap();
        assert_eq!(left, [message(2), message(4), message(5)]);
    }

    async fn due_deliveries_come_whole_and_earliest_first(fixture) {
        let mut fixture = fixture;
        let (late, early) = (delivery("e1", "p1", 1, 20), delivery("e1", "p2", 1, 10));
        let mut batch = fixture.batch();
        batch.deliveries = writes([late.clone(), early.clone(), delivery("e1", "p3", 1, 30)]);
        fixture.commit(batch).await.unwrap();
        let store = &fixture.store;
        let due = super::fixture::due(store, &slots(), at(20)).await;
        assert_eq!(due, [early.clone(), late]);
        assert_eq!(store.next_delivery(&slots(), at(0)).await.unwrap(), Some(at(10)));
        assert_eq!(store.next_delivery(&slots(), at(30)).await.unwrap(), None);
    }

    async fn a_delivery_waits_for_the_one_before_about_the_same_object(fixture) {
        let mut fixture = fixture;
        let first = delivery("e1", "p1", 1, 50);
        let second = delivery("e1", "p1", 2, 0);
        let (object, endpoint) = (delivery("e1", "p2", 2, 1), delivery("e2", "p1", 2, 2));
        let mut batch = fixture.batch();
        batch.deliveries =
            writes([first.clone(), second.clone(), object.clone(), endpoint.clone()]);
        fixture.commit(batch).await.unwrap();
        let due = super::fixture::due(&fixture.store, &slots(), at(10)).await;
        assert_eq!(ids(&due), [object.id, endpoint.id]);
        let due = super::fixture::due(&fixture.store, &slots(), at(50)).await;
        assert_eq!(ids(&due), [object.id, endpoint.id, first.id]);

        let mut batch = fixture.batch();
        batch.delivery_updates = vec![
            outcome(first.id, DeliveryState::Delivered, 0),
            outcome(object.id, DeliveryState::GivenUp, 0),
            outcome(endpoint.id, DeliveryState::Pending, 40),
        ];
        fixture.commit(batch).await.unwrap();
        let due = super::fixture::due(&fixture.store, &slots(), at(10)).await;
        assert_eq!(ids(&due), [second.id]);
        let due = super::fixture::due(&fixture.store, &slots(), at(40)).await;
        assert_eq!((due[1].id, due[1].attempts, due[1].due_at), (endpoint.id, 1, at(40)));
    }

    async fn an_outcome_that_was_overtaken_changes_nothing(fixture) {
        let mut fixture = fixture;
        let one = delivery("e1", "p1", 1, 0);
        let mut batch = fixture.batch();
        batch.deliveries = writes([one.clone()]);
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
        assert!(super::fixture::due(&fixture.store, &slots(), at(10)).await.is_empty());
    }

    async fn queues_are_read_by_whoever_has_their_slots(fixture) {
        let mut fixture = fixture;
        let one = delivery("e1", "p1", 1, 0);
        let mut batch = fixture.batch();
        batch.outbox = vec![message(1)];
        batch.deliveries = writes([one.clone()]);
        fixture.commit(batch).await.unwrap();
        let of = |wanted: Slot| move |slot: &Slot| *slot == wanted;
        let (sender, endpoint) = (slot_of(&key("alice")), slot_of(&one.endpoint.key()));
        for (wanted, messages, deliveries) in [(sender, 1, 0), (endpoint, 0, 1)] {
            let (own, others): (Vec<_>, Vec<_>) = slots().into_iter().partition(of(wanted));
            let store = &fixture.store;
            assert_eq!(store.outbox(&own, 0, 9).await.unwrap().len(), messages);
            assert_eq!(super::fixture::due(store, &own, at(0)).await.len(), deliveries);
            let next = store.next_delivery(&own, at(-1)).await.unwrap();
            assert_eq!(next, (deliveries == 1).then_some(at(0)));
            assert_eq!(store.outbox(&others, 0, 9).await.unwrap().len(), 1 - messages);
            let due = super::fixture::due(store, &others, at(0)).await;
            assert_eq!(due.len(), 1 - deliveries);
            assert!(store.outbox(&[], 0, 9).await.unwrap().is_empty());
        }
    }
}
