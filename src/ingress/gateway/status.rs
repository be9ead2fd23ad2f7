//! What states and declines of the core are called in this dialect.

use purser_subjects::transaction::{
    DeclineReason, OperationKind, OperationOutcome, PaymentReply, PaymentStatus,
};

/// Long and short status of a payment.
pub(crate) type Status = (&'static str, &'static str);

/// How a payment stands. A refund leaves the short status at Y: the payment did succeed, and the long
/// status tells what came after.
pub(crate) fn of_payment(status: PaymentStatus) -> Status {
    match status {
        PaymentStatus::Authorising => ("authstarted", "P"),
        PaymentStatus::Authorised => ("authsuccessful", "Y"),
        PaymentStatus::Declined => ("authfailed", "N"),
        PaymentStatus::Voiding => ("cancelstarted", "P"),
        PaymentStatus::Voided => ("authcancelled", "C"),
        PaymentStatus::Capturing => ("capturestarted", "P"),
        PaymentStatus::Captured => ("capturesuccess", "Y"),
        PaymentStatus::Settled => ("settled", "Y"),
        PaymentStatus::Refunding => ("markedforreversal", "P"),
        PaymentStatus::PartlyRefunded | PaymentStatus::Refunded => ("reversed", "Y"),
    }
}

/// What a notification about an operation says. A capture that failed has a status of its own; a void
/// or refund that failed leaves the payment as it was.
pub(crate) fn of_operation(reply: &PaymentReply) -> Status {
    match (&reply.operation.outcome, reply.operation.kind) {
        (OperationOutcome::Declined(_), OperationKind::Capture) => ("capturefailed", "N"),
        _ => of_payment(reply.payment.status),
    }
}

/// Code of ISO 8583 (field 39) and its meaning; `None` where no bank was involved.
pub(crate) fn bank_code(reason: DeclineReason) -> Option<(&'static str, &'static str)> {
    Some(match reason {
        DeclineReason::DoNotHonour => ("05", "Do not honour"),
        DeclineReason::InsufficientFunds => ("51", "Insufficient funds"),
        DeclineReason::ExpiredCard => ("54", "Expired card"),
        DeclineReason::WrongSecurityCode => ("N7", "Wrong card security code"),
        DeclineReason::ProcessingError => ("96", "System malfunction"),
        DeclineReason::ThreeDSecureRequired => ("1A", "3-D Secure required"),
        DeclineReason::NeverReceived => ("25", "The acquirer never received it"),
        DeclineReason::Unresolved => ("68", "No answer in time; it counts as not done"),
        DeclineReason::SuspectedFraud => ("59", "Suspected fraud"),
        DeclineReason::NotSupported => ("57", "Not supported for this card"),
        DeclineReason::MerchantFunds => return None,
    })
}
