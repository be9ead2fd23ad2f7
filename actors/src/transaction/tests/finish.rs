//! How operations end: what is posted, answered and told to the merchant.

use super::given::{
    Given, answer, approval, authorise, calls, capture, decline, eur, lines, operation, refund,
    refused_by_acquirer, status, terms, unknown, void,
};
use crate::{
    entity::{CallResult, Effects},
    ports::AcquirerStatus,
};
use purser_subjects::{
    EndpointId, ErrorCode, Rejection,
    account::{SettleHold, VoidHold},
    decode,
    merchant::{MerchantTerms, SettlementTerms},
    transaction::{
        Authorise, DeclineReason, OperationKind, OperationOutcome, PaymentReply, PaymentStatus,
        TransactionEvent,
    },
};

fn line(role: &str, amount: i64) -> (String, i64) {
    (role.to_owned(), amount)
}

fn rejected(code: ErrorCode) -> CallResult {
    CallResult::Entity(Err(Rejection::new(code, "why")))
}

fn nothing(effects: &Effects<TransactionEvent>) -> bool {
    !effects.changes_something()
        && effects.groups.is_empty()
        && effects.calls.is_empty()
        && effects.messages.is_empty()
        && effects.notifications.is_empty()
}

#[test]
fn a_purchase_posts_what_was_captured_less_the_fee() {
    let mut given = Given::nothing().begun(1, authorise(1_000, true));
    let effects = given.ended(1, approval());
    let expected = [line("clearing", 1_000), line("pending", -965), line("fees", -35)];
    assert_eq!(lines(&effects), expected);
    assert_eq!(effects.groups[0].memo, "capture order-1");
    let reply = answer(&effects);
    assert_eq!(reply.payment.status, PaymentStatus::Captured);
    assert_eq!(reply.operation.kind, OperationKind::Purchase);
    assert_eq!(reply.operation.outcome, OperationOutcome::Approved);
    assert_eq!(reply.payment.acquirer_reference.as_deref(), Some("R"));
}

#[test]
fn authorisations_and_voids_post_nothing() {
    let mut given = Given::nothing().begun(1, authorise(1_000, false));
    let authorised = given.ended(1, approval());
    assert_eq!(answer(&authorised).payment.status, PaymentStatus::Authorised);
    let mut given = given.begun(2, void());
    assert_eq!(given.payment().status(), PaymentStatus::Voiding);
    let voided = given.ended(2, approval());
    assert_eq!(answer(&voided).payment.status, PaymentStatus::Voided);
    assert!(authorised.groups.is_empty() && voided.groups.is_empty());
    assert_eq!(given.wake_at(), None);
}

#[test]
fn a_second_capture_posts_the_rest_of_the_fee() {
    let mut given = Given::nothing().authorised(1_000).begun(2, capture(600)).approved(2);
    given = given.begun(3, capture(400));
    let effects = given.ended(3, approval());
    // 25 and 35 are the fees on 600 and on 1,000.
    assert_eq!(lines(&effects), [line("clearing", 400), line("pending", -390), line("fees", -10)]);
}

#[test]
fn a_refund_gives_its_share_of_the_fee_back() {
    let mut given = Given::nothing().purchased(1_000).begun(2, refund(400));
    let effects = given.ended(2, approval());
    assert_eq!(lines(&effects), [line("clearing", -400), line("pending", 390), line("fees", 10)]);
    assert_eq!(answer(&effects).payment.status, PaymentStatus::PartlyRefunded);
    let mut given = given.begun(3, refund(600));
    let effects = given.ended(3, approval());
    assert_eq!(lines(&effects), [line("clearing", -600), line("pending", 575), line("fees", 25)]);
    assert_eq!(answer(&effects).payment.status, PaymentStatus::Refunded);
    assert_eq!((given.payment().pending, given.payment().fee), (0, 0));
}

#[test]
fn a_decline_changes_no_money() {
    let mut given = Given::nothing().begun(1, authorise(1_000, true));
    let effects = given.ended(1, refused_by_acquirer());
    let reply = answer(&effects);
    assert_eq!(reply.payment.status, PaymentStatus::Declined);
    assert_eq!(reply.payment.decline, Some(decline()));
    assert_eq!(reply.operation.outcome, OperationOutcome::Declined(decline()));
    assert!(effects.groups.is_empty());
    for (given, number) in [
        (Given::nothing().authorised(1_000).begun(2, capture(1_000)), 2),
        (Given::nothing().authorised(1_000).begun(2, void()), 2),
        (Given::nothing().purchased(1_000).begun(2, refund(10)), 2),
    ] {
        let mut given = given;
        let effects = given.ended(number, refused_by_acquirer());
        assert!(effects.groups.is_empty() && effects.messages.is_empty());
        // The payment itself was not declined.
        assert_eq!(answer(&effects).payment.decline, None);
        assert!(given.payment().running.is_empty());
    }
}

#[test]
fn a_second_result_of_one_operation_does_nothing() {
    let mut given = Given::nothing().purchased(1_000);
    for result in [approval(), refused_by_acquirer(), unknown()] {
        assert!(nothing(&given.ended(1, result)));
    }
    assert!(nothing(&given.ended(99, approval())));
    assert!(nothing(&Given::nothing().ended(1, approval())));
    let mut given = given.woken().begun(2, refund(100)).funded(2);
    // The account was asked twice, and its second answer is late: the acquirer has the operation.
    for result in [CallResult::Entity(Ok(())), rejected(ErrorCode::InsufficientFunds)] {
        assert!(nothing(&given.ended(2, result)));
    }
}

#[test]
fn whoever_waits_is_told_once_that_the_outcome_is_open_and_the_merchant_how_it_ended() {
    let mut given = Given::nothing().begun(1, authorise(1_000, true));
    let open = given.ended(1, unknown());
    assert_eq!(answer(&open).operation.outcome, OperationOutcome::Pending);
    assert_eq!(answer(&open).payment.status, PaymentStatus::Authorising);
    assert!(open.notifications.is_empty());
    let still = given.ended(1, status(AcquirerStatus::Unknown));
    assert!(still.completions.is_empty() && still.notifications.is_empty());
    let known = given.ended(1, status(AcquirerStatus::Approved { reference: "R".into() }));
    assert!(known.completions.is_empty());
    assert_eq!(known.notifications.len(), 1);
    assert_eq!(known.groups.len(), 1);
}

#[test]
fn what_the_acquirer_never_received_is_declined() {
    let mut given = Given::nothing().begun(1, authorise(1_000, true));
    let effects = given.ended(1, status(AcquirerStatus::NeverReceived));
    let OperationOutcome::Declined(decline) = answer(&effects).operation.outcome else {
        panic!("declined: {effects:?}")
    };
    assert_eq!((decline.reason, &*decline.code), (DeclineReason::NeverReceived, "25"));
}

#[test]
fn notifications_are_numbered_and_tell_what_the_answer_told() {
    let mut given = Given::nothing().begun(1, authorise(1_000, false));
    let first = given.ended(1, approval());
    let mut given = given.begun(2, capture(1_000));
    let second = given.ended(2, refused_by_acquirer());
    for (sequence, effects) in (1..).zip([first, second]) {
        let [notification] = &effects.notifications[..] else { panic!("{effects:?}") };
        assert_eq!(notification.sequence, sequence);
        assert_eq!(notification.url, "https://shop.example/cb");
        let endpoint = EndpointId::derive(&notification.merchant, &notification.url);
        assert_eq!(notification.endpoint, endpoint);
        let told: PaymentReply = decode(&notification.payload).unwrap();
        assert_eq!(told, answer(&effects));
    }
    let quiet = Authorise { notify: None, ..authorise(1_000, true) };
    let mut given = Given::nothing().begun(1, quiet);
    assert!(given.ended(1, approval()).notifications.is_empty());
}

#[test]
fn a_refund_from_available_is_sent_when_the_money_is_set_aside_and_settles_it() {
    let mut given = Given::nothing().purchased(1_000).woken().begun(2, refund(400));
    let funded = given.ended(2, CallResult::Entity(Ok(())));
    assert_eq!(calls(&funded), [("acquirer", 2)]);
    let effects = given.ended(2, approval());
    assert!(effects.groups.is_empty(), "the account posts it");
    let [message] = &effects.messages[..] else { panic!("{effects:?}") };
    assert_eq!((message.verb, message.to.id.as_str()), ("settle", "10001-EUR-available"));
    let settle: SettleHold = decode(&message.payload).unwrap();
    assert_eq!((settle.amount, settle.release_rest), (eur(390), true));
    let legs: Vec<_> =
        settle.legs.iter().map(|leg| (super::given::role(&leg.account), leg.amount)).collect();
    assert_eq!(legs, [line("clearing", -400), line("fees", 10)]);
    assert_eq!(given.payment().fee, 25);
}

#[test]
fn a_refund_that_cannot_be_funded_is_declined_and_holds_nothing() {
    let mut given = Given::nothing().purchased(1_000).woken().begun(2, refund(1_000));
    assert!(nothing(&given.ended(2, rejected(ErrorCode::Unavailable))), "asked again later");
    let effects = given.ended(2, rejected(ErrorCode::InsufficientFunds));
    let OperationOutcome::Declined(decline) = answer(&effects).operation.outcome else {
        panic!("declined: {effects:?}")
    };
    assert_eq!(decline.reason, DeclineReason::MerchantFunds);
    assert!(effects.messages.is_empty() && effects.groups.is_empty());
}

#[test]
fn a_funded_refund_that_is_declined_gives_the_money_back() {
    let mut given = Given::nothing().purchased(1_000).woken().begun(2, refund(400)).funded(2);
    let effects = given.ended(2, refused_by_acquirer());
    let [message] = &effects.messages[..] else { panic!("{effects:?}") };
    let void: VoidHold = decode(&message.payload).unwrap();
    assert_eq!((message.verb, void.hold.as_str()), ("void", &*operation(2).to_string()));
    assert_eq!(given.payment().refunded, 0);
}

#[test]
fn settlement_at_once_is_due_with_the_capture() {
    let terms = MerchantTerms { settlement: SettlementTerms::default(), ..terms() };
    let given = Given::with(terms).purchased(1_000);
    assert_eq!(given.wake_at(), Some(given.now));
}
