//! The endpoint as an actor: how its rules are reached.

use super::{CallbackState, RetrySchedule, decide};
use crate::{
    entity::{CallResult, Context, Decision, Effects, Entity, Signal},
    ports::StoredEntity,
};
use purser_subjects::{
    DecodeError, EntityId, EntityKind, Rejection,
    callback::{CallbackCommand, CallbackEvent},
    decode, encode,
};

/// Rules of a notification endpoint.
#[derive(Debug)]
pub struct Callback;

impl Entity for Callback {
    const KIND: EntityKind = EntityKind::Callback;
    type State = CallbackState;
    type Command = CallbackCommand;
    type Event = CallbackEvent;

    fn initial(_id: &EntityId) -> CallbackState {
        CallbackState::default()
    }

    fn restore(_id: &EntityId, stored: &StoredEntity) -> Result<CallbackState, DecodeError> {
        stored.state.as_deref().map_or_else(|| Ok(CallbackState::default()), decode)
    }

    fn encode(state: &CallbackState) -> Vec<u8> {
        encode(state)
    }

    fn decide(
        state: &CallbackState,
        command: CallbackCommand,
        context: &Context,
    ) -> Result<Decision<CallbackEvent>, Rejection> {
        match command {
            CallbackCommand::InquireEndpoint(_) => {
                Ok(Effects::reply(state.view(&context.id)).into())
            }
        }
    }

    fn on_signal(
        _state: &CallbackState,
        signal: Signal,
        context: &Context,
    ) -> Effects<CallbackEvent> {
        match signal {
            Signal::Due(delivery) => decide::due(delivery),
            Signal::CallDone { result: CallResult::Delivery(delivery, outcome), .. } => {
                decide::attempted(&delivery, outcome, &RetrySchedule::default(), context)
            }
            _ => Effects::none(),
        }
    }

    fn is_query(command: &CallbackCommand) -> bool {
        matches!(command, CallbackCommand::InquireEndpoint(_))
    }

    fn apply(state: &mut CallbackState, event: &CallbackEvent) {
        state.apply(event);
    }
}
