//! Which host has which entity.

use super::{
    deliver::{Deliver, Input},
    keeper::{Host, Release},
    leaving::Leave,
    services::Services,
};
use crate::{
    account::Account,
    binding::Binding,
    callback::Callback,
    entity::{Entity, Signal},
    merchant::Merchant,
    ports::{Share, Slot},
    transaction::Transaction,
};
use actix::Addr;
use futures_util::future::join_all;
use purser_subjects::{Answer, EntityId, EntityKey, EntityKind, partition_of};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::IgnoredAny};
use std::{collections::HashSet, sync::Arc};
use tokio::sync::oneshot;
use uuid::Uuid;

/// The hosts of this node: for each kind one on every arbiter.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    pub(crate) merchants: Vec<Addr<Host<Merchant>>>,
    pub(crate) accounts: Vec<Addr<Host<Account>>>,
    pub(crate) transactions: Vec<Addr<Host<Transaction>>>,
    pub(crate) bindings: Vec<Addr<Host<Binding>>>,
    pub(crate) callbacks: Vec<Addr<Host<Callback>>>,
}

/// A kind of entity that this node hosts.
pub(crate) trait Hosted: Entity {
    fn hosts(hosts: &Hosts) -> &[Addr<Host<Self>>];
}

impl Hosted for Merchant {
    fn hosts(hosts: &Hosts) -> &[Addr<Host<Self>>] {
        &hosts.merchants
    }
}

impl Hosted for Account {
    fn hosts(hosts: &Hosts) -> &[Addr<Host<Self>>] {
        &hosts.accounts
    }
}

impl Hosted for Transaction {
    fn hosts(hosts: &Hosts) -> &[Addr<Host<Self>>] {
        &hosts.transactions
    }
}

impl Hosted for Binding {
    fn hosts(hosts: &Hosts) -> &[Addr<Host<Self>>] {
        &hosts.bindings
    }
}

impl Hosted for Callback {
    fn hosts(hosts: &Hosts) -> &[Addr<Host<Self>>] {
        &hosts.callbacks
    }
}

impl Hosts {
    /// The host of an entity: its partition's.
    pub(super) fn of<E: Hosted>(&self, partition: u32) -> &Addr<Host<E>> {
        let hosts = E::hosts(self);
        &hosts[partition as usize % hosts.len()]
    }

    /// Passivates all entities of `leave`; returns when they have gone.
    async fn leave(&self, leave: &Leave) {
        async fn all<E: Hosted>(hosts: &Hosts, leave: &Leave) {
            let one = |host: &Addr<Host<E>>| {
                let leaving = host.send(leave.clone());
                async move {
                    // An error means that the host is gone, and its entities with it.
                    if let Ok(gone) = leaving.await {
                        let _ = gone.await;
                    }
                }
            };
            join_all(E::hosts(hosts).iter().map(one)).await;
        }
        tokio::join!(
            all::<Merchant>(self, leave),
            all::<Account>(self, leave),
            all::<Transaction>(self, leave),
            all::<Binding>(self, leave),
            all::<Callback>(self, leave),
        );
    }
}

/// Tells an entity something and waits until it is dealt with; false when the entity failed, or when its
/// slot is another node's, which finds out by itself. What follows from it has the correlation of what it is about, or else one of its own.
pub(super) async fn signal(
    services: &Arc<Services>,
    entity: &EntityKey,
    what: Signal,
    about: Option<Uuid>,
) -> bool {
    match entity.kind {
        EntityKind::Merchant => signal_to::<Merchant>(services, &entity.id, what, about).await,
        EntityKind::Account => signal_to::<Account>(services, &entity.id, what, about).await,
        EntityKind::Transaction => {
            signal_to::<Transaction>(services, &entity.id, what, about).await
        }
        EntityKind::Binding => signal_to::<Binding>(services, &entity.id, what, about).await,
        EntityKind::Callback => signal_to::<Callback>(services, &entity.id, what, about).await,
    }
}

async fn signal_to<E: Hosted>(
    services: &Arc<Services>,
    id: &EntityId,
    what: Signal,
    about: Option<Uuid>,
) -> bool {
    let partition = partition_of(id, services.ownership.partitions());
    if !services.ownership.is_open(Slot { share: Share::of(E::KIND), partition }) {
        return false;
    }
    let (reply, answered) = oneshot::channel();
    let message = services.clock.new_id();
    services.hosts().of::<E>(partition).do_send(Deliver {
        id: id.clone(),
        input: Input::Signal(what),
        reply: Some(reply),
        arrival: services.next_arrival(),
        correlation: about.unwrap_or(message),
        causation: message,
        ticket: services.in_flight.enter(E::KIND, services.clock.now()),
    });
    answered.await.is_ok_and(|answer| is_success(&answer))
}

/// Whether an encoded answer is a success, whatever its reply.
pub(crate) fn is_success(answer: &[u8]) -> bool {
    matches!(Answer::<AnyReply>::from_bytes(answer), Ok(Answer::Ok(_)))
}

/// Stands for a reply that nobody looks at.
#[derive(Debug)]
struct AnyReply;

impl<'de> Deserialize<'de> for AnyReply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Serialize for AnyReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl Services {
    /// Entities that are out of service.
    pub(crate) fn quarantine_list(&self) -> Vec<EntityKey> {
        self.quarantined().iter().cloned().collect()
    }

    /// Puts an entity back into service; false when it was not out of it.
    pub(crate) fn release(&self, key: &EntityKey) -> bool {
        if !self.quarantined().remove(key) {
            return false;
        }
        let hosts = self.hosts();
        let partition = partition_of(&key.id, self.ownership.partitions());
        let release = Release(key.id.clone());
        match key.kind {
            EntityKind::Merchant => hosts.of::<Merchant>(partition).do_send(release),
            EntityKind::Account => hosts.of::<Account>(partition).do_send(release),
            EntityKind::Transaction => hosts.of::<Transaction>(partition).do_send(release),
            EntityKind::Binding => hosts.of::<Binding>(partition).do_send(release),
            EntityKind::Callback => hosts.of::<Callback>(partition).do_send(release),
        }
        true
    }

    /// Passivates all entities of slots that are no longer open; returns when nothing of them is under
    /// way any more. If the slots are lost, nothing that is under way is committed.
    pub(crate) async fn passivate(&self, slots: &[Slot], is_lost: bool) {
        for share in Share::ALL {
            let of_share = slots.iter().filter(|slot| slot.share == share);
            let partitions: HashSet<u32> = of_share.map(|slot| slot.partition).collect();
            if !partitions.is_empty() {
                let leave = Leave { share, partitions: Arc::new(partitions), is_lost };
                self.hosts().leave(&leave).await;
            }
        }
    }
}
