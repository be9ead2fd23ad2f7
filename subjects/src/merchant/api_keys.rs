//! Keys for Purser's own HTTP interface. Only their digests are known here; a key itself is shown once,
//! to whoever makes it.

use super::{Environment, MerchantStatus};
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Adds a key, chosen and shown by the sender. At most 16 are valid at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueApiKey {
    /// Names the key where it must not be told, 1 to 32 characters of `A-Z a-z 0-9 _ -`.
    pub key: String,
    /// SHA-256 of the key's text, in 64 lower-case hexadecimal digits.
    pub digest: String,
    /// Last characters of the key, by which its owner recognises it; at most 4.
    pub hint: String,
    /// What it is for, in at most 100 printable characters.
    pub label: String,
}

/// Ends a key at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeApiKey {
    /// Its name.
    pub key: String,
}

/// Asks for the keys that are valid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListApiKeys {}

/// Asks whether a key is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckApiKey {
    /// SHA-256 of the key's text, in lower-case hexadecimal digits.
    pub digest: String,
}

/// A key of a merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its name.
    pub key: String,
    /// SHA-256 of its text, in lower-case hexadecimal digits.
    pub digest: String,
    /// Its last characters.
    pub hint: String,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The valid keys of a merchant, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyList {
    /// The keys.
    pub keys: Vec<ApiKey>,
}

/// Whom a valid key belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyOwner {
    /// Name of the key.
    pub key: String,
    /// Whose money it is.
    pub environment: Environment,
    /// Whether the merchant may do business.
    pub status: MerchantStatus,
}

/// A key was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyIssued {
    /// The key.
    pub issued: ApiKey,
}

/// A key was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRevoked {
    /// Its name.
    pub key: String,
    /// When.
    pub at: Timestamp,
}
