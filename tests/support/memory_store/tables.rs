//! What is stored.

use super::callbacks::Callbacks;
use bytes::Bytes;
use purser_actors::ports::{
    AnswerKey, BalanceRow, BindingRow, EventRow, JournalHead, NodeId, NodeInfo, OutboxRow,
    PostingRow, Slot, StoredAnswer,
};
use purser_subjects::{AccountId, BindingId, EntityId, EntityKey, MerchantId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// The tables, with the indexes that keep reads from looking at everything.
#[derive(Clone)]
pub(super) struct Tables {
    pub(super) journals: BTreeMap<i32, JournalHead>,
    pub(super) members: BTreeMap<NodeId, Member>,
    pub(super) slots: BTreeMap<Slot, SlotLease>,
    /// Events that may not be published yet, by slot and journal.
    pub(super) tails: BTreeMap<(Slot, i32), TailRow>,
    /// By number, which says what journal they are of.
    pub(super) batches: BTreeMap<i64, BatchRow>,
    /// Events of each journal.
    pub(super) events: BTreeMap<i32, Vec<EventRow>>,
    pub(super) postings: Vec<PostingRow>,
    pub(super) entities: BTreeMap<Place, EntityRow>,
    /// Entities that want to be woken, in the order in which they are.
    pub(super) wakes: BTreeSet<(Timestamp, Place)>,
    pub(super) balances: BTreeMap<AccountId, BalanceRow>,
    pub(super) answers: BTreeMap<AnswerKey, StoredAnswer>,
    pub(super) outbox: BTreeMap<i64, OutboxRow>,
    pub(super) callbacks: Callbacks,
    pub(super) bindings: BTreeMap<BindingId, BindingRow>,
    pub(super) credentials: BTreeMap<(String, String), MerchantId>,
    pub(super) settings: BTreeMap<String, Vec<u8>>,
}

impl Tables {
    pub(super) fn new() -> Self {
        Self {
            journals: BTreeMap::from([(1, JournalHead::start(1))]),
            members: BTreeMap::new(),
            slots: BTreeMap::new(),
            tails: BTreeMap::new(),
            batches: BTreeMap::new(),
            events: BTreeMap::new(),
            postings: Vec::new(),
            entities: BTreeMap::new(),
            wakes: BTreeSet::new(),
            balances: BTreeMap::new(),
            answers: BTreeMap::new(),
            outbox: BTreeMap::new(),
            callbacks: Callbacks::default(),
            bindings: BTreeMap::new(),
            credentials: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }
}

/// A node that has joined.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) info: NodeInfo,
    pub(super) journal: i32,
    pub(super) alive_until: Instant,
}

/// Who has a slot.
#[derive(Clone, Default)]
pub(super) struct SlotLease {
    pub(super) owner: Option<NodeId>,
    pub(super) epoch: i64,
}

/// The last event that an owner of a slot may not have published, and the slot's epoch then.
#[derive(Clone, Copy)]
pub(super) struct TailRow {
    pub(super) event: i64,
    pub(super) epoch: i64,
}

/// Kind number and id: the order of entities.
pub(super) type Place = (i16, EntityId);

pub(super) fn place(key: &EntityKey) -> Place {
    (key.kind.number(), key.id.clone())
}

#[derive(Clone)]
pub(super) struct BatchRow {
    pub(super) booked_at: Timestamp,
    pub(super) hash: [u8; 32],
}

#[derive(Clone)]
pub(super) struct EntityRow {
    pub(super) key: EntityKey,
    pub(super) slot: Slot,
    pub(super) version: i64,
    pub(super) state: Bytes,
    pub(super) wake_at: Option<Timestamp>,
}
