//! Which host has which entity.

use super::{
    deliver::{Deliver, Input},
    keeper::{Host, Release},
    services::Services,
};
use crate::{
    account::Account,
    callback::Callback,
    entity::{Entity, Signal},
    merchant::Merchant,
    transaction::Transaction,
};
use actix::Addr;
use purser_subjects::{Answer, EntityId, EntityKey, EntityKind, partition_of};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::IgnoredAny};
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// The hosts of this node: for each kind one on every arbiter.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    pub(crate) partitions: u32,
    pub(crate) merchants: Vec<Addr<Host<Merchant>>>,
    pub(crate) accounts: Vec<Addr<Host<Account>>>,
    pub(crate) transactions: Vec<Addr<Host<Transaction>>>,
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

impl Hosted for Callback {
    fn hosts(hosts: &Hosts) -> &[Addr<Host<Self>>] {
        &hosts.callbacks
    }
}

impl Hosts {
    /// The host of an entity: its partition's.
    pub(super) fn of<E: Hosted>(&self, id: &EntityId) -> &Addr<Host<E>> {
        let hosts = E::hosts(self);
        &hosts[partition_of(id, self.partitions) as usize % hosts.len()]
    }
}

/// Tells an entity something and waits until it is dealt with; false when the entity failed. What follows
/// from it has the correlation of what it is about, or else one of its own.
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
        EntityKind::Callback => signal_to::<Callback>(services, &entity.id, what, about).await,
    }
}

async fn signal_to<E: Hosted>(
    services: &Arc<Services>,
    id: &EntityId,
    what: Signal,
    about: Option<Uuid>,
) -> bool {
    let (reply, answered) = oneshot::channel();
    let message = Uuid::now_v7();
    services.hosts().of::<E>(id).do_send(Deliver {
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
        let release = Release(key.id.clone());
        match key.kind {
            EntityKind::Merchant => hosts.of::<Merchant>(&key.id).do_send(release),
            EntityKind::Account => hosts.of::<Account>(&key.id).do_send(release),
            EntityKind::Transaction => hosts.of::<Transaction>(&key.id).do_send(release),
            EntityKind::Callback => hosts.of::<Callback>(&key.id).do_send(release),
        }
        true
    }
}
