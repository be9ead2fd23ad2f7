//! Commands: what they begin, and what is refused.

use super::given::{
    DAY, Given, authorise, calls, capture, eur, merchant, operation, refund, refused_by_acquirer,
    void,
};
use crate::{
    entity::{CallTarget, Entity, Question, Reply},
    transaction::Transaction,
};
use purser_subjects::{
    ErrorCode, Money, Rejection,
    merchant::{MerchantStatus, MerchantTerms},
    transaction::{
        Authorise, Capture, Inquire, NotifyTarget, OperationKind, PaymentStatus, Refund,
        TransactionCommand, TransactionEvent, Void,
    },
};
use std::collections::BTreeMap;

#[test]
fn an_authorisation_is_begun_and_then_sent_with_the_card() {
    for (is_purchase, kind) in [(false, OperationKind::Authorise), (true, OperationKind::Purchase)]
    {
        let mut given = Given::nothing();
        let effects = given.command(1, authorise(1_000, is_purchase)).unwrap();
        assert!(matches!(
            &effects.events[..],
            [TransactionEvent::PaymentBegun(_), TransactionEvent::OperationBegun(_)]
        ));
        let CallTarget::Acquirer(request) = &effects.calls[0].target else { panic!("{effects:?}") };
        assert_eq!((request.operation, request.kind), (operation(1), kind));
        assert_eq!(request.amount, eur(1_000));
        assert!(request.card.sealed.is_some());
        assert!(matches!(effects.reply, Reply::Later(id) if id == operation(1)));
        assert!(effects.groups.is_empty() && effects.completions.is_empty());
        assert_eq!(given.payment().status(), PaymentStatus::Authorising);
        assert!(given.wake_at().is_some());
    }
}

#[test]
fn operations_after_the_authorisation_carry_its_reference_and_no_card() {
    let mut given = Given::nothing().authorised(1_000);
    let effects = given.command(2, capture(400)).unwrap();
    let CallTarget::Acquirer(request) = &effects.calls[0].target else { panic!("{effects:?}") };
    assert_eq!(request.original_reference.as_deref(), Some("R"));
    assert_eq!((request.amount, &request.card.sealed), (eur(400), &None));
}

#[test]
fn only_an_authorisation_asks_for_the_merchants_standing() {
    let asked = Transaction::questions(&authorise(1, true).into());
    assert_eq!(asked, [Question::Standing(merchant())]);
    assert_eq!(Transaction::questions(&refund(1).into()), []);
}

#[test]
fn an_authorisation_with_bad_fields_is_refused() {
    let good = || authorise(1_000, true);
    let details = |count: usize, length: usize| -> BTreeMap<String, String> {
        (0..count).map(|n| (format!("n{n}"), "x".repeat(length))).collect()
    };
    let notify = |length: usize| NotifyTarget { url: "u".repeat(length), format: "f".into() };
    let mut card = good().card;
    card.bin = "42424242".into();
    for command in [
        Authorise { amount: eur(0), ..good() },
        Authorise { amount: eur(-1), ..good() },
        Authorise { amount: eur(1_000_000_000_000_001), ..good() },
        Authorise { reference: "another".into(), ..good() },
        Authorise { merchant: "10002".parse().unwrap(), ..good() },
        Authorise { details: details(41, 1), ..good() },
        Authorise { details: details(1, 256), ..good() },
        Authorise { notify: Some(notify(256)), ..good() },
        Authorise { card, ..good() },
    ] {
        let text = format!("{command:?}");
        assert_eq!(Given::nothing().refusal(1, command), ErrorCode::InvalidField, "{text}");
    }
    let fits = Authorise { details: details(40, 255), notify: Some(notify(255)), ..good() };
    Given::nothing().command(1, fits).unwrap();
}

#[test]
fn the_merchants_standing_decides_whether_a_payment_begins() {
    let mut suspended = Given::nothing();
    suspended.standing.as_mut().unwrap().status = MerchantStatus::Suspended;
    let refused = suspended.refusal(1, authorise(1, true));
    assert_eq!(refused, ErrorCode::MerchantSuspended);
    for code in [ErrorCode::NotFound, ErrorCode::Unavailable] {
        let mut given = Given::nothing();
        given.standing = Err(Rejection::new(code, "why"));
        assert_eq!(given.refusal(1, authorise(1, true)), code);
    }
    // Payments that were begun before go on.
    let mut given = Given::nothing().authorised(1_000);
    given.standing.as_mut().unwrap().status = MerchantStatus::Suspended;
    given.command(2, capture(1_000)).unwrap();
}

#[test]
fn terms_stay_as_they_were_when_the_payment_began() {
    let mut given = Given::nothing().authorised(1_000);
    given.standing.as_mut().unwrap().terms = MerchantTerms::default();
    let given = given.begun(2, capture(1_000)).approved(2);
    assert_eq!(given.payment().fee, 35);
}

#[test]
fn a_reference_is_used_once() {
    let mut given = Given::nothing().purchased(1_000);
    assert_eq!(given.refusal(2, authorise(1_000, true)), ErrorCode::AlreadyExists);
    let mut declined = Given::nothing().begun(1, authorise(1_000, true));
    declined.ended(1, refused_by_acquirer());
    assert_eq!(declined.refusal(2, authorise(1_000, true)), ErrorCode::AlreadyExists);
}

#[test]
fn other_merchants_find_no_payment() {
    let mut given = Given::nothing().purchased(1_000);
    let other = || "10002".parse().unwrap();
    let commands: [TransactionCommand; 4] = [
        Capture { merchant: other(), amount: None }.into(),
        Void { merchant: other(), amount: None }.into(),
        Refund { merchant: other(), amount: None }.into(),
        Inquire { merchant: other() }.into(),
    ];
    for command in commands {
        assert_eq!(given.refusal(2, command.clone()), ErrorCode::NotFound);
        assert_eq!(Given::nothing().refusal(2, command), ErrorCode::NotFound);
    }
}

#[test]
fn the_state_decides_what_can_be_begun() {
    use ErrorCode::{AmountExceeded, StateConflict};
    let authorising = || Given::nothing().begun(1, authorise(1_000, false));
    let authorised = || Given::nothing().authorised(1_000);
    let captured = || authorised().begun(2, capture(1_000)).approved(2);
    let partly = || authorised().begun(2, capture(600)).approved(2);
    let voided = || authorised().begun(2, void()).approved(2);
    let declined = || {
        let mut given = authorising();
        given.ended(1, refused_by_acquirer());
        given
    };
    let refunded = || captured().begun(3, refund(1_000)).approved(3);
    let (to_capture, to_refund): (TransactionCommand, TransactionCommand) =
        (capture(1).into(), refund(1).into());
    let to_void = TransactionCommand::from(void());
    for (name, given, command, expected) in [
        ("capture before the outcome", authorising(), &to_capture, StateConflict),
        ("void before the outcome", authorising(), &to_void, StateConflict),
        ("refund before the outcome", authorising(), &to_refund, StateConflict),
        ("capture of a decline", declined(), &to_capture, StateConflict),
        ("void of a decline", declined(), &to_void, StateConflict),
        ("refund of a decline", declined(), &to_refund, StateConflict),
        ("refund without capture", authorised(), &to_refund, StateConflict),
        ("capture beyond", captured(), &to_capture, AmountExceeded),
        ("void after capture", captured(), &to_void, StateConflict),
        ("void after part capture", partly(), &to_void, StateConflict),
        ("capture of a void", voided(), &to_capture, StateConflict),
        ("void of a void", voided(), &to_void, StateConflict),
        ("refund of a void", voided(), &to_refund, StateConflict),
        ("refund beyond", refunded(), &to_refund, AmountExceeded),
        ("capture while voiding", authorised().begun(2, void()), &to_capture, StateConflict),
        ("void while voiding", authorised().begun(2, void()), &to_void, StateConflict),
        ("void while capturing", authorised().begun(2, capture(1)), &to_void, StateConflict),
    ] {
        let mut given = given;
        assert_eq!(given.refusal(9, command.clone()), expected, "{name}");
    }
}

#[test]
fn amounts_are_within_what_is_left_besides_what_runs() {
    let mut given = Given::nothing().authorised(1_000).begun(2, capture(600));
    assert_eq!(given.refusal(3, capture(401)), ErrorCode::AmountExceeded);
    assert_eq!(given.refusal(3, capture(0)), ErrorCode::InvalidField);
    assert_eq!(given.refusal(3, capture(-5)), ErrorCode::InvalidField);
    let dollars = Money::new(1, "USD".parse().unwrap());
    let wrong = Capture { merchant: merchant(), amount: Some(dollars) };
    assert_eq!(given.refusal(3, wrong), ErrorCode::CurrencyMismatch);
    given.command(3, Capture { merchant: merchant(), amount: None }).unwrap();
    assert_eq!(given.payment().running[&operation(3)].amount, 400);

    let mut given = Given::nothing().purchased(1_000).begun(2, refund(700));
    assert_eq!(given.refusal(3, refund(301)), ErrorCode::AmountExceeded);
    given.command(3, refund(300)).unwrap();
    assert_eq!(given.refusal(4, refund(1)), ErrorCode::AmountExceeded);
}

#[test]
fn an_authorisation_is_voided_whole() {
    let part = Void { merchant: merchant(), amount: Some(eur(999)) };
    let mut given = Given::nothing().authorised(1_000);
    assert_eq!(given.refusal(2, part), ErrorCode::InvalidField);
    given.command(2, Void { merchant: merchant(), amount: Some(eur(1_000)) }).unwrap();
}

#[test]
fn without_multiple_refunds_there_is_one_that_succeeds() {
    let terms = MerchantTerms { multiple_refunds: false, ..super::given::terms() };
    let mut given = Given::with(terms).purchased(1_000).begun(2, refund(100));
    assert_eq!(given.refusal(3, refund(100)), ErrorCode::StateConflict);
    given.ended(2, refused_by_acquirer());
    let mut given = given.begun(3, refund(100)).approved(3);
    assert_eq!(given.refusal(4, refund(100)), ErrorCode::StateConflict);
}

#[test]
fn running_operations_are_limited() {
    let mut given = Given::nothing().purchased(1_000);
    for number in 0..256 {
        given = given.begun(100 + number, refund(1));
    }
    assert_eq!(given.refusal(2, refund(1)), ErrorCode::TooMany);
    assert!(given.approved(100).command(2, refund(1)).is_ok());
}

#[test]
fn a_running_operation_is_not_begun_again() {
    let mut given = Given::nothing().purchased(1_000).begun(2, refund(100));
    assert_eq!(given.refusal(2, refund(100)), ErrorCode::AlreadyExists);
}

#[test]
fn a_refund_comes_from_pending_before_settlement_and_from_available_after() {
    let mut given = Given::nothing().purchased(1_000);
    let before = given.clone().command(2, refund(1_000)).unwrap();
    assert_eq!(calls(&before), [("acquirer", 2)]);
    given = given.woken();
    let after = given.command(2, refund(1_000)).unwrap();
    assert_eq!(calls(&after), [("hold", 2)]);
    // The fee of 35 comes back with the last of the money, so it need not be there.
    assert_eq!(given.payment().running[&operation(2)].set_aside, 965);
}

#[test]
fn inquiries_change_nothing() {
    let given = Given::nothing().purchased(1_000).later(DAY);
    let mut asked = given.clone();
    let effects = asked.command(2, Inquire { merchant: merchant() }).unwrap();
    assert!(!effects.changes_something() && effects.calls.is_empty());
    assert_eq!(asked.state, given.state);
    let Reply::Now(_) = effects.reply else { panic!("an answer at once") };
}
