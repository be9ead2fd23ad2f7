//! What a payment posts. Pure.
//!
//! Captured money stands in the merchant's pending account, less the fee on what is captured and not
//! refunded; settlement moves it to available, a part perhaps by way of the reserve. A refund is taken
//! from pending while this payment has enough there, else from available.

use super::{
    requests::{account, memo},
    state::{Operation, Payment},
};
use crate::{entity::PostingGroup, ledger};
use purser_subjects::{
    Money,
    account::{Leg, Role},
    transaction::OperationKind,
};
use uuid::Uuid;

/// By how much the fee changes when captured less refunded grows by `by` (or falls, if negative).
pub(super) fn fee_change(payment: &Payment, by: i64) -> i64 {
    let remaining = payment.captured - payment.refunded + by;
    let fee = ledger::fee(&payment.terms.fees, Money::new(remaining, payment.amount.currency));
    fee - payment.fee
}

/// The most that a refund of `amount` can take from the merchant, whatever other operations come to
/// meanwhile: the fee that is given back pays the rest.
pub(super) fn most_taken(payment: &Payment, amount: i64) -> i64 {
    let part = Money::new(amount, payment.amount.currency);
    let whole = payment.authorised - payment.refunded;
    amount - ledger::least_fee_back(&payment.terms.fees, part, whole)
}

/// Whether what this payment has in pending pays for a refund of `amount` besides those that run.
pub(super) fn pending_covers_refund(payment: &Payment, amount: i64) -> bool {
    if !payment.settled {
        // All that was captured and not refunded is there, less its fee.
        return true;
    }
    let most = most_taken(payment, amount);
    if most == 0 {
        return true;
    }
    // Refunds from available change the fee too, so which fee is given back to which refund is open.
    let running = payment.running.values();
    let from_pending = running.filter(|op| op.kind == OperationKind::Refund && !op.from_available);
    from_pending.map(|op| most_taken(payment, op.amount)).sum::<i64>() + most <= payment.pending
}

/// What an approved operation posts itself; a refund from available is posted by that account.
pub(super) fn group(
    payment: &Payment,
    id: Uuid,
    operation: &Operation,
    fee_change: i64,
) -> Option<PostingGroup> {
    let amount = operation.amount;
    let (word, legs) = match operation.kind {
        OperationKind::Purchase | OperationKind::Capture => (
            "capture",
            [
                (Role::Clearing, amount),
                (Role::Pending, fee_change - amount),
                (Role::Fees, -fee_change),
            ],
        ),
        OperationKind::Refund => (
            "refund",
            [
                (Role::Clearing, -amount),
                (Role::Pending, amount + fee_change),
                (Role::Fees, -fee_change),
            ],
        ),
        OperationKind::Authorise | OperationKind::Void => return None,
    };
    Some(posting_group(payment, id, word, &legs))
}

/// The other side of a refund from available: the fee given back pays a part of what the acquirer gets.
pub(super) fn refund_legs(payment: &Payment, amount: i64, fee_change: i64) -> Vec<Leg> {
    legs(payment, &[(Role::Clearing, -amount), (Role::Fees, -fee_change)])
}

/// Pending becomes available, and a part reserve.
pub(super) fn settlement(
    payment: &Payment,
    id: Uuid,
    available: i64,
    reserved: i64,
) -> PostingGroup {
    let legs = [
        (Role::Pending, available + reserved),
        (Role::Available, -available),
        (Role::Reserve, -reserved),
    ];
    posting_group(payment, id, "settlement", &legs)
}

/// A part of the reserve becomes available.
pub(super) fn release(payment: &Payment, id: Uuid, amount: i64) -> PostingGroup {
    let legs = [(Role::Reserve, amount), (Role::Available, -amount)];
    posting_group(payment, id, "reserve release", &legs)
}

fn posting_group(payment: &Payment, id: Uuid, word: &str, lines: &[(Role, i64)]) -> PostingGroup {
    PostingGroup {
        id,
        currency: payment.amount.currency,
        legs: legs(payment, lines),
        effective_at: None,
        memo: memo(word, payment),
    }
}

fn legs(payment: &Payment, lines: &[(Role, i64)]) -> Vec<Leg> {
    let lines = lines.iter().filter(|(_, amount)| *amount != 0);
    lines.map(|(role, amount)| Leg { account: account(payment, *role), amount: *amount }).collect()
}
