//! What a payment does on its own.

use super::given::{
    DAY, Given, START, answer, authorise, calls, capture, lines, operation, refund, status,
    unknown, void,
};
use crate::{
    entity::{CallResult, Signal},
    ports::AcquirerStatus,
};
use purser_subjects::transaction::{
    DeclineReason, OperationOutcome, PaymentStatus, TransactionEvent,
};
use std::time::Duration;

fn seconds(given: &Given) -> u64 {
    given.wake_at().unwrap().since(given.now).as_secs()
}

#[test]
fn a_payment_without_business_does_not_want_to_be_woken() {
    assert_eq!(Given::nothing().wake_at(), None);
    assert_eq!(Given::nothing().authorised(1_000).wake_at(), None);
    let voided = Given::nothing().authorised(1_000).begun(2, void()).approved(2);
    assert_eq!(voided.wake_at(), None);
}

#[test]
fn a_running_operation_is_looked_after_before_all_else() {
    let given = Given::nothing().purchased(1_000).begun(2, refund(10));
    assert_eq!(seconds(&given), 30);
    let mut given = given.later(DAY * 3);
    let effects = given.signal(Signal::Wake);
    assert_eq!(calls(&effects), [("status", 2)]);
    assert!(effects.groups.is_empty(), "money moves on only when nothing runs");
    let effects = given.ended(2, status(AcquirerStatus::Approved { reference: "R".into() }));
    assert_eq!(effects.groups.len(), 1);
    assert!(given.wake_at().unwrap() < given.now, "and then the settlement is due");
}

#[test]
fn pauses_between_status_queries_grow() {
    let mut given = Given::nothing().begun(1, authorise(1_000, true));
    given.ended(1, unknown());
    let mut pauses = vec![seconds(&given)];
    for _ in 0..9 {
        given = given.woken();
        assert_eq!(seconds(&given), 30, "a query is under way");
        given.ended(1, status(AcquirerStatus::Unknown));
        pauses.push(seconds(&given));
    }
    assert_eq!(pauses, [2, 2, 2, 3, 4, 6, 10, 15, 22, 34]);
    let mut old = given.later(DAY);
    old.ended(1, status(AcquirerStatus::Unknown));
    assert_eq!(seconds(&old), 7_200);
}

#[test]
fn restarts_do_not_put_status_queries_off() {
    let mut given = Given::nothing().begun(1, authorise(1_000, true));
    for _ in 0..20 {
        given.signal(Signal::Restarted);
        given.ended(1, status(AcquirerStatus::Unknown));
    }
    assert_eq!(seconds(&given), 2);
}

#[test]
fn an_outcome_that_stays_unknown_counts_as_not_done() {
    let mut given = Given::nothing().begun(1, authorise(1_000, true)).later(DAY * 7);
    given.ended(1, status(AcquirerStatus::Unknown));
    assert_eq!(given.payment().status(), PaymentStatus::Authorising);
    let mut unasked = given.clone().later(DAY);
    unasked.ended(1, unknown());
    assert_eq!(unasked.payment().status(), PaymentStatus::Authorising, "only a query gives up");
    let mut given = given.later(Duration::from_millis(1));
    let effects = given.ended(1, status(AcquirerStatus::Unknown));
    let [TransactionEvent::OperationDeclined(declined), _] = &effects.events[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(declined.decline.reason, DeclineReason::Unresolved);
    assert_eq!(effects.notifications.len(), 1);
    assert_eq!(given.payment().status(), PaymentStatus::Declined);
}

#[test]
fn after_a_restart_the_acquirer_is_asked_what_became_of_everything() {
    let mut given = Given::nothing().purchased(1_000).begun(2, refund(10)).begun(3, refund(20));
    let effects = given.signal(Signal::Restarted);
    assert_eq!(calls(&effects), [("status", 2), ("status", 3)]);
    assert!(effects.completions.is_empty());
    let effects = given.ended(2, status(AcquirerStatus::NeverReceived));
    let reply = answer(&effects);
    assert!(matches!(reply.operation.outcome, OperationOutcome::Declined(_)));
    assert!(!Given::nothing().signal(Signal::Restarted).changes_something());
    let idle = Given::nothing().purchased(1_000).signal(Signal::Restarted);
    assert!(!idle.changes_something() && idle.calls.is_empty());
}

#[test]
fn a_refund_that_was_not_funded_yet_asks_the_account_again_for_the_same() {
    let mut given = Given::nothing().purchased(1_000).woken();
    let first = given.command(2, refund(400)).unwrap();
    let again = given.signal(Signal::Restarted);
    let body = |effects: &crate::entity::Effects<TransactionEvent>| match &effects.calls[0].target {
        crate::entity::CallTarget::Entity(message) => {
            (message.verb, message.key.clone(), message.payload.clone())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(body(&first), body(&again));
    given.ended(2, CallResult::Entity(Ok(())));
    assert_eq!(calls(&given.signal(Signal::Restarted)), [("status", 2)]);
}

#[test]
fn somebody_who_asks_again_has_the_operation_looked_into() {
    let mut given = Given::nothing().purchased(1_000).begun(2, refund(10));
    let effects = given.signal(Signal::Resume(operation(2)));
    assert_eq!(calls(&effects), [("status", 2)]);
    assert!(calls(&given.signal(Signal::Resume(operation(9)))).is_empty());
}

#[test]
fn settlement_comes_at_its_hour_and_withholds_the_reserve() {
    let given = Given::nothing().purchased(1_000);
    let due = START.start_of_day().plus(DAY).plus(Duration::from_secs(6 * 3_600));
    assert_eq!(given.wake_at(), Some(due));
    let mut early = given.clone();
    assert!(!early.signal(Signal::Wake).changes_something());
    let mut given = given.later(due.since(START));
    let effects = given.signal(Signal::Wake);
    let expected = [("pending", 965), ("available", -869), ("reserve", -96)];
    assert_eq!(lines(&effects), expected.map(|(role, amount)| (role.to_owned(), amount)));
    assert_eq!(given.payment().status(), PaymentStatus::Settled);
    assert_eq!(given.wake_at(), Some(due.plus(DAY * 2)));
    let mut given = given.later(DAY * 2);
    let effects = given.signal(Signal::Wake);
    let expected = [("reserve", 96), ("available", -96)];
    assert_eq!(lines(&effects), expected.map(|(role, amount)| (role.to_owned(), amount)));
    assert_eq!(given.wake_at(), None);
}

#[test]
fn each_reserve_is_released_at_its_own_time() {
    let given = Given::nothing().authorised(1_000).begun(2, capture(400)).approved(2).woken();
    let first = given.wake_at().unwrap();
    let given = given.begun(3, capture(600)).approved(3).woken();
    assert_eq!(given.wake_at(), Some(first));
    let held: Vec<_> = given.payment().reserves.values().copied().collect();
    // Of 380 and 585, the fees being 20 and 15.
    assert_eq!(held, [38, 58]);
    let given = given.woken();
    assert_eq!(given.payment().reserves.values().copied().collect::<Vec<_>>(), [58]);
    assert_eq!(given.wake_at(), Some(first.plus(DAY)));
    assert_eq!(given.woken().wake_at(), None);
}

#[test]
fn a_payment_refunded_before_its_settlement_settles_nothing() {
    let mut given = Given::nothing().purchased(1_000).begun(2, refund(1_000)).approved(2);
    given.now = given.wake_at().unwrap();
    let effects = given.signal(Signal::Wake);
    assert!(effects.groups.is_empty());
    assert_eq!(given.wake_at(), None);
    assert_eq!(given.payment().status(), PaymentStatus::Refunded);
}
