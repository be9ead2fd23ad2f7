//! The merchant as an actor: how its rules are reached.

use super::{MerchantState, decide};
use crate::{
    entity::{Context, Decision, Effects, Entity, Signal},
    ports::StoredEntity,
};
use purser_subjects::{
    DecodeError, EntityId, EntityKind, Rejection, decode, encode,
    merchant::{MerchantCommand, MerchantEvent},
};

/// Rules of a merchant.
#[derive(Debug)]
pub struct Merchant;

impl Entity for Merchant {
    const KIND: EntityKind = EntityKind::Merchant;
    type State = MerchantState;
    type Command = MerchantCommand;
    type Event = MerchantEvent;

    fn initial(id: &EntityId) -> MerchantState {
        MerchantState::initial(id)
    }

    fn restore(id: &EntityId, stored: &StoredEntity) -> Result<MerchantState, DecodeError> {
        stored.state.as_deref().map_or_else(|| Ok(MerchantState::initial(id)), decode)
    }

    fn encode(state: &MerchantState) -> Vec<u8> {
        encode(state)
    }

    fn decide(
        state: &MerchantState,
        command: MerchantCommand,
        context: &Context,
    ) -> Result<Decision<MerchantEvent>, Rejection> {
        decide::decide(state, command, context)
    }

    fn on_signal(
        _state: &MerchantState,
        _signal: Signal,
        _context: &Context,
    ) -> Effects<MerchantEvent> {
        Effects::none()
    }

    fn is_query(command: &MerchantCommand) -> bool {
        matches!(
            command,
            MerchantCommand::ReadProfile(_)
                | MerchantCommand::ReadStanding(_)
                | MerchantCommand::ListApiKeys(_)
                | MerchantCommand::CheckApiKey(_)
                | MerchantCommand::CheckAccessToken(_)
        )
    }

    fn apply(state: &mut MerchantState, event: &MerchantEvent) {
        state.apply(event);
    }
}
