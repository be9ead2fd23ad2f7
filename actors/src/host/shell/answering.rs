//! How an actor answers: once, and the same again to whoever repeats a command.

use super::{Asker, Caller, Shell};
use crate::{
    entity::{Context, Entity, Reply, Signal, answer_error, answer_ok},
    host::deliver::KeyedBy,
    journal::{Completion, Unit, Work},
    ports::AnswerWrite,
};
use bytes::Bytes;
use purser_subjects::{ErrorCode, Rejection};
use std::sync::{
    Arc,
    atomic::{Ordering, fence},
};
use uuid::Uuid;

impl<E: Entity> Shell<E> {
    /// Answers a repeated command. Gives the asker back when the key is new.
    pub(super) fn answered_before(
        &mut self,
        key: KeyedBy,
        mut asker: Asker,
        context: &Context,
    ) -> Option<Asker> {
        match self.recent.get(&key.key) {
            Some((digest, _)) if *digest != key.digest => {
                asker.key = None;
                self.refuse(conflict(), asker);
                None
            }
            Some((_, Some(answer))) => {
                let answer = answer.clone();
                self.answer(answer, asker.caller);
                None
            }
            Some((_, None)) => {
                self.wait(key.key.operation(), asker.caller);
                None
            }
            None if !key.is_promised => Some(asker),
            None if E::is_running(&self.state, context.operation) => {
                // Begun by an earlier process or activation, whose caller is gone.
                self.recent.put(key.key, key.digest, None);
                self.wait(context.operation, asker.caller.take());
                let resume = Signal::Resume(context.operation);
                let effects = E::on_signal(&self.state, resume, context);
                asker.key = None;
                self.carry_out(effects, asker, context);
                None
            }
            None => {
                asker.key = None;
                let why = "the answer is just being stored; ask again";
                let unavailable = Rejection::new(ErrorCode::Unavailable, why).retry_after_ms(50);
                self.refuse(unavailable, asker);
                None
            }
        }
    }

    fn wait(&mut self, operation: Uuid, caller: Option<Caller>) {
        if let Some(caller) = caller {
            self.waiting.entry(operation).or_default().push(caller);
        }
        self.note_waiting();
    }

    pub(super) fn note_waiting(&self) {
        self.incarnation.set_waiting_callers(self.waiting.len());
    }

    pub(super) fn route_reply(
        &mut self,
        reply: Reply,
        caller: Option<Caller>,
        key: Option<KeyedBy>,
        completion: &mut Completion,
        answers: &mut Vec<AnswerWrite>,
    ) {
        let answer = match reply {
            // A signal is answered too: whoever sent it waits until it is dealt with.
            Reply::None => answer_ok(()),
            Reply::Now(answer) => answer,
            Reply::Later(operation) => {
                if let Some(KeyedBy { key, digest, .. }) = key {
                    self.recent.put(key, digest, None);
                    answers.push(AnswerWrite::Insert { key, digest, answer: None });
                }
                return self.wait(operation, caller);
            }
        };
        if let Some(KeyedBy { key, digest, .. }) = key {
            self.recent.put(key, digest, Some(answer.clone()));
            answers.push(AnswerWrite::Insert { key, digest, answer: Some(answer.clone()) });
        }
        completion.replies.extend(caller.map(|caller| (caller, answer)));
    }

    /// Refuses. A definite refusal of a command with a key is its answer for good.
    pub(super) fn refuse(&mut self, rejection: Rejection, asker: Asker) {
        let retryable = rejection.code.is_retryable();
        let answer = answer_error(rejection);
        let Some(KeyedBy { key, digest, .. }) = asker.key.filter(|_| !retryable) else {
            return self.answer(answer, asker.caller);
        };
        self.recent.put(key, digest, Some(answer.clone()));
        let mut completion = self.completion();
        completion.replies.extend(asker.caller.map(|caller| (caller, answer.clone())));
        let work = Work {
            answers: vec![AnswerWrite::Insert { key, digest, answer: Some(answer) }],
            ..self.empty_work(self.version, asker.correlation, asker.causation)
        };
        self.services.journal.submit(Unit {
            work: Some(Box::new(work)),
            confirmed: None,
            completion,
        });
    }

    /// Answers at once when nothing is under way, else after that.
    pub(super) fn answer(&mut self, answer: Bytes, caller: Option<Caller>) {
        let is_settled = self.is_settled(0) && !self.incarnation.is_poisoned();
        if is_settled && self.services.ownership.may_answer(self.slot) {
            let _ = caller.map(|caller| caller.send(answer));
            return;
        }
        let mut completion = self.completion();
        completion.replies.extend(caller.map(|caller| (caller, answer)));
        self.after_commits(completion);
    }

    /// Completes once everything that this actor decided before is committed; and only if its slot is
    /// still this node's then, since what is answered was not stored.
    pub(super) fn after_commits(&self, completion: Completion) {
        let unit = Unit::without_work(Completion { from_memory: Some(self.slot), ..completion });
        let is_settled = self.is_settled(1);
        if self.incarnation.is_poisoned() {
            unit.fail(&Rejection::new(ErrorCode::Unavailable, "the entity is being read afresh"));
        } else if is_settled {
            unit.succeed(&self.services);
        } else {
            self.services.journal.submit(unit);
        }
    }

    /// Whether no unit is under way, but for so many at hand. Looked at before whether the actor is
    /// poisoned: a unit that failed has poisoned it before it let go, so a count that has come down tells
    /// that all went well.
    fn is_settled(&self, at_hand: usize) -> bool {
        // This actor holds one too.
        let is_settled = Arc::strong_count(&self.incarnation) <= 1 + at_hand;
        fence(Ordering::Acquire);
        is_settled
    }
}

fn conflict() -> Rejection {
    let why = "the idempotency key was used before with another body";
    Rejection::new(ErrorCode::IdempotencyConflict, why)
}
