//! Commands that begin an operation. Pure.

use super::{
    checks::{capture_amount, check_authorise, owned, refund_amount, reject, void_amount},
    late, money, requests,
    state::{Payment, TransactionState},
};
use crate::entity::{Call, CallTarget, Context, Decision, Effects, Reply};
use purser_subjects::{
    ErrorCode, Rejection,
    merchant::MerchantStatus,
    transaction::{
        Authorise, OperationBegun, OperationKind, PaymentBegun, TransactionCommand,
        TransactionEvent,
    },
};

type Outcome = Result<Decision<TransactionEvent>, Rejection>;

pub(super) fn decide(
    state: &TransactionState,
    command: TransactionCommand,
    context: &Context,
) -> Outcome {
    let payment = state.payment.as_ref();
    match command {
        TransactionCommand::Authorise(authorise) => self::authorise(state, authorise, context),
        TransactionCommand::Capture(capture) => {
            let payment = owned(payment, &capture.merchant)?;
            let amount = capture_amount(payment, capture.amount)?;
            begin(payment, OperationKind::Capture, amount, context)
        }
        TransactionCommand::Void(void) => {
            let payment = owned(payment, &void.merchant)?;
            let amount = void_amount(payment, void.amount)?;
            begin(payment, OperationKind::Void, amount, context)
        }
        TransactionCommand::Refund(refund) => {
            let payment = owned(payment, &refund.merchant)?;
            let amount = refund_amount(payment, refund.amount)?;
            begin(payment, OperationKind::Refund, amount, context)
        }
        TransactionCommand::Inquire(inquire) => {
            let payment = owned(payment, &inquire.merchant)?;
            Ok(Decision::answer(payment.view(context.id.clone().into())))
        }
        TransactionCommand::InquireOperation(inquire) => {
            let payment = owned(payment, &inquire.merchant)?;
            Ok(Decision::answer(late::operation(payment, &inquire)?))
        }
    }
}

fn authorise(state: &TransactionState, command: Authorise, context: &Context) -> Outcome {
    if state.payment.is_some() {
        let why = "the merchant has a payment with this reference already";
        return reject(ErrorCode::AlreadyExists, why);
    }
    check_authorise(&command, &context.id)?;
    let Some(standing) = context.facts.standing.clone() else {
        return reject(ErrorCode::Unavailable, "the merchant's standing is not known");
    };
    let standing = standing?;
    if standing.status == MerchantStatus::Suspended {
        return reject(ErrorCode::MerchantSuspended, "the merchant is suspended");
    }
    let kind = if command.capture { OperationKind::Purchase } else { OperationKind::Authorise };
    let begun = PaymentBegun {
        merchant: command.merchant,
        environment: standing.environment,
        reference: command.reference,
        amount: command.amount,
        capture: command.capture,
        card: command.card,
        details: command.details,
        notify: command.notify,
        binding: command.binding,
        terms: standing.terms,
        at: context.now,
    };
    let operation = OperationBegun {
        operation: context.operation,
        kind,
        amount: command.amount.minor,
        from_available: false,
        set_aside: 0,
        at: context.now,
    };
    let mut after = state.clone();
    let begun = TransactionEvent::from(begun);
    after.apply(&begun);
    let request = after.payment.as_ref().map(|payment| {
        let sealed = Some(command.sealed_card);
        requests::execute(payment, context, context.operation, kind, payment.amount.minor, sealed)
    });
    Ok(Effects {
        events: vec![begun, operation.into()],
        calls: request
            .map(|request| Call { id: context.operation, target: CallTarget::Acquirer(request) })
            .into_iter()
            .collect(),
        reply: Reply::Later(context.operation),
        ..Effects::default()
    }
    .into())
}

fn begin(payment: &Payment, kind: OperationKind, amount: i64, context: &Context) -> Outcome {
    let id = context.operation;
    if payment.running.contains_key(&id) {
        return reject(ErrorCode::AlreadyExists, "the operation is running already");
    }
    let from_available =
        kind == OperationKind::Refund && !money::pending_covers_refund(payment, amount);
    let set_aside = if from_available { money::most_taken(payment, amount) } else { 0 };
    let at = context.now;
    let begun = OperationBegun { operation: id, kind, amount, from_available, set_aside, at };
    let target = if from_available {
        CallTarget::Entity(requests::place_hold(payment, id, set_aside))
    } else {
        CallTarget::Acquirer(requests::execute(payment, context, id, kind, amount, None))
    };
    Ok(Effects {
        events: vec![begun.into()],
        calls: vec![Call { id, target }],
        reply: Reply::Later(id),
        ..Effects::default()
    }
    .into())
}
