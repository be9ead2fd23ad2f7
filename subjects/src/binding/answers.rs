//! What a bound card answers besides its view.

use super::BindingView;
use crate::{
    BindingId, Money, Sealed, Timestamp, TransactionId,
    transaction::{Authorise, CardSummary},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A customer token, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerToken {
    /// Whose card it is about.
    pub binding: BindingId,
    /// The merchant's own name for its customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Until when it is valid.
    pub expires_at: Timestamp,
    /// Until when it can be replaced.
    pub refresh_expires_at: Timestamp,
}

/// The card of a binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCard {
    /// The card as it may be shown.
    pub card: CardSummary,
    /// Number and expiry, sealed for the binding's id.
    pub sealed_card: Sealed,
}

/// What a one-time code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengePurpose {
    /// Nothing waits for it yet.
    Any,
    /// To charge the card.
    Charge,
    /// To change limits.
    Limit,
    /// To unbind the card.
    Unbind,
}

/// Where a challenge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeStage {
    /// The issuer was asked to send a one-time code and has not answered yet.
    Sending,
    /// The card holder has it.
    Sent,
    /// The issuer was asked about the one-time code and has not answered yet.
    Verifying,
    /// The one-time code was right.
    Verified,
    /// It came to nothing.
    Failed,
}

/// A one-time code that the card holder is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeView {
    /// Its id.
    pub challenge: Uuid,
    /// What it is for.
    pub purpose: ChallengePurpose,
    /// Where it stands.
    pub stage: ChallengeStage,
    /// Where it was sent, masked by the issuer; may be empty.
    pub sent_to: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
    /// How often a code may still be given.
    pub tries_left: u8,
}

/// Where a charge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeStage {
    /// The card holder is asked for a one-time code.
    AwaitingOtp,
    /// The payment is begun, and says how it goes on.
    Accepted,
    /// The payment was declined.
    Released,
    /// There is and will be no payment: the one-time code was not given, or the issuer refused.
    Failed,
    /// There is and will be no payment: the merchant gave it up before the one-time code was given.
    Cancelled,
}

/// A charge of the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeView {
    /// The payment.
    pub payment: TransactionId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub stage: ChargeStage,
    /// The challenge that it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Uuid>,
    /// When it was asked for.
    pub at: Timestamp,
}

/// The binding after something was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingReply {
    /// The binding.
    pub binding: BindingView,
    /// The challenge that was begun or answered, if there is one. In stage `sent`, the card holder's
    /// one-time code is needed next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<ChallengeView>,
    /// The charge, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<ChargeView>,
    /// What the payment of an accepted charge was asked: ask it the same, with the idempotency key
    /// `authorise`, for its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorise: Option<Authorise>,
}
