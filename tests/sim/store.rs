//! A node's connection to the store: calls take time, fail, and are cut off at any point.

use super::{
    commits::Commits,
    life::{Life, Link},
    sabotage::Sabotage,
};
use crate::support::memory_store::MemoryStore;
use async_trait::async_trait;
use purser_actors::ports::{
    AnswerKey, AnswerWrite, Appended, AttemptRow, Batch, BindingQuery, BindingRow, Cluster,
    CommitError, DeliveryCursor, DeliveryQuery, DeliveryRow, DueOfLane, EndpointRow, EventRow,
    JoinError, JournalHead, Lane, Lease, LeaseError, MailUpdate, NodeId, NodeInfo, OutboxRow,
    PostingRow, ReplayQuery, Slot, StatementQuery, Store, StoreError, StoredAnswer, StoredEntity,
    StoredMail,
};
use purser_subjects::{
    AccountId, EndpointId, EntityKey, MerchantId, Timestamp, account::TimeBasis,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::sleep;
use uuid::Uuid;

/// What was stored is on the disk after so many milliseconds at most.
const SLOWEST_DISK_MS: u64 = 20;

/// One process's way to the shared store.
pub(crate) struct SimStore {
    store: MemoryStore,
    life: Arc<Life>,
    node: NodeId,
    sabotage: Option<Sabotage>,
    /// With [`Sabotage::ReplyBeforeCommit`]: acknowledged and not stored.
    unstored: Arc<Mutex<Option<Batch>>>,
    commits: Arc<Commits>,
}

impl SimStore {
    pub(crate) fn new(
        store: MemoryStore,
        life: Arc<Life>,
        node: NodeId,
        sabotage: Option<Sabotage>,
        commits: Arc<Commits>,
    ) -> Arc<Self> {
        Arc::new(Self { store, life, node, sabotage, unstored: Arc::default(), commits })
    }

    /// A call sets out.
    async fn enter(&self, what: &str) -> Result<(), StoreError> {
        self.life.note(format_args!("{what}"));
        let reached = self.life.step(Link::Store).await;
        reached.map_err(|_| broken("the connection was refused"))?;
        if self.life.world.hurts(|weather| weather.store_before) {
            return Err(broken("the connection was lost on the way there"));
        }
        if let Some(batch) = self.unstored.lock().unwrap().take() {
            self.store_now(&batch).ok();
        }
        Ok(())
    }

    /// Its answer arrives.
    async fn leave(&self, what: &str) -> Result<(), StoreError> {
        self.life.note(format_args!("{what}, done"));
        let reached = self.life.step(Link::Store).await;
        reached.map_err(|_| broken("the connection was cut"))?;
        match self.life.world.hurts(|weather| weather.store_after) {
            true => Err(broken("the connection was lost on the way back")),
            false => Ok(()),
        }
    }

    async fn call<T, E: From<StoreError>>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        self.enter(what).await?;
        let answer = call.await;
        self.leave(what).await?;
        answer
    }

    /// The moment of a commit, with a look over the shoulder of whoever commits.
    fn store_now(&self, batch: &Batch) -> Result<i64, CommitError> {
        self.life.note(format_args!(
            "commits batch {}: {} entities, {} answers",
            batch.number,
            batch.entities.len(),
            batch.answers.len()
        ));
        let committed = match self.sabotage {
            Some(Sabotage::NoFence) => self.store.commit_unfenced(batch),
            Some(Sabotage::ForgetAnswers) => {
                let mut batch = batch.clone();
                let is_new = |answer: &AnswerWrite| match answer {
                    AnswerWrite::Insert { key, .. } => !self.store.has_answered(*key),
                    AnswerWrite::Complete { .. } => true,
                };
                batch.answers.retain(is_new);
                self.store.commit_now(&batch)
            }
            Some(Sabotage::ForgetClaims) => {
                let mut batch = batch.clone();
                batch.bindings.iter_mut().for_each(|row| row.claim = None);
                self.store.commit_now(&batch)
            }
            _ => self.store.commit_now(batch),
        }?;
        self.commits.note_holders(&batch.bindings);
        for entity in &batch.entities {
            let owner = self.store.owner_of(entity.slot);
            if owner.is_some_and(|owner| owner != self.node) {
                let what = format!("{} wrote {} of {}", self.life.name(), entity.key, entity.slot);
                self.commits.note_stray(what);
            }
        }
        Ok(committed)
    }

    /// Keeps the batch for later and says that it is stored. Only a check is made.
    fn pretend(&self, batch: &Batch) -> Result<i64, CommitError> {
        let losses = self.store.check(batch)?;
        *self.unstored.lock().unwrap() = Some(batch.clone());
        let (unstored, store, life) =
            (self.unstored.clone(), self.store.clone(), self.life.clone());
        tokio::spawn(async move {
            sleep(Duration::from_millis(30)).await;
            life.go_on().await;
            if let Some(batch) = unstored.lock().unwrap().take() {
                let _ = store.commit_now(&batch);
            }
        });
        Ok(losses)
    }

    /// The sender is told of a failure; the engine goes on with the commit after all.
    fn commit_later(&self, batch: &Batch) {
        let (batch, store, commits) = (batch.clone(), self.store.clone(), self.commits.clone());
        let (life, node, sabotage) = (self.life.clone(), self.node, self.sabotage);
        let pause = Duration::from_millis(self.life.world.dice.between(1, 400));
        let late = Self { store, life, node, sabotage, unstored: Arc::default(), commits };
        tokio::spawn(async move {
            sleep(pause).await;
            let _ = late.store_now(&batch);
        });
    }
}

fn broken(why: &str) -> StoreError {
    StoreError(why.into())
}

#[async_trait]
impl Store for SimStore {
    async fn join(&self, node: &NodeInfo, ttl: Duration) -> Result<JournalHead, JoinError> {
        self.call("join", self.store.join(node, ttl)).await
    }

    async fn renew(&self, node: NodeId, epoch: i64, ttl: Duration) -> Result<Cluster, LeaseError> {
        self.call("renew", self.store.renew(node, epoch, ttl)).await
    }

    async fn take(
        &self,
        node: NodeId,
        epoch: i64,
        slots: &[Slot],
    ) -> Result<Vec<Lease>, LeaseError> {
        self.call("take", self.store.take(node, epoch, slots)).await
    }

    async fn give_up(&self, node: NodeId, epoch: i64, slots: &[Slot]) -> Result<(), LeaseError> {
        self.call("give up", self.store.give_up(node, epoch, slots)).await
    }

    async fn leave(&self, node: NodeId, epoch: i64) -> Result<(), LeaseError> {
        self.call("leave", self.store.leave(node, epoch)).await
    }

    async fn cluster(&self) -> Result<Cluster, StoreError> {
        self.call("cluster", self.store.cluster()).await
    }

    async fn journal_head(&self, journal: i32) -> Result<JournalHead, StoreError> {
        self.call("head", self.store.journal_head(journal)).await
    }

    async fn commit(&self, batch: &Batch) -> Result<i64, CommitError> {
        self.enter("commit").await?;
        if self.life.world.hurts(|weather| weather.store_late) {
            self.commit_later(batch);
            return Err(broken("the connection was lost during the commit").into());
        }
        let committed = match self.sabotage {
            Some(Sabotage::ReplyBeforeCommit) => self.pretend(batch),
            _ => self.store_now(batch),
        };
        if let Err(refused) = &committed {
            self.life.note(format_args!("may not commit: {refused}"));
        }
        self.leave("commit").await?;
        committed
    }

    /// The next batch may follow while this one is on its way to the disk.
    async fn append(&self, batch: &Batch) -> Result<Appended, CommitError> {
        let losses = self.commit(batch).await?;
        let life = self.life.clone();
        let pause = Duration::from_millis(life.world.dice.between(0, SLOWEST_DISK_MS));
        let durable = async move {
            sleep(pause).await;
            let reached = life.step(Link::Store).await;
            reached.map_err(|_| broken("the connection was cut before all was on the disk"))
        };
        Ok(Appended { losses, durable: Some(Box::pin(durable)) })
    }

    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<StoredEntity>, StoreError> {
        self.call("load", self.store.load(keys)).await
    }

    async fn answers(&self, keys: &[AnswerKey]) -> Result<Vec<Option<StoredAnswer>>, StoreError> {
        let stored = self.call("answers", self.store.answers(keys)).await?;
        match self.sabotage {
            Some(Sabotage::ForgetAnswers) => Ok(vec![None; keys.len()]),
            _ => Ok(stored),
        }
    }

    async fn due_entities(
        &self,
        slots: &[Slot],
        until: Timestamp,
        after: Option<&(EntityKey, Timestamp)>,
        limit: u32,
    ) -> Result<Vec<(EntityKey, Timestamp)>, StoreError> {
        self.call("due entities", self.store.due_entities(slots, until, after, limit)).await
    }

    async fn next_wake(
        &self,
        slots: &[Slot],
        after: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.call("next wake", self.store.next_wake(slots, after)).await
    }

    async fn due_lanes(
        &self,
        slots: &[Slot],
        until: Timestamp,
        after: Option<&(Timestamp, EndpointId)>,
        limit: u32,
    ) -> Result<Vec<Lane>, StoreError> {
        self.call("due lanes", self.store.due_lanes(slots, until, after, limit)).await
    }

    async fn due_of_lanes(
        &self,
        lanes: &[(EndpointId, u32)],
        until: Timestamp,
    ) -> Result<Vec<DueOfLane>, StoreError> {
        self.call("due of lanes", self.store.due_of_lanes(lanes, until)).await
    }

    async fn park(&self, waiting: &[Uuid], least: Timestamp) -> Result<(), StoreError> {
        self.call("park", self.store.park(waiting, least)).await
    }

    async fn settle_lanes(&self, lanes: &[EndpointId]) -> Result<(), StoreError> {
        self.call("settle lanes", self.store.settle_lanes(lanes)).await
    }

    async fn next_delivery(
        &self,
        slots: &[Slot],
        after: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.call("next delivery", self.store.next_delivery(slots, after)).await
    }

    async fn replayable(&self, query: &ReplayQuery) -> Result<Vec<DeliveryCursor>, StoreError> {
        self.call("replayable", self.store.replayable(query)).await
    }

    async fn prune_deliveries(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.call("prune", self.store.prune_deliveries(before, limit)).await
    }

    async fn endpoints(
        &self,
        merchant: Option<&MerchantId>,
        after: Option<&EndpointId>,
        limit: u32,
    ) -> Result<Vec<EndpointRow>, StoreError> {
        self.call("endpoints", self.store.endpoints(merchant, after, limit)).await
    }

    async fn bindings(&self, query: &BindingQuery) -> Result<Vec<BindingRow>, StoreError> {
        self.call("bindings", self.store.bindings(query)).await
    }

    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>, StoreError> {
        self.call("deliveries", self.store.deliveries(query)).await
    }

    async fn delivery(&self, id: Uuid) -> Result<Option<DeliveryRow>, StoreError> {
        self.call("delivery", self.store.delivery(id)).await
    }

    async fn attempts(&self, delivery: Uuid) -> Result<Vec<AttemptRow>, StoreError> {
        self.call("attempts", self.store.attempts(delivery)).await
    }

    async fn mails(&self, limit: u32) -> Result<Vec<StoredMail>, StoreError> {
        self.call("mails", self.store.mails(limit)).await
    }

    async fn due_mails(
        &self,
        slots: &[Slot],
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredMail>, StoreError> {
        self.call("due mails", self.store.due_mails(slots, until, limit)).await
    }

    async fn next_mail(
        &self,
        slots: &[Slot],
        after: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.call("next mail", self.store.next_mail(slots, after)).await
    }

    async fn update_mail(&self, update: &MailUpdate) -> Result<(), StoreError> {
        self.call("update mail", self.store.update_mail(update)).await
    }

    async fn outbox(
        &self,
        slots: &[Slot],
        after: i64,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.call("outbox", self.store.outbox(slots, after, limit)).await
    }

    async fn events(
        &self,
        journal: i32,
        after: i64,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        self.call("events", self.store.events(journal, after, limit)).await
    }

    async fn set_published(&self, journal: i32, event: i64) -> Result<(), StoreError> {
        self.call("set published", self.store.set_published(journal, event)).await
    }

    async fn posted_sum(
        &self,
        account: &AccountId,
        at: Timestamp,
        by: TimeBasis,
    ) -> Result<i64, StoreError> {
        self.call("posted sum", self.store.posted_sum(account, at, by)).await
    }

    async fn postings(&self, query: &StatementQuery) -> Result<(i64, Vec<PostingRow>), StoreError> {
        self.call("postings", self.store.postings(query)).await
    }

    async fn merchant_by_credential(
        &self,
        scheme: &str,
        name: &str,
    ) -> Result<Option<MerchantId>, StoreError> {
        self.call("credential", self.store.merchant_by_credential(scheme, name)).await
    }

    async fn merchants(
        &self,
        after: Option<&MerchantId>,
        limit: u32,
    ) -> Result<Vec<MerchantId>, StoreError> {
        self.call("merchants", self.store.merchants(after, limit)).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.call("setting", self.store.setting(name)).await
    }

    async fn init_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.call("init setting", self.store.init_setting(name, value)).await
    }
}
