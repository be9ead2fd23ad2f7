//! Given a delivery, when it is due or an attempt has ended, then effects.

use super::{Callback, RetrySchedule};
use crate::{
    entity::{
        CallResult, CallTarget, Effects, Reply, Signal,
        given::{Given, NOW, reply},
    },
    ports::{AttemptOutcome, Delivery, DeliveryState},
};
use proptest::prelude::*;
use purser_subjects::{
    EntityKey, EntityKind,
    callback::{CallbackEvent, EndpointView, InquireEndpoint},
};
use std::time::Duration;
use uuid::Uuid;

/// Attempts of the default schedule.
const ATTEMPTS: u32 = 10;

fn delivery(attempts: u32) -> Box<Delivery> {
    Box::new(Delivery {
        id: Uuid::from_u128(7),
        endpoint: "endpoint".parse::<purser_subjects::EntityId>().unwrap().into(),
        merchant: "10001".parse().unwrap(),
        object: EntityKey::new(EntityKind::Transaction, "payment".parse().unwrap()),
        sequence: 1,
        format: "gateway".to_owned(),
        url: "https://shop.example/cb".to_owned(),
        payload: "{}".into(),
        created_at: NOW,
        due_at: NOW,
        attempts,
    })
}

fn failed(retry_after: Option<Duration>) -> AttemptOutcome {
    let error = "answered 503".to_owned();
    AttemptOutcome::Failed { http_status: Some(503), error, retry_after }
}

fn ended(
    endpoint: &mut Given<Callback>,
    attempts: u32,
    outcome: AttemptOutcome,
) -> Effects<CallbackEvent> {
    let result = CallResult::Delivery(delivery(attempts), outcome);
    endpoint.signal(Signal::CallDone { id: Uuid::from_u128(7), result })
}

fn endpoint() -> Given<Callback> {
    Given::nothing("endpoint")
}

#[test]
fn a_due_delivery_is_attempted_and_answered_later() {
    let effects = endpoint().signal(Signal::Due(delivery(3)));
    assert!(!effects.changes_something());
    assert!(matches!(effects.reply, Reply::Later(id) if id == Uuid::from_u128(7)));
    let [call] = &effects.calls[..] else { panic!("one call") };
    assert!(matches!(&call.target, CallTarget::Delivery(due) if due.attempts == 3));
}

#[test]
fn an_accepted_delivery_is_over() {
    let mut endpoint = endpoint();
    let effects = ended(&mut endpoint, 2, AttemptOutcome::Accepted { http_status: 204 });
    let [CallbackEvent::Delivered(delivered)] = &effects.events[..] else { panic!("delivered") };
    assert_eq!((delivered.report.attempt, delivered.report.http_status), (3, Some(204)));
    let update = &effects.delivery_updates[0];
    assert_eq!((update.state, update.attempts), (DeliveryState::Delivered, 3));
    assert_eq!(effects.completions.len(), 1);
}

#[test]
fn failed_attempts_are_repeated_as_the_schedule_says_and_then_given_up() {
    let mut endpoint = endpoint();
    let schedule = RetrySchedule::default();
    for attempts in 1..ATTEMPTS {
        let effects = ended(&mut endpoint, attempts - 1, failed(None));
        let update = &effects.delivery_updates[0];
        let pause = schedule.pause_after(attempts, update.id).unwrap();
        assert_eq!((update.state, update.attempts), (DeliveryState::Pending, attempts));
        assert_eq!(update.due_at, NOW.plus(pause));
    }
    let last = ended(&mut endpoint, ATTEMPTS - 1, failed(Some(Duration::from_secs(1))));
    assert!(matches!(&last.events[..], [CallbackEvent::GivenUp(_)]));
    assert_eq!(last.delivery_updates[0].state, DeliveryState::GivenUp);

    let view: EndpointView = reply(&endpoint.when(InquireEndpoint {}).unwrap());
    assert_eq!((view.given_up, view.failures_in_a_row), (1, ATTEMPTS));
    ended(&mut endpoint, 0, AttemptOutcome::Accepted { http_status: 200 });
    assert_eq!((endpoint.state.delivered, endpoint.state.failures_in_a_row), (1, 0));
    assert_eq!(endpoint.state.last_success_at, Some(NOW));
    assert_eq!(endpoint.replayed(), endpoint.state);
}

proptest! {
    #[test]
    fn a_receiver_can_ask_for_up_to_four_times_the_pause(
        attempts in 1..ATTEMPTS,
        asked in prop_oneof![0u64..1_000_000, Just(u64::MAX)],
    ) {
        let asked = Duration::from_secs(asked);
        let effects = ended(&mut endpoint(), attempts - 1, failed(Some(asked)));
        let update = &effects.delivery_updates[0];
        let pause = RetrySchedule::default().pause_after(attempts, update.id).unwrap();
        prop_assert!(update.due_at >= NOW.plus(pause));
        prop_assert!(update.due_at <= NOW.plus(pause * 4));
        if (pause..=pause * 4).contains(&asked) {
            prop_assert_eq!(update.due_at, NOW.plus(asked));
        }
    }
}
