//! Who works on what: nodes, slots, and their leases.
//!
//! A node works on the entities of the slots that it holds a lease of, and on no others. It stays a
//! member by renewing; when it does not, others may take its slots at once, and a new node may take its
//! journal after [`JOURNAL_KEPT`].

use super::StoreError;
use purser_subjects::{EntityKey, EntityKind, partition_of};
use std::{fmt, time::Duration};
use uuid::Uuid;

/// A node that was away for longer may find that another one goes on with its journal. Longer than any
/// pause that a node survives with callers waiting, and short enough that crashed nodes that come back
/// under new ids do not leave many journals behind.
pub const JOURNAL_KEPT: Duration = Duration::from_secs(600);

/// Part of the work that a node may take a share in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// Merchants, accounts, transactions.
    Actors,
    /// Notification endpoints.
    Callbacks,
}

impl Share {
    /// Every share, in the order of their stored numbers.
    pub const ALL: [Self; 2] = [Self::Actors, Self::Callbacks];

    /// The share that entities of a kind belong to.
    pub const fn of(kind: EntityKind) -> Self {
        match kind {
            EntityKind::Callback => Self::Callbacks,
            EntityKind::Merchant
            | EntityKind::Account
            | EntityKind::Transaction
            | EntityKind::Binding => Self::Actors,
        }
    }

    /// The share's number in stored rows. Numbers are never reused.
    pub const fn number(self) -> i32 {
        match self {
            Self::Actors => 0,
            Self::Callbacks => 1,
        }
    }

    /// The share with a stored number.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|share| share.number() == number)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Actors => "actors",
            Self::Callbacks => "callbacks",
        })
    }
}

/// What is leased: one partition of one share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The share.
    pub share: Share,
    /// The partition, below [`Slot::MOST_PARTITIONS`].
    pub partition: u32,
}

impl Slot {
    /// No deployment has more partitions.
    pub const MOST_PARTITIONS: u32 = 1 << 16;

    /// The slot of an entity in a deployment with `partitions` partitions.
    ///
    /// # Panics
    /// When `partitions` is zero.
    pub fn of(entity: &EntityKey, partitions: u32) -> Self {
        let partition = partition_of(&entity.id, partitions);
        Self { share: Share::of(entity.kind), partition }
    }

    /// Every slot of the `shares` in a deployment with `partitions` partitions.
    pub fn all(shares: &[Share], partitions: u32) -> impl Iterator<Item = Self> {
        let of = move |share| (0..partitions).map(move |partition| Self { share, partition });
        shares.iter().copied().flat_map(of)
    }

    /// The slot's number in stored rows.
    pub const fn number(self) -> i32 {
        (self.share.number() << 16) | (self.partition & 0xffff) as i32
    }

    /// The slot with a stored number.
    pub fn from_number(number: i32) -> Option<Self> {
        let share = Share::from_number(number >> 16)?;
        Some(Self { share, partition: (number & 0xffff).cast_unsigned() })
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.share, self.partition)
    }
}

/// Names a node, also through restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub Uuid);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A node that joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// Its id.
    pub id: NodeId,
    /// What operators call it.
    pub name: String,
    /// What it takes a share in.
    pub shares: Vec<Share>,
    /// Partitions of the deployment, as this node is set up.
    pub partitions: u32,
}

/// A slot that a node has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The slot.
    pub slot: Slot,
    /// Goes with every commit that writes to the slot; higher than any before.
    pub epoch: i64,
    /// What may not be published yet of the slot's history, in the order in which it must be.
    pub tails: Vec<Tail>,
}

/// Events of another journal that may not be published yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The journal.
    pub journal: i32,
    /// Number of the last one; those after the journal's mark up to this are meant.
    pub event: i64,
}

/// A slot as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotRow {
    /// The slot.
    pub slot: Slot,
    /// Raised whenever the slot is taken or given up.
    pub epoch: i64,
    /// Who has it; nobody also when the owner's lease has run out.
    pub owner: Option<NodeId>,
}

/// A node whose lease has not run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRow {
    /// Its id.
    pub id: NodeId,
    /// What operators call it.
    pub name: String,
    /// What it takes a share in.
    pub shares: Vec<Share>,
    /// The journal that it writes.
    pub journal: i32,
    /// How long its lease runs on.
    pub alive_for: Duration,
}

/// All nodes that are alive, in the order of ids, and all slots, in the order of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The nodes.
    pub nodes: Vec<NodeRow>,
    /// The slots.
    pub slots: Vec<SlotRow>,
}

/// Why a node cannot join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The deployment was made with another number of partitions, which never changes.
    #[error("the database was set up with {stored} partitions")]
    OtherPartitions {
        /// How many it has.
        stored: u32,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a lease could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The node is no member any more: another process has its journal or its id.
    #[error("another process has this node's journal")]
    Lost,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slots_number_names_share_and_partition() {
        for share in Share::ALL {
            for partition in [0, 1, 63, Slot::MOST_PARTITIONS - 1] {
                let slot = Slot { share, partition };
                assert_eq!(Slot::from_number(slot.number()), Some(slot));
            }
        }
        assert_eq!(Slot { share: Share::Callbacks, partition: 3 }.number(), 65_539);
        assert_eq!(Slot::from_number(-1), None);
        assert_eq!(Slot::from_number(2 << 16), None);
    }

    #[test]
    fn callbacks_have_slots_of_their_own() {
        let key = |kind| EntityKey::new(kind, "10001".parse().unwrap());
        let slot = |kind| Slot::of(&key(kind), 64);
        assert_eq!(slot(EntityKind::Account), slot(EntityKind::Merchant));
        assert_eq!(slot(EntityKind::Account), slot(EntityKind::Transaction));
        let callback = slot(EntityKind::Callback);
        assert_eq!(callback.share, Share::Callbacks);
        assert_eq!(callback.partition, slot(EntityKind::Account).partition);
        assert_eq!(Slot::all(&Share::ALL, 64).count(), 128);
    }
}
