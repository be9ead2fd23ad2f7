//! What happens to an endpoint.

use super::{DisableReason, EndpointSecret, EndpointSettings, ReplayScope};
use crate::{EntityKey, MerchantId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The merchant registered the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRegistered {
    /// Whose endpoint.
    pub merchant: MerchantId,
    /// Where to.
    pub url: String,
    /// Which notices are wanted; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Text for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// With what notifications are signed.
    pub secret: EndpointSecret,
    /// How deliveries go, where not as usual.
    #[serde(default, skip_serializing_if = "EndpointSettings::is_usual")]
    pub settings: EndpointSettings,
    /// When.
    pub at: Timestamp,
}

/// The first delivery to a URL that came with a payment was attempted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSeen {
    /// Whose endpoint.
    pub merchant: MerchantId,
    /// Where to, without query.
    pub url: String,
    /// When.
    pub at: Timestamp,
}

/// Address, filter, description or delivery settings are now these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointChanged {
    /// Where to.
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
    /// When.
    pub at: Timestamp,
}

/// A new secret is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRotated {
    /// The new secret.
    pub secret: EndpointSecret,
    /// Until when the one before signs along.
    pub until: Timestamp,
    /// When.
    pub at: Timestamp,
}

/// Deliveries go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointEnabled {
    /// When.
    pub at: Timestamp,
}

/// Deliveries are held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointDisabled {
    /// Why.
    pub reason: DisableReason,
    /// Number of the notice to the merchant's other endpoints among the notices about this one; absent
    /// when the merchant itself asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<u32>,
    /// When.
    pub at: Timestamp,
}

/// The endpoint is out of use for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRemoved {
    /// When.
    pub at: Timestamp,
}

/// What is common to the outcomes of attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptReport {
    /// Id of the delivery.
    pub delivery: Uuid,
    /// Whose endpoint.
    pub merchant: MerchantId,
    /// What the notification is about.
    pub object: EntityKey,
    /// Number of the notification among those of the object.
    pub sequence: u32,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// HTTP status of the answer, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// What went wrong, if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When the attempt ended.
    pub at: Timestamp,
    /// How the last 20 attempts ended: a leading one, then a bit for each, 1 for a failure; 0: not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub recent: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The receiver accepted a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The attempt.
    pub report: AttemptReport,
}

/// An attempt failed and will be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptFailed {
    /// The attempt.
    pub report: AttemptReport,
    /// When the next attempt is due.
    pub retry_at: Timestamp,
    /// Since when nothing was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
}

/// The last attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// The attempt.
    pub report: AttemptReport,
    /// Since when nothing was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
}

/// So many attempts failed that deliveries pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerOpened {
    /// Until when nothing is tried; then one delivery at a time.
    pub until: Timestamp,
    /// When.
    pub at: Timestamp,
}

/// The receiver works again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerClosed {
    /// When.
    pub at: Timestamp,
}

/// A test notification was queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestQueued {
    /// Id of the delivery.
    pub delivery: Uuid,
    /// Its number among the notices about the endpoint.
    pub sequence: u32,
    /// When.
    pub at: Timestamp,
}

/// A notification is delivered anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryResent {
    /// Id of the delivery.
    pub delivery: Uuid,
    /// When.
    pub at: Timestamp,
}

/// A replay was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayBegun {
    /// Its id.
    pub replay: Uuid,
    /// Those caused at this time or later.
    pub from: Timestamp,
    /// Those caused at this time or before.
    pub to: Timestamp,
    /// Which of them.
    pub scope: ReplayScope,
    /// When.
    pub at: Timestamp,
}

/// A part of a replay was queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayAdvanced {
    /// Id of the replay.
    pub replay: Uuid,
    /// How many deliveries were queued with this event.
    pub queued: u32,
    /// When the last of them was caused.
    pub created_at: Timestamp,
    /// Id of the last of them.
    pub delivery: Uuid,
    /// When.
    pub at: Timestamp,
}

/// All of a replay is queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayEnded {
    /// Id of the replay.
    pub replay: Uuid,
    /// When.
    pub at: Timestamp,
}
