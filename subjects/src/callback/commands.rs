//! What an endpoint can be asked.
//!
//! `merchant` is whose endpoint the sender says it is; an endpoint of another one is not found. Operators
//! leave it out.

use super::EndpointSettings;
use crate::{MerchantId, Sealed, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Registers the endpoint. Its id is the sender's choice and names one registration for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterEndpoint {
    /// Whose endpoint.
    pub merchant: MerchantId,
    /// Where to: http or https, at most 2,048 bytes.
    pub url: String,
    /// Which notices are wanted: at most 50 names such as `payment.succeeded` or `payment.*`; none means
    /// all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Text for people, at most 500 bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// With what notifications are signed.
    pub secret: EndpointSecret,
    /// How deliveries go, where not as usual.
    #[serde(default, skip_serializing_if = "EndpointSettings::is_usual")]
    pub settings: EndpointSettings,
}

/// With what notifications are signed (Standard Webhooks 1.0). Sealed under the purpose
/// `endpoint-secret` for the endpoint's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSecret {
    /// Key of the symmetric signature `v1`: 24 to 64 bytes, what a `whsec_` text encodes.
    pub hmac: Sealed,
    /// Key of the asymmetric signature `v1a`, if it is wanted too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ed25519: Option<SigningKey>,
}

/// An Ed25519 key pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The 32 bytes of the seed.
    pub seed: Sealed,
    /// The public key as its receiver gets it: `whpk_` and base64.
    pub public: String,
}

/// Changes what is given. An empty or zero value of a setting brings the usual one back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeEndpoint {
    /// Whose endpoint the sender says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
    /// Where to; pending deliveries go there too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which notices are wanted from now on; none means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// Text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// See [`EndpointSettings::schedule`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Vec<u32>>,
    /// See [`EndpointSettings::concurrency`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u16>,
    /// See [`EndpointSettings::rate_per_minute`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<u32>,
    /// See [`EndpointSettings::contact`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// Brings a new secret into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateSecret {
    /// Whose endpoint the sender says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
    /// The new secret.
    pub secret: EndpointSecret,
    /// Seconds for which the old one signs along: a day if absent, at most seven days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_s: Option<u32>,
}

/// Lets deliveries go on, those held back first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnableEndpoint {
    /// Whose endpoint the sender says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
}

/// Holds deliveries back. They are kept as long as other deliveries are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisableEndpoint {
    /// Whose endpoint the sender says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
}

/// Sends the notice `endpoint.test`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestEndpoint {
    /// Whose endpoint the sender says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
}

/// Takes the endpoint out of use for good; nothing is delivered any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveEndpoint {
    /// Whose endpoint the sender says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
}

/// Asks how deliveries to the endpoint go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquireEndpoint {
    /// Whose endpoint the sender says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
}

/// Which deliveries a replay takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayScope {
    /// Those that were given up.
    #[default]
    Failed,
    /// Those that were given up and those that arrived.
    All,
}

/// Delivers anew, in the order of time. Pending deliveries are left as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayDeliveries {
    /// Whose endpoint the sender says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
    /// Those caused at this time or later.
    pub from: Timestamp,
    /// Those caused at this time or before, at most the present.
    pub to: Timestamp,
    /// Which of them.
    pub scope: ReplayScope,
}

/// Delivers one notification anew, whatever became of it; a pending one at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResendDelivery {
    /// Whose endpoint the sender says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
    /// Id of the delivery.
    pub delivery: Uuid,
}
