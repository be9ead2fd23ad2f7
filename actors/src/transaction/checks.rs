//! What may be done to a payment, and for how much. Pure.

use super::state::Payment;
use crate::ledger::MAX_AMOUNT;
use purser_subjects::{
    EntityId, ErrorCode, MerchantId, Money, Rejection, TransactionId,
    transaction::{Authorise, OperationKind},
};

/// Most operations of one payment that have not ended.
const MAX_RUNNING: usize = 256;

pub(super) fn reject<T>(code: ErrorCode, why: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection::new(code, why))
}

/// The payment, if it is the merchant's. Another merchant's payment is not found either, so that ids
/// tell nothing.
pub(super) fn owned<'a>(
    payment: Option<&'a Payment>,
    merchant: &MerchantId,
) -> Result<&'a Payment, Rejection> {
    let owned = payment.filter(|payment| &payment.merchant == merchant);
    owned.ok_or_else(|| Rejection::new(ErrorCode::NotFound, "there is no such payment"))
}

pub(super) fn check_authorise(command: &Authorise, id: &EntityId) -> Result<(), Rejection> {
    let invalid = |why: &str| reject(ErrorCode::InvalidField, why);
    if TransactionId::derive(&command.merchant, &command.reference).entity_id() != id {
        return invalid("the payment's id is not the one derived from merchant and reference");
    }
    if !(1..=100).contains(&command.reference.chars().count()) {
        return invalid("a reference has 1 to 100 characters");
    }
    if !(1..=MAX_AMOUNT).contains(&command.amount.minor) {
        return invalid("an amount is 1 to 10^15 minor units");
    }
    let too_long = |text: &String| text.len() > 255;
    let details = &command.details;
    if details.len() > 40 || details.iter().any(|(name, text)| too_long(name) || too_long(text)) {
        return invalid("there are at most 40 details of at most 255 bytes");
    }
    if command.notify.as_ref().is_some_and(|to| too_long(&to.url) || too_long(&to.format)) {
        return invalid("a notification URL has at most 255 bytes");
    }
    let card = &command.card;
    let masked = card.bin.len() <= 6 && card.last4.len() <= 4;
    if !masked || too_long(&card.holder) || too_long(&card.brand) {
        return invalid("a card is shown by at most its first six and last four digits");
    }
    Ok(())
}

/// What is to be captured.
pub(super) fn capture_amount(payment: &Payment, asked: Option<Money>) -> Result<i64, Rejection> {
    require_authorised(payment)?;
    if payment.is_running(OperationKind::Void) {
        return reject(ErrorCode::StateConflict, "the authorisation is being voided");
    }
    let running = payment.running_amount(OperationKind::Capture);
    let left = payment.authorised - payment.captured - running;
    amount(payment, asked, left, "authorised and not captured")
}

/// What is to be given back before any capture: all of it.
pub(super) fn void_amount(payment: &Payment, asked: Option<Money>) -> Result<i64, Rejection> {
    require_authorised(payment)?;
    if payment.captured > 0 || payment.is_running(OperationKind::Capture) {
        return reject(ErrorCode::StateConflict, "a captured payment is refunded, not voided");
    }
    if payment.is_running(OperationKind::Void) {
        return reject(ErrorCode::StateConflict, "the authorisation is being voided");
    }
    let amount = amount(payment, asked, payment.authorised, "authorised")?;
    if amount != payment.authorised {
        return reject(ErrorCode::InvalidField, "an authorisation is voided whole");
    }
    Ok(amount)
}

/// What is to be given back after capture.
pub(super) fn refund_amount(payment: &Payment, asked: Option<Money>) -> Result<i64, Rejection> {
    if payment.captured == 0 {
        return reject(ErrorCode::StateConflict, "only a captured payment can be refunded");
    }
    let refunding = payment.is_running(OperationKind::Refund);
    if !payment.terms.multiple_refunds && (payment.refunds > 0 || refunding) {
        return reject(ErrorCode::StateConflict, "the payment was refunded already");
    }
    let running = payment.running_amount(OperationKind::Refund);
    let left = payment.captured - payment.refunded - running;
    amount(payment, asked, left, "captured and not refunded")
}

fn require_authorised(payment: &Payment) -> Result<(), Rejection> {
    if payment.authorised == 0 || payment.voided {
        let why = format!("the payment is {}, not authorised", words(payment));
        return reject(ErrorCode::StateConflict, why);
    }
    Ok(())
}

fn words(payment: &Payment) -> &'static str {
    use purser_subjects::transaction::PaymentStatus;
    match payment.status() {
        PaymentStatus::Authorising => "still being authorised",
        PaymentStatus::Declined => "declined",
        _ => "voided",
    }
}

fn amount(
    payment: &Payment,
    asked: Option<Money>,
    left: i64,
    of_what: &str,
) -> Result<i64, Rejection> {
    if payment.running.len() >= MAX_RUNNING {
        return reject(ErrorCode::TooMany, "256 operations of this payment have not ended");
    }
    let asked = asked.unwrap_or(Money::new(left, payment.amount.currency));
    if asked.currency != payment.amount.currency {
        let why = format!("the payment is in {}", payment.amount.currency);
        return reject(ErrorCode::CurrencyMismatch, why);
    }
    if left <= 0 || asked.minor > left {
        let left = Money::new(left.max(0), payment.amount.currency);
        return reject(ErrorCode::AmountExceeded, format!("{left} is left of what was {of_what}"));
    }
    if asked.minor <= 0 {
        return reject(ErrorCode::InvalidField, "an amount is more than zero");
    }
    Ok(asked.minor)
}
