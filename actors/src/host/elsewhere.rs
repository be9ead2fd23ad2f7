//! Slots of other nodes for which something was committed here.

use crate::ports::Slot;
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};
use tokio::sync::Notify;

/// Collects such slots until somebody tells their nodes. There are no more of them than slots.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    slots: Mutex<BTreeSet<Slot>>,
    added: Notify,
}

impl Elsewhere {
    /// Something was committed for this one.
    pub(crate) fn add(&self, slots: &BTreeSet<Slot>) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).extend(slots);
        self.added.notify_one();
    }

    /// Those since the last time, once there are any.
    pub(crate) async fn collected(&self) -> BTreeSet<Slot> {
        loop {
            let slots =
                std::mem::take(&mut *self.slots.lock().unwrap_or_else(PoisonError::into_inner));
            if !slots.is_empty() {
                return slots;
            }
            self.added.notified().await;
        }
    }
}
