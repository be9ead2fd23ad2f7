//! Reading everything back, for `purser verify`.

use super::{BalanceRow, EventRow, JournalHead, PostingRow, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use purser_subjects::{AccountId, EntityKey, Timestamp};

/// One consistent view of the whole store, as of the moment it was opened. Pages are in order and end
/// with an empty one.
#[async_trait]
pub trait Audit: Send {
    /// How much there is.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn summary(&mut self) -> Result<JournalSummary, StoreError>;

    /// Batches of all journals with a number greater than `after`, with all that they hold.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn batches(&mut self, after: i64, limit: u32) -> Result<Vec<AuditedBatch>, StoreError>;

    /// Entities after `after` in the order of (kind number, id), each with its events in order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn entities(
        &mut self,
        after: Option<&EntityKey>,
        limit: u32,
    ) -> Result<Vec<AuditedEntity>, StoreError>;

    /// Balances after `after` in the order of account ids.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn balances(
        &mut self,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<BalanceRow>, StoreError>;
}

/// How much a store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSummary {
    /// Where the journals claim to end, in the order of their ids.
    pub heads: Vec<JournalHead>,
    /// Number of events.
    pub events: i64,
    /// Number of postings.
    pub postings: i64,
    /// Number of entities.
    pub entities: i64,
    /// Number of events whose entity has no row.
    pub orphan_events: i64,
}

/// A stored batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedBatch {
    /// Its number.
    pub number: i64,
    /// Its booking time.
    pub booked_at: Timestamp,
    /// Its stored hash.
    pub hash: [u8; 32],
    /// Its events.
    pub events: Vec<EventRow>,
    /// Its postings.
    pub postings: Vec<PostingRow>,
}

/// A stored entity with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedEntity {
    /// The entity.
    pub key: EntityKey,
    /// Its stored version.
    pub version: i64,
    /// Its stored state.
    pub state: Bytes,
    /// When it wants to be woken, as stored.
    pub wake_at: Option<Timestamp>,
    /// Its events, oldest first.
    pub events: Vec<EventRow>,
}
