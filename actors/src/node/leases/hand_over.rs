//! Handing slots over so that no request fails: nothing new is taken, what is at work ends, entities
//! leave memory, and only then the slot is free. Requests wait at their senders meanwhile.

use super::news::News;
use crate::{
    host::{Intake, Services},
    ports::{NodeId, Slot},
};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// How often slots are looked at that are to become idle.
const LOOK: Duration = Duration::from_millis(5);

/// Giving up waits no longer for the store; slots that it does not free are this node's still.
const GIVE_UP_TIMEOUT: Duration = Duration::from_secs(5);

/// Hands slots of one node over.
pub(super) struct HandOver {
    pub(super) services: Arc<Services>,
    pub(super) intake: Arc<Intake>,
    pub(super) node: NodeId,
    pub(super) epoch: i64,
    /// What is at work has so long to end. What has not is found again by the next owner.
    pub(super) patience: Duration,
    /// Nobody goes on with a slot while another is still busy, so what is at work in one needs all.
    pub(super) all_at_once: bool,
}

impl HandOver {
    /// Hands over slots with these epochs; they are another's, or to be taken again, when it returns.
    pub(super) async fn run(self, leases: Vec<(Slot, i64)>) -> Vec<Slot> {
        let slots: Vec<Slot> = leases.iter().map(|(slot, _)| *slot).collect();
        for slot in &slots {
            self.services.ownership.retire(*slot);
        }
        join_all(slots.iter().map(|slot| self.intake.stop_listening(*slot))).await;
        let give_up_at = Instant::now() + self.patience;
        let mut waiting = leases;
        while !waiting.is_empty() {
            let busy = self.intake.busy(waiting.iter().map(|(slot, _)| *slot));
            let is_late = Instant::now() >= give_up_at;
            let may_go = |slot: &Slot| match self.all_at_once {
                true => busy.is_empty(),
                false => !busy.contains(slot),
            };
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(slot, _)| is_late || may_go(slot));
            waiting = rest;
            match ready.is_empty() {
                true => sleep(LOOK).await,
                false => self.release(&ready).await,
            }
        }
        slots
    }

    /// Empties memory of idle slots, and gives them up.
    async fn release(&self, leases: &[(Slot, i64)]) {
        let Services { ownership, journal, store, .. } = &*self.services;
        let slots: Vec<Slot> = leases.iter().map(|(slot, _)| *slot).collect();
        slots.iter().for_each(|slot| ownership.close(*slot));
        self.services.passivate(&slots, false).await;
        // Everything of the slots is committed or has failed; what is not of an entity may be under way.
        let _ = journal.barrier().await;
        for (slot, epoch) in leases {
            ownership.lose(*slot, *epoch);
        }
        match timeout(GIVE_UP_TIMEOUT, store.give_up(self.node, self.epoch, &slots)).await {
            Ok(Ok(())) => {
                metrics::counter!("purser_slots_handed_over_total").increment(slots.len() as u64);
                News::Changed.tell(&self.services, self.node).await;
            }
            Ok(Err(error)) => tracing::warn!(%error, "slots cannot be given up"),
            Err(_) => tracing::warn!("the store does not answer a node that gives slots up"),
        }
    }
}
