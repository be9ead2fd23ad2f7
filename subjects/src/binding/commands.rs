//! What a session can be asked.
//!
//! The customer's browser has the session's code and nothing else, so what it asks carries the digest of
//! the code; a wrong one finds nothing. What the merchant asks names the merchant.

use super::Language;
use crate::{
    MerchantId, Sealed,
    transaction::{CardSummary, NotifyTarget},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Begins a session. Its id is derived from merchant and `state`, so a state begins one session for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueSession {
    /// Whose session.
    pub merchant: MerchantId,
    /// The merchant's own name for it, 1 to 100 characters; it comes back with the redirect.
    pub state: String,
    /// SHA-256 of the session's code, in 64 lower-case hexadecimal digits.
    pub code: String,
    /// For how long a card can be bound, in seconds, 1 to 3,600.
    pub valid_secs: u32,
    /// Language of the pages.
    #[serde(default, skip_serializing_if = "Language::is_usual")]
    pub language: Language,
    /// What the merchant may do with the card; at most 8 words of at most 64 bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Where the customer goes with a bound card; at most 2,048 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Where the customer goes without one; at most 2,048 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_redirect_url: Option<String>,
    /// The merchant's own name for its customer, at most 64 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The customer's phone number, 9 to 16 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Code of the bank whose card is expected, 3 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_code: Option<String>,
    /// What the interface wants echoed: at most 40 entries of at most 255 bytes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// Where the merchant wants to be told how it ended, and what happens to the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyTarget>,
}

/// The customer opened the page, or looks at it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSession {
    /// SHA-256 of the session's code.
    pub code: String,
}

/// The customer gives up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelSession {
    /// SHA-256 of the session's code.
    pub code: String,
}

/// The customer entered a card. Answered when the issuer has: a refused card is told in the view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnterCard {
    /// SHA-256 of the session's code.
    pub code: String,
    /// The card as it may be shown.
    pub card: CardSummary,
    /// Number, expiry and code of the card, sealed for the binding's id; for the issuer alone, never
    /// stored.
    pub sealed_card: Sealed,
    /// The same without the card's code, to charge the card later.
    pub stored_card: Sealed,
    /// Keyed digest of the card's number, in 64 lower-case hexadecimal digits: the same card has the same.
    pub fingerprint: String,
}

/// The customer entered a one-time code. Answered when the issuer has: a wrong code is told in the view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyOtp {
    /// SHA-256 of the session's code.
    pub code: String,
    /// The one-time code, sealed for the binding's id; never stored.
    pub otp: Sealed,
}

/// Asks for another one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResendOtp {
    /// SHA-256 of the session's code.
    pub code: String,
}

/// Redeems the session's code for a customer token, once, within 10 minutes after the card was bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeCode {
    /// Whose session the sender says it is.
    pub merchant: MerchantId,
    /// SHA-256 of the session's code.
    pub code: String,
    /// SHA-256 of the new token.
    pub token: String,
    /// For how long it is valid, in seconds.
    pub valid_secs: u32,
    /// SHA-256 of the token that replaces it.
    pub refresh: String,
    /// For how long that one is valid, in seconds.
    pub refresh_valid_secs: u32,
}

/// Replaces a customer token and its refresh token; each refresh token serves once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// Whose token the sender says it is.
    pub merchant: MerchantId,
    /// SHA-256 of the refresh token.
    pub refresh: String,
    /// SHA-256 of the new token.
    pub token: String,
    /// For how long it is valid, in seconds.
    pub valid_secs: u32,
    /// SHA-256 of the new refresh token.
    pub next_refresh: String,
    /// For how long that one is valid, in seconds.
    pub refresh_valid_secs: u32,
}

/// Asks whether a customer token is valid: `not_found` when it never was, `token_expired` when it no longer
/// is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckCustomerToken {
    /// Whose token the sender says it is.
    pub merchant: MerchantId,
    /// SHA-256 of the token.
    pub token: String,
}

/// Redeems the session's code for the card token, once, within 10 minutes after the card was bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimBinding {
    /// Whose session the sender says it is.
    pub merchant: MerchantId,
    /// SHA-256 of the session's code.
    pub code: String,
}
