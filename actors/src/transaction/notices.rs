//! What registered endpoints are told of a payment. Pure.

use super::state::{Payment, TransactionState};
use crate::entity::{Context, Notice};
use purser_subjects::{
    callback::{NoticeType, PaymentNotice},
    encode,
    transaction::{OperationKind, OperationOutcome, OperationView},
};

/// Number of the next notice about the payment.
pub(super) fn next(payment: &Payment) -> u32 {
    payment.notices + 1
}

/// The notice that an operation has ended or is pending, with the payment as it is `after`.
pub(super) fn about(
    after: &TransactionState,
    operation: OperationView,
    context: &Context,
) -> Option<Notice> {
    let event = of_operation(operation.kind, &operation.outcome);
    notice(after, event, Some(operation), context)
}

/// The notice that the payment moved on by itself.
pub(super) fn moved(
    after: &TransactionState,
    event: NoticeType,
    context: &Context,
) -> Option<Notice> {
    notice(after, event, None, context)
}

fn notice(
    after: &TransactionState,
    event: NoticeType,
    operation: Option<OperationView>,
    context: &Context,
) -> Option<Notice> {
    let payment = after.payment.as_ref()?;
    let told = PaymentNotice { payment: payment.view(context.id.clone().into()), operation };
    Some(Notice {
        merchant: payment.merchant.clone(),
        sequence: payment.notices,
        event,
        except: None,
        payload: encode(&told).into(),
    })
}

fn of_operation(kind: OperationKind, outcome: &OperationOutcome) -> NoticeType {
    use OperationKind::{Authorise, Capture, Purchase, Refund, Void};
    match (outcome, kind) {
        (OperationOutcome::Pending, _) => NoticeType::PaymentPending,
        (OperationOutcome::Approved, Authorise) => NoticeType::PaymentAuthorised,
        (OperationOutcome::Approved, Purchase) => NoticeType::PaymentSucceeded,
        (OperationOutcome::Approved, Capture) => NoticeType::PaymentCaptured,
        (OperationOutcome::Approved, Void) => NoticeType::PaymentVoided,
        (OperationOutcome::Approved, Refund) => NoticeType::PaymentRefunded,
        (OperationOutcome::Declined(_), Authorise | Purchase) => NoticeType::PaymentFailed,
        (OperationOutcome::Declined(_), Capture) => NoticeType::CaptureFailed,
        (OperationOutcome::Declined(_), Void) => NoticeType::VoidFailed,
        (OperationOutcome::Declined(_), Refund) => NoticeType::RefundFailed,
    }
}
