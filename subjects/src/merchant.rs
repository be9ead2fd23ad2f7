//! Merchants: commands, queries, replies and events.

mod access_tokens;
mod acquirer;
mod api_keys;
mod terms;

pub use access_tokens::{
    AccessToken, AccessTokenIssued, AccessTokenOwner, AccessTokensEnded, AccessTokensRevoked,
    CheckAccessToken, ClaimRequestId, IssueAccessToken, RequestIdClaimed, RevokeAccessTokens,
};
pub use acquirer::{AcquirerName, InvalidAcquirerName};
pub use api_keys::{
    ApiKey, ApiKeyIssued, ApiKeyList, ApiKeyOwner, ApiKeyRevoked, CheckApiKey, IssueApiKey,
    ListApiKeys, RevokeApiKey,
};
pub use terms::{FeeSchedule, MerchantTerms, SettlementTerms};

use crate::{MerchantId, Sealed, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

verbs! {
    /// Everything a merchant can be asked.
    MerchantCommand of Merchant {
        /// Creates the merchant.
        "create" => CreateMerchant -> MerchantProfile,
        /// Replaces fees, settlement and refund rules; payments begun before keep theirs.
        "set-terms" => SetTerms -> MerchantProfile,
        /// Stops new payments.
        "suspend" => Suspend -> MerchantProfile,
        /// Ends a suspension.
        "reinstate" => Reinstate -> MerchantProfile,
        /// Everything about the merchant, its secrets sealed.
        "profile" => ReadProfile -> MerchantProfile,
        /// What a payment must know of its merchant.
        "standing" => ReadStanding -> MerchantStanding,
        /// Adds a key for Purser's own HTTP interface.
        "issue-api-key" => IssueApiKey -> ApiKey,
        /// Ends such a key at once.
        "revoke-api-key" => RevokeApiKey -> ApiKey,
        /// The valid keys.
        "api-keys" => ListApiKeys -> ApiKeyList,
        /// Whether a key is valid, and in which environment; `forbidden` when it is not.
        "check-api-key" => CheckApiKey -> ApiKeyOwner,
        /// Adds a credential, or replaces the one with its scheme and name.
        "set-credential" => SetCredential -> MerchantProfile,
        /// Adds an access token.
        "issue-access-token" => IssueAccessToken -> AccessToken,
        /// Whether an access token is valid.
        "check-access-token" => CheckAccessToken -> AccessTokenOwner,
        /// Ends access tokens at once.
        "revoke-access-tokens" => RevokeAccessTokens -> AccessTokensRevoked,
        /// Claims the id that a client gave its request.
        "claim-request-id" => ClaimRequestId -> RequestIdClaimed,
    }
}

events! {
    /// Everything that happens to a merchant.
    MerchantEvent {
        /// The merchant was created.
        "created" => MerchantCreated,
        /// Its terms changed.
        "terms-set" => TermsSet,
        /// It was suspended or reinstated.
        "status-changed" => MerchantStatusChanged,
        /// It got a key for Purser's own HTTP interface.
        "api-key-issued" => ApiKeyIssued,
        /// Such a key was ended.
        "api-key-revoked" => ApiKeyRevoked,
        /// A credential was added or replaced.
        "credential-set" => CredentialSet,
        /// One of its clients got an access token.
        "access-token-issued" => AccessTokenIssued,
        /// Access tokens were ended.
        "access-tokens-ended" => AccessTokensEnded,
    }
}

/// Whose money it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Play money; reaches only the sandbox acquirer.
    Sandbox,
    /// Real money.
    Live,
}

/// Whether a merchant may do business.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MerchantStatus {
    /// Yes.
    #[default]
    Active,
    /// No new payments; running ones go on.
    Suspended,
}

/// A way in which a merchant proves who it is to one of the interfaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Which interface it is for.
    pub scheme: String,
    /// Name that the merchant logs in with; unique within the scheme.
    pub name: String,
    /// The secret, sealed.
    pub secret: Sealed,
    /// Further public facts that the interface needs.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// Creates a merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateMerchant {
    /// Name for people, 1 to 100 characters.
    pub name: String,
    /// Whose money it is, for good.
    pub environment: Environment,
    /// How it proves who it is; at most 16.
    pub credentials: Vec<Credential>,
    /// Its terms.
    pub terms: MerchantTerms,
}

/// Replaces the terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTerms {
    /// The new terms.
    pub terms: MerchantTerms,
}

/// Adds a credential, or replaces the one with its scheme and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetCredential {
    /// The credential.
    pub credential: Credential,
}

/// Stops new payments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspend {}

/// Ends a suspension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reinstate {}

/// Asks for the whole profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadProfile {}

/// Asks for what a payment must know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadStanding {}

/// A merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantProfile {
    /// Its id.
    pub merchant: MerchantId,
    /// Its name.
    pub name: String,
    /// Whose money it is.
    pub environment: Environment,
    /// Whether it may do business.
    pub status: MerchantStatus,
    /// How it proves who it is.
    pub credentials: Vec<Credential>,
    /// Its terms.
    pub terms: MerchantTerms,
    /// When it was created.
    pub created_at: Timestamp,
}

/// What a payment must know of its merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantStanding {
    /// Whose money it is.
    pub environment: Environment,
    /// Whether it may do business.
    pub status: MerchantStatus,
    /// Its terms.
    pub terms: MerchantTerms,
}

/// The merchant was created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantCreated {
    /// Its id.
    pub merchant: MerchantId,
    /// Its name.
    pub name: String,
    /// Whose money it is.
    pub environment: Environment,
    /// How it proves who it is, secrets sealed.
    pub credentials: Vec<Credential>,
    /// Its terms.
    pub terms: MerchantTerms,
    /// When.
    pub at: Timestamp,
}

/// The terms changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsSet {
    /// The new terms.
    pub terms: MerchantTerms,
}

/// The merchant was suspended or reinstated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantStatusChanged {
    /// The new status.
    pub status: MerchantStatus,
}

/// A credential was added or replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialSet {
    /// The credential, its secret sealed.
    pub credential: Credential,
}
