//! The only place where accepted work lives: one trait, two engines, one conformance suite.

mod audit;
mod batch;
mod bindings;
mod callbacks;
mod head;
mod leases;
mod mails;
mod rows;

pub use audit::{Audit, AuditedBatch, AuditedEntity, JournalSummary};
pub use batch::{
    AccountWrite, AnswerWrite, BalanceChange, Batch, CommitError, CredentialWrite, DeliveryUpdate,
    DeliveryWrite, EntityWrite, Refusal,
};
pub use bindings::{BindingQuery, BindingRow, binding_status, binding_status_number};
pub use callbacks::{
    AttemptRow, DeliveryCursor, DeliveryQuery, DeliveryRow, DueOfLane, EndpointRow, EndpointWrite,
    Lane, NoticeRow, Pace, ReplayQuery, Requeue,
};
pub use head::{JournalHead, journal_of};
pub use leases::{
    Cluster, JOURNAL_KEPT, JoinError, Lease, LeaseError, NodeId, NodeInfo, NodeRow, Share, Slot,
    SlotRow, Tail,
};
pub use mails::{MailRow, MailState, MailUpdate, MailWrite, StoredMail};
pub use rows::{
    AnswerKey, BalanceRow, DeliveryState, EventRow, OutboxRow, PostingRow, StatementQuery,
    StoredAnswer, StoredEntity,
};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use purser_subjects::{
    AccountId, EndpointId, EntityKey, MerchantId, Timestamp, account::TimeBasis,
};
use std::time::Duration;
use uuid::Uuid;

/// The store failed or cannot be reached. For a commit this means that its outcome is not known.
#[derive(Debug, thiserror::Error)]
#[error("store: {0}")]
pub struct StoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Resolves when something would survive a power cut. An error means that nobody knows.
pub type Durable = BoxFuture<'static, Result<(), StoreError>>;

/// A batch that was stored.
pub struct Appended {
    /// As [`Store::commit`] returns them.
    pub losses: i64,
    /// `None` when it is durable already.
    pub durable: Option<Durable>,
}

/// Durable state. Every method may be called concurrently, except that each journal has one writer that
/// calls `commit`. Leases run by the store's clock.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Makes this process a member for `ttl`, and gives it a journal to write: the one its node had
    /// before, one whose node has left or was gone for [`JOURNAL_KEPT`], or a new one. The journal's epoch
    /// is raised, so that whatever an earlier writer still sends is refused. A former life of the node is
    /// replaced at once: its slots are free.
    ///
    /// # Errors
    /// [`JoinError`].
    async fn join(&self, node: &NodeInfo, ttl: Duration) -> Result<JournalHead, JoinError>;

    /// Makes the node, which joined with `epoch`, a member for `ttl` from now, also when its lease had run
    /// out; slots that others took meanwhile are not its own any more.
    ///
    /// # Errors
    /// [`LeaseError`].
    async fn renew(&self, node: NodeId, epoch: i64, ttl: Duration) -> Result<Cluster, LeaseError>;

    /// Takes those of `slots` that are free, whose owner's lease has run out, or that the node has
    /// already; leaves out the others. After it no commit that an owner before sent can succeed.
    ///
    /// # Errors
    /// [`LeaseError`].
    async fn take(
        &self,
        node: NodeId,
        epoch: i64,
        slots: &[Slot],
    ) -> Result<Vec<Lease>, LeaseError>;

    /// Frees those of `slots` that the node has. What it still sends for them is refused.
    ///
    /// # Errors
    /// [`LeaseError`].
    async fn give_up(&self, node: NodeId, epoch: i64, slots: &[Slot]) -> Result<(), LeaseError>;

    /// Frees all slots and the journal of the node, which is no member any more then.
    ///
    /// # Errors
    /// [`LeaseError`].
    async fn leave(&self, node: NodeId, epoch: i64) -> Result<(), LeaseError>;

    /// Who is alive, and who has what.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn cluster(&self) -> Result<Cluster, StoreError>;

    /// Where a journal ends. Waits for a commit to it that is under way, and so tells whether one of
    /// unknown outcome happened.
    ///
    /// # Errors
    /// [`StoreError`]; also when there is no such journal.
    async fn journal_head(&self, journal: i32) -> Result<JournalHead, StoreError>;

    /// Stores a batch, all of it or nothing, durably (it survives a power cut). Returns the losses of its
    /// journal: all fences of the batch held at so many.
    ///
    /// # Errors
    /// [`CommitError::Fenced`] when epoch, batch number or hash have moved on; [`CommitError::Refused`]
    /// with every slot that was lost, or else with everything in the batch that may not be stored;
    /// [`CommitError::Store`] with unknown outcome.
    async fn commit(&self, batch: &Batch) -> Result<i64, CommitError>;

    /// The same, but may return when the batch is stored and not yet on the disk: the next one may follow
    /// then. Until [`Appended::durable`] nothing of it may be told; what the store itself is asked, it answers
    /// only when that is on the disk.
    ///
    /// # Errors
    /// As of [`Store::commit`].
    async fn append(&self, batch: &Batch) -> Result<Appended, CommitError> {
        Ok(Appended { losses: self.commit(batch).await?, durable: None })
    }

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

    /// Entities of `slots` whose wake-up time is at most `until`, in the order of time, kind number and
    /// id, after the one named by `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn due_entities(
        &self,
        slots: &[Slot],
        until: Timestamp,
        after: Option<&(EntityKey, Timestamp)>,
        limit: u32,
    ) -> Result<Vec<(EntityKey, Timestamp)>, StoreError>;

    /// The earliest wake-up time of any entity of `slots` later than `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn next_wake(
        &self,
        slots: &[Slot],
        after: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Endpoints of `slots` that may have something due at `until`, in the order of (time, id), after the
    /// one named by `after`. Found by an index of one row for each endpoint, however much waits for it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn due_lanes(
        &self,
        slots: &[Slot],
        until: Timestamp,
        after: Option<&(Timestamp, EndpointId)>,
        limit: u32,
    ) -> Result<Vec<Lane>, StoreError>;

    /// For each of `lanes` its first pending deliveries due at `until`, at most so many, earliest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn due_of_lanes(
        &self,
        lanes: &[(EndpointId, u32)],
        until: Timestamp,
    ) -> Result<Vec<DueOfLane>, StoreError>;

    /// Puts deliveries off that wait for another one about the same object, until that one is due or
    /// `least`, whichever is later. When it has ended they are due at once.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn park(&self, waiting: &[Uuid], least: Timestamp) -> Result<(), StoreError>;

    /// Notes when the next delivery of each of these endpoints is due. A delivery that is committed
    /// meanwhile is not missed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn settle_lanes(&self, lanes: &[EndpointId]) -> Result<(), StoreError>;

    /// The earliest time later than `after` at which an endpoint of `slots` may have something due.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn next_delivery(
        &self,
        slots: &[Slot],
        after: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Deliveries to be made anew.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn replayable(&self, query: &ReplayQuery) -> Result<Vec<DeliveryCursor>, StoreError>;

    /// Deletes at most `limit` deliveries caused before `before` that have ended or are held back, with
    /// their attempts, and as many e-mails; how many deliveries that were.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn prune_deliveries(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Endpoints in the order of ids, after `after`; those of one merchant, or all.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn endpoints(
        &self,
        merchant: Option<&MerchantId>,
        after: Option<&EndpointId>,
        limit: u32,
    ) -> Result<Vec<EndpointRow>, StoreError>;

    /// Card bindings in which a card was entered, in the order of ids.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn bindings(&self, query: &BindingQuery) -> Result<Vec<BindingRow>, StoreError>;

    /// A page of deliveries, newest first, found by an index of time for the endpoint, the merchant or all.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>, StoreError>;

    /// One delivery.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn delivery(&self, id: Uuid) -> Result<Option<DeliveryRow>, StoreError>;

    /// The attempts of a delivery, first one first; at most the last 100.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn attempts(&self, delivery: Uuid) -> Result<Vec<AttemptRow>, StoreError>;

    /// E-mails, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn mails(&self, limit: u32) -> Result<Vec<StoredMail>, StoreError>;

    /// E-mails of `slots` that wait and are due at `until`, earliest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn due_mails(
        &self,
        slots: &[Slot],
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredMail>, StoreError>;

    /// The earliest time later than `after` at which an e-mail of `slots` is due.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn next_mail(
        &self,
        slots: &[Slot],
        after: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Notes what became of a try to send an e-mail.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn update_mail(&self, update: &MailUpdate) -> Result<(), StoreError>;

    /// Messages from `slots` to other entities that are not confirmed yet, in the order of numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn outbox(
        &self,
        slots: &[Slot],
        after: i64,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// Events of a journal with a number greater than `after`, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn events(
        &self,
        journal: i32,
        after: i64,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError>;

    /// Notes that a journal's events up to `event` have been published. Never goes back, nor beyond the
    /// journal's end.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn set_published(&self, journal: i32, event: i64) -> Result<(), StoreError>;

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
