//! A store in memory: the third engine. It passes the same suite as the real ones, so that simulations
//! which run on it can be believed.

mod audit;
mod callbacks;
mod commit;
mod deliveries;
mod lanes;
mod leases;
mod listings;
mod mails;
mod port;
mod reads;
mod tables;

use purser_actors::ports::{
    AnswerKey, Audit, BalanceRow, Batch, CommitError, EventRow, NodeId, Slot, StoreError,
};
use purser_subjects::{AccountId, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard};
use tables::Tables;

/// Everything that a store holds. Clones share it.
#[derive(Clone)]
pub(crate) struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
}

impl MemoryStore {
    /// An empty store. Its leases run by tokio's clock, which a test may pause.
    pub(crate) fn new() -> Self {
        Self { tables: Arc::new(Mutex::new(Tables::new())) }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap()
    }

    /// One consistent view of the whole store, as of now.
    pub(crate) fn audit(&self) -> Box<dyn Audit> {
        Box::new(audit::Snapshot::of(&self.tables()))
    }

    /// Stores a batch, without any waiting.
    pub(crate) fn commit_now(&self, batch: &Batch) -> Result<i64, CommitError> {
        self.tables().commit(batch)
    }

    /// The same, without a look at who has the slots.
    pub(crate) fn commit_unfenced(&self, batch: &Batch) -> Result<i64, CommitError> {
        let mut tables = self.tables();
        let losses = tables.journals.get(&batch.journal).map(|journal| journal.losses);
        tables.commit(&Batch { losses, ..batch.clone() })
    }

    /// What would become of a batch, which is not stored.
    pub(crate) fn check(&self, batch: &Batch) -> Result<i64, CommitError> {
        self.tables().check(batch)
    }

    /// Who has the slot, whether or not its lease has run out.
    pub(crate) fn owner_of(&self, slot: Slot) -> Option<NodeId> {
        self.tables().slots.get(&slot)?.owner
    }

    /// Every event of every journal, in the order of numbers.
    pub(crate) fn all_events(&self) -> Vec<EventRow> {
        self.tables().events.values().flatten().cloned().collect()
    }

    /// Whether a command has been answered or promised to be.
    pub(crate) fn has_answered(&self, key: AnswerKey) -> bool {
        self.tables().answers.contains_key(&key)
    }

    /// An account's balance.
    pub(crate) fn balance(&self, account: &AccountId) -> Option<BalanceRow> {
        self.tables().balances.get(account).cloned()
    }

    /// How many postings have this memo.
    pub(crate) fn postings_with_memo(&self, memo: &str) -> usize {
        self.tables().postings.iter().filter(|posting| posting.memo == memo).count()
    }

    /// What is still to be done: messages to be sent, deliveries to be made, entities to be woken, and
    /// when the next of the last two is due.
    pub(crate) fn left(&self) -> Left {
        let tables = self.tables();
        let wake = tables.wakes.first().map(|(at, _)| *at);
        let (deliveries, delivery) = tables.callbacks.left();
        Left {
            messages: tables.outbox.len(),
            deliveries,
            wakes: tables.wakes.len(),
            next: wake.into_iter().chain(delivery).min(),
        }
    }
}

/// What a store holds that somebody must still act upon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left {
    pub(crate) messages: usize,
    pub(crate) deliveries: usize,
    pub(crate) wakes: usize,
    pub(crate) next: Option<Timestamp>,
}

fn error(why: &str) -> StoreError {
    StoreError(why.into())
}
