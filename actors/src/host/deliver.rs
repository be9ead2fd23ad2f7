//! What travels from the intake to an actor.

use super::in_flight::Ticket;
use crate::{
    entity::{Entity, Facts, Signal},
    ports::AnswerKey,
};
use bytes::Bytes;
use purser_subjects::EntityId;
use tokio::sync::oneshot;
use uuid::Uuid;

/// A message for one entity. Dropping it unanswered tells the caller that the entity failed.
pub(crate) struct Deliver<E: Entity> {
    pub(crate) id: EntityId,
    pub(crate) input: Input<E>,
    pub(crate) reply: Option<oneshot::Sender<Bytes>>,
    /// Orders arrivals against readings of the store.
    pub(crate) arrival: u64,
    pub(crate) correlation: Uuid,
    pub(crate) causation: Uuid,
    pub(crate) ticket: Ticket,
}

impl<E: Entity> actix::Message for Deliver<E> {
    type Result = ();
}

/// What the message says.
pub(crate) enum Input<E: Entity> {
    Command(Box<CommandInput<E>>),
    Signal(Signal),
}

/// A command with what was found out on its way.
pub(crate) struct CommandInput<E: Entity> {
    pub(crate) command: E::Command,
    pub(crate) key: Option<KeyedBy>,
    pub(crate) facts: Facts,
}

/// The idempotency key of a command.
#[derive(Clone, Copy)]
pub(crate) struct KeyedBy {
    pub(crate) key: AnswerKey,
    pub(crate) digest: [u8; 32],
    /// The store knows the key and has no answer yet: its operation runs.
    pub(crate) is_promised: bool,
}
