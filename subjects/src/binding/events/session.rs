//! From the first page to the bound card.

use crate::{
    MerchantId, Sealed, Timestamp,
    binding::{BindingFailure, IssuerRules, Language, SessionStage},
    merchant::{AcquirerName, Environment},
    transaction::{CardSummary, NotifyTarget},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A session was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionIssued {
    /// Whose.
    pub merchant: MerchantId,
    /// Whose money it is.
    pub environment: Environment,
    /// Who issues a live merchant's cards, as its terms name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<AcquirerName>,
    /// The merchant's own name for it.
    pub state: String,
    /// SHA-256 of the session's code.
    pub code: String,
    /// Language of the pages.
    pub language: Language,
    /// What the merchant may do with the card.
    pub scopes: Vec<String>,
    /// Where the customer goes with a bound card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Where the customer goes without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_redirect_url: Option<String>,
    /// The merchant's own name for its customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The customer's phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Code of the bank whose card is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_code: Option<String>,
    /// What the interface wants echoed.
    pub details: BTreeMap<String, String>,
    /// Where notifications go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyTarget>,
    /// Until when a card can be bound.
    pub expires_at: Timestamp,
    /// When.
    pub at: Timestamp,
}

/// The customer opened the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOpened {
    /// When.
    pub at: Timestamp,
}

/// The customer entered a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardEntered {
    /// The operation that the issuer is asked for.
    pub operation: Uuid,
    /// The card as it may be shown.
    pub card: CardSummary,
    /// Number and expiry, sealed for the binding's id.
    pub stored_card: Sealed,
    /// Digest of merchant, customer and card: held by one binding at a time.
    pub claim: String,
    /// When.
    pub at: Timestamp,
}

/// The issuer refused the card, or never heard of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRefused {
    /// The operation.
    pub operation: Uuid,
    /// Why.
    pub failure: BindingFailure,
    /// Whether it counts as one of the cards that may be entered.
    pub counts: bool,
    /// When.
    pub at: Timestamp,
}

/// The issuer sent a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpSent {
    /// The operation that asked for it.
    pub operation: Uuid,
    /// The issuer's reference of the enrolment.
    pub reference: String,
    /// Where it was sent, masked by the issuer.
    pub sent_to: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
    /// When.
    pub at: Timestamp,
}

/// The issuer is asked for another one-time code; it counts from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpResendBegun {
    /// The operation.
    pub operation: Uuid,
    /// When.
    pub at: Timestamp,
}

/// Another one-time code could not be sent; the one before is still good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpResendFailed {
    /// The operation.
    pub operation: Uuid,
    /// Why.
    pub failure: BindingFailure,
    /// When.
    pub at: Timestamp,
}

/// The customer entered a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpTried {
    /// The operation that the issuer is asked for.
    pub operation: Uuid,
    /// When.
    pub at: Timestamp,
}

/// The one-time code was not right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpRefused {
    /// The operation.
    pub operation: Uuid,
    /// Why.
    pub failure: BindingFailure,
    /// When.
    pub at: Timestamp,
}

/// The issuer did not say what became of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerUnknown {
    /// The operation.
    pub operation: Uuid,
    /// When it is asked for next.
    pub next_check: Timestamp,
    /// Whether whoever waits was told now that the outcome is open.
    pub told: bool,
    /// When.
    pub at: Timestamp,
}

/// The card is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardBound {
    /// The operation that bound it.
    pub operation: Uuid,
    /// The issuer's reference of the binding.
    pub reference: String,
    /// Code of the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_code: Option<String>,
    /// What the issuer wants.
    pub rules: IssuerRules,
    /// When.
    pub at: Timestamp,
    /// Number of the notice to registered endpoints.
    pub notice: u32,
}

/// The session ended without a bound card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEnded {
    /// `failed`, `expired` or `cancelled`.
    pub stage: SessionStage,
    /// Why.
    pub failure: BindingFailure,
    /// When.
    pub at: Timestamp,
    /// Number of the notice to registered endpoints.
    pub notice: u32,
}
