//! The outside party that issues cards: it knows their holders, and sends them one-time codes.

use async_trait::async_trait;
use purser_subjects::{
    BindingId, MerchantId, Money, Rejection, Sealed, Timestamp,
    binding::{BindingFailure, ChallengePurpose, FailureReason, IssuerRules},
    connector::IssuerOperation,
    merchant::{AcquirerName, Environment},
    transaction::CardSummary,
};
use uuid::Uuid;

/// Carries out what a binding needs of the card's issuer. The same operation id may be sent more than
/// once and must take effect once. The caller puts a time limit on every call and treats a missed one as
/// an unknown outcome.
#[async_trait]
pub trait CardIssuer: Send + Sync + 'static {
    /// Whether cards of a merchant in this environment with this issuer can be bound at all. Asked before
    /// a session is begun, so that nothing is stored that cannot go on.
    ///
    /// # Errors
    /// A retryable [`Rejection`] that tells what the operator must change.
    fn serves(
        &self,
        _environment: Environment,
        _issuer: Option<&AcquirerName>,
    ) -> Result<(), Rejection> {
        Ok(())
    }

    /// Carries out one operation. Never answers [`IssuerAnswer::NeverReceived`].
    async fn execute(&self, request: IssuerRequest) -> IssuerAnswer;

    /// Tells what became of an operation that was sent before.
    async fn status(&self, query: IssuerQuery) -> IssuerAnswer;
}

/// Which binding an operation is about.
#[derive(Clone, Debug)]
pub struct IssuerSubject {
    /// The binding.
    pub binding: BindingId,
    /// Whose.
    pub merchant: MerchantId,
    /// Whose money.
    pub environment: Environment,
    /// Who issues the card, as the merchant's terms name it.
    pub issuer: Option<AcquirerName>,
    /// The merchant's own name for its customer.
    pub customer: Option<String>,
    /// The customer's phone number, as the merchant gave it.
    pub phone: Option<String>,
    /// Code of the bank.
    pub bank_code: Option<String>,
    /// The card as it may be shown.
    pub card: CardSummary,
    /// The issuer's reference of the enrolment, and later of the binding.
    pub reference: Option<String>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct IssuerRequest {
    /// Its id; the issuer drops repeats by it.
    pub operation: Uuid,
    /// Which binding it is about.
    pub about: IssuerSubject,
    /// What to do.
    pub what: IssuerTask,
}

/// What the issuer is to do. Cards and one-time codes are sealed for the binding's id.
#[derive(Clone, Debug)]
pub enum IssuerTask {
    /// Check a card, and send its holder a one-time code.
    Enrol {
        /// Number, expiry and code of the card.
        card: Sealed,
    },
    /// Send another one-time code.
    ResendOtp {
        /// The operation that enrolled the card.
        enrolment: Uuid,
    },
    /// Check the one-time code of an enrolment, and bind the card.
    VerifyOtp {
        /// The operation that enrolled the card.
        enrolment: Uuid,
        /// The one-time code.
        otp: Sealed,
    },
    /// Take note that a binding was ended.
    Unbind,
    /// Send the holder of a bound card a one-time code.
    Challenge {
        /// What it is for.
        purpose: ChallengePurpose,
        /// How much is to be charged, if it is for a charge.
        amount: Option<Money>,
    },
    /// Check the one-time code of a challenge.
    VerifyChallenge {
        /// The operation that began the challenge.
        challenge: Uuid,
        /// The one-time code.
        otp: Sealed,
    },
}

impl IssuerTask {
    /// Its kind.
    pub const fn kind(&self) -> IssuerOperation {
        match self {
            Self::Enrol { .. } => IssuerOperation::Enrol,
            Self::ResendOtp { .. } => IssuerOperation::ResendOtp,
            Self::VerifyOtp { .. } => IssuerOperation::VerifyOtp,
            Self::Unbind => IssuerOperation::Unbind,
            Self::Challenge { .. } => IssuerOperation::Challenge,
            Self::VerifyChallenge { .. } => IssuerOperation::VerifyChallenge,
        }
    }
}

/// A question about an operation sent before.
#[derive(Clone, Debug)]
pub struct IssuerQuery {
    /// Id of the operation.
    pub operation: Uuid,
    /// Which binding it is about.
    pub about: IssuerSubject,
    /// What it was to do.
    pub kind: IssuerOperation,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuerAnswer {
    /// The card holder has a one-time code.
    OtpSent {
        /// The issuer's reference.
        reference: String,
        /// Where it was sent, masked.
        sent_to: String,
        /// Until when it is valid.
        expires_at: Timestamp,
    },
    /// The card is bound.
    Bound {
        /// The issuer's reference of the binding.
        reference: String,
        /// Code of the bank.
        bank_code: Option<String>,
        /// What the issuer wants.
        rules: IssuerRules,
    },
    /// Right, or noted.
    Done,
    /// It had no effect and will have none; a wrong one-time code too.
    Refused(BindingFailure),
    /// The issuer never received it and will not act on it any more.
    NeverReceived,
    /// Nobody knows; ask for its status.
    Unknown,
}

impl IssuerAnswer {
    /// A refusal.
    pub fn refused(reason: FailureReason, code: &str, message: &str) -> Self {
        let (code, message) = (code.to_owned(), message.to_owned());
        Self::Refused(BindingFailure { reason, code, message })
    }
}
