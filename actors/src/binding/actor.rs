//! The card binding as an actor: how its rules are reached.

use super::{BindingState, answers, challenges, charges, codes, session, token, wake};
use crate::{
    entity::{CallResult, Context, Decision, Effects, Entity, Question, Signal},
    ports::{BindingRow, StoredEntity},
};
use purser_subjects::{
    DecodeError, EntityId, EntityKind, Rejection, Timestamp,
    binding::{BindingCommand, BindingEvent},
    decode, encode,
};
use uuid::Uuid;

/// Rules of a card binding.
#[derive(Debug)]
pub struct Binding;

impl Entity for Binding {
    const KIND: EntityKind = EntityKind::Binding;
    type State = BindingState;
    type Command = BindingCommand;
    type Event = BindingEvent;

    fn initial(_id: &EntityId) -> BindingState {
        BindingState::default()
    }

    fn restore(_id: &EntityId, stored: &StoredEntity) -> Result<BindingState, DecodeError> {
        stored.state.as_deref().map_or_else(|| Ok(BindingState::default()), decode)
    }

    fn encode(state: &BindingState) -> Vec<u8> {
        encode(state)
    }

    fn decide(
        state: &BindingState,
        command: BindingCommand,
        context: &Context,
    ) -> Result<Decision<BindingEvent>, Rejection> {
        match command {
            BindingCommand::IssueSession(issue) => session::issue(state, issue, context),
            BindingCommand::OpenSession(open) => session::open(state, &open, context),
            BindingCommand::CancelSession(cancel) => session::cancel(state, &cancel, context),
            BindingCommand::EnterCard(enter) => session::enter_card(state, enter, context),
            BindingCommand::VerifyOtp(verify) => session::verify_otp(state, verify, context),
            BindingCommand::ResendOtp(resend) => session::resend_otp(state, &resend, context),
            BindingCommand::ExchangeCode(exchange) => codes::exchange(state, exchange, context),
            BindingCommand::RefreshToken(refresh) => codes::refresh(state, refresh, context),
            BindingCommand::CheckCustomerToken(check) => codes::check(state, &check, context),
            BindingCommand::ClaimBinding(claim) => codes::claim(state, &claim, context),
            BindingCommand::InquireBinding(inquire) => token::inquire(state, &inquire, context),
            BindingCommand::ReadStoredCard(read) => token::stored_card(state, &read, context),
            BindingCommand::ChargeCard(charge) => charges::charge(state, charge, context),
            BindingCommand::InquireCharge(inquire) => charges::inquire(state, &inquire),
            BindingCommand::CancelCharge(cancel) => charges::cancel(state, &cancel, context),
            BindingCommand::ChargeEnded(ended) => charges::ended(state, ended, context),
            BindingCommand::LimitCharges(limit) => token::limit(state, limit, context),
            BindingCommand::RequestOtp(request) => token::request_otp(state, &request, context),
            BindingCommand::VerifyChallenge(verify) => challenges::verify(state, verify, context),
            BindingCommand::UnbindCard(unbind) => token::unbind(state, unbind, context),
            BindingCommand::BlockToken(block) => token::block(state, &block, context),
            BindingCommand::UnblockToken(unblock) => token::unblock(state, &unblock, context),
        }
    }

    fn on_signal(state: &BindingState, signal: Signal, context: &Context) -> Effects<BindingEvent> {
        match signal {
            Signal::Wake => wake::woken(state, context),
            Signal::Restarted => wake::restarted(state, context),
            Signal::Resume(operation) => wake::resumed(state, operation, context),
            Signal::CallDone { id, result: CallResult::Issuer(answer) } => {
                answers::answered(state, id, answer, context)
            }
            Signal::CallDone { id, result: CallResult::Entity(answer) } => {
                charges::asked(state, id, answer, context)
            }
            Signal::CallDone { .. } | Signal::Due(_) => Effects::none(),
        }
    }

    fn is_query(command: &BindingCommand) -> bool {
        matches!(
            command,
            BindingCommand::CheckCustomerToken(_)
                | BindingCommand::InquireBinding(_)
                | BindingCommand::InquireCharge(_)
                | BindingCommand::ReadStoredCard(_)
        )
    }

    fn apply(state: &mut BindingState, event: &BindingEvent) {
        state.apply(event);
    }

    fn questions(command: &BindingCommand) -> Vec<Question> {
        match command {
            BindingCommand::IssueSession(issue) => vec![Question::Issuing(issue.merchant.clone())],
            BindingCommand::ChargeCard(charge) => vec![Question::Standing(charge.merchant.clone())],
            _ => Vec::new(),
        }
    }

    fn wake_at(state: &BindingState) -> Option<Timestamp> {
        state.binding.as_ref()?.wake_at()
    }

    fn is_running(state: &BindingState, operation: Uuid) -> bool {
        let binding = state.binding.as_ref();
        let running = binding.and_then(|binding| binding.running.get(&operation));
        running.is_some_and(|running| !running.told)
    }

    fn binding(id: &EntityId, state: &BindingState) -> Option<BindingRow> {
        let binding = state.binding.as_ref()?;
        let card = binding.card.as_ref()?;
        Some(BindingRow {
            binding: id.clone().into(),
            merchant: binding.merchant.clone(),
            customer: binding.customer.clone(),
            status: binding.token.as_ref().map(|token| token.status),
            bank_code: binding.bank_code.clone(),
            last4: card.last4.clone(),
            claim: binding.claim().cloned(),
            created_at: binding.created_at,
        })
    }
}
