//! Attempting deliveries, and what follows from how attempts end. Pure.

use super::{
    CallbackState, Endpoint, RetrySchedule,
    breaker::Turn,
    ends::{self, Ending},
};
use crate::{
    entity::{Call, CallTarget, Context, Effects, Reply, answer_error, answer_ok},
    ports::{
        Attempt, AttemptLog, AttemptOutcome, AttemptRow, Delivery, DeliveryState, DeliveryUpdate,
        DueDelivery,
    },
};
use purser_subjects::{
    ErrorCode, Rejection, Timestamp,
    callback::{
        AttemptFailed, AttemptReport, BreakerClosed, BreakerOpened, CallbackEvent, Delivered,
        EndpointSeen, EndpointStatus, GivenUp,
    },
};
use std::time::Duration;
use uuid::Uuid;

type Happens = Effects<CallbackEvent>;

/// A delivery is due: attempt it, and answer when it has ended.
pub(super) fn due(state: &CallbackState, delivery: Delivery, context: &Context) -> Happens {
    let endpoint = state.endpoint.as_ref();
    let is_held = endpoint.is_some_and(|endpoint| endpoint.status != EndpointStatus::Enabled);
    if is_held || state.breaker.pauses(context.now) {
        // Its row said otherwise a moment ago.
        return refused("the endpoint takes no deliveries at present");
    }
    let id = call_id(delivery.id);
    let (url, secrets) = match endpoint.filter(|_| delivery.format == Delivery::STANDARD) {
        Some(endpoint) => {
            let secrets = endpoint.secrets_at(context.now);
            (endpoint.url.clone(), secrets.map(|secret| secret.secret.clone()).collect())
        }
        None => (delivery.url.clone(), Vec::new()),
    };
    let target = DueDelivery { delivery, url, secrets };
    Effects {
        calls: vec![Call { id, target: CallTarget::Delivery(Box::new(target)) }],
        reply: Reply::Later(id),
        ..Effects::default()
    }
}

/// Id of the call that attempts a delivery. Ids of the eighth version are those of operations that a
/// command with a key began, whose answers are stored; a delivery's may be one.
fn call_id(delivery: Uuid) -> Uuid {
    let bytes = delivery.into_bytes();
    uuid::Builder::from_bytes(bytes).with_version(uuid::Version::SortRand).into_uuid()
}

fn refused(why: &str) -> Happens {
    let answer = answer_error(Rejection::new(ErrorCode::Unavailable, why));
    Effects { reply: Reply::Now(answer), ..Effects::default() }
}

/// An attempt has ended.
pub(super) fn made(
    state: &CallbackState,
    delivery: &Delivery,
    url: String,
    attempt: Attempt,
    context: &Context,
) -> Happens {
    let call = call_id(delivery.id);
    let (outcome, log) = match attempt {
        Attempt::Made { outcome, log } => (outcome, log),
        // Nothing happened to the delivery: it stays due, and whoever attempts it pauses.
        Attempt::NotMade { error } => {
            let refusal = answer_error(Rejection::new(ErrorCode::Unavailable, error));
            return Effects { completions: vec![(call, refusal)], ..Effects::default() };
        }
    };
    let mut ending = Ending::new(state, context);
    ending.see(delivery);
    let ended = Ended::of(outcome, state, delivery);
    let row = ended.row(delivery, url, log);
    let is_gone = ended.http_status == Some(410);
    let failed = ended.error.is_some();
    let since = state.failing_since.unwrap_or(context.now);
    let (event, update) = ended.settle(state, delivery, failed.then_some(since), context);
    ending.happens(event);
    match state.breaker.turn(failed, context.now) {
        Turn::Stays => {}
        Turn::Opens(until) => ending.happens(BreakerOpened { until, at: context.now }),
        Turn::Closes => ending.happens(BreakerClosed { at: context.now }),
    }
    let mut effects = ending.finish(is_gone, failed.then_some(since));
    effects.delivery_updates.push(update);
    effects.attempts.push(row);
    effects.completions.push((call, answer_ok(())));
    effects
}

/// How an attempt ended, and when the receiver wants the next.
struct Ended {
    http_status: Option<u16>,
    error: Option<String>,
    asked_pause: Option<Duration>,
    number: u32,
    recent: u32,
}

impl Ended {
    fn of(outcome: AttemptOutcome, state: &CallbackState, delivery: &Delivery) -> Self {
        let number = delivery.attempts + 1;
        let (http_status, error, asked_pause) = match outcome {
            AttemptOutcome::Accepted { http_status } => (Some(http_status), None, None),
            AttemptOutcome::Failed { http_status, error, retry_after } => {
                (http_status, Some(error), retry_after)
            }
        };
        let recent = state.breaker.with(error.is_some());
        Self { http_status, error, asked_pause, number, recent }
    }

    fn row(&self, delivery: &Delivery, url: String, log: AttemptLog) -> AttemptRow {
        AttemptRow {
            delivery: delivery.id,
            number: self.number,
            at: log.at,
            duration_ms: u32::try_from(log.duration.as_millis()).unwrap_or(u32::MAX),
            url,
            request_headers: log.request_headers,
            request_body: log.request_body,
            http_status: self.http_status,
            answer: log.answer,
            error: self.error.clone(),
        }
    }

    /// What happened, and what becomes of the delivery.
    fn settle(
        self,
        state: &CallbackState,
        delivery: &Delivery,
        failing_since: Option<Timestamp>,
        context: &Context,
    ) -> (CallbackEvent, DeliveryUpdate) {
        let Self { http_status, error, asked_pause, number, recent } = self;
        let report = AttemptReport {
            delivery: delivery.id,
            merchant: delivery.merchant.clone(),
            object: delivery.object.clone(),
            sequence: delivery.sequence,
            attempt: number,
            http_status,
            error: error.clone(),
            at: context.now,
            recent,
        };
        let made = number.saturating_sub(delivery.round);
        let pause = schedule(state.endpoint.as_ref()).pause_after(made, delivery.id);
        let (event, state, due_at): (CallbackEvent, _, _) = match (&error, pause) {
            (None, _) => (Delivered { report }.into(), DeliveryState::Delivered, context.now),
            (Some(_), None) => {
                let given_up = GivenUp { report, failing_since };
                (given_up.into(), DeliveryState::GivenUp, context.now)
            }
            (Some(_), Some(pause)) => {
                let retry_at = context.now.plus(asked_within_bounds(pause, asked_pause));
                let failed = AttemptFailed { report, retry_at, failing_since };
                (failed.into(), DeliveryState::Pending, retry_at)
            }
        };
        let (id, attempts) = (delivery.id, number);
        (event, DeliveryUpdate { id, state, attempts, due_at, http_status, error })
    }
}

fn schedule(endpoint: Option<&Endpoint>) -> RetrySchedule<'_> {
    let own = endpoint.map(|endpoint| &endpoint.settings.schedule[..]);
    // What is stored was checked, perhaps by other bounds.
    RetrySchedule::try_new(own.unwrap_or_default()).unwrap_or_default()
}

/// What the receiver asked for counts between one and four times the step.
fn asked_within_bounds(pause: Duration, asked: Option<Duration>) -> Duration {
    asked.map_or(pause, |asked| asked.clamp(pause, pause * 4))
}

impl Ending<'_> {
    /// The first attempt to a URL that came with a payment makes the endpoint known.
    fn see(&mut self, delivery: &Delivery) {
        if self.state().endpoint.is_none() {
            let merchant = delivery.merchant.clone();
            let url = ends::without_query(&delivery.url).to_owned();
            self.happens(EndpointSeen { merchant, url, at: self.now() });
        }
    }
}
