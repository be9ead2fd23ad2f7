//! Endpoints, and what is due to be delivered to them.

use super::fixture::{Fixture, at, delivery, due, slot_of, slots, transaction, writes};
use bytes::Bytes;
use purser_actors::ports::{
    AttemptRow, Delivery, DeliveryQuery, DeliveryState, DeliveryUpdate, EndpointRow, EndpointWrite,
    MailRow, MailWrite, NoticeRow, Pace, ReplayQuery, Requeue,
};
use purser_subjects::{
    EndpointId,
    callback::{EndpointKind, EndpointStatus, NoticeType, ReplayScope},
};
use uuid::Uuid;

fn endpoint(id: &str, merchant: &str, events: &[&str]) -> EndpointWrite {
    let endpoint: EndpointId = id.parse().unwrap();
    let slot = slot_of(&endpoint.key());
    let row = EndpointRow {
        endpoint,
        merchant: merchant.parse().unwrap(),
        kind: EndpointKind::Registered,
        status: EndpointStatus::Enabled,
        url: "https://shop.example/cb".into(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        description: "räksmörgås".into(),
        created_at: at(1),
        pace: Pace::default(),
    };
    EndpointWrite { slot, row }
}

fn held(mut write: EndpointWrite, until: purser_subjects::Timestamp) -> EndpointWrite {
    write.row.pace = Pace { hold_until: until, width: 2, rate_per_minute: 60 };
    write
}

fn notice(object: &str, sequence: u32, event: NoticeType) -> NoticeRow {
    NoticeRow {
        merchant: "10001".parse().unwrap(),
        object: transaction(object),
        sequence,
        event,
        except: None,
        payload: Bytes::from_static(b"view"),
        at: at(5),
    }
}

fn outcome(delivery: &Delivery, state: DeliveryState, due_at: i64) -> DeliveryUpdate {
    let attempts = delivery.attempts + 1;
    let (http_status, error) = (Some(503), Some("busy".into()));
    DeliveryUpdate { id: delivery.id, state, attempts, due_at: at(due_at), http_status, error }
}

async fn due_at(fixture: &Fixture, until: i64) -> Vec<Delivery> {
    due(&fixture.store, &slots(), at(until)).await
}

async fn waiting(fixture: &Fixture, until: i64, scan: u32) -> (Vec<Uuid>, bool) {
    let lane = [("e1".parse().unwrap(), scan)];
    let mut found = fixture.store.due_of_lanes(&lane, at(until)).await.unwrap();
    let lane = found.remove(0);
    (lane.waiting, lane.is_all)
}

fn ids(deliveries: &[Delivery]) -> Vec<Uuid> {
    deliveries.iter().map(|delivery| delivery.id).collect()
}

on_every_engine! {
    async fn a_notice_makes_one_delivery_for_each_endpoint_that_wants_it(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        let mut removed = endpoint("removed", "10001", &[]);
        removed.row.status = EndpointStatus::Removed;
        let mut per_payment = endpoint("perpayment", "10001", &[]);
        per_payment.row.kind = EndpointKind::PerPayment;
        let mut disabled = endpoint("disabled", "10001", &[]);
        disabled.row.status = EndpointStatus::Disabled;
        batch.endpoints = vec![
            endpoint("all", "10001", &[]),
            endpoint("group", "10001", &["payment.*"]),
            endpoint("other", "10001", &["payment.refunded", "endpoint.*"]),
            endpoint("stranger", "10002", &[]),
            held(disabled, Pace::HELD),
            removed,
            per_payment,
        ];
        fixture.commit(batch).await.unwrap();
        let told = notice("p1", 1, NoticeType::PaymentSucceeded);
        for _ in 0..2 {
            // The second time changes nothing: the ids are the same.
            let mut batch = fixture.batch();
            let except = Some("all".parse().unwrap());
            let disabled = notice("p2", 1, NoticeType::EndpointDisabled);
            batch.notices = vec![told.clone(), NoticeRow { except, ..disabled }];
            fixture.commit(batch).await.unwrap();
        }
        let query = DeliveryQuery { limit: 100, ..DeliveryQuery::default() };
        let rows = fixture.store.deliveries(&query).await.unwrap();
        let mut made: Vec<_> = rows
            .iter()
            .map(|row| (row.delivery.endpoint.as_str(), row.delivery.event.unwrap().as_str()))
            .collect();
        made.sort_unstable();
        assert_eq!(made, [
            ("all", "payment.succeeded"),
            ("disabled", "endpoint.disabled"),
            ("disabled", "payment.succeeded"),
            ("group", "payment.succeeded"),
            ("other", "endpoint.disabled"),
        ]);
        let due = due_at(&fixture, 10).await;
        assert_eq!(due.len(), 3, "what is held is not due");
        let to_all = due.iter().find(|d| d.endpoint.as_str() == "all").unwrap();
        assert_eq!(*to_all, told.delivery(&"all".parse().unwrap()));
        assert_eq!(rows.iter().filter(|row| row.is_held).count(), 2);
    }

    async fn endpoints_read_back_page_by_page(fixture) {
        let mut fixture = fixture;
        let mut batch = fixture.batch();
        let second = held(endpoint("e2", "10001", &["payment.*", "endpoint.test"]), at(77));
        batch.endpoints = vec![endpoint("e1", "10001", &[]), second.clone(), endpoint("e3", "10002", &[])];
        fixture.commit(batch).await.unwrap();
        let store = &fixture.store;
        let merchant = "10001".parse().unwrap();
        let page = store.endpoints(Some(&merchant), None, 1).await.unwrap();
        assert_eq!(page, [endpoint("e1", "10001", &[]).row]);
        let after = "e1".parse().unwrap();
        assert_eq!(store.endpoints(Some(&merchant), Some(&after), 9).await.unwrap(), [second.row]);
        assert_eq!(store.endpoints(None, Some(&after), 9).await.unwrap().len(), 2);
    }

    async fn what_is_held_is_due_when_the_time_has_come(fixture) {
        let mut fixture = fixture;
        let one = delivery("e1", "p1", 1, 5);
        let mut batch = fixture.batch();
        batch.deliveries = writes([one.clone()]);
        batch.endpoints = vec![held(endpoint("e1", "10001", &[]), at(50))];
        fixture.commit(batch).await.unwrap();
        assert!(due_at(&fixture, 49).await.is_empty());
        assert_eq!(fixture.store.next_delivery(&slots(), at(0)).await.unwrap(), Some(at(50)));
        assert_eq!(ids(&due_at(&fixture, 50).await), [one.id]);
        let lanes = fixture.store.due_lanes(&slots(), at(50), None, 9).await.unwrap();
        assert_eq!((lanes[0].width, lanes[0].rate_per_minute), (2, 60));
        let mut batch = fixture.batch();
        batch.endpoints = vec![held(endpoint("e1", "10001", &[]), Pace::HELD)];
        fixture.commit(batch).await.unwrap();
        assert!(due_at(&fixture, 1 << 40).await.is_empty());
        assert_eq!(fixture.store.next_delivery(&slots(), at(0)).await.unwrap(), None);
    }

    async fn a_settled_lane_sleeps_until_its_next_delivery_and_wakes_for_a_new_one(fixture) {
        let mut fixture = fixture;
        let one = delivery("e1", "p1", 1, 5);
        let mut batch = fixture.batch();
        batch.deliveries = writes([one.clone(), delivery("e1", "p2", 1, 90)]);
        fixture.commit(batch).await.unwrap();
        let mut batch = fixture.batch();
        batch.delivery_updates = vec![outcome(&one, DeliveryState::Delivered, 6)];
        fixture.commit(batch).await.unwrap();
        let store = fixture.store.clone();
        let lanes = async |until| store.due_lanes(&slots(), at(until), None, 9).await.unwrap().len();
        assert_eq!(lanes(10).await, 1, "nobody has looked yet");
        store.settle_lanes(&["e1".parse().unwrap()]).await.unwrap();
        assert_eq!((lanes(89).await, lanes(90).await), (0, 1));
        let mut batch = fixture.batch();
        batch.deliveries = writes([delivery("e1", "p3", 1, 20)]);
        fixture.commit(batch).await.unwrap();
        assert_eq!(lanes(20).await, 1);
        assert_eq!(store.next_delivery(&slots(), at(0)).await.unwrap(), Some(at(20)));
    }

    async fn what_waits_for_another_one_is_put_off_and_due_at_once_when_that_has_ended(fixture) {
        let mut fixture = fixture;
        let first = delivery("e1", "p1", 1, 500);
        let queue: Vec<_> = (2..=5).map(|n| delivery("e1", "p1", n, 0)).collect();
        let mut batch = fixture.batch();
        batch.deliveries = writes([first.clone()].into_iter().chain(queue.clone()));
        fixture.commit(batch).await.unwrap();
        let (found, is_all) = waiting(&fixture, 10, 4).await;
        assert_eq!((found.len(), is_all), (4, false));
        fixture.store.park(&found, at(100)).await.unwrap();
        assert_eq!(waiting(&fixture, 499, 4).await, (Vec::new(), true));
        let mut batch = fixture.batch();
        batch.delivery_updates = vec![outcome(&first, DeliveryState::GivenUp, 200)];
        fixture.commit(batch).await.unwrap();
        assert_eq!(ids(&due_at(&fixture, 200).await), [queue[0].id]);
        // Nothing is put off for one that has ended, nor the first.
        fixture.store.park(&[queue[0].id, Uuid::now_v7()], at(900)).await.unwrap();
        assert_eq!(ids(&due_at(&fixture, 200).await), [queue[0].id]);
    }

    async fn a_delivery_made_anew_is_pending_and_its_schedule_begins_anew(fixture) {
        let mut fixture = fixture;
        let one = delivery("e1", "p1", 1, 0);
        let mut batch = fixture.batch();
        batch.deliveries = writes([one.clone()]);
        fixture.commit(batch).await.unwrap();
        let mut batch = fixture.batch();
        batch.delivery_updates = vec![outcome(&one, DeliveryState::GivenUp, 1)];
        fixture.commit(batch).await.unwrap();
        fixture.store.settle_lanes(&["e1".parse().unwrap()]).await.unwrap();
        let anew = |endpoint: &str, due_at| {
            let endpoint = endpoint.parse().unwrap();
            Requeue { endpoint, deliveries: vec![one.id], due_at: at(due_at) }
        };
        let mut batch = fixture.batch();
        batch.requeues = vec![anew("e2", 3)];
        fixture.commit(batch).await.unwrap();
        assert!(due_at(&fixture, 99).await.is_empty(), "it belongs to another endpoint");
        let mut batch = fixture.batch();
        batch.requeues = vec![anew("e1", 30)];
        fixture.commit(batch).await.unwrap();
        let due = due_at(&fixture, 30).await;
        assert_eq!((due[0].id, due[0].attempts, due[0].round), (one.id, 1, 1));
    }

    async fn replays_find_what_has_ended_in_the_order_of_time(fixture) {
        let mut fixture = fixture;
        let made: Vec<_> = (0..6)
            .map(|n| Delivery { created_at: at(n), ..delivery("e1", &format!("p{n}"), 1, 0) })
            .collect();
        let mut batch = fixture.batch();
        batch.deliveries = writes(made.clone());
        fixture.commit(batch).await.unwrap();
        let mut batch = fixture.batch();
        batch.delivery_updates = vec![
            outcome(&made[1], DeliveryState::Delivered, 9),
            outcome(&made[2], DeliveryState::GivenUp, 9),
            outcome(&made[4], DeliveryState::GivenUp, 9),
            outcome(&made[5], DeliveryState::GivenUp, 9),
        ];
        fixture.commit(batch).await.unwrap();
        let query = |scope, after| ReplayQuery {
            endpoint: "e1".parse().unwrap(),
            from: at(1),
            to: at(4),
            scope,
            after,
            limit: 2,
        };
        let all = fixture.store.replayable(&query(ReplayScope::All, None)).await.unwrap();
        assert_eq!((all[0].delivery, all[1].delivery), (made[1].id, made[2].id));
        let rest = fixture.store.replayable(&query(ReplayScope::All, Some(all[1]))).await.unwrap();
        assert_eq!((rest.len(), rest[0].delivery), (1, made[4].id));
        let failed = fixture.store.replayable(&query(ReplayScope::Failed, None)).await.unwrap();
        assert_eq!((failed[0].delivery, failed[1].delivery), (made[2].id, made[4].id));
    }

    async fn attempts_and_mails_read_back_and_go_with_age(fixture) {
        let mut fixture = fixture;
        let old = delivery("e1", "p1", 1, 0);
        let pending = delivery("e1", "p2", 1, 0);
        let attempt = AttemptRow {
            delivery: old.id,
            number: 1,
            at: at(3),
            duration_ms: 12,
            url: "https://shop.example/cb".into(),
            request_headers: vec![("x-sign".into(), "é\"".into())],
            request_body: Bytes::from_static(b"{}"),
            http_status: Some(503),
            answer: Bytes::from_static(b"\xff\x00"),
            error: Some("busy".into()),
        };
        let mail = MailRow {
            id: Uuid::now_v7(),
            at: at(3),
            merchant: "10001".parse().unwrap(),
            recipient: "ops@shop.example".into(),
            subject: "s".into(),
            text: "t".into(),
        };
        let mut batch = fixture.batch();
        batch.deliveries = writes([old.clone(), pending.clone()]);
        batch.delivery_updates = vec![outcome(&old, DeliveryState::Delivered, 4)];
        batch.attempts = vec![attempt.clone(), attempt.clone()];
        batch.mails = vec![MailWrite { slot: slots()[0], mail: mail.clone() }];
        fixture.commit(batch).await.unwrap();
        let store = fixture.store.clone();
        assert_eq!(store.attempts(old.id).await.unwrap(), [attempt]);
        assert_eq!(store.mails(9).await.unwrap()[0].mail, mail);
        let row = store.delivery(old.id).await.unwrap().unwrap();
        assert_eq!((row.state, row.http_status), (DeliveryState::Delivered, Some(503)));
        assert_eq!(store.prune_deliveries(at(0), 9).await.unwrap(), 0);
        assert_eq!(store.prune_deliveries(at(1), 9).await.unwrap(), 1);
        assert!(store.delivery(old.id).await.unwrap().is_none());
        assert!(store.attempts(old.id).await.unwrap().is_empty());
        // What is pending stays, unless it is held back.
        assert!(store.delivery(pending.id).await.unwrap().is_some());
        let mut batch = fixture.batch();
        batch.endpoints = vec![held(endpoint("e1", "10001", &[]), Pace::HELD)];
        fixture.commit(batch).await.unwrap();
        assert_eq!(store.prune_deliveries(at(9), 9).await.unwrap(), 1);
        assert!(store.mails(9).await.unwrap().is_empty());
    }
}
