//! What a bound card can be asked. `merchant` is whose binding the sender says it is; a binding of another
//! one is not found.

use crate::{MerchantId, Money, Sealed, TransactionId, transaction::Authorise};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Asks for the binding as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquireBinding {
    /// Whose binding.
    pub merchant: MerchantId,
}

/// Asks for the sealed card of a binding that can be charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadStoredCard {
    /// Whose binding.
    pub merchant: MerchantId,
}

/// A one-time code that the card holder gave, for a challenge that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeProof {
    /// The challenge.
    pub challenge: Uuid,
    /// The one-time code, sealed for the binding's id; never stored.
    pub otp: Sealed,
}

/// Charges the card. Without a proof the issuer's rule says whether a one-time code is asked for first.
///
/// Once accepted, the binding itself sends `authorise` to the payment, with the idempotency key
/// `authorise`; the sender then asks the payment the same, with the same key and the payload of the
/// reply, and so gets its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeCard {
    /// Whose binding.
    pub merchant: MerchantId,
    /// What the payment is asked: of the same merchant, its card sealed for the payment's id, `binding`
    /// this binding.
    pub authorise: Authorise,
    /// Whether the merchant wants a one-time code, whatever the issuer's rule.
    #[serde(default, skip_serializing_if = "is_false")]
    pub want_otp: bool,
    /// The one-time code for a challenge that was requested before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ChallengeProof>,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Asks for a charge as it stands. Charges of the last day are remembered here; older ones by their
/// payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquireCharge {
    /// Whose binding.
    pub merchant: MerchantId,
    /// The payment.
    pub payment: TransactionId,
}

/// Gives up a charge that waits for a one-time code; its payment is never begun. Again, it changes nothing.
/// Refused with `state_conflict` while the issuer looks at a code, and when the charge was accepted or came to
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelCharge {
    /// Whose binding.
    pub merchant: MerchantId,
    /// The payment.
    pub payment: TransactionId,
}

/// The payment of a charge was declined. Sent by the payment itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeEnded {
    /// Whose binding.
    pub merchant: MerchantId,
    /// The payment.
    pub payment: TransactionId,
}

/// How much may be charged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeLimits {
    /// With one payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_payment: Option<Money>,
    /// On one day in Jakarta (UTC+7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<Money>,
}

/// Sets how much may be charged. Without a proof the issuer's rule says whether a one-time code is asked
/// for first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitCharges {
    /// Whose binding.
    pub merchant: MerchantId,
    /// The new limits.
    pub limits: ChargeLimits,
    /// The one-time code for a challenge that was requested before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ChallengeProof>,
}

/// Has a one-time code sent, for any of the others that take a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestOtp {
    /// Whose binding.
    pub merchant: MerchantId,
}

/// The card holder gave the one-time code: what waits for it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyChallenge {
    /// Whose binding.
    pub merchant: MerchantId,
    /// The one-time code and its challenge.
    pub proof: ChallengeProof,
}

/// Ends the binding. Without a proof the issuer's rule says whether a one-time code is asked for first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnbindCard {
    /// Whose binding.
    pub merchant: MerchantId,
    /// The one-time code for a challenge that was requested before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ChallengeProof>,
}

/// Stops charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockToken {
    /// Whose binding; operators leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
}

/// Lets charges go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnblockToken {
    /// Whose binding; operators leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
}
