//! What an entity is: pure rules over its own state. Everything that touches the world is elsewhere.

mod effects;
mod facts;
#[cfg(test)]
pub(crate) mod given;
mod signal;

pub use effects::{Decision, Effects, Notice, Notification, PostingGroup, Read, Reply};
pub(crate) use effects::{answer_error, answer_ok};
pub use facts::{Facts, Question};
pub use signal::{Call, CallResult, CallTarget, OutMessage, Signal};

use crate::ports::{AccountWrite, BindingRow, EndpointRow, StoredEntity};
use purser_subjects::{Command, DecodeError, EntityId, EntityKind, Event, Rejection, Timestamp};
use uuid::Uuid;

/// The rules of one kind of entity. All functions are pure: no I/O, no clock, no randomness.
pub trait Entity: Sized + Send + 'static {
    /// Kind of the entity.
    const KIND: EntityKind;
    /// Whether [`Decision::Refresh`] is ever decided.
    const MAY_REFRESH: bool = false;
    /// What the entity remembers.
    type State: Send + Unpin + 'static;
    /// What it can be asked.
    type Command: Command + Clone + Send + Unpin + 'static;
    /// What happens to it.
    type Event: Event + Send + 'static;

    /// The state of an entity that nothing has happened to.
    fn initial(id: &EntityId) -> Self::State;

    /// The state as it was stored.
    ///
    /// # Errors
    /// [`DecodeError`] when the stored bytes are not such a state.
    fn restore(id: &EntityId, stored: &StoredEntity) -> Result<Self::State, DecodeError>;

    /// The state's stored form.
    fn encode(state: &Self::State) -> Vec<u8>;

    /// Decides what a command does. [`Context::facts`] answers what [`Entity::questions`] asked.
    ///
    /// # Errors
    /// A [`Rejection`]; nothing happens then.
    fn decide(
        state: &Self::State,
        command: Self::Command,
        context: &Context,
    ) -> Result<Decision<Self::Event>, Rejection>;

    /// Decides what a signal from the runtime does.
    fn on_signal(state: &Self::State, signal: Signal, context: &Context) -> Effects<Self::Event>;

    /// Makes the state one event older. Total: whatever was decided can be applied.
    fn apply(state: &mut Self::State, event: &Self::Event);

    /// What must be known of other entities before the command is decided.
    fn questions(_command: &Self::Command) -> Vec<Question> {
        Vec::new()
    }

    /// Whether the command only asks. An idempotency key means nothing then: the answer may change.
    fn is_query(_command: &Self::Command) -> bool {
        false
    }

    /// When the entity wants to be woken, given its state.
    fn wake_at(_state: &Self::State) -> Option<Timestamp> {
        None
    }

    /// Whether `operation` is still to be answered.
    fn is_running(_state: &Self::State, _operation: Uuid) -> bool {
        false
    }

    /// Takes over what the store says about the balance. Only accounts have one.
    fn refresh(_state: &mut Self::State, _stored: &StoredEntity) {}

    /// Terms and status of the ledger account that the entity is, if it is one and has been opened.
    fn account(_id: &EntityId, _state: &Self::State) -> Option<AccountWrite> {
        None
    }

    /// What is looked up of the notification endpoint that the entity is, if it is one and is known.
    fn endpoint(_id: &EntityId, _state: &Self::State) -> Option<EndpointRow> {
        None
    }

    /// What is looked up of the card binding that the entity is, if it is one and has a card. Once there
    /// is something, there always is.
    fn binding(_id: &EntityId, _state: &Self::State) -> Option<BindingRow> {
        None
    }
}

/// What a decision may depend on besides state and command.
#[derive(Clone, Debug)]
pub struct Context {
    /// The entity's id.
    pub id: EntityId,
    /// The present.
    pub now: Timestamp,
    /// Names this one decision on the command or signal, unique in the deployment.
    pub message: Uuid,
    /// Id for the operation that the command begins: the same whenever the same idempotency key is used;
    /// without a key [`Context::message`].
    pub operation: Uuid,
    /// Answers to the command's questions.
    pub facts: Facts,
    /// Whether the balance in the state was read from the store after the command arrived.
    pub balance_is_fresh: bool,
}

impl Context {
    /// The `n`th id derived from the message.
    pub fn derived_id(&self, n: usize) -> Uuid {
        Uuid::from_u128(self.message.as_u128().wrapping_add(n as u128))
    }
}
