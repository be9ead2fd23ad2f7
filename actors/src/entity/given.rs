//! How tests of rules say what was before, what is asked then, and what follows.

use super::{Context, Decision, Effects, Entity, Facts, Reply, Signal};
use purser_subjects::{Answer, EntityId, ErrorCode, Rejection, Timestamp};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// 2026-01-05T10:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_767_607_200_000);

/// An entity, and what has happened to it.
pub(crate) struct Given<E: Entity> {
    pub(crate) id: EntityId,
    pub(crate) state: E::State,
    pub(crate) events: Vec<E::Event>,
    pub(crate) facts: Facts,
    pub(crate) balance_is_fresh: bool,
    /// The present.
    pub(crate) now: Timestamp,
    /// The operation that the next command begins, if it has an idempotency key that matters.
    pub(crate) operation: Option<Uuid>,
    messages: u128,
}

impl<E: Entity> Given<E>
where
    E::Event: Clone,
{
    /// An entity that nothing has happened to, with a balance that was just read.
    pub(crate) fn nothing(id: &str) -> Self {
        let id: EntityId = id.parse().unwrap();
        let (state, facts) = (E::initial(&id), Facts::default());
        let (events, balance_is_fresh) = (Vec::new(), true);
        Self { id, state, events, facts, balance_is_fresh, now: NOW, operation: None, messages: 0 }
    }

    /// The command was accepted before.
    pub(crate) fn and(mut self, command: impl Into<E::Command>) -> Self {
        self.when(command).unwrap();
        self
    }

    /// What is decided, without anything happening.
    pub(crate) fn decision(
        &mut self,
        command: impl Into<E::Command>,
    ) -> Result<Decision<E::Event>, Rejection> {
        let context = self.context();
        E::decide(&self.state, command.into(), &context)
    }

    /// Decides, and applies what happened.
    pub(crate) fn when(
        &mut self,
        command: impl Into<E::Command>,
    ) -> Result<Effects<E::Event>, Rejection> {
        match self.decision(command)? {
            Decision::Do(effects) => Ok(self.happened(*effects)),
            Decision::Answer(answer) => {
                Ok(Effects { reply: Reply::Now(answer), ..Effects::default() })
            }
            Decision::Read(_) => panic!("the store is to answer"),
            Decision::Refresh => panic!("the balance is to be read first"),
        }
    }

    /// Why the command is refused.
    pub(crate) fn refused(&mut self, command: impl Into<E::Command>) -> ErrorCode {
        match self.decision(command) {
            Err(rejection) => rejection.code,
            Ok(_) => panic!("it is not refused"),
        }
    }

    /// Tells the entity something, and applies what happened.
    pub(crate) fn signal(&mut self, signal: Signal) -> Effects<E::Event> {
        let context = self.context();
        let effects = E::on_signal(&self.state, signal, &context);
        self.happened(effects)
    }

    /// The state that follows from the events alone.
    pub(crate) fn replayed(&self) -> E::State {
        let mut state = E::initial(&self.id);
        self.events.iter().for_each(|event| E::apply(&mut state, event));
        state
    }

    fn happened(&mut self, effects: Effects<E::Event>) -> Effects<E::Event> {
        effects.events.iter().for_each(|event| E::apply(&mut self.state, event));
        self.events.extend(effects.events.iter().cloned());
        effects
    }

    fn context(&mut self) -> Context {
        self.messages += 10_000;
        Context {
            id: self.id.clone(),
            now: self.now,
            message: Uuid::from_u128(self.messages),
            operation: self.operation.unwrap_or(Uuid::from_u128(self.messages)),
            facts: self.facts.clone(),
            balance_is_fresh: self.balance_is_fresh,
        }
    }
}

/// What the command was answered.
pub(crate) fn reply<R: DeserializeOwned, T>(effects: &Effects<T>) -> R {
    let super::Reply::Now(answer) = &effects.reply else { panic!("it is answered at once") };
    Answer::from_bytes(answer).unwrap().into_result().unwrap()
}
