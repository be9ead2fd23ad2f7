//! The payment as an actor: how its rules are reached.

use super::{TransactionState, begin, finish, wake};
use crate::{
    entity::{Context, Decision, Effects, Entity, Question, Signal},
    ports::StoredEntity,
};
use purser_subjects::{
    DecodeError, EntityId, EntityKind, Rejection, Timestamp, decode, encode,
    transaction::{TransactionCommand, TransactionEvent},
};
use uuid::Uuid;

/// Rules of a payment.
#[derive(Debug)]
pub struct Transaction;

impl Entity for Transaction {
    const KIND: EntityKind = EntityKind::Transaction;
    type State = TransactionState;
    type Command = TransactionCommand;
    type Event = TransactionEvent;

    fn initial(_id: &EntityId) -> TransactionState {
        TransactionState::default()
    }

    fn restore(_id: &EntityId, stored: &StoredEntity) -> Result<TransactionState, DecodeError> {
        stored.state.as_deref().map_or_else(|| Ok(TransactionState::default()), decode)
    }

    fn encode(state: &TransactionState) -> Vec<u8> {
        encode(state)
    }

    fn decide(
        state: &TransactionState,
        command: TransactionCommand,
        context: &Context,
    ) -> Result<Decision<TransactionEvent>, Rejection> {
        begin::decide(state, command, context)
    }

    fn on_signal(
        state: &TransactionState,
        signal: Signal,
        context: &Context,
    ) -> Effects<TransactionEvent> {
        match signal {
            Signal::Wake => wake::woken(state, context),
            Signal::Restarted => wake::restarted(state, context),
            Signal::Resume(operation) => wake::resumed(state, operation, context),
            Signal::CallDone { id, result } => finish::call_done(state, id, result, context),
            Signal::Due(_) => Effects::none(),
        }
    }

    fn is_query(command: &TransactionCommand) -> bool {
        matches!(command, TransactionCommand::Inquire(_) | TransactionCommand::InquireOperation(_))
    }

    fn apply(state: &mut TransactionState, event: &TransactionEvent) {
        state.apply(event);
    }

    fn questions(command: &TransactionCommand) -> Vec<Question> {
        match command {
            TransactionCommand::Authorise(authorise) => {
                vec![Question::Standing(authorise.merchant.clone())]
            }
            _ => Vec::new(),
        }
    }

    fn wake_at(state: &TransactionState) -> Option<Timestamp> {
        state.payment.as_ref()?.wake_at()
    }

    fn is_running(state: &TransactionState, operation: Uuid) -> bool {
        let payment = state.payment.as_ref();
        let running = payment.and_then(|payment| payment.running.get(&operation));
        running.is_some_and(|operation| !operation.told)
    }
}
