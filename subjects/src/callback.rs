//! Notification endpoints: queries, replies and events.

use crate::{EndpointId, EntityKey, MerchantId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

verbs! {
    /// Everything an endpoint can be asked.
    CallbackCommand of Callback {
        /// How deliveries to the endpoint go.
        "inquire" => InquireEndpoint -> EndpointView,
    }
}

events! {
    /// Everything that happens to an endpoint.
    CallbackEvent {
        /// The receiver accepted a delivery.
        "delivered" => Delivered,
        /// An attempt failed and will be repeated.
        "attempt-failed" => AttemptFailed,
        /// The last attempt failed; the delivery is given up.
        "given-up" => GivenUp,
    }
}

/// Asks how deliveries to the endpoint go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquireEndpoint {}

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
}

/// The last attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// The attempt.
    pub report: AttemptReport,
}
