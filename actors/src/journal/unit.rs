//! What one decision hands to the journal.

use super::{Incarnation, Stake};
use crate::{
    entity::{Call, OutMessage, PostingGroup, answer_error},
    host::Services,
    ports::{
        AccountWrite, AnswerWrite, AttemptRow, BindingRow, CredentialWrite, Delivery,
        DeliveryUpdate, EndpointRow, MailRow, NoticeRow, Requeue, Slot,
    },
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
    pub(crate) endpoint: Option<EndpointRow>,
    pub(crate) binding: Option<BindingRow>,
    pub(crate) groups: Vec<PostingGroup>,
    pub(crate) held: i64,
    pub(crate) must_be_empty: bool,
    pub(crate) messages: Vec<OutMessage>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) notices: Vec<NoticeRow>,
    pub(crate) delivery_updates: Vec<DeliveryUpdate>,
    pub(crate) requeues: Vec<Requeue>,
    pub(crate) attempts: Vec<AttemptRow>,
    pub(crate) mails: Vec<MailRow>,
    pub(crate) credentials: Vec<CredentialWrite>,
    pub(crate) answers: Vec<AnswerWrite>,
    /// Whether it ends an operation that ran outside.
    pub(crate) completes_operation: bool,
    pub(crate) correlation: Uuid,
    pub(crate) causation: Uuid,
}

impl Work {
    /// Stores nothing but `answer` any more. The actor's state is not what is stored then.
    fn leave_only(&mut self, answer: AnswerWrite) {
        self.stake.forfeit();
        self.events.clear();
        (self.account, self.endpoint, self.binding) = (None, None, None);
        self.notices.clear();
        self.groups.clear();
        (self.held, self.must_be_empty) = (0, false);
        self.messages.clear();
        self.deliveries.clear();
        self.notices.clear();
        self.delivery_updates.clear();
        self.requeues.clear();
        self.attempts.clear();
        self.mails.clear();
        self.credentials.clear();
        self.answers = vec![answer];
    }
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
    /// Answers from the memory of an actor in this slot: right only while the slot is this node's.
    pub(crate) from_memory: Option<Slot>,
    pub(crate) barrier: Option<oneshot::Sender<Result<(), Rejection>>>,
    /// Keeps the actor's successor from being activated until this has been answered.
    pub(crate) incarnation: Option<Arc<Incarnation>>,
}

impl Unit {
    /// A unit that stores nothing of its own.
    pub(crate) fn without_work(completion: Completion) -> Self {
        Self { work: None, confirmed: None, completion }
    }

    /// Everything before it was committed, and so was its work. What comes from memory is told only if
    /// nobody else can have changed it: a node that stood still for a while may not know of an owner
    /// after it.
    pub(crate) fn succeed(self, services: &Arc<Services>) {
        if self.completion.from_memory.is_some_and(|slot| !services.ownership.may_answer(slot)) {
            let why = "the lease of the entity has run out here; ask again";
            let moved = Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(50);
            return self.fail(&moved);
        }
        self.complete(services);
    }

    fn complete(mut self, services: &Arc<Services>) {
        if let Some(work) = &mut self.work {
            work.stake.keep();
        }
        let Completion { replies, calls, entity, correlation, barrier, incarnation, .. } =
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
        // So does a call that is not made: whoever waits in the actor for what comes of it would wait for
        // ever.
        if !self.completion.calls.is_empty()
            && let Some(incarnation) = &self.completion.incarnation
        {
            incarnation.poison();
        }
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

    /// Leaves nothing of a unit that may not be stored for a definite reason but the refusal, as the answer
    /// to its command's idempotency key. A refusal that only was told could turn into a success when the
    /// same command comes again. Poisons the actor, which has gone on as if nothing were in the way.
    ///
    /// False, and nothing changes, when no refusal is stored: the command has no key, a retry may succeed,
    /// or the unit decides on an operation that ran outside.
    pub(crate) fn becomes_refusal(&mut self, rejection: &Rejection) -> bool {
        let Some(work) = &mut self.work else { return false };
        let of_command = work.answers.iter().find_map(|answer| match answer {
            AnswerWrite::Insert { key, digest, .. } => Some((*key, *digest)),
            AnswerWrite::Complete { .. } => None,
        });
        let Some((key, digest)) = of_command else { return false };
        if rejection.code.is_retryable() || work.completes_operation {
            return false;
        }
        let answer = answer_error(rejection.clone());
        work.leave_only(AnswerWrite::Insert { key, digest, answer: Some(answer.clone()) });
        self.completion.calls.clear();
        self.completion.replies.iter_mut().for_each(|(_, reply)| reply.clone_from(&answer));
        true
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
