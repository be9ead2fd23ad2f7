//! The outside party that moves card money.

use async_trait::async_trait;
use purser_subjects::{
    MerchantId, Money, Sealed, Timestamp, TransactionId,
    merchant::Environment,
    transaction::{CardSummary, Decline, OperationKind},
};
use uuid::Uuid;

/// Executes operations on cards. The same operation id may be sent more than once and must take effect
/// once. The caller puts a time limit on every call and treats a missed one as an unknown outcome.
#[async_trait]
pub trait Acquirer: Send + Sync + 'static {
    /// Executes one operation.
    async fn execute(&self, request: AcquirerRequest) -> AcquirerOutcome;

    /// Tells what became of an operation that was sent before.
    async fn status(&self, query: StatusQuery) -> AcquirerStatus;
}

/// One operation.
#[derive(Clone, Debug)]
pub struct AcquirerRequest {
    /// Its id; the acquirer drops repeats by it.
    pub operation: Uuid,
    /// What to do.
    pub kind: OperationKind,
    /// The payment it belongs to.
    pub payment: TransactionId,
    /// Whose payment.
    pub merchant: MerchantId,
    /// Whose money.
    pub environment: Environment,
    /// How much.
    pub amount: Money,
    /// The card.
    pub card: CardToCharge,
    /// The acquirer's reference of the authorisation, for operations after it.
    pub original_reference: Option<String>,
}

/// The card of an operation.
#[derive(Clone, Debug)]
pub struct CardToCharge {
    /// The card as it may be shown.
    pub summary: CardSummary,
    /// Number, expiry and code; only with an authorisation or purchase. Sealed for the payment's id.
    pub sealed: Option<Sealed>,
}

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcquirerOutcome {
    /// It took effect.
    Approved {
        /// The acquirer's reference.
        reference: String,
    },
    /// It had no effect.
    Declined(Decline),
    /// Nobody knows; ask for its status.
    Unknown,
}

/// A question about an operation sent before. It carries what acquirers look operations up by.
#[derive(Clone, Debug)]
pub struct StatusQuery {
    /// Id of the operation.
    pub operation: Uuid,
    /// What it was to do.
    pub kind: OperationKind,
    /// The payment it belongs to.
    pub payment: TransactionId,
    /// Whose payment.
    pub merchant: MerchantId,
    /// Whose money.
    pub environment: Environment,
    /// How much.
    pub amount: Money,
    /// The card as it may be shown.
    pub card: CardSummary,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// The answer to a [`StatusQuery`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcquirerStatus {
    /// It took effect.
    Approved {
        /// The acquirer's reference.
        reference: String,
    },
    /// It had no effect.
    Declined(Decline),
    /// The acquirer never received it and will not act on it any more.
    NeverReceived,
    /// Still not known.
    Unknown,
}
