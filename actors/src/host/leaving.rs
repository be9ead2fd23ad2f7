//! Passivating every entity of a partition, because its slot goes to another node or is lost.

use super::keeper::Host;
use crate::{entity::Entity, ports::Share};
use actix::{Handler, MessageResult};
use purser_subjects::{EntityId, partition_of};
use std::{collections::HashSet, sync::Arc};
use tokio::sync::oneshot;

/// Passivate all entities of these partitions; none of them is activated any more, since the slots are
/// no longer open when this is sent.
#[derive(Clone, Debug)]
pub(crate) struct Leave {
    pub(crate) share: Share,
    pub(crate) partitions: Arc<HashSet<u32>>,
    /// The slots were lost: nothing that is still to be committed may be.
    pub(crate) is_lost: bool,
}

impl actix::Message for Leave {
    /// Ends, without a word, when the last entity has gone with all that it had under way.
    type Result = oneshot::Receiver<()>;
}

/// Entities that have been told to leave and have not gone yet.
pub(super) struct Leaving {
    left: HashSet<EntityId>,
    /// Dropped with this when nothing is left.
    _gone: oneshot::Sender<()>,
}

impl<E: Entity> Handler<Leave> for Host<E> {
    type Result = MessageResult<Leave>;

    fn handle(&mut self, leave: Leave, _: &mut Self::Context) -> MessageResult<Leave> {
        let (gone, all_gone) = oneshot::channel();
        if leave.share == Share::of(E::KIND) {
            let partitions = self.services.ownership.partitions();
            let leaves = |id: &EntityId| leave.partitions.contains(&partition_of(id, partitions));
            self.drain_all(leaves, leave.is_lost);
            self.forget_faults(leaves);
            let left: HashSet<_> = self.pausing_ids().filter(|id| leaves(id)).cloned().collect();
            if !left.is_empty() {
                self.leaving.push(Leaving { left, _gone: gone });
            }
        }
        MessageResult(all_gone)
    }
}

impl<E: Entity> Host<E> {
    /// Notes that nothing of the entity is under way any more.
    pub(super) fn has_gone(&mut self, id: &EntityId) {
        self.leaving.retain_mut(|leaving| {
            leaving.left.remove(id);
            !leaving.left.is_empty()
        });
    }
}
