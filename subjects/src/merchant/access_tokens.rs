//! Access tokens that a merchant's clients get for a short time, and ids that they give their requests.
//! Of a token only its digest is known here.

use super::{Environment, MerchantStatus};
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Adds a token, chosen and shown by the sender. At most 256 are valid at a time: the oldest goes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueAccessToken {
    /// SHA-256 of the token, in 64 lower-case hexadecimal digits.
    pub digest: String,
    /// Name of the credential whose client gets it, 1 to 64 bytes.
    pub client: String,
    /// For how long it is valid, in seconds, 1 to 86,400.
    pub valid_secs: u32,
}

/// Asks whether a token is valid: `not_found` when it never was or was revoked, `token_expired` when its
/// time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAccessToken {
    /// SHA-256 of the token.
    pub digest: String,
}

/// Ends tokens at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeAccessTokens {
    /// Those of this client; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

/// Claims the id that a client gave its request. Must be sent with the idempotency key
/// [`ClaimRequestId::key`]: the same claim is answered again, one for another purpose is an
/// `idempotency_conflict`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRequestId {
    /// Within what the id is unique, for example client, service and day; at most 100 bytes.
    pub scope: String,
    /// The id, at most 64 bytes.
    pub id: String,
    /// What it is used for: the same use may be repeated. At most 255 bytes.
    pub used_for: String,
}

impl ClaimRequestId {
    /// The idempotency key that a claim is sent with.
    pub fn key(&self) -> String {
        format!("request-id:{}:{}", self.scope, self.id)
    }
}

/// An access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// SHA-256 of the token.
    pub digest: String,
    /// Name of the credential whose client has it.
    pub client: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
}

/// Whom a valid token belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenOwner {
    /// Name of the credential whose client has it.
    pub client: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
    /// Whose money it is.
    pub environment: Environment,
    /// Whether the merchant may do business.
    pub status: MerchantStatus,
}

/// How many tokens were ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokensRevoked {
    /// How many.
    pub count: u32,
}

/// The id is claimed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestIdClaimed {
    /// What it is used for.
    pub used_for: String,
}

/// A token was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenIssued {
    /// The token.
    pub issued: AccessToken,
    /// When.
    pub at: Timestamp,
}

/// Tokens were ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokensEnded {
    /// Those of this client; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_fits_an_idempotency_key() {
        let claim = ClaimRequestId {
            scope: "s".repeat(100),
            id: "i".repeat(64),
            used_for: "a purpose".to_owned(),
        };
        assert!(claim.key().len() <= 255);
        let other = ClaimRequestId { used_for: "another".to_owned(), ..claim.clone() };
        assert_eq!(claim.key(), other.key());
    }
}
