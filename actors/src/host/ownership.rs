//! Which slots this node has a lease of, and until when it may believe so.

use crate::ports::{Share, Slot};
use purser_subjects::EntityKey;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// The leases of this node, as far as it knows. Shared by all its parts.
///
/// A slot is *open* from when it was set; *retiring* when it gets no new work, because it goes to
/// another node as soon as what is at work has ended; *closed* when no entity of it is activated any
/// more. Its lease lasts through all of this, so that what was decided before is still committed.
#[derive(Debug)]
pub(crate) struct Ownership {
    partitions: u32,
    leases: RwLock<Leases>,
    /// What is looked at for every message, so without a lock: the epochs of the slots that are not
    /// closed, in the order of [`Slot::all`]; zero for others.
    open: Box<[AtomicI64]>,
    /// Likewise whether this node has a lease of the slot, closed or not.
    held: Box<[AtomicBool]>,
    /// Likewise until when leases are valid, in nanoseconds since `began`; zero when they never were.
    valid_for: AtomicU64,
    began: Instant,
    lost: Notify,
}

/// The leases at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owned {
    partitions: u32,
    epochs: BTreeMap<Slot, i64>,
}

#[derive(Debug)]
struct Leases {
    owned: Owned,
    retiring: BTreeSet<Slot>,
    renewed_at: Option<Instant>,
}

impl Owned {
    /// These slots with these epochs.
    #[cfg(test)]
    pub(crate) fn new(partitions: u32, epochs: impl IntoIterator<Item = (Slot, i64)>) -> Self {
        Self { partitions, epochs: epochs.into_iter().collect() }
    }

    /// The slot that an entity is in.
    pub(crate) fn slot_of(&self, entity: &EntityKey) -> Slot {
        Slot::of(entity, self.partitions)
    }

    /// Whether the entity's slot is among them.
    pub(crate) fn has(&self, entity: &EntityKey) -> bool {
        self.epochs.contains_key(&self.slot_of(entity))
    }

    /// The epoch of the lease of a slot.
    pub(crate) fn epoch(&self, slot: Slot) -> Option<i64> {
        self.epochs.get(&slot).copied()
    }

    /// All of them, as they go with a commit.
    pub(crate) fn fences(&self) -> Vec<(Slot, i64)> {
        self.epochs.iter().map(|(slot, epoch)| (*slot, *epoch)).collect()
    }
}

impl Ownership {
    /// No slot, in a deployment with so many partitions.
    pub(crate) fn new(partitions: u32) -> Self {
        let owned = Owned { partitions, epochs: BTreeMap::new() };
        let retiring = BTreeSet::new();
        let leases = RwLock::new(Leases { owned, retiring, renewed_at: None });
        let slots = || Slot::all(&Share::ALL, partitions);
        Self {
            partitions,
            leases,
            open: slots().map(|_| AtomicI64::new(0)).collect(),
            held: slots().map(|_| AtomicBool::new(false)).collect(),
            valid_for: AtomicU64::new(0),
            began: Instant::now(),
            lost: Notify::new(),
        }
    }

    /// Partitions of the deployment.
    pub(crate) fn partitions(&self) -> u32 {
        self.partitions
    }

    /// The slot that an entity is in.
    pub(crate) fn slot_of(&self, entity: &EntityKey) -> Slot {
        Slot::of(entity, self.partitions)
    }

    /// The epoch of this node's lease of a slot.
    pub(crate) fn epoch(&self, slot: Slot) -> Option<i64> {
        self.read().owned.epoch(slot)
    }

    /// The slots that this node begins work in, with the epochs of their leases.
    pub(crate) fn working(&self) -> BTreeMap<Slot, i64> {
        let leases = self.read();
        let working =
            leases.owned.epochs.iter().filter(|(slot, _)| !leases.retiring.contains(slot));
        working.map(|(slot, epoch)| (*slot, *epoch)).collect()
    }

    /// The same without epochs.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        self.working().into_keys().collect()
    }

    /// The epoch of the slot's lease, if entities of the slot may be active here.
    pub(crate) fn open_epoch(&self, slot: Slot) -> Option<i64> {
        let epoch = self.open.get(self.index(slot))?.load(Ordering::Acquire);
        (epoch != 0).then_some(epoch)
    }

    /// Whether entities of the slot may be active here.
    pub(crate) fn is_open(&self, slot: Slot) -> bool {
        self.open_epoch(slot).is_some()
    }

    /// Whether what is in memory of the slot is all there is: this node has it, and nobody else can have
    /// taken it by now without this node knowing.
    pub(crate) fn may_answer(&self, slot: Slot) -> bool {
        let is_held = |held: &AtomicBool| held.load(Ordering::Acquire);
        self.held.get(self.index(slot)).is_some_and(is_held) && self.is_valid()
    }

    /// The slot's number among all, from 0.
    pub(crate) fn index(&self, slot: Slot) -> usize {
        (slot.share.number().unsigned_abs() * self.partitions + slot.partition) as usize
    }

    /// All leases at this moment.
    pub(crate) fn owned(&self) -> Owned {
        self.read().owned.clone()
    }

    /// This node has the slot now.
    pub(crate) fn set(&self, slot: Slot, epoch: i64) {
        let mut leases = self.write();
        leases.owned.epochs.insert(slot, epoch);
        leases.retiring.remove(&slot);
        self.held[self.index(slot)].store(true, Ordering::Release);
        self.open[self.index(slot)].store(epoch, Ordering::Release);
    }

    /// The slot gets no new work.
    pub(crate) fn retire(&self, slot: Slot) {
        self.write().retiring.insert(slot);
    }

    /// No entity of the slot is activated any more.
    pub(crate) fn close(&self, slot: Slot) {
        self.write().retiring.insert(slot);
        self.open[self.index(slot)].store(0, Ordering::Release);
    }

    /// The lease of the slot with this epoch has ended; false when it is not the one that this node has.
    pub(crate) fn lose(&self, slot: Slot, epoch: i64) -> bool {
        let mut leases = self.write();
        let had = leases.owned.epochs.get(&slot) == Some(&epoch);
        if had {
            leases.owned.epochs.remove(&slot);
            leases.retiring.remove(&slot);
            self.open[self.index(slot)].store(0, Ordering::Release);
            self.held[self.index(slot)].store(false, Ordering::Release);
            self.lost.notify_one();
        }
        had
    }

    /// Returns after a slot was lost; also when that was before, and nobody waited. One waits at a time.
    pub(crate) async fn lost(&self) {
        self.lost.notified().await;
    }

    /// Leases were renewed by a request that was sent at `sent`: for `ttl` from then on nobody can have
    /// taken a slot. By the process's own monotonic clock, which a pause of the process does not stop.
    pub(crate) fn renewed(&self, sent: Instant, ttl: Duration) {
        let until = sent + ttl;
        let mut leases = self.write();
        leases.renewed_at = leases.renewed_at.max(Some(sent));
        self.valid_for.fetch_max(self.since_began(until), Ordering::AcqRel);
    }

    fn since_began(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.began);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    /// When the leases will have run out, unless they are renewed.
    pub(crate) fn valid_until(&self) -> Option<Instant> {
        let valid_for = self.valid_for.load(Ordering::Acquire);
        (valid_for > 0).then(|| self.began + Duration::from_nanos(valid_for))
    }

    /// Whether nobody else can have taken a slot by now without this node knowing.
    pub(crate) fn is_valid(&self) -> bool {
        self.since_began(Instant::now()) < self.valid_for.load(Ordering::Acquire)
    }

    /// Writes slots and the age of the lease to the metrics.
    pub(crate) fn report(&self) {
        let leases = self.read();
        for share in Share::ALL {
            let held = leases.owned.epochs.keys().filter(|slot| slot.share == share).count();
            metrics::gauge!("purser_slots_held", "share" => share.to_string()).set(held as f64);
        }
        if let Some(renewed) = leases.renewed_at {
            let age = Instant::now().saturating_duration_since(renewed);
            metrics::gauge!("purser_lease_age_seconds").set(age.as_secs_f64());
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Leases> {
        self.leases.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Leases> {
        self.leases.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(4);

    fn slot(partition: u32) -> Slot {
        Slot { share: Share::Actors, partition }
    }

    #[tokio::test]
    async fn a_slot_that_was_taken_again_is_not_lost_by_what_is_said_of_its_last_lease() {
        let ownership = Ownership::new(64);
        ownership.set(slot(1), 5);
        ownership.set(slot(2), 1);
        ownership.set(slot(1), 7);
        assert!(!ownership.lose(slot(1), 5));
        assert_eq!(ownership.epoch(slot(1)), Some(7));
        assert!(ownership.lose(slot(1), 7));
        ownership.lost().await;
        assert_eq!(ownership.slots(), [slot(2)]);
        assert_eq!(ownership.owned().fences(), [(slot(2), 1)]);
    }

    #[test]
    fn a_slot_that_is_handed_over_ends_its_work_before_it_closes() {
        let ownership = Ownership::new(64);
        assert!(!ownership.is_open(slot(1)));
        ownership.set(slot(1), 5);
        assert_eq!((ownership.open_epoch(slot(1)), ownership.slots()), (Some(5), vec![slot(1)]));
        ownership.retire(slot(1));
        assert_eq!((ownership.open_epoch(slot(1)), ownership.slots()), (Some(5), vec![]));
        ownership.close(slot(1));
        assert_eq!((ownership.is_open(slot(1)), ownership.epoch(slot(1))), (false, Some(5)));
        ownership.lose(slot(1), 5);
        ownership.set(slot(1), 7);
        assert_eq!((ownership.open_epoch(slot(1)), ownership.slots()), (Some(7), vec![slot(1)]));
    }

    #[test]
    fn nothing_is_answered_for_a_slot_without_a_valid_lease() {
        let ownership = Ownership::new(64);
        ownership.set(slot(1), 5);
        assert!(!ownership.may_answer(slot(1)), "never renewed");
        ownership.renewed(Instant::now(), TTL);
        assert!(ownership.may_answer(slot(1)) && !ownership.may_answer(slot(2)));
        let callbacks = Slot { share: Share::Callbacks, partition: 1 };
        assert!(!ownership.may_answer(callbacks));
    }

    #[tokio::test(start_paused = true)]
    async fn leases_are_believed_until_they_may_have_run_out() {
        let ownership = Ownership::new(64);
        assert!(!ownership.is_valid(), "never renewed");
        tokio::time::advance(TTL).await;
        let sent = Instant::now();
        ownership.renewed(sent, TTL);
        ownership.renewed(sent - TTL, TTL);
        tokio::time::advance(TTL - Duration::from_millis(1)).await;
        assert!(ownership.is_valid(), "an answer that comes late takes nothing back");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!ownership.is_valid());
    }
}
