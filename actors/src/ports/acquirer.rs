//! The outside party that moves card money.

use async_trait::async_trait;
use purser_subjects::{
    MerchantId, Money, Rejection, Sealed, Timestamp, TransactionId,
    merchant::{AcquirerName, Environment},
    transaction::{CardSummary, Decline, DeclineReason, OperationKind},
};
use std::fmt;
use uuid::Uuid;

/// Executes operations on cards. The same operation id may be sent more than once and must take effect
/// once. The caller puts a time limit on every call and treats a missed one as an unknown outcome.
#[async_trait]
pub trait Acquirer: Send + Sync + 'static {
    /// Whether operations of a merchant in this environment with this acquirer can be sent at all. Asked
    /// before a payment is begun, so that nothing is stored that cannot go on.
    ///
    /// # Errors
    /// A retryable [`Rejection`] that tells what the operator must change.
    fn serves(
        &self,
        _environment: Environment,
        _acquirer: Option<&AcquirerName>,
    ) -> Result<(), Rejection> {
        Ok(())
    }

    /// Executes one operation.
    async fn execute(&self, request: AcquirerRequest) -> AcquirerOutcome;

    /// Tells what became of an operation that was sent before.
    async fn status(&self, query: StatusQuery) -> AcquirerStatus;

    /// Pays money out to a bank account.
    async fn pay_out(&self, _payout: Payout) -> AcquirerOutcome {
        AcquirerOutcome::Declined(Decline {
            reason: DeclineReason::NotSupported,
            code: "57".to_owned(),
            message: "This acquirer offers no payouts".to_owned(),
        })
    }

    /// Tells what became of a payout that was sent before.
    async fn payout_status(&self, _payout: Payout) -> AcquirerStatus {
        AcquirerStatus::NeverReceived
    }
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
    /// Who is to move it, as the payment's terms name it.
    pub acquirer: Option<AcquirerName>,
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
    /// Who was asked to move it.
    pub acquirer: Option<AcquirerName>,
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

/// Money that leaves for a bank account.
#[derive(Clone, Debug)]
pub struct Payout {
    /// Its id; repeats are dropped by it.
    pub operation: Uuid,
    /// Whose money.
    pub merchant: MerchantId,
    /// Whose money it is.
    pub environment: Environment,
    /// Who is to move it.
    pub acquirer: Option<AcquirerName>,
    /// How much.
    pub amount: Money,
    /// Who gets it.
    pub beneficiary: Beneficiary,
    /// Text that the beneficiary reads on the statement; at most 140 characters.
    pub text: String,
    /// When it was sent first.
    pub sent_at: Timestamp,
}

/// Who gets a payout. Never shown: an account number says much about a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Beneficiary {
    /// Name of the account's holder.
    pub name: String,
    /// Number of the account, such as an IBAN.
    pub account: String,
}

impl fmt::Debug for Beneficiary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Beneficiary")
    }
}
