//! The rules of an endpoint. Pure.

use super::RetrySchedule;
use crate::{
    entity::{Call, CallTarget, Context, Effects, Reply, answer_ok},
    ports::{AttemptOutcome, Delivery, DeliveryState, DeliveryUpdate},
};
use purser_subjects::callback::{AttemptFailed, AttemptReport, CallbackEvent, Delivered, GivenUp};
use std::time::Duration;

/// A delivery is due: attempt it, and answer when it has ended.
pub(super) fn due(delivery: Box<Delivery>) -> Effects<CallbackEvent> {
    let id = delivery.id;
    Effects {
        calls: vec![Call { id, target: CallTarget::Delivery(delivery) }],
        reply: Reply::Later(id),
        ..Effects::default()
    }
}

/// An attempt has ended.
pub(super) fn attempted(
    delivery: &Delivery,
    outcome: AttemptOutcome,
    schedule: &RetrySchedule,
    context: &Context,
) -> Effects<CallbackEvent> {
    let attempts = delivery.attempts + 1;
    let (http_status, error, asked_pause) = match outcome {
        AttemptOutcome::Accepted { http_status } => (Some(http_status), None, None),
        AttemptOutcome::Failed { http_status, error, retry_after } => {
            (http_status, Some(error), retry_after)
        }
    };
    let report = AttemptReport {
        delivery: delivery.id,
        merchant: delivery.merchant.clone(),
        object: delivery.object.clone(),
        sequence: delivery.sequence,
        attempt: attempts,
        http_status,
        error: error.clone(),
        at: context.now,
    };
    let pause = schedule.pause_after(attempts, delivery.id);
    let (event, state, due_at): (CallbackEvent, _, _) = match (&error, pause) {
        (None, _) => (Delivered { report }.into(), DeliveryState::Delivered, context.now),
        (Some(_), None) => (GivenUp { report }.into(), DeliveryState::GivenUp, context.now),
        (Some(_), Some(pause)) => {
            let retry_at = context.now.plus(asked_within_bounds(pause, asked_pause));
            (AttemptFailed { report, retry_at }.into(), DeliveryState::Pending, retry_at)
        }
    };
    let update = DeliveryUpdate { id: delivery.id, state, attempts, due_at, http_status, error };
    Effects {
        events: vec![event],
        delivery_updates: vec![update],
        completions: vec![(delivery.id, answer_ok(()))],
        ..Effects::default()
    }
}

/// What the receiver asked for counts between one and four times the step.
fn asked_within_bounds(pause: Duration, asked: Option<Duration>) -> Duration {
    asked.map_or(pause, |asked| asked.clamp(pause, pause * 4))
}
