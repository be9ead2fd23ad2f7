//! What an endpoint answers.

use crate::{EndpointId, MerchantId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an endpoint came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointKind {
    /// Its URL came with a payment; body and signature are those of the payment's interface.
    #[default]
    PerPayment,
    /// The merchant registered it; Standard Webhooks.
    Registered,
}

impl EndpointKind {
    /// The kind's number in stored rows.
    pub const fn number(self) -> i16 {
        match self {
            Self::PerPayment => 0,
            Self::Registered => 1,
        }
    }

    /// The kind with a stored number.
    pub fn from_number(number: i16) -> Option<Self> {
        [Self::PerPayment, Self::Registered].into_iter().find(|kind| kind.number() == number)
    }
}

/// Whether deliveries go to an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointStatus {
    /// Yes.
    #[default]
    Enabled,
    /// They are held back until it is enabled.
    Disabled,
    /// It is out of use for good.
    Removed,
}

impl EndpointStatus {
    /// The status's number in stored rows.
    pub const fn number(self) -> i16 {
        match self {
            Self::Enabled => 0,
            Self::Disabled => 1,
            Self::Removed => 2,
        }
    }

    /// The status with a stored number.
    pub fn from_number(number: i16) -> Option<Self> {
        [Self::Enabled, Self::Disabled, Self::Removed].into_iter().find(|s| s.number() == number)
    }
}

/// Why an endpoint was disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisableReason {
    /// Somebody asked for it.
    Requested,
    /// The receiver answered 410 Gone.
    Gone,
    /// Nothing was accepted for days.
    Failing,
}

/// How deliveries go. Empty and zero mean: as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSettings {
    /// Seconds before each attempt: 1 to 50 of them, the first 0, none above 7 days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<u32>,
    /// Deliveries under way at once, at most 64; usually 8.
    #[serde(default, skip_serializing_if = "is_default")]
    pub concurrency: u16,
    /// Attempts in a minute, at most 600,000; usually without limit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rate_per_minute: u32,
    /// E-mail address that is told when the endpoint is disabled, at most 254 bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contact: String,
}

impl EndpointSettings {
    /// Whether nothing is set.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointView {
    /// Its id.
    pub endpoint: EndpointId,
    /// Deliveries that the receiver accepted.
    pub delivered: u64,
    /// Deliveries that were given up.
    pub given_up: u64,
    /// Attempts that failed since the last success.
    pub failures_in_a_row: u32,
    /// When a delivery was last accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success_at: Option<Timestamp>,
    /// Whose endpoint; absent until it is registered or first attempted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<MerchantId>,
    /// How it came about.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: EndpointKind,
    /// Whether deliveries go to it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: EndpointStatus,
    /// Why it is disabled, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<DisabledView>,
    /// Where to; without query for one that came with a payment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Which notices are wanted; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Text for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// How deliveries go, where not as usual.
    #[serde(default, skip_serializing_if = "EndpointSettings::is_usual")]
    pub settings: EndpointSettings,
    /// The secrets in force, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretView>,
    /// Until when deliveries pause because too many failed; past it one at a time is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// Since when nothing was accepted, if the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// The replay that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayView>,
    /// When it was registered or first attempted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}

/// Why and since when an endpoint is disabled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisabledView {
    /// Why.
    pub reason: DisableReason,
    /// Since when.
    pub at: Timestamp,
}

/// A secret, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretView {
    /// Since when it signs.
    pub created_at: Timestamp,
    /// Until when it signs along; absent: the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Its Ed25519 public key, if it has one: `whpk_` and base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// A replay that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayView {
    /// Those caused at this time or later.
    pub from: Timestamp,
    /// Those caused at this time or before.
    pub to: Timestamp,
    /// Which of them.
    pub scope: super::ReplayScope,
    /// How many are queued so far.
    pub queued: u64,
}

/// A delivery that was queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedDelivery {
    /// Its id.
    pub delivery: Uuid,
}
