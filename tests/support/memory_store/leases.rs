//! Membership and leases.

use super::tables::{Member, SlotLease, Tables, TailRow};
use purser_actors::ports::{
    Cluster, JOURNAL_KEPT, JoinError, JournalHead, Lease, LeaseError, NodeId, NodeInfo, NodeRow,
    Share, Slot, SlotRow, Tail,
};
use std::time::Duration;
use tokio::time::Instant;

impl Tables {
    pub(super) fn join(
        &mut self,
        node: &NodeInfo,
        ttl: Duration,
    ) -> Result<JournalHead, JoinError> {
        let now = Instant::now();
        if self.slots.is_empty() {
            let all = Slot::all(&Share::ALL, node.partitions);
            self.slots = all.map(|slot| (slot, SlotLease::default())).collect();
        }
        let stored = (self.slots.len() / Share::ALL.len()) as u32;
        if stored != node.partitions {
            return Err(JoinError::OtherPartitions { stored });
        }
        let own = self.members.get(&node.id).map(|member| member.journal);
        let is_gone = |id: &NodeId, member: &Member| {
            *id == node.id || now >= member.alive_until + JOURNAL_KEPT
        };
        let gone = self.members.iter().filter(|(id, member)| is_gone(id, member));
        let gone: Vec<NodeId> = gone.map(|(id, _)| *id).collect();
        gone.into_iter().for_each(|id| self.forget(id));
        let journal = own.unwrap_or_else(|| self.free_journal());
        let head = self.journals.entry(journal).or_insert_with(|| JournalHead::start(journal));
        head.epoch += 1;
        let head = head.clone();
        let member = Member { info: node.clone(), journal, alive_until: now + ttl };
        self.members.insert(node.id, member);
        self.callbacks.reconcile_lanes();
        Ok(head)
    }

    /// A journal that no node has: one that was left, or a new one.
    fn free_journal(&self) -> i32 {
        let is_taken = |journal: &i32| self.members.values().any(|node| node.journal == *journal);
        let left = self.journals.keys().find(|journal| !is_taken(journal));
        let next = self.journals.last_key_value().map_or(1, |(last, _)| last + 1);
        left.copied().unwrap_or(next)
    }

    /// The node that joined with `epoch`, if it is still a member.
    fn member(&mut self, node: NodeId, epoch: i64) -> Result<&mut Member, LeaseError> {
        let member = self.members.get_mut(&node).ok_or(LeaseError::Lost)?;
        let head = self.journals.get(&member.journal);
        if head.is_none_or(|head| head.epoch != epoch) {
            return Err(LeaseError::Lost);
        }
        Ok(member)
    }

    pub(super) fn renew(
        &mut self,
        node: NodeId,
        epoch: i64,
        ttl: Duration,
    ) -> Result<Cluster, LeaseError> {
        self.member(node, epoch)?.alive_until = Instant::now() + ttl;
        Ok(self.cluster())
    }

    pub(super) fn take(
        &mut self,
        node: NodeId,
        epoch: i64,
        slots: &[Slot],
    ) -> Result<Vec<Lease>, LeaseError> {
        let journal = self.member(node, epoch)?.journal;
        let now = Instant::now();
        let is_dead = |(id, member): &(&NodeId, &Member)| **id != node && member.alive_until <= now;
        let dead: Vec<NodeId> = self.members.iter().filter(is_dead).map(|(id, _)| *id).collect();
        dead.into_iter().for_each(|dead| self.free(dead, slots));
        let published = |journal: i32| self.journals.get(&journal).map_or(0, |head| head.published);
        let done = self.tails.iter().filter(|((_, of), tail)| tail.event <= published(*of));
        let done: Vec<(Slot, i32)> = done.map(|(key, _)| *key).collect();
        for key in done {
            self.tails.remove(&key);
        }
        let mut leases = Vec::new();
        for (slot, lease) in &mut self.slots {
            let is_free = lease.owner.is_none_or(|owner| owner == node);
            if !is_free || !slots.contains(slot) {
                continue;
            }
            (lease.owner, lease.epoch) = (Some(node), lease.epoch + 1);
            let others = self.tails.range((*slot, i32::MIN)..=(*slot, i32::MAX));
            let mut tails: Vec<_> = others.filter(|((_, of), _)| *of != journal).collect();
            tails.sort_by_key(|(_, tail)| tail.epoch);
            let tail = |((_, journal), tail): (&(Slot, i32), &TailRow)| Tail {
                journal: *journal,
                event: tail.event,
            };
            let tails = tails.into_iter().map(tail).collect();
            leases.push(Lease { slot: *slot, epoch: lease.epoch, tails });
        }
        Ok(leases)
    }

    pub(super) fn give_up(
        &mut self,
        node: NodeId,
        epoch: i64,
        slots: &[Slot],
    ) -> Result<(), LeaseError> {
        self.member(node, epoch)?;
        self.free(node, slots);
        Ok(())
    }

    pub(super) fn leave(&mut self, node: NodeId, epoch: i64) -> Result<(), LeaseError> {
        self.member(node, epoch)?;
        self.forget(node);
        Ok(())
    }

    /// Frees those of `slots` that the node has; its next commit notices that something was lost.
    fn free(&mut self, node: NodeId, slots: &[Slot]) {
        let Some(journal) = self.members.get(&node).map(|member| member.journal) else { return };
        let Some(head) = self.journals.get_mut(&journal) else { return };
        let owned = self.slots.iter_mut().filter(|(_, lease)| lease.owner == Some(node));
        let mut any = false;
        for (slot, lease) in owned.filter(|(slot, _)| slots.contains(slot)) {
            any = true;
            (lease.owner, lease.epoch) = (None, lease.epoch + 1);
            if head.event > head.published {
                let tail = TailRow { event: head.event, epoch: lease.epoch };
                self.tails.insert((*slot, journal), tail);
            }
        }
        head.losses += i64::from(any);
    }

    /// Frees all that the node has, and its journal.
    fn forget(&mut self, node: NodeId) {
        let all: Vec<_> = self.slots.keys().copied().collect();
        self.free(node, &all);
        self.members.remove(&node);
    }

    pub(super) fn cluster(&self) -> Cluster {
        let now = Instant::now();
        let alive =
            |node: &NodeId| self.members.get(node).is_some_and(|member| member.alive_until > now);
        let row = |(id, member): (&NodeId, &Member)| NodeRow {
            id: *id,
            name: member.info.name.clone(),
            shares: member.info.shares.clone(),
            journal: member.journal,
            alive_for: member.alive_until - now,
        };
        let slot = |(slot, lease): (&Slot, &SlotLease)| SlotRow {
            slot: *slot,
            epoch: lease.epoch,
            owner: lease.owner.filter(alive),
        };
        Cluster {
            nodes: self.members.iter().filter(|(id, _)| alive(id)).map(row).collect(),
            slots: self.slots.iter().map(slot).collect(),
        }
    }

    pub(super) fn set_published(&mut self, journal: i32, event: i64) {
        if let Some(head) = self.journals.get_mut(&journal) {
            head.published = head.published.max(event.min(head.event));
        }
    }
}
