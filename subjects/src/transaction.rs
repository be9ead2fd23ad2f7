//! Payments: commands, queries, replies and events.

mod commands;
mod events;
mod views;

pub use commands::*;
pub use events::*;
pub use views::*;

verbs! {
    /// Everything a payment can be asked.
    TransactionCommand of Transaction {
        /// Authorises a card payment, and captures it when asked to.
        "authorise" => Authorise -> PaymentReply,
        /// Captures an authorised amount, whole or in part.
        "capture" => Capture -> PaymentReply,
        /// Gives an authorisation back before any capture.
        "void" => Void -> PaymentReply,
        /// Gives captured money back, whole or in part.
        "refund" => Refund -> PaymentReply,
        /// The payment as it stands.
        "inquire" => Inquire -> PaymentView,
        /// An operation that was first answered as pending, as it stands.
        "operation" => InquireOperation -> OperationView,
    }
}

events! {
    /// Everything that happens to a payment.
    TransactionEvent {
        /// A payment was accepted for authorisation.
        "begun" => PaymentBegun,
        /// An operation was handed to the acquirer, or to the account that must fund it.
        "operation-begun" => OperationBegun,
        /// The account that must fund a refund has set the money aside.
        "operation-funded" => OperationFunded,
        /// The acquirer did not say what became of an operation; it will be asked.
        "operation-unknown" => OperationUnknown,
        /// An operation succeeded.
        "operation-approved" => OperationApproved,
        /// An operation was declined.
        "operation-declined" => OperationDeclined,
        /// Captured money became the merchant's.
        "settled" => PaymentSettled,
        /// Withheld money became the merchant's.
        "reserve-released" => ReserveReleased,
        /// A notification was handed to the callback actor.
        "notified" => NotificationQueued,
    }
}
