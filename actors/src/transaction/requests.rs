//! What a payment asks of the acquirer and of the merchant's available account. Pure.

use super::state::{Operation, Payment};
use crate::{
    entity::{Context, OutMessage},
    ports::{AcquirerRequest, CardToCharge, StatusQuery},
};
use purser_subjects::{
    AccountId, EntityId, Money, Sealed,
    account::{Leg, PlaceHold, Role, SettleHold, SystemAccount, VoidHold},
    transaction::OperationKind,
};
use uuid::Uuid;

pub(super) fn execute(
    payment: &Payment,
    context: &Context,
    operation: Uuid,
    kind: OperationKind,
    amount: i64,
    sealed: Option<Sealed>,
) -> Box<AcquirerRequest> {
    Box::new(AcquirerRequest {
        operation,
        kind,
        payment: context.id.clone().into(),
        merchant: payment.merchant.clone(),
        environment: payment.environment,
        acquirer: payment.terms.acquirer.clone(),
        amount: Money::new(amount, payment.amount.currency),
        card: CardToCharge { summary: payment.card.clone(), sealed },
        original_reference: payment.acquirer_reference.clone(),
    })
}

pub(super) fn status(
    payment: &Payment,
    context: &Context,
    id: Uuid,
    operation: &Operation,
) -> Box<StatusQuery> {
    Box::new(StatusQuery {
        operation: id,
        kind: operation.kind,
        payment: context.id.clone().into(),
        merchant: payment.merchant.clone(),
        environment: payment.environment,
        acquirer: payment.terms.acquirer.clone(),
        amount: Money::new(operation.amount, payment.amount.currency),
        card: payment.card.clone(),
        sent_at: operation.begun_at,
    })
}

/// One of the merchant's system accounts in the payment's currency.
pub(super) fn account(payment: &Payment, role: Role) -> AccountId {
    let (merchant, currency) = (payment.merchant.clone(), payment.amount.currency);
    SystemAccount { merchant, currency, role }.id()
}

fn hold_name(operation: Uuid) -> EntityId {
    operation.to_string().parse().expect("a UUID is a valid id")
}

fn to_available<A: purser_subjects::Ask>(
    payment: &Payment,
    ask: &A,
    operation: Uuid,
) -> OutMessage {
    let available = account(payment, Role::Available);
    OutMessage::new(available.entity_id(), ask, format!("{}-{operation}", A::VERB))
}

/// Sets the money of a refund aside.
pub(super) fn place_hold(payment: &Payment, operation: Uuid, amount: i64) -> OutMessage {
    let amount = Money::new(amount, payment.amount.currency);
    to_available(payment, &PlaceHold { hold: hold_name(operation), amount }, operation)
}

/// Posts the money of a refund that was set aside.
pub(super) fn settle_hold(
    payment: &Payment,
    operation: Uuid,
    amount: i64,
    legs: Vec<Leg>,
) -> OutMessage {
    let amount = Money::new(amount, payment.amount.currency);
    let hold = hold_name(operation);
    let memo = Some(memo("refund", payment));
    let settle = SettleHold { hold, amount, legs, release_rest: true, memo };
    to_available(payment, &settle, operation)
}

/// Gives the money of a refund back that did not happen.
pub(super) fn void_hold(payment: &Payment, operation: Uuid) -> OutMessage {
    to_available(payment, &VoidHold { hold: hold_name(operation) }, operation)
}

/// What a posting is for, for the statement.
pub(super) fn memo(word: &str, payment: &Payment) -> String {
    let reference: String = payment.reference.chars().take(100).collect();
    let mut memo = format!("{word} {reference}");
    while memo.len() > 140 {
        memo.pop();
    }
    memo
}
