//! How notifications leave for merchants, and e-mails for people.

use super::MailRow;
use async_trait::async_trait;
use bytes::Bytes;
use purser_subjects::{
    EndpointId, EntityKey, MerchantId, Timestamp,
    callback::{EndpointSecret, NoticeType},
};
use std::time::Duration;
use uuid::Uuid;

/// Carries one delivery to its receiver: renders, signs and sends it. Perhaps e-mails too.
#[async_trait]
pub trait Messenger: Send + Sync + 'static {
    /// Makes one attempt; returns within the implementation's own time limit.
    async fn deliver(&self, due: &DueDelivery) -> Attempt;

    /// Whether there is a mail server. Otherwise e-mails stay in the store, to be looked at.
    fn sends_mail(&self) -> bool {
        false
    }

    /// Tries once to send an e-mail; returns within the implementation's own time limit.
    async fn mail(&self, _mail: &MailRow) -> MailOutcome {
        MailOutcome::Unreachable("there is no mail server".to_owned())
    }
}

/// How a try to send an e-mail ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// The mail server has it.
    Sent,
    /// It is not to be sent, since its merchant is one of the sandbox.
    Kept,
    /// The mail server does not take it, now or later.
    Refused(String),
    /// The mail server did not take it this time.
    Failed(String),
    /// The mail server takes none at present, whatever the e-mail.
    Unreachable(String),
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
    /// What it tells, if it is a notice to a registered endpoint.
    pub event: Option<NoticeType>,
    /// Name of the body and signature.
    pub format: String,
    /// Where to; empty for a registered endpoint, which knows it.
    pub url: String,
    /// What it tells: a view of the object at that moment, as a message of the contract.
    pub payload: Bytes,
    /// When it was caused.
    pub created_at: Timestamp,
    /// When the next attempt is due.
    pub due_at: Timestamp,
    /// Attempts made so far.
    pub attempts: u32,
    /// Attempts that had been made when it was last queued; the schedule counts from there.
    pub round: u32,
}

impl Delivery {
    /// Format of notices to registered endpoints.
    pub const STANDARD: &str = "standard";
}

/// A delivery with what its endpoint adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Where to.
    pub url: String,
    /// With what it is signed, newest first; none for formats that have their own.
    pub secrets: Vec<EndpointSecret>,
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It could not be made for a reason of our own; it does not count against the receiver.
    NotMade {
        /// What went wrong, for the log.
        error: String,
    },
    /// It was made.
    Made {
        /// How it ended.
        outcome: AttemptOutcome,
        /// What was sent and what came back.
        log: AttemptLog,
    },
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

/// What one attempt sent and got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptLog {
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Headers sent, in order.
    pub request_headers: Vec<(String, String)>,
    /// Body sent.
    pub request_body: Bytes,
    /// The first 16 KiB of the answer's body.
    pub answer: Bytes,
}
