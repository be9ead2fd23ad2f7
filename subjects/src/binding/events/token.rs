//! What becomes of a token, and of the customer tokens of its card.

use crate::{
    Timestamp,
    binding::{BindingFailure, ChargeLimits, FailureReason},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Digests and times of a customer token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerTokenDigests {
    /// SHA-256 of the token.
    pub token: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
    /// SHA-256 of the refresh token.
    pub refresh: String,
    /// Until when that one is valid.
    pub refresh_expires_at: Timestamp,
}

/// The session's code was redeemed for a customer token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeExchanged {
    /// The token.
    pub token: CustomerTokenDigests,
    /// When.
    pub at: Timestamp,
}

/// A customer token was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRefreshed {
    /// The new token.
    pub token: CustomerTokenDigests,
    /// When.
    pub at: Timestamp,
}

/// The session's code was redeemed for the card token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingClaimed {
    /// When.
    pub at: Timestamp,
}

/// How much may be charged changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargesLimited {
    /// The new limits.
    pub limits: ChargeLimits,
    /// When.
    pub at: Timestamp,
}

/// The binding was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardUnbound {
    /// The operation that tells the issuer.
    pub operation: Uuid,
    /// When.
    pub at: Timestamp,
    /// Number of the notice to registered endpoints.
    pub notice: u32,
}

/// The issuer never got what it must be told, and will not act on it any more: it is told as another operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnbindRepeated {
    /// The operation that never arrived.
    pub before: Uuid,
    /// The operation in its place.
    pub operation: Uuid,
    /// When.
    pub at: Timestamp,
}

/// The issuer knows that the binding was ended, or cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnbindConfirmed {
    /// The operation.
    pub operation: Uuid,
    /// Why it cannot be told, if it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<BindingFailure>,
    /// When.
    pub at: Timestamp,
}

/// Charges were stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenBlocked {
    /// Why, if not because somebody asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
    /// When.
    pub at: Timestamp,
    /// Number of the notice to registered endpoints.
    pub notice: u32,
}

/// Charges go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUnblocked {
    /// When.
    pub at: Timestamp,
}

/// The token expired by the issuer's rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenLapsed {
    /// When.
    pub at: Timestamp,
    /// Number of the notice to registered endpoints.
    pub notice: u32,
}

/// A notification was handed to the callback actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingNotified {
    /// Its number among those about this binding, from 1.
    pub sequence: u32,
}
