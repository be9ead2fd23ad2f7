//! What operators see of the actors and may do about them, for as long as the node lives.

use purser_actors::Node;
use purser_subjects::EntityKey;
use std::sync::{Arc, Weak};

/// Looks into a node without keeping it alive.
#[derive(Clone)]
pub struct Supervisor(Weak<Node>);

impl Supervisor {
    pub(super) fn new(node: &Arc<Node>) -> Self {
        Self(Arc::downgrade(node))
    }

    /// Actors that failed too often.
    pub fn quarantined(&self) -> Vec<EntityKey> {
        self.0.upgrade().map(|node| node.quarantined()).unwrap_or_default()
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
