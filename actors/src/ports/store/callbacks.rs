//! What is stored of endpoints, deliveries and attempts, and how it is looked through.

use super::{DeliveryState, Slot};
use crate::ports::Delivery;
use bytes::Bytes;
use purser_subjects::{
    EndpointId, EntityKey, MerchantId, Timestamp,
    callback::{EndpointKind, EndpointStatus, NoticeType, ReplayScope},
};
use uuid::Uuid;

/// What must be known of an endpoint without asking its actor, which writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    /// Its id.
    pub endpoint: EndpointId,
    /// Whose endpoint.
    pub merchant: MerchantId,
    /// How it came about; only registered ones get notices.
    pub kind: EndpointKind,
    /// Whether deliveries go to it.
    pub status: EndpointStatus,
    /// Where to; without query for one that came with a payment.
    pub url: String,
    /// Which notices are wanted; none means all.
    pub events: Vec<String>,
    /// Text for people.
    pub description: String,
    /// When it was registered or first attempted.
    pub created_at: Timestamp,
    /// How its deliveries are paced.
    pub pace: Pace,
}

/// What is looked up of an endpoint, written by its actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointWrite {
    /// Its slot.
    pub slot: Slot,
    /// The endpoint.
    pub row: EndpointRow,
}

/// How the deliveries of an endpoint are paced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Nothing is attempted before; [`Pace::HELD`] while the endpoint is disabled.
    pub hold_until: Timestamp,
    /// Attempts under way at once; 0: as usual.
    pub width: u16,
    /// Attempts in a minute; 0: without limit.
    pub rate_per_minute: u32,
}

impl Pace {
    /// As [`Pace::hold_until`]: until the endpoint is enabled.
    pub const HELD: Timestamp = Timestamp::from_millis(i64::MAX);
}

/// Something happened that the endpoints of a merchant may want to know. The store writes one delivery
/// for each that wants it, in the same commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Whose endpoints.
    pub merchant: MerchantId,
    /// What it is about.
    pub object: EntityKey,
    /// Number among the notices about the object, from 1.
    pub sequence: u32,
    /// What it tells.
    pub event: NoticeType,
    /// The endpoint that is not told, if one is not.
    pub except: Option<EndpointId>,
    /// A view of the object, as a message of the contract.
    pub payload: Bytes,
    /// When it was caused.
    pub at: Timestamp,
}

impl NoticeRow {
    /// Id of the delivery to `endpoint`: the same whenever it is computed, so that a repeat is harmless. It
    /// begins with the milliseconds of [`NoticeRow::at`], like a UUID version 7, so that new ones are near
    /// each other in indexes.
    pub fn delivery_id(&self, endpoint: &EndpointId) -> Uuid {
        use sha2::{Digest, Sha256};
        let digest = Sha256::new()
            .chain_update(endpoint.as_str())
            .chain_update([0])
            .chain_update(self.object.kind.token())
            .chain_update([0])
            .chain_update(self.object.id.as_str())
            .chain_update([0])
            .chain_update(self.sequence.to_be_bytes())
            .finalize();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        short[..6].copy_from_slice(&self.at.as_millis().to_be_bytes()[2..]);
        uuid::Builder::from_custom_bytes(short).into_uuid()
    }

    /// The delivery to `endpoint`.
    pub fn delivery(&self, endpoint: &EndpointId) -> Delivery {
        Delivery {
            id: self.delivery_id(endpoint),
            endpoint: endpoint.clone(),
            merchant: self.merchant.clone(),
            object: self.object.clone(),
            sequence: self.sequence,
            event: Some(self.event),
            format: Delivery::STANDARD.to_owned(),
            url: String::new(),
            payload: self.payload.clone(),
            created_at: self.at,
            due_at: self.at,
            attempts: 0,
            round: 0,
        }
    }
}

/// What one attempt sent and got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// Id of the delivery.
    pub delivery: Uuid,
    /// Number of the attempt, from 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// Where to.
    pub url: String,
    /// Headers sent, in order.
    pub request_headers: Vec<(String, String)>,
    /// Body sent.
    pub request_body: Bytes,
    /// HTTP status of the answer, if there was one.
    pub http_status: Option<u16>,
    /// The first 16 KiB of the answer's body.
    pub answer: Bytes,
    /// What went wrong, if something did.
    pub error: Option<String>,
}

/// A delivery with what became of it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The delivery.
    pub delivery: Delivery,
    /// Where it stands.
    pub state: DeliveryState,
    /// HTTP status of the last answer.
    pub http_status: Option<u16>,
    /// What went wrong last.
    pub error: Option<String>,
    /// Whether it waits only because its endpoint is disabled or removed.
    pub is_held: bool,
}

/// Which deliveries a page shows, newest first. Every filter that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// Whose deliveries.
    pub merchant: Option<MerchantId>,
    /// To which endpoint.
    pub endpoint: Option<EndpointId>,
    /// About what.
    pub object: Option<EntityKey>,
    /// In which state.
    pub state: Option<DeliveryState>,
    /// Telling what.
    pub event: Option<NoticeType>,
    /// Caused at this time or later.
    pub from: Option<Timestamp>,
    /// Caused at this time or before.
    pub to: Option<Timestamp>,
    /// Only what comes after this.
    pub after: Option<DeliveryCursor>,
    /// At most so many.
    pub limit: u32,
}

/// Place of a delivery in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryCursor {
    /// When it was caused.
    pub created_at: Timestamp,
    /// Its id.
    pub delivery: Uuid,
}

/// Deliveries of one endpoint that are made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requeue {
    /// The endpoint; deliveries of another one are left as they are.
    pub endpoint: EndpointId,
    /// Ids of the deliveries.
    pub deliveries: Vec<Uuid>,
    /// When the next attempt is due.
    pub due_at: Timestamp,
}

/// Which deliveries are to be made anew, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayQuery {
    /// To which endpoint.
    pub endpoint: EndpointId,
    /// Caused at this time or later.
    pub from: Timestamp,
    /// Caused at this time or before.
    pub to: Timestamp,
    /// Given up only, or arrived ones too; pending ones never.
    pub scope: ReplayScope,
    /// Only what comes after this.
    pub after: Option<DeliveryCursor>,
    /// At most so many.
    pub limit: u32,
}

/// An endpoint that has something due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Since when.
    pub ready_at: Timestamp,
    /// Attempts under way at once; 0: as usual.
    pub width: u16,
    /// Attempts in a minute; 0: without limit.
    pub rate_per_minute: u32,
}

/// The first due deliveries of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueOfLane {
    /// Those that may go: the first of their objects.
    pub first: Vec<Delivery>,
    /// Those that wait for another one about the same object.
    pub waiting: Vec<Uuid>,
    /// Whether these are all that is due.
    pub is_all: bool,
    /// When the first is due of those that are not yet.
    pub next: Option<Timestamp>,
}
