//! How many messages are under way, and how old the oldest is.

use purser_subjects::{EntityKind, Timestamp};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Messages under way, per kind of entity.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    next: AtomicU64,
    kinds: [Mutex<BTreeMap<u64, Timestamp>>; EntityKind::ALL.len()],
}

/// Stands for one message from its arrival until its actor has handled it.
#[derive(Debug)]
pub(crate) struct Ticket {
    in_flight: Arc<InFlight>,
    kind: usize,
    number: u64,
}

impl InFlight {
    pub(crate) fn enter(self: &Arc<Self>, kind: EntityKind, now: Timestamp) -> Ticket {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let kind = EntityKind::ALL.iter().position(|k| *k == kind).unwrap_or(0);
        self.lock(kind).insert(number, now);
        Ticket { in_flight: self.clone(), kind, number }
    }

    fn lock(&self, kind: usize) -> std::sync::MutexGuard<'_, BTreeMap<u64, Timestamp>> {
        self.kinds[kind].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes depth and age of every kind to the metrics.
    pub(crate) fn report(&self, now: Timestamp) {
        for (index, kind) in EntityKind::ALL.into_iter().enumerate() {
            let (depth, oldest) = {
                let messages = self.lock(index);
                (messages.len(), messages.values().next().copied())
            };
            let age = oldest.map_or(0.0, |arrived| now.since(arrived).as_secs_f64());
            metrics::gauge!("purser_mailbox_depth", "kind" => kind.token()).set(depth as f64);
            metrics::gauge!("purser_oldest_message_seconds", "kind" => kind.token()).set(age);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.in_flight.lock(self.kind).remove(&self.number);
    }
}
