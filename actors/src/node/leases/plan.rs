//! Which slots a node should take and which it should hand over. Pure: every node plans for itself, from
//! what the store says of all.

use crate::ports::{Cluster, NodeId, Share, Slot};
use std::cmp::Ordering;

/// What a node should do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Slots that nobody has and that are this node's by right.
    pub(super) take: Vec<Slot>,
    /// Slots that another node should have.
    pub(super) hand_over: Vec<Slot>,
}

/// The plan of the node `me` in a deployment with so many partitions. Every node with a share gets the
/// same number of its slots, give or take one, and slots move only where that brings it about: repeated
/// by every node, it comes to rest.
pub(super) fn plan(me: NodeId, partitions: u32, cluster: &Cluster) -> Plan {
    let mut plan = Plan::default();
    for share in Share::ALL {
        if let Some(standing) = Standing::of(me, share, partitions, cluster) {
            plan.take.extend(standing.take());
            plan.hand_over.extend(standing.hand_over());
        }
    }
    plan
}

/// Where a node stands in one share.
struct Standing {
    /// Its place among the nodes with the share, in the order of their ids.
    rank: usize,
    /// Slots of each node with the share, by rank.
    owned: Vec<usize>,
    mine: Vec<Slot>,
    free: Vec<Slot>,
    /// What every node should have at least, and at most.
    floor: usize,
    ceiling: usize,
}

impl Standing {
    /// `None` when the node has no part in the share.
    fn of(me: NodeId, share: Share, partitions: u32, cluster: &Cluster) -> Option<Self> {
        let mut nodes: Vec<NodeId> = cluster
            .nodes
            .iter()
            .filter(|node| node.shares.contains(&share))
            .map(|node| node.id)
            .collect();
        nodes.sort_unstable();
        let rank = nodes.iter().position(|node| *node == me)?;
        let mut owners = vec![None; partitions as usize];
        for row in cluster.slots.iter().filter(|row| row.slot.share == share) {
            if let Some(owner) = owners.get_mut(row.slot.partition as usize) {
                *owner = row.owner;
            }
        }
        let slots = || (0..partitions).map(|partition| Slot { share, partition }).zip(&owners);
        let of = |owner| slots().filter(move |(_, is)| **is == owner).map(|(slot, _)| slot);
        let owned = nodes.iter().map(|node| of(Some(*node)).count()).collect();
        let (mine, free) = (of(Some(me)).collect(), of(None).collect());
        let floor = owners.len() / nodes.len();
        let ceiling = owners.len().div_ceil(nodes.len());
        Some(Self { rank, owned, mine, free, floor, ceiling })
    }

    /// Up to the least a node should have, and one more where all others get as much. Nodes that look
    /// at the same time begin at different places, so that they rarely reach for the same slot.
    fn take(&self) -> impl Iterator<Item = Slot> {
        let mine = self.mine.len();
        let needed = self.floor.saturating_sub(mine);
        let left_over = self.free.len().saturating_sub(needed + self.lacking());
        let count = needed + left_over.min(self.ceiling.saturating_sub(mine.max(self.floor)));
        let begin = self.rank * self.free.len() / self.owned.len();
        self.free[begin..].iter().chain(&self.free[..begin]).copied().take(count)
    }

    /// What is above the most a node should have; or one, when another node has too few, nobody has too
    /// many, and it is this node's turn.
    fn hand_over(&self) -> impl Iterator<Item = Slot> {
        let count = match self.mine.len().cmp(&self.ceiling) {
            Ordering::Greater => self.mine.len() - self.ceiling,
            Ordering::Equal if self.ceiling > self.floor => {
                let spare = self.owned.iter().map(|owned| owned.saturating_sub(self.ceiling));
                let wanted = self.lacking().saturating_sub(self.free.len() + spare.sum::<usize>());
                let before = self.owned[..self.rank].iter();
                let turn = before.filter(|owned| **owned == self.ceiling).count();
                usize::from(turn < wanted)
            }
            _ => 0,
        };
        self.mine.iter().rev().copied().take(count)
    }

    /// How many slots the other nodes lack for the least that they should have.
    fn lacking(&self) -> usize {
        let others = self.owned.iter().enumerate().filter(|(rank, _)| *rank != self.rank);
        others.map(|(_, owned)| self.floor.saturating_sub(*owned)).sum()
    }
}

#[cfg(test)]
mod tests;
