//! How operations end. Pure.

use super::{
    money, notices, requests,
    state::{Operation, Payment, Stage, TransactionState},
    wake,
};
use crate::{
    entity::{Call, CallResult, CallTarget, Context, Effects, Notification, OutMessage, answer_ok},
    ledger,
    ports::{AcquirerOutcome, AcquirerStatus},
};
use purser_subjects::{
    Ask, EndpointId, Rejection,
    binding::ChargeEnded,
    encode,
    transaction::{
        Decline, DeclineReason, NotificationQueued, OperationApproved, OperationDeclined,
        OperationFunded, OperationKind, OperationOutcome, PaymentReply, TransactionEvent,
    },
};
use uuid::Uuid;

type Happens = Effects<TransactionEvent>;

/// A call of operation `id` has ended.
pub(super) fn call_done(
    state: &TransactionState,
    id: Uuid,
    result: CallResult,
    context: &Context,
) -> Happens {
    let Some(payment) = &state.payment else { return Effects::none() };
    // An operation that is not running any more was ended by another answer to the same question.
    let Some(operation) = payment.running.get(&id) else { return Effects::none() };
    let is_funding = operation.stage == Stage::Funding;
    match result {
        // Asked twice, the account may answer twice; and nothing else can answer an operation that waits
        // for it.
        CallResult::Entity(_) if !is_funding => Effects::none(),
        CallResult::Acquirer(_) | CallResult::Status(_) if is_funding => Effects::none(),
        CallResult::Entity(Ok(())) => funded(payment, id, operation, context),
        CallResult::Entity(Err(refusal)) if refusal.code.is_retryable() => Effects::none(),
        CallResult::Entity(Err(refusal)) => declined(state, id, not_funded(&refusal), context),
        CallResult::Acquirer(AcquirerOutcome::Approved { reference })
        | CallResult::Status(AcquirerStatus::Approved { reference }) => {
            approved(state, payment, id, operation, reference, context)
        }
        CallResult::Acquirer(AcquirerOutcome::Declined(decline))
        | CallResult::Status(AcquirerStatus::Declined(decline)) => {
            declined(state, id, decline, context)
        }
        CallResult::Status(AcquirerStatus::NeverReceived) => {
            declined(state, id, never_received(), context)
        }
        CallResult::Status(AcquirerStatus::Unknown) if wake::is_given_up(operation, context) => {
            declined(state, id, unresolved(), context)
        }
        CallResult::Acquirer(AcquirerOutcome::Unknown)
        | CallResult::Status(AcquirerStatus::Unknown) => {
            wake::unknown(state, id, operation, context)
        }
        CallResult::Delivery(..) | CallResult::Replay(_) | CallResult::Issuer(_) => Effects::none(),
    }
}

fn funded(payment: &Payment, id: Uuid, operation: &Operation, context: &Context) -> Happens {
    let request = requests::execute(payment, context, id, operation.kind, operation.amount, None);
    Effects {
        events: vec![OperationFunded { operation: id, at: context.now }.into()],
        calls: vec![Call { id, target: CallTarget::Acquirer(request) }],
        ..Effects::default()
    }
}

fn approved(
    state: &TransactionState,
    payment: &Payment,
    id: Uuid,
    operation: &Operation,
    reference: String,
    context: &Context,
) -> Happens {
    let by = match operation.kind {
        OperationKind::Purchase | OperationKind::Capture => operation.amount,
        OperationKind::Refund => -operation.amount,
        OperationKind::Authorise | OperationKind::Void => 0,
    };
    let fee_change = if by == 0 { 0 } else { money::fee_change(payment, by) };
    let settle_at = (by > 0 && payment.settle_at.is_none())
        .then(|| ledger::settle_at(&payment.terms.settlement, context.now));
    let event = OperationApproved {
        operation: id,
        acquirer_reference: reference,
        fee_change,
        settle_at,
        at: context.now,
        notice: notices::next(payment),
        late: operation.told,
    };
    let mut effects = ended(state, id, event.into(), OperationOutcome::Approved, context);
    if !operation.from_available {
        effects.groups.extend(money::group(payment, id, operation, fee_change));
        return effects;
    }
    let from_available = operation.amount + fee_change;
    if from_available > 0 {
        let legs = money::refund_legs(payment, operation.amount, fee_change);
        effects.messages.push(requests::settle_hold(payment, id, from_available, legs));
    } else {
        // The fee given back pays for all of it.
        effects.groups.extend(money::group(payment, id, operation, fee_change));
        effects.messages.push(requests::void_hold(payment, id));
    }
    effects
}

fn declined(state: &TransactionState, id: Uuid, decline: Decline, context: &Context) -> Happens {
    let notice = state.payment.as_ref().map_or(0, notices::next);
    let (at, late) = (context.now, was_told(state, id));
    let event = OperationDeclined { operation: id, decline: decline.clone(), at, notice, late };
    let outcome = OperationOutcome::Declined(decline);
    let mut effects = ended(state, id, event.into(), outcome, context);
    if let Some(payment) = &state.payment
        && let Some(operation) = payment.running.get(&id)
        && operation.from_available
        && operation.stage != Stage::Funding
    {
        effects.messages.push(requests::void_hold(payment, id));
    }
    effects.messages.extend(charge_ended(state, id, context));
    effects
}

/// Tells the binding whose card was charged that the authorisation was declined.
fn charge_ended(state: &TransactionState, id: Uuid, context: &Context) -> Option<OutMessage> {
    let payment = state.payment.as_ref()?;
    let binding = payment.binding.as_ref()?;
    let kind = payment.running.get(&id)?.kind;
    matches!(kind, OperationKind::Authorise | OperationKind::Purchase).then(|| {
        let merchant = payment.merchant.clone();
        let ended = ChargeEnded { merchant, payment: context.id.clone().into() };
        OutMessage::new(
            binding.entity_id(),
            &ended,
            format!("{}-{}", ChargeEnded::VERB, context.id),
        )
    })
}

/// The operation has ended: who waits is answered, and the merchant is notified.
fn ended(
    state: &TransactionState,
    id: Uuid,
    event: TransactionEvent,
    outcome: OperationOutcome,
    context: &Context,
) -> Happens {
    let mut after = state.clone();
    after.apply(&event);
    let mut effects = Effects { events: vec![event], ..Effects::default() };
    let Some(reply) = reply(state, &after, id, outcome, context) else { return effects };
    effects.notices.extend(notices::about(&after, reply.operation.clone(), context));
    if let Some(payment) = &after.payment
        && let Some(target) = &payment.notify
    {
        let sequence = payment.notifications + 1;
        effects.events.push(NotificationQueued { sequence }.into());
        effects.notifications.push(Notification {
            id: context.derived_id(1),
            endpoint: EndpointId::derive(&payment.merchant, &target.url),
            merchant: payment.merchant.clone(),
            sequence,
            event: None,
            format: target.format.clone(),
            url: target.url.clone(),
            payload: encode(&reply).into(),
        });
    }
    if !was_told(state, id) {
        effects.completions.push((id, answer_ok(reply)));
    }
    effects
}

/// Whether the command that began the operation was answered already, with an open outcome.
fn was_told(state: &TransactionState, id: Uuid) -> bool {
    let operation = state.payment.as_ref().and_then(|payment| payment.running.get(&id));
    operation.is_some_and(|operation| operation.told)
}

/// The answer to the command that began the operation, with the payment as it is `after`.
pub(super) fn reply(
    before: &TransactionState,
    after: &TransactionState,
    id: Uuid,
    outcome: OperationOutcome,
    context: &Context,
) -> Option<PaymentReply> {
    let operation = before.payment.as_ref()?.operation_view(id, outcome)?;
    let payment = after.payment.as_ref()?.view(context.id.clone().into());
    Some(PaymentReply { payment, operation })
}

fn not_funded(refusal: &Rejection) -> Decline {
    Decline {
        reason: DeclineReason::MerchantFunds,
        code: refusal.code.as_str().to_owned(),
        message: "the merchant's available balance does not cover the refund".to_owned(),
    }
}

fn never_received() -> Decline {
    Decline {
        reason: DeclineReason::NeverReceived,
        code: "25".to_owned(),
        message: "the acquirer never received the operation".to_owned(),
    }
}

fn unresolved() -> Decline {
    Decline {
        reason: DeclineReason::Unresolved,
        code: "68".to_owned(),
        message: "the acquirer could not tell the outcome within 7 days".to_owned(),
    }
}
