//! A way past bus and intake, for those who measure what hosts and actors cost by themselves.

use super::{
    deliver::{CommandInput, Deliver, Input},
    services::Services,
};
use crate::{account::Account, entity::Facts};
use bytes::Bytes;
use purser_subjects::{
    AccountId, EntityKind, Money,
    account::{AccountCommand, CreditCheck},
    partition_of,
};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Puts a question that is answered from memory, whether an account would take a credit, straight to the
/// hosts of a node. Nothing is encoded but the answer, nobody is refused for overload, and nothing is
/// counted.
#[derive(Clone)]
pub struct HostProbe {
    services: Arc<Services>,
}

impl HostProbe {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }

    /// Asks, and waits for the encoded answer; `None` when the actor failed.
    pub async fn ask(&self, account: &AccountId, amount: Money) -> Option<Bytes> {
        let (reply, answered) = oneshot::channel();
        self.send(account, amount, Some(reply));
        answered.await.ok()
    }

    /// Tells, and does not wait: the answer goes to nobody.
    pub fn tell(&self, account: &AccountId, amount: Money) {
        self.send(account, amount, None);
    }

    fn send(&self, account: &AccountId, amount: Money, reply: Option<oneshot::Sender<Bytes>>) {
        let services = &self.services;
        let id = account.entity_id();
        let partition = partition_of(id, services.ownership.partitions());
        let message = services.clock.new_id();
        let command = AccountCommand::CreditCheck(CreditCheck { amount });
        let input = CommandInput { command, key: None, facts: Facts::default() };
        services.hosts().of::<Account>(partition).do_send(Deliver {
            id: id.clone(),
            correlation: message,
            causation: message,
            input: Input::Command(Box::new(input)),
            reply,
            arrival: services.next_arrival(),
            ticket: services.in_flight.enter(EntityKind::Account, services.clock.now()),
        });
    }
}
