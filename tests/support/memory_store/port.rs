//! The tables as a store.

use super::{MemoryStore, error, tables::Tables};
use async_trait::async_trait;
use purser_actors::ports::{
    AnswerKey, AttemptRow, Batch, BindingQuery, BindingRow, Cluster, CommitError, DeliveryCursor,
    DeliveryQuery, DeliveryRow, DueOfLane, EndpointRow, EventRow, JoinError, JournalHead, Lane,
    Lease, LeaseError, MailUpdate, NodeId, NodeInfo, OutboxRow, PostingRow, ReplayQuery, Slot,
    StatementQuery, Store, StoreError, StoredAnswer, StoredEntity, StoredMail,
};
use purser_subjects::{
    AccountId, EndpointId, EntityKey, EntityKind, MerchantId, Timestamp, account::TimeBasis,
};
use std::{
    ops::Bound::{Excluded, Unbounded},
    time::Duration,
};
use uuid::Uuid;

#[async_trait]
impl Store for MemoryStore {
    async fn join(&self, node: &NodeInfo, ttl: Duration) -> Result<JournalHead, JoinError> {
        self.tables().join(node, ttl)
    }

    async fn renew(&self, node: NodeId, epoch: i64, ttl: Duration) -> Result<Cluster, LeaseError> {
        self.tables().renew(node, epoch, ttl)
    }

    async fn take(
        &self,
        node: NodeId,
        epoch: i64,
        slots: &[Slot],
    ) -> Result<Vec<Lease>, LeaseError> {
        self.tables().take(node, epoch, slots)
    }

    async fn give_up(&self, node: NodeId, epoch: i64, slots: &[Slot]) -> Result<(), LeaseError> {
        self.tables().give_up(node, epoch, slots)
    }

    async fn leave(&self, node: NodeId, epoch: i64) -> Result<(), LeaseError> {
        self.tables().leave(node, epoch)
    }

    async fn cluster(&self) -> Result<Cluster, StoreError> {
        Ok(self.tables().cluster())
    }

    async fn journal_head(&self, journal: i32) -> Result<JournalHead, StoreError> {
        let head = self.tables().journals.get(&journal).cloned();
        head.ok_or_else(|| error("there is no such journal"))
    }

    async fn commit(&self, batch: &Batch) -> Result<i64, CommitError> {
        self.tables().commit(batch)
    }

    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<StoredEntity>, StoreError> {
        let tables = self.tables();
        Ok(keys.iter().map(|key| tables.entity(key)).collect())
    }

    async fn answers(&self, keys: &[AnswerKey]) -> Result<Vec<Option<StoredAnswer>>, StoreError> {
        let tables = self.tables();
        Ok(keys.iter().map(|key| tables.answers.get(key).cloned()).collect())
    }

    async fn due_entities(
        &self,
        slots: &[Slot],
        until: Timestamp,
        after: Option<&(EntityKey, Timestamp)>,
        limit: u32,
    ) -> Result<Vec<(EntityKey, Timestamp)>, StoreError> {
        Ok(self.tables().due_entities(slots, until, after, limit))
    }

    async fn next_wake(
        &self,
        slots: &[Slot],
        after: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.tables().next_wake(slots, after))
    }

    async fn due_lanes(
        &self,
        slots: &[Slot],
        until: Timestamp,
        after: Option<&(Timestamp, EndpointId)>,
        limit: u32,
    ) -> Result<Vec<Lane>, StoreError> {
        Ok(self.tables().callbacks.due_lanes(slots, until, after, limit))
    }

    async fn due_of_lanes(
        &self,
        lanes: &[(EndpointId, u32)],
        until: Timestamp,
    ) -> Result<Vec<DueOfLane>, StoreError> {
        let tables = self.tables();
        let due = |(endpoint, scan): &(_, _)| tables.callbacks.due_of_lane(endpoint, *scan, until);
        Ok(lanes.iter().map(due).collect())
    }

    async fn park(&self, waiting: &[Uuid], least: Timestamp) -> Result<(), StoreError> {
        self.tables().callbacks.park(waiting, least);
        Ok(())
    }

    async fn settle_lanes(&self, lanes: &[EndpointId]) -> Result<(), StoreError> {
        self.tables().callbacks.settle_lanes(lanes);
        Ok(())
    }

    async fn next_delivery(
        &self,
        slots: &[Slot],
        after: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.tables().callbacks.next_delivery(slots, after))
    }

    async fn replayable(&self, query: &ReplayQuery) -> Result<Vec<DeliveryCursor>, StoreError> {
        Ok(self.tables().callbacks.replayable(query))
    }

    async fn prune_deliveries(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.tables().callbacks.prune(before, limit))
    }

    async fn endpoints(
        &self,
        merchant: Option<&MerchantId>,
        after: Option<&EndpointId>,
        limit: u32,
    ) -> Result<Vec<EndpointRow>, StoreError> {
        Ok(self.tables().callbacks.endpoints(merchant, after, limit))
    }

    async fn bindings(&self, query: &BindingQuery) -> Result<Vec<BindingRow>, StoreError> {
        let after = query.after.clone().map_or(Unbounded, Excluded);
        let tables = self.tables();
        let is_wanted = |row: &&BindingRow| {
            let of_customer = query.customer.is_none() || row.customer == query.customer;
            row.merchant == query.merchant && of_customer
        };
        let rows = tables.bindings.range((after, Unbounded)).map(|(_, row)| row);
        Ok(rows.filter(is_wanted).take(query.limit as usize).cloned().collect())
    }

    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>, StoreError> {
        Ok(self.tables().callbacks.listing(query))
    }

    async fn delivery(&self, id: Uuid) -> Result<Option<DeliveryRow>, StoreError> {
        Ok(self.tables().callbacks.delivery(id))
    }

    async fn attempts(&self, delivery: Uuid) -> Result<Vec<AttemptRow>, StoreError> {
        Ok(self.tables().callbacks.attempts(delivery))
    }

    async fn mails(&self, limit: u32) -> Result<Vec<StoredMail>, StoreError> {
        Ok(self.tables().callbacks.mails(limit))
    }

    async fn due_mails(
        &self,
        slots: &[Slot],
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredMail>, StoreError> {
        Ok(self.tables().callbacks.due_mails(slots, until, limit))
    }

    async fn next_mail(
        &self,
        slots: &[Slot],
        after: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.tables().callbacks.next_mail(slots, after))
    }

    async fn update_mail(&self, update: &MailUpdate) -> Result<(), StoreError> {
        self.tables().callbacks.update_mail(update);
        Ok(())
    }

    async fn outbox(
        &self,
        slots: &[Slot],
        after: i64,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let tables = self.tables();
        let rows = tables.outbox.range(after + 1..).map(|(_, row)| row);
        let rows = rows.filter(|row| slots.contains(&row.slot)).take(limit as usize);
        Ok(rows.cloned().collect())
    }

    async fn events(
        &self,
        journal: i32,
        after: i64,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let tables = self.tables();
        let Some(events) = tables.events.get(&journal) else { return Ok(Vec::new()) };
        let first = events.partition_point(|event| event.number <= after);
        Ok(events[first..].iter().take(limit as usize).cloned().collect())
    }

    async fn set_published(&self, journal: i32, event: i64) -> Result<(), StoreError> {
        self.tables().set_published(journal, event);
        Ok(())
    }

    async fn posted_sum(
        &self,
        account: &AccountId,
        at: Timestamp,
        by: TimeBasis,
    ) -> Result<i64, StoreError> {
        self.tables().posted_sum(account, at, by)
    }

    async fn postings(&self, query: &StatementQuery) -> Result<(i64, Vec<PostingRow>), StoreError> {
        self.tables().postings(query)
    }

    async fn merchant_by_credential(
        &self,
        scheme: &str,
        name: &str,
    ) -> Result<Option<MerchantId>, StoreError> {
        let name = (scheme.to_owned(), name.to_owned());
        Ok(self.tables().credentials.get(&name).cloned())
    }

    async fn merchants(
        &self,
        after: Option<&MerchantId>,
        limit: u32,
    ) -> Result<Vec<MerchantId>, StoreError> {
        let tables: &Tables = &self.tables();
        let is_merchant = |key: &&EntityKey| key.kind == EntityKind::Merchant;
        let keys = tables.entities.values().map(|row| &row.key).filter(is_merchant);
        let ids = keys.map(|key| MerchantId::from(key.id.clone()));
        Ok(ids.filter(|id| after.is_none_or(|after| id > after)).take(limit as usize).collect())
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables().settings.get(name).cloned())
    }

    async fn init_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut tables = self.tables();
        Ok(tables.settings.entry(name.to_owned()).or_insert_with(|| value.to_vec()).clone())
    }
}
