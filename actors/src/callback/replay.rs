//! Delivering anew what falls into a window of time: page by page, so that no commit grows with it. Pure.

use super::{CallbackState, checks::reject, commands::requeue};
use crate::{
    entity::{Call, CallTarget, Context, Effects},
    ports::{DeliveryCursor, ReplayQuery},
};
use purser_subjects::{
    EntityId, ErrorCode, Rejection, Timestamp,
    callback::{
        CallbackEvent, ReplayAdvanced, ReplayBegun, ReplayDeliveries, ReplayEnded, ReplayScope,
    },
};
use std::time::Duration;
use uuid::Uuid;

/// Deliveries that one commit queues.
const PAGE: u32 = 500;

/// A replay of which nothing was heard for so long is looked after.
pub(super) const CHECK_AFTER: Duration = Duration::from_secs(30);

type Happens = Effects<CallbackEvent>;

/// Begins a replay.
pub(super) fn begin(
    state: &CallbackState,
    wanted: &ReplayDeliveries,
    context: &Context,
) -> Result<Happens, Rejection> {
    if state.replay.is_some() {
        return reject(ErrorCode::StateConflict, "a replay is running; wait for its end");
    }
    if wanted.to > context.now {
        return reject(ErrorCode::TimeInFuture, "to: must have passed");
    }
    if wanted.from > wanted.to {
        return reject(ErrorCode::InvalidField, "from: is after to");
    }
    let (from, to, scope) = (wanted.from, wanted.to, wanted.scope);
    let replay = context.message;
    let event = ReplayBegun { replay, from, to, scope, at: context.now };
    Ok(Effects {
        events: vec![event.into()],
        calls: vec![look(&context.id, replay, (from, to, scope), None)],
        ..Effects::default()
    })
}

/// Looks after a replay that may have lost its call.
pub(super) fn go_on(state: &CallbackState, context: &Context) -> Happens {
    let Some(replay) = &state.replay else { return Effects::none() };
    let after = replay.after.map(|(created_at, delivery)| DeliveryCursor { created_at, delivery });
    let window = (replay.from, replay.to, replay.scope);
    Effects { calls: vec![look(&context.id, replay.id, window, after)], ..Effects::default() }
}

/// A page was found, or the store did not answer; then the replay is looked after later.
pub(super) fn found(
    state: &CallbackState,
    id: Uuid,
    page: Option<Vec<DeliveryCursor>>,
    context: &Context,
) -> Happens {
    let (Some(replay), Some(page)) = (&state.replay, page) else { return Effects::none() };
    // Asked twice, the store answers twice.
    let place = replay.after.map(|(created_at, delivery)| DeliveryCursor { created_at, delivery });
    let is_next = page.first().is_none_or(|first| place.is_none_or(|place| *first > place));
    if replay.id != id || !is_next {
        return Effects::none();
    }
    let mut effects = Effects::none();
    if let Some(last) = page.last() {
        let queued = u32::try_from(page.len()).unwrap_or(u32::MAX);
        let (created_at, delivery) = (last.created_at, last.delivery);
        let advanced = ReplayAdvanced { replay: id, queued, created_at, delivery, at: context.now };
        effects.events.push(advanced.into());
        let deliveries = page.iter().map(|found| found.delivery).collect();
        effects.requeues.push(requeue(context, deliveries, context.now));
    }
    if page.len() < PAGE as usize {
        effects.events.push(ReplayEnded { replay: id, at: context.now }.into());
    } else {
        let window = (replay.from, replay.to, replay.scope);
        effects.calls.push(look(&context.id, id, window, page.last().copied()));
    }
    effects
}

fn look(
    endpoint: &EntityId,
    id: Uuid,
    (from, to, scope): (Timestamp, Timestamp, ReplayScope),
    after: Option<DeliveryCursor>,
) -> Call {
    let endpoint = endpoint.clone().into();
    let query = ReplayQuery { endpoint, from, to, scope, after, limit: PAGE };
    Call { id, target: CallTarget::Replay(Box::new(query)) }
}
