//! What a payment can be asked.

use super::CardSummary;
use crate::{BindingId, MerchantId, Money, Sealed};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Authorises a card payment. Its id is derived from merchant and reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorise {
    /// Whose payment.
    pub merchant: MerchantId,
    /// The merchant's own name for it, unique for the merchant; 1 to 100 characters.
    pub reference: String,
    /// How much; more than zero.
    pub amount: Money,
    /// Whether it is captured with the authorisation.
    pub capture: bool,
    /// The card as it may be shown.
    pub card: CardSummary,
    /// Number, expiry and code of the card, for the acquirer alone; never stored.
    pub sealed_card: Sealed,
    /// What the interface wants echoed: at most 40 entries of at most 255 bytes.
    #[serde(default)]
    pub details: BTreeMap<String, String>,
    /// Where the merchant wants to be told what happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyTarget>,
    /// The binding whose card is charged, if it is one's; it is told when the payment is declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingId>,
}

/// Where and how notifications about one payment go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyTarget {
    /// The merchant's URL.
    pub url: String,
    /// Name of the body and signature, given by the interface that took the payment.
    pub format: String,
}

/// Captures an authorised amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Whose payment the sender says it is.
    pub merchant: MerchantId,
    /// How much; absent: all that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// Gives an authorisation back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Whose payment the sender says it is.
    pub merchant: MerchantId,
    /// The whole authorised amount, if given at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// Gives captured money back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Whose payment the sender says it is.
    pub merchant: MerchantId,
    /// How much; absent: all that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// Asks for the payment as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquire {
    /// Whose payment the sender says it is.
    pub merchant: MerchantId,
}

/// Asks for an operation whose first answer was that its outcome is open. The latest 32 of a payment are
/// remembered once they have ended; of others the first answer says all there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquireOperation {
    /// Whose payment the sender says it is.
    pub merchant: MerchantId,
    /// Id of the operation.
    pub operation: Uuid,
}
