//! The only place where accepted work lives: one trait, two engines, one conformance suite.

mod audit;
mod batch;
mod rows;

pub use audit::{Audit, AuditedBatch, AuditedEntity, JournalSummary};
pub use batch::{
    AccountWrite, AnswerWrite, BalanceChange, Batch, CommitError, CredentialWrite, DeliveryUpdate,
    EntityWrite, Refusal,
};
pub use rows::{
    AnswerKey, BalanceRow, DeliveryState, EventRow, JournalHead, OutboxRow, PostingRow,
    StatementQuery, StoredAnswer, StoredEntity,
};

use crate::ports::Delivery;
use async_trait::async_trait;
use purser_subjects::{
    AccountId, EndpointId, EntityKey, MerchantId, Timestamp, account::TimeBasis,
};

/// The store failed or cannot be reached. For a commit this means that its outcome is not known.
#[derive(Debug, thiserror::Error)]
#[error("store: {0}")]
pub struct StoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Durable state. Every method may be called concurrently, except that one writer calls `commit`.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Makes this process the one writer of the journal: raises the epoch, so that whatever an earlier
    /// writer still sends is refused, and tells where the journal ends.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn claim_journal(&self) -> Result<JournalHead, StoreError>;

    /// Where the journal ends, without claiming it. Tells whether a commit of unknown outcome happened.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn journal_head(&self) -> Result<JournalHead, StoreError>;

    /// Stores a batch, all of it or nothing, durably (it survives a power cut).
    ///
    /// # Errors
    /// [`CommitError::Fenced`] when epoch or batch number have moved on; [`CommitError::Refused`] with
    /// everything in the batch that may not be stored; [`CommitError::Store`] with unknown outcome.
    async fn commit(&self, batch: &Batch) -> Result<(), CommitError>;

    /// Reads entities, in the order of `keys`; accounts come with their balance.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<StoredEntity>, StoreError>;

    /// Reads stored answers, in the order of `keys`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn answers(&self, keys: &[AnswerKey]) -> Result<Vec<Option<StoredAnswer>>, StoreError>;

    /// Entities whose wake-up time is at most `until`, in the order of time, kind number and id, after
    /// the one named by `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn due_entities(
        &self,
        until: Timestamp,
        after: Option<&(EntityKey, Timestamp)>,
        limit: u32,
    ) -> Result<Vec<(EntityKey, Timestamp)>, StoreError>;

    /// The earliest wake-up time of any entity later than `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn next_wake(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// Pending deliveries due at `until` or before, earliest first; of each pair of endpoint and object
    /// only the one with the lowest sequence number among its pending ones, and only if that one is due.
    /// Those of the endpoints `except` are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn due_deliveries(
        &self,
        until: Timestamp,
        except: &[EndpointId],
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// The earliest due time of any pending delivery later than `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn next_delivery(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// Messages to other entities that are not confirmed yet, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn outbox(&self, after: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError>;

    /// Events with a number greater than `after`, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn events(&self, after: i64, limit: u32) -> Result<Vec<EventRow>, StoreError>;

    /// Sum of the amounts (debit positive) of an account's postings dated `at` or before.
    ///
    /// # Errors
    /// [`StoreError`]; also when the sum does not fit 63 bits.
    async fn posted_sum(
        &self,
        account: &AccountId,
        at: Timestamp,
        by: TimeBasis,
    ) -> Result<i64, StoreError>;

    /// A page of postings, with the sum (debit positive) of everything before it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn postings(&self, query: &StatementQuery) -> Result<(i64, Vec<PostingRow>), StoreError>;

    /// The merchant that logs in with `name` in `scheme`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn merchant_by_credential(
        &self,
        scheme: &str,
        name: &str,
    ) -> Result<Option<MerchantId>, StoreError>;

    /// Ids of merchants in order, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn merchants(
        &self,
        after: Option<&MerchantId>,
        limit: u32,
    ) -> Result<Vec<MerchantId>, StoreError>;

    /// A small named value outside the journal, such as the check value of the master key.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Stores a named value if there is none yet; returns the one that is stored then.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn init_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError>;
}
