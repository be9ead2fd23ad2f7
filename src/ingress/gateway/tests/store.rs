//! A store that knows log-ins alone; the ingress may ask for nothing else.

use async_trait::async_trait;
use purser_actors::ports::{
    AnswerKey, Batch, CommitError, Delivery, EventRow, JournalHead, OutboxRow, PostingRow,
    StatementQuery, Store, StoreError, StoredAnswer, StoredEntity,
};
use purser_subjects::{AccountId, EntityKey, MerchantId, Timestamp, account::TimeBasis};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

#[derive(Default)]
pub(super) struct Logins {
    pub(super) by_name: HashMap<String, MerchantId>,
    pub(super) lookups: AtomicUsize,
    pub(super) down: AtomicBool,
}

const UNUSED: &str = "the ingress looks log-ins up and nothing else";

#[async_trait]
impl Store for Logins {
    async fn claim_journal(&self) -> Result<JournalHead, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn journal_head(&self) -> Result<JournalHead, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn commit(&self, _: &Batch) -> Result<(), CommitError> {
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
        _: Timestamp,
        _: Option<&(EntityKey, Timestamp)>,
        _: u32,
    ) -> Result<Vec<(EntityKey, Timestamp)>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn next_wake(&self, _: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn due_deliveries(
        &self,
        _: Timestamp,
        _: &[purser_subjects::EndpointId],
        _: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn next_delivery(&self, _: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn outbox(&self, _: i64, _: u32) -> Result<Vec<OutboxRow>, StoreError> {
        unreachable!("{UNUSED}")
    }
    async fn events(&self, _: i64, _: u32) -> Result<Vec<EventRow>, StoreError> {
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
