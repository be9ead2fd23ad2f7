//! What one decision hands to the journal.

use super::{Incarnation, Stake};
use crate::{
    entity::{Call, OutMessage, PostingGroup, answer_error},
    host::Services,
    ports::{AccountWrite, AnswerWrite, CredentialWrite, Delivery, DeliveryUpdate},
};
use bytes::Bytes;
use purser_subjects::{EntityKey, ErrorCode, Rejection, Timestamp};
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// One decision: what is stored, and what follows the commit. A unit without work is a barrier: it
/// completes when everything before it has.
pub(crate) struct Unit {
    pub(crate) work: Option<Box<Work>>,
    /// An outbox message that its receiver has confirmed, to be struck off.
    pub(crate) confirmed: Option<i64>,
    pub(crate) completion: Completion,
}

/// What is stored.
pub(crate) struct Work {
    pub(crate) entity: EntityKey,
    pub(crate) stake: Stake,
    /// Version of the entity before the events.
    pub(crate) version: i64,
    pub(crate) events: Vec<NewEvent>,
    pub(crate) state: Bytes,
    pub(crate) wake_at: Option<Timestamp>,
    pub(crate) account: Option<AccountWrite>,
    pub(crate) groups: Vec<PostingGroup>,
    pub(crate) held: i64,
    pub(crate) must_be_empty: bool,
    pub(crate) messages: Vec<OutMessage>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) delivery_updates: Vec<DeliveryUpdate>,
    pub(crate) credentials: Vec<CredentialWrite>,
    pub(crate) answers: Vec<AnswerWrite>,
    /// Whether it ends an operation that ran outside.
    pub(crate) completes_operation: bool,
    pub(crate) correlation: Uuid,
    pub(crate) causation: Uuid,
}

/// An event before it has its number.
pub(crate) struct NewEvent {
    pub(crate) name: &'static str,
    pub(crate) payload: Bytes,
}

/// What follows the commit.
#[derive(Default)]
pub(crate) struct Completion {
    pub(crate) replies: Vec<(oneshot::Sender<Bytes>, Bytes)>,
    pub(crate) calls: Vec<Call>,
    pub(crate) entity: Option<EntityKey>,
    /// Correlation of the calls.
    pub(crate) correlation: Option<Uuid>,
    pub(crate) barrier: Option<oneshot::Sender<Result<(), Rejection>>>,
    /// Keeps the actor's successor from being activated until this has been answered.
    pub(crate) incarnation: Option<Arc<Incarnation>>,
}

impl Unit {
    /// A unit that stores nothing of its own.
    pub(crate) fn without_work(completion: Completion) -> Self {
        Self { work: None, confirmed: None, completion }
    }

    /// The commit happened.
    pub(crate) fn succeed(mut self, services: &Arc<Services>) {
        if let Some(work) = &mut self.work {
            work.stake.keep();
        }
        let Completion { replies, calls, entity, correlation, barrier, incarnation } =
            self.completion;
        for (caller, answer) in replies {
            let _ = caller.send(answer);
        }
        if let Some(entity) = entity {
            services.start_calls(&entity, calls, correlation);
        }
        if let Some(barrier) = barrier {
            let _ = barrier.send(Ok(()));
        }
        drop(incarnation);
    }

    /// The commit did not happen, or nobody knows. The outcome of an operation that ran outside is
    /// decided again later, so its callers are never refused for good.
    pub(crate) fn fail(self, rejection: &Rejection) {
        let completes = self.work.as_ref().is_some_and(|work| work.completes_operation);
        let later =
            Rejection::new(ErrorCode::Unavailable, "the outcome is being stored; ask again");
        let rejection = if completes { &later } else { rejection };
        // Poisons the actor before anybody is answered.
        drop(self.work);
        if !self.completion.replies.is_empty() {
            let answer = answer_error(rejection.clone());
            for (caller, _) in self.completion.replies {
                let _ = caller.send(answer.clone());
            }
        }
        if let Some(barrier) = self.completion.barrier {
            let _ = barrier.send(Err(rejection.clone()));
        }
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        let incarnation = self.completion.incarnation.as_ref();
        incarnation.is_some_and(|incarnation| incarnation.is_poisoned())
    }

    pub(crate) fn postings(&self) -> usize {
        let groups = self.work.iter().flat_map(|work| &work.groups);
        groups.map(|group| group.legs.len()).sum()
    }
}
