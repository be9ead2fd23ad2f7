//! What operators see of the actors and may do about them, for as long as the node lives.

use purser_actors::{Node, VerbStatistics};
use purser_subjects::EntityKey;
use std::sync::{Arc, Weak};

/// Looks into a node without keeping it alive.
#[derive(Clone)]
pub struct Supervisor(Weak<Node>);

impl Supervisor {
    pub(super) fn new(node: &Arc<Node>) -> Self {
        Self(Arc::downgrade(node))
    }

    /// A look into no node at all: nothing is quarantined there.
    pub(super) fn of_none() -> Self {
        Self(Weak::new())
    }

    /// Whether what the node has in memory may be believed. Without it others have its slots, or the
    /// store cannot be reached.
    pub fn has_valid_lease(&self) -> bool {
        self.0.upgrade().is_some_and(|node| node.has_valid_lease())
    }

    /// Actors that failed too often.
    pub fn quarantined(&self) -> Vec<EntityKey> {
        self.0.upgrade().map(|node| node.quarantined()).unwrap_or_default()
    }

    /// How requests have gone, by verb; `None` once the node has stopped.
    pub fn statistics(&self) -> Option<Vec<VerbStatistics>> {
        self.0.upgrade().map(|node| node.statistics())
    }

    /// Brings computed gauges up to date in the metrics.
    pub fn report_metrics(&self) {
        if let Some(node) = self.0.upgrade() {
            node.report_metrics();
        }
    }

    /// Lets a quarantined actor work again; tells whether it was quarantined.
    pub fn release(&self, actor: &EntityKey) -> bool {
        self.0.upgrade().is_some_and(|node| node.release(actor))
    }
}
