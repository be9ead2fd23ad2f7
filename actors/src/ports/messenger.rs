//! How notifications leave for merchants.

use async_trait::async_trait;
use bytes::Bytes;
use purser_subjects::{EndpointId, EntityKey, MerchantId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// Carries one delivery to its receiver: renders, signs and sends it.
#[async_trait]
pub trait Messenger: Send + Sync + 'static {
    /// Makes one attempt; returns within the implementation's own time limit.
    async fn deliver(&self, delivery: &Delivery) -> AttemptOutcome;
}

/// A notification that must arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the same for every attempt.
    pub id: Uuid,
    /// The endpoint it is for.
    pub endpoint: EndpointId,
    /// Whose endpoint.
    pub merchant: MerchantId,
    /// What it is about.
    pub object: EntityKey,
    /// Number among the notifications of the object, from 1; deliveries of one object go in this order.
    pub sequence: u32,
    /// Name of the body and signature.
    pub format: String,
    /// Where to.
    pub url: String,
    /// What it tells: a view of the object at that moment, as a message of the contract.
    pub payload: Bytes,
    /// When it was caused.
    pub created_at: Timestamp,
    /// When the next attempt is due.
    pub due_at: Timestamp,
    /// Attempts made so far.
    pub attempts: u32,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The receiver has it.
    Accepted {
        /// HTTP status of the answer.
        http_status: u16,
    },
    /// The receiver does not have it, or did not say so.
    Failed {
        /// HTTP status of the answer, if there was one.
        http_status: Option<u16>,
        /// What went wrong, fit for the merchant to read.
        error: String,
        /// When the receiver asked to be tried again.
        retry_after: Option<Duration>,
    },
}
