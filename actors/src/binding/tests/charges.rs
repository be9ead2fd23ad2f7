//! Charges and their limits.

use super::given::*;
use crate::entity::{CallResult, CallTarget, OutMessage, Signal, given::reply};
use purser_subjects::{
    ErrorCode, Rejection, Timestamp, TransactionId,
    binding::{
        BindingReply, BlockToken, ChargeCard, ChargeEnded, ChargeLimits, ChargeStage, ChargeView,
        InquireCharge, LimitCharges, ReadStoredCard, StoredCard, UnbindCard, UnblockToken,
    },
    transaction::Authorise,
};

fn payment(reference: &str) -> TransactionId {
    TransactionId::derive(&merchant(), reference)
}

fn limit(per_payment: Option<i64>, per_day: Option<i64>) -> LimitCharges {
    let limits = ChargeLimits { per_payment: per_payment.map(idr), per_day: per_day.map(idr) };
    LimitCharges { merchant: merchant(), limits, proof: None }
}

fn ended(reference: &str) -> ChargeEnded {
    ChargeEnded { merchant: merchant(), payment: payment(reference) }
}

/// What the payment is asked.
fn payment_asked(effects: &Happened) -> &OutMessage {
    let [call] = &effects.calls[..] else { panic!("one call") };
    match &call.target {
        CallTarget::Entity(message) => message,
        other => panic!("{other:?} asks no payment"),
    }
}

pub(super) fn answered(given: &mut Given, answer: Result<(), Rejection>) -> Happened {
    let token = given.state.binding.as_ref().unwrap().token.as_ref().unwrap();
    let asking = token.charges.values().find_map(|charge| charge.asking.as_ref());
    let id = asking.unwrap().operation;
    given.signal(Signal::CallDone { id, result: CallResult::Entity(answer) })
}

#[test]
fn a_payment_is_asked_until_it_has_answered() {
    let mut given = bound_card();
    given.when(charge("order-1", 500)).unwrap();
    let busy = Rejection::new(ErrorCode::Overloaded, "later");
    assert!(answered(&mut given, Err(busy)).events.is_empty());
    given.now = given.state.binding.as_ref().unwrap().wake_at().unwrap();
    assert_eq!(payment_asked(&given.signal(Signal::Wake)).verb, "authorise");
    assert_eq!(payment_asked(&given.signal(Signal::Restarted)).verb, "authorise");
    answered(&mut given, Ok(()));
    assert_eq!(given.state.binding.as_ref().unwrap().wake_at(), None);
    assert!(given.signal(Signal::Restarted).calls.is_empty());
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_payment_that_refuses_is_asked_no_more_and_gives_the_amount_back() {
    let mut given = bound_card().and(limit(None, Some(500)));
    given.when(charge("order-1", 500)).unwrap();
    let exists = Rejection::new(ErrorCode::AlreadyExists, "used before");
    answered(&mut given, Err(exists));
    assert_eq!(stage(&mut given, "order-1"), ChargeStage::Released);
    assert_eq!(given.state.binding.as_ref().unwrap().wake_at(), None);
    given.when(charge("order-2", 500)).unwrap();
    assert_eq!(given.replayed(), given.state);
}

fn stage(given: &mut Given, reference: &str) -> ChargeStage {
    let inquire = InquireCharge { merchant: merchant(), payment: payment(reference) };
    reply::<ChargeView, _>(&given.when(inquire).unwrap()).stage
}

#[test]
fn an_accepted_charge_asks_its_payment_after_the_commit() {
    let mut given = bound_card();
    let effects = given.when(charge("order-1", 500)).unwrap();
    let answered: BindingReply = reply(&effects);
    assert_eq!(answered.charge.unwrap().stage, ChargeStage::Accepted);
    let message = payment_asked(&effects);
    assert_eq!(message.to, payment("order-1").key());
    assert_eq!((message.verb, &*message.key), ("authorise", "authorise"));
    // Whoever asks with what the reply holds asks the same.
    let authorise = answered.authorise.unwrap();
    assert_eq!(purser_subjects::encode(&authorise), message.payload);
    assert_eq!(given.refused(charge("order-1", 500)), ErrorCode::AlreadyExists);
    assert_eq!(stage(&mut given, "order-1"), ChargeStage::Accepted);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_charge_that_its_payment_would_refuse_is_refused_first() {
    let with = |authorise: Authorise| ChargeCard { authorise, ..charge("order-1", 500) };
    let good = || authorise("order-1", 500);
    let mut other_card = card();
    other_card.last4 = "1111".into();
    for wrong in [
        Authorise { merchant: "10002".parse().unwrap(), ..good() },
        Authorise { binding: None, ..good() },
        Authorise { binding: Some("other".parse().unwrap()), ..good() },
        Authorise { amount: idr(0), ..good() },
        Authorise { reference: String::new(), ..good() },
        Authorise { card: other_card, ..good() },
    ] {
        assert_eq!(bound_card().refused(with(wrong)), ErrorCode::InvalidField);
    }
    let mut other = charge("order-1", 500);
    other.merchant = "10002".parse().unwrap();
    assert_eq!(bound_card().refused(other), ErrorCode::NotFound);
    assert_eq!(otp_sent().refused(charge("order-1", 500)), ErrorCode::StateConflict);
}

#[test]
fn limits_of_a_payment_and_of_a_day_hold() {
    let mut given = bound_card().and(limit(Some(600), Some(1_000)));
    assert_eq!(given.refused(charge("big", 601)), ErrorCode::PaymentLimit);
    given.when(charge("a", 600)).unwrap();
    assert_eq!(given.refused(charge("b", 401)), ErrorCode::DailyLimit);
    given.when(charge("b", 400)).unwrap();
    assert_eq!(given.refused(charge("c", 1)), ErrorCode::DailyLimit);
    // A declined payment gives its amount back, once.
    given.when(ended("a")).unwrap();
    assert!(given.when(ended("a")).unwrap().events.is_empty());
    assert_eq!(stage(&mut given, "a"), ChargeStage::Released);
    given.when(charge("c", 600)).unwrap();
    assert_eq!(given.refused(charge("d", 1)), ErrorCode::DailyLimit);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn the_days_limit_begins_anew_at_midnight_in_jakarta() {
    let mut given = bound_card().and(limit(None, Some(1_000)));
    // 2026-01-05T16:59:59.999Z, the last millisecond of the day in Jakarta.
    given.now = Timestamp::from_millis(1_767_632_399_999);
    given.when(charge("a", 1_000)).unwrap();
    assert_eq!(given.refused(charge("b", 1)), ErrorCode::DailyLimit);
    given.now = Timestamp::from_millis(1_767_632_400_000);
    given.when(charge("b", 1_000)).unwrap();
}

#[test]
fn limits_are_of_one_currency_and_in_order() {
    let mut given = bound_card();
    for wrong in [limit(Some(0), None), limit(None, Some(-1)), limit(Some(2), Some(1))] {
        assert_eq!(given.refused(wrong), ErrorCode::InvalidField);
    }
    let mut mixed = limit(Some(1), Some(2));
    mixed.limits.per_day = Some(purser_subjects::Money::new(2, "EUR".parse().unwrap()));
    assert_eq!(given.refused(mixed), ErrorCode::InvalidField);
    given.when(limit(Some(600), None)).unwrap();
    let mut euros = charge("a", 1);
    euros.authorise.amount = purser_subjects::Money::new(1, "EUR".parse().unwrap());
    assert_eq!(given.refused(euros), ErrorCode::PaymentLimit);
}

#[test]
fn a_card_is_charged_two_hundred_times_in_a_day() {
    let mut given = bound_card();
    for n in 0..200 {
        given.when(charge(&n.to_string(), 1)).unwrap();
        answered(&mut given, Ok(()));
    }
    assert_eq!(given.refused(charge("one more", 1)), ErrorCode::TooMany);
    later(&mut given, 86_400);
    given.when(charge("one more", 1)).unwrap();
    // What is older than a day is forgotten.
    let token = given.state.binding.as_ref().unwrap().token.as_ref().unwrap();
    assert_eq!(token.charges.len(), 1);
    assert_eq!(given.replayed(), given.state);
}

#[test]
fn a_blocked_or_unbound_card_is_not_charged() {
    let block = BlockToken { merchant: Some(merchant()) };
    let unblock = UnblockToken { merchant: None };
    let mut given = bound_card().and(block);
    assert_eq!(given.refused(charge("a", 1)), ErrorCode::TokenBlocked);
    let read = ReadStoredCard { merchant: merchant() };
    assert_eq!(given.refused(read.clone()), ErrorCode::TokenBlocked);
    let mut given = given.and(unblock);
    given.when(charge("a", 1)).unwrap();
    let stored: StoredCard = reply(&given.when(read.clone()).unwrap());
    assert_eq!((stored.card, stored.sealed_card), (card(), sealed(2)));
    let mut given = given.and(UnbindCard { merchant: merchant(), proof: None });
    assert_eq!(given.refused(charge("b", 1)), ErrorCode::TokenDisabled);
    assert_eq!(given.refused(read), ErrorCode::TokenDisabled);
    // The payment of before may still be declined.
    given.when(ended("a")).unwrap();
    assert_eq!(given.replayed(), given.state);
}
