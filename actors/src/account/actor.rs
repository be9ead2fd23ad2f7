//! The account as an actor: how its rules are reached.

use super::{AccountState, decide};
use crate::{
    entity::{Context, Decision, Effects, Entity, Question, Signal},
    ports::{AccountWrite, StoredEntity},
};
use purser_subjects::{
    DecodeError, EntityId, EntityKind, Rejection,
    account::{AccountCommand, AccountEvent},
    decode, encode,
};

/// Rules of a ledger account.
#[derive(Debug)]
pub struct Account;

impl Entity for Account {
    const KIND: EntityKind = EntityKind::Account;
    const MAY_REFRESH: bool = true;
    type State = AccountState;
    type Command = AccountCommand;
    type Event = AccountEvent;

    fn initial(id: &EntityId) -> AccountState {
        AccountState::initial(id)
    }

    fn restore(id: &EntityId, stored: &StoredEntity) -> Result<AccountState, DecodeError> {
        let mut state = match &stored.state {
            Some(bytes) => decode(bytes)?,
            None => AccountState::initial(id),
        };
        Self::refresh(&mut state, stored);
        Ok(state)
    }

    fn encode(state: &AccountState) -> Vec<u8> {
        encode(state)
    }

    fn decide(
        state: &AccountState,
        command: AccountCommand,
        context: &Context,
    ) -> Result<Decision<AccountEvent>, Rejection> {
        decide::decide(state, command, context)
    }

    fn on_signal(
        _state: &AccountState,
        _signal: Signal,
        _context: &Context,
    ) -> Effects<AccountEvent> {
        Effects::none()
    }

    fn is_query(command: &AccountCommand) -> bool {
        matches!(
            command,
            AccountCommand::ReadBalance(_)
                | AccountCommand::ReadStatement(_)
                | AccountCommand::CreditCheck(_)
        )
    }

    fn apply(state: &mut AccountState, event: &AccountEvent) {
        state.apply(event);
    }

    fn questions(command: &AccountCommand) -> Vec<Question> {
        match command {
            AccountCommand::Transfer(transfer) => {
                vec![Question::Credit(transfer.to.clone(), transfer.amount)]
            }
            AccountCommand::TransferBatch(batch) => {
                let ask = |t: &purser_subjects::account::Transfer| {
                    Question::Credit(t.to.clone(), t.amount)
                };
                batch.transfers.iter().map(ask).collect()
            }
            AccountCommand::SettleHold(settle) => {
                let credits = settle.legs.iter().filter(|leg| leg.amount < 0);
                let ask = |leg: &purser_subjects::account::Leg| {
                    let amount = leg.amount.saturating_neg();
                    let amount = purser_subjects::Money::new(amount, settle.amount.currency);
                    Question::Credit(leg.account.clone(), amount)
                };
                credits.map(ask).collect()
            }
            _ => Vec::new(),
        }
    }

    fn refresh(state: &mut AccountState, stored: &StoredEntity) {
        state.posted = stored.balance.as_ref().map_or(0, |balance| balance.posted);
    }

    fn account(id: &EntityId, state: &AccountState) -> Option<AccountWrite> {
        let terms = state.terms?;
        Some(AccountWrite { account: id.clone().into(), terms, status: state.status })
    }
}
