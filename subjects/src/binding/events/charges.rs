//! Charges of a bound card, and the one-time codes that they and other things wait for.

use crate::{
    Money, Timestamp, TransactionId,
    binding::{BindingFailure, ChargeLimits},
    transaction::Authorise,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What waits for a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "one lives briefly; boxing costs more")]
pub enum ChallengeAction {
    /// A charge: what its payment will be asked.
    Charge(Authorise),
    /// New limits.
    Limit(ChargeLimits),
    /// The end of the binding.
    Unbind,
}

/// The issuer is asked to send the card holder a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeBegun {
    /// The challenge, and the operation that the issuer is asked for.
    pub challenge: Uuid,
    /// What waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<ChallengeAction>,
    /// When.
    pub at: Timestamp,
}

/// The issuer sent the one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeSent {
    /// The challenge.
    pub challenge: Uuid,
    /// Where it was sent, masked by the issuer.
    pub sent_to: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
    /// When.
    pub at: Timestamp,
}

/// The card holder gave a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeTried {
    /// The challenge.
    pub challenge: Uuid,
    /// The operation that the issuer is asked for.
    pub operation: Uuid,
    /// What waits for it, if nothing did before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<ChallengeAction>,
    /// When.
    pub at: Timestamp,
}

/// The one-time code was not right, or nothing is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeRefused {
    /// The challenge.
    pub challenge: Uuid,
    /// The operation.
    pub operation: Uuid,
    /// Why.
    pub failure: BindingFailure,
    /// When.
    pub at: Timestamp,
}

/// The challenge ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeEnded {
    /// The challenge.
    pub challenge: Uuid,
    /// Why it came to nothing; absent: the one-time code was right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<BindingFailure>,
    /// When.
    pub at: Timestamp,
}

/// A charge was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeAccepted {
    /// The payment.
    pub payment: TransactionId,
    /// How much.
    pub amount: Money,
    /// Names the asking of the payment.
    pub operation: Uuid,
    /// What the payment is asked.
    pub authorise: Authorise,
    /// When.
    pub at: Timestamp,
}

/// The payment of an accepted charge has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeBegun {
    /// The payment.
    pub payment: TransactionId,
    /// When.
    pub at: Timestamp,
}

/// The payment of an accepted charge is asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeAskedAgain {
    /// The payment.
    pub payment: TransactionId,
    /// When it is asked next, if it has not answered by then.
    pub next_check: Timestamp,
    /// When.
    pub at: Timestamp,
}

/// A charge that was accepted came to nothing: its payment was refused or declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeReleased {
    /// The payment.
    pub payment: TransactionId,
    /// When.
    pub at: Timestamp,
}

/// A charge that waited for a one-time code was given up by the merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeCancelled {
    /// The payment.
    pub payment: TransactionId,
    /// The challenge that it waited for, which ends with it.
    pub challenge: Uuid,
    /// When.
    pub at: Timestamp,
}
