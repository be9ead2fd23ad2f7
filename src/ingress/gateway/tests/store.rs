//! A store that knows log-ins alone; the ingress may ask for nothing else.

use async_trait::async_trait;
use purser_actors::ports::{
    AnswerKey, AttemptRow, Batch, BindingQuery, BindingRow, Cluster, CommitError, DeliveryCursor,
    DeliveryQuery, DeliveryRow, DueOfLane, EndpointRow, EventRow, JoinError, JournalHead, Lane,
    Lease, LeaseError, MailUpdate, NodeId, NodeInfo, OutboxRow, PostingRow, ReplayQuery, Slot,
    StatementQuery, Store, StoreError, StoredAnswer, StoredEntity, StoredMail,
};
use purser_subjects::{
    AccountId, EndpointId, EntityKey, MerchantId, Timestamp, account::TimeBasis,
};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Logins {
    pub(super) by_name: HashMap<String, MerchantId>,
    pub(super) lookups: AtomicUsize,
    pub(super) down: AtomicBool,
}

const UNUSED: &str = "the ingress looks log-ins up and nothing else";

#[async_trait]
impl Store for Logins {
    async fn join(&self, _: &NodeInfo, _: Duration) -> Result<JournalHead, JoinError> {
        unreachable!("{UNUSED}")
    }
    async fn renew(&self, _: NodeId, _: i64, _: Duration) -> Result<Cluster, LeaseError> {
        unreachable!("{UNUSED}")
    }
    async fn take(&self, _: NodeId, _: i64, _: &[Slot]) -> Result<Vec<Lease>, LeaseError> {
        unreachable!("{UNUSED}")
    }
    async fn give_up(&self, _: NodeId, _: i64, _: &[Slot]) -> Result<(), LeaseError> {
        unreachable!("{UNUSED}")
    }
    async fn leave(&self, _: NodeId, _: i64) -> Result<(), LeaseError> {
        unreachable!("{UNUSED}")
    }
    async fn cluster(&self) -> Result<Cluster, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn journal_head(&self, _: i32) -> Result<JournalHead, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn commit(&self, _: &Batch) -> Result<i64, CommitError> {
        unreachable!("{UNUSED}")
    }
    async fn load(&self, _: &[EntityKey]) -> Result<Vec<StoredEntity>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn answers(&self, _: &[AnswerKey]) -> Result<Vec<Option<StoredAnswer>>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn due_entities(
        &self,
        _: &[Slot],
        _: Timestamp,
        _: Option<&(EntityKey, Timestamp)>,
        _: u32,
    ) -> Result<Vec<(EntityKey, Timestamp)>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn next_wake(&self, _: &[Slot], _: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn due_lanes(
        &self,
        _: &[Slot],
        _: Timestamp,
        _: Option<&(Timestamp, EndpointId)>,
        _: u32,
    ) -> Result<Vec<Lane>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn due_of_lanes(
        &self,
        _: &[(EndpointId, u32)],
        _: Timestamp,
    ) -> Result<Vec<DueOfLane>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn park(&self, _: &[Uuid], _: Timestamp) -> Result<(), StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn settle_lanes(&self, _: &[EndpointId]) -> Result<(), StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn replayable(&self, _: &ReplayQuery) -> Result<Vec<DeliveryCursor>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn prune_deliveries(&self, _: Timestamp, _: u32) -> Result<u64, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn endpoints(
        &self,
        _: Option<&MerchantId>,
        _: Option<&EndpointId>,
        _: u32,
    ) -> Result<Vec<EndpointRow>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn bindings(&self, _: &BindingQuery) -> Result<Vec<BindingRow>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn deliveries(&self, _: &DeliveryQuery) -> Result<Vec<DeliveryRow>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn delivery(&self, _: Uuid) -> Result<Option<DeliveryRow>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn attempts(&self, _: Uuid) -> Result<Vec<AttemptRow>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn mails(&self, _: u32) -> Result<Vec<StoredMail>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn due_mails(
        &self,
        _: &[Slot],
        _: Timestamp,
        _: u32,
    ) -> Result<Vec<StoredMail>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn next_mail(&self, _: &[Slot], _: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn update_mail(&self, _: &MailUpdate) -> Result<(), StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn next_delivery(
        &self,
        _: &[Slot],
        _: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn outbox(&self, _: &[Slot], _: i64, _: u32) -> Result<Vec<OutboxRow>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn events(&self, _: i32, _: i64, _: u32) -> Result<Vec<EventRow>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn set_published(&self, _: i32, _: i64) -> Result<(), StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn posted_sum(
        &self,
        _: &AccountId,
        _: Timestamp,
        _: TimeBasis,
    ) -> Result<i64, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn postings(&self, _: &StatementQuery) -> Result<(i64, Vec<PostingRow>), StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn merchant_by_credential(
        &self,
        scheme: &str,
        name: &str,
    ) -> Result<Option<MerchantId>, StoreError> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) {
            return Err(StoreError("out of order".into()));
        }
        Ok(self.by_name.get(name).filter(|_| scheme == "gateway").cloned())
    }
    async fn merchants(
        &self,
        _: Option<&MerchantId>,
        _: u32,
    ) -> Result<Vec<MerchantId>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn setting(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn init_setting(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, StoreError> {
        unreachable!("{UNUSED}")
    }
}
