//! One activation of an entity, and what is still under way for it.

use actix::Recipient;
use purser_subjects::EntityId;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// What a host is told about one of its entities.
#[derive(Debug)]
pub(crate) enum HostNotice {
    /// A commit failed: the state in memory may not be what is stored.
    Poisoned(EntityId, u64),
    /// A handler panicked.
    Crashed(EntityId, u64),
    /// The actor has gone and everything that it had decided is committed or has failed.
    Drained(EntityId, u64),
}

impl actix::Message for HostNotice {
    type Result = ();
}

/// Shared by an actor and its units of work. When the last of them is gone, the host is told, and only
/// then may the entity be activated again: what is read from the store is then all there is.
#[derive(Debug)]
pub(crate) struct Incarnation {
    id: EntityId,
    number: u64,
    host: Recipient<HostNotice>,
    poisoned: AtomicBool,
    waiting_callers: AtomicUsize,
}

impl Incarnation {
    pub(crate) fn new(id: EntityId, number: u64, host: Recipient<HostNotice>) -> Self {
        let (poisoned, waiting_callers) = (AtomicBool::new(false), AtomicUsize::new(0));
        Self { id, number, host, poisoned, waiting_callers }
    }

    /// A commit failed: nothing decided by this actor since may be stored.
    pub(crate) fn poison(&self) {
        if !self.poisoned.swap(true, Ordering::AcqRel) {
            self.host.do_send(HostNotice::Poisoned(self.id.clone(), self.number));
        }
    }

    /// A handler panicked: the state in memory may be half changed.
    pub(crate) fn crash(&self) {
        if !self.poisoned.swap(true, Ordering::AcqRel) {
            self.host.do_send(HostNotice::Crashed(self.id.clone(), self.number));
        }
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    pub(crate) fn set_waiting_callers(&self, callers: usize) {
        self.waiting_callers.store(callers, Ordering::Relaxed);
    }

    /// Whether somebody waits for an operation that runs outside; such an actor is not passivated.
    pub(crate) fn has_waiting_callers(&self) -> bool {
        self.waiting_callers.load(Ordering::Relaxed) > 0
    }
}

/// Held by work that has to be stored. Unless it is kept, dropping it poisons the actor: whichever way
/// the work was lost, nothing that was decided after it may be believed.
#[derive(Debug)]
pub(crate) struct Stake(Option<Arc<Incarnation>>);

impl Stake {
    pub(crate) fn in_(incarnation: &Arc<Incarnation>) -> Self {
        Self(Some(incarnation.clone()))
    }

    /// In no actor: for tests of work by itself.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// The work is given up: poisons the actor at once.
    pub(crate) fn forfeit(&mut self) {
        if let Some(incarnation) = self.0.take() {
            incarnation.poison();
        }
    }

    /// The work was stored.
    pub(crate) fn keep(&mut self) {
        self.0 = None;
    }
}

impl Drop for Stake {
    fn drop(&mut self) {
        if let Some(incarnation) = &self.0 {
            incarnation.poison();
        }
    }
}

impl Drop for Incarnation {
    fn drop(&mut self) {
        self.host.do_send(HostNotice::Drained(self.id.clone(), self.number));
    }
}
