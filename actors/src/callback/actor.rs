//! The endpoint as an actor: how its rules are reached.

use super::{CallbackState, attempts, commands, replay};
use crate::{
    entity::{CallResult, Context, Decision, Effects, Entity, Question, Signal},
    ports::{EndpointRow, Pace, StoredEntity},
};
use purser_subjects::{
    DecodeError, EntityId, EntityKind, Rejection, Timestamp,
    callback::{CallbackCommand, CallbackEvent, EndpointStatus},
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
        Ok(commands::decide(state, command, context)?.into())
    }

    fn on_signal(
        state: &CallbackState,
        signal: Signal,
        context: &Context,
    ) -> Effects<CallbackEvent> {
        match signal {
            Signal::Due(delivery) => attempts::due(state, *delivery, context),
            Signal::CallDone { result: CallResult::Delivery(due, attempt), .. } => {
                attempts::made(state, &due.delivery, due.url, attempt, context)
            }
            Signal::CallDone { id, result: CallResult::Replay(page) } => {
                replay::found(state, id, page, context)
            }
            Signal::Wake | Signal::Restarted => replay::go_on(state, context),
            Signal::CallDone { .. } | Signal::Resume(_) => Effects::none(),
        }
    }

    fn is_query(command: &CallbackCommand) -> bool {
        matches!(command, CallbackCommand::InquireEndpoint(_))
    }

    fn apply(state: &mut CallbackState, event: &CallbackEvent) {
        state.apply(event);
    }

    fn questions(command: &CallbackCommand) -> Vec<Question> {
        match command {
            CallbackCommand::ResendDelivery(resend) => vec![Question::Delivery(resend.delivery)],
            _ => Vec::new(),
        }
    }

    fn wake_at(state: &CallbackState) -> Option<Timestamp> {
        state.replay.as_ref().map(|replay| replay.at.plus(replay::CHECK_AFTER))
    }

    fn endpoint(id: &EntityId, state: &CallbackState) -> Option<EndpointRow> {
        let endpoint = state.endpoint.as_ref()?;
        Some(EndpointRow {
            endpoint: id.clone().into(),
            merchant: endpoint.merchant.clone(),
            kind: endpoint.kind,
            status: endpoint.status,
            url: endpoint.url.clone(),
            events: endpoint.events.clone(),
            description: endpoint.description.clone(),
            created_at: endpoint.created_at,
            pace: pace(state, endpoint.status, &endpoint.settings),
        })
    }
}

/// While the receiver is tried after a pause, one delivery at a time goes.
fn pace(
    state: &CallbackState,
    status: EndpointStatus,
    settings: &purser_subjects::callback::EndpointSettings,
) -> Pace {
    let open = state.breaker.open.as_ref();
    Pace {
        hold_until: match status {
            EndpointStatus::Enabled => open.map_or(Timestamp::default(), |open| open.until),
            EndpointStatus::Disabled | EndpointStatus::Removed => Pace::HELD,
        },
        width: if open.is_some() { 1 } else { settings.concurrency },
        rate_per_minute: settings.rate_per_minute,
    }
}
