//! What merchants and operators ask of an endpoint. Pure.

use super::{
    CallbackState, Endpoint,
    checks::{self, in_use, owned, registered, reject},
    ends, replay,
};
use crate::{
    entity::{Context, Effects, Notification, Reply},
    ports::{Delivery, Requeue},
};
use purser_subjects::{
    EndpointId, ErrorCode, MerchantId, Rejection, Timestamp,
    callback::{
        CallbackCommand, CallbackEvent, ChangeEndpoint, DeliveryResent, DisableReason,
        EndpointChanged, EndpointEnabled, EndpointNotice, EndpointRegistered, EndpointRemoved,
        EndpointStatus, NoticeType, QueuedDelivery, RegisterEndpoint, ResendDelivery, RotateSecret,
        SecretRotated, TestQueued,
    },
    encode,
};
use std::time::Duration;

/// How long an old secret signs along, usually and at most, in seconds.
const OVERLAPS_S: (u32, u32) = (86_400, 7 * 86_400);

type Happens = Effects<CallbackEvent>;
type Outcome = Result<Happens, Rejection>;

pub(super) fn decide(
    state: &CallbackState,
    command: CallbackCommand,
    context: &Context,
) -> Outcome {
    match command {
        CallbackCommand::RegisterEndpoint(register) => self::register(state, register, context),
        CallbackCommand::ChangeEndpoint(change) => self::change(state, change, context),
        CallbackCommand::RotateSecret(rotate) => self::rotate(state, rotate, context),
        CallbackCommand::EnableEndpoint(enable) => {
            let endpoint = in_use(state, enable.merchant.as_ref())?;
            let is_held = endpoint.status == EndpointStatus::Disabled;
            // Enabling ends a pause, too.
            let changes = is_held || state.breaker.open.is_some();
            let event = changes.then(|| EndpointEnabled { at: context.now }.into());
            Ok(with_view(state, event, context))
        }
        CallbackCommand::DisableEndpoint(disable) => {
            let endpoint = in_use(state, disable.merchant.as_ref())?;
            if endpoint.status == EndpointStatus::Disabled {
                return Ok(with_view(state, None, context));
            }
            let by_merchant = disable.merchant.is_some();
            let disabled =
                ends::disabled(state, endpoint, DisableReason::Requested, !by_merchant, context);
            Ok(answered(state, disabled, context))
        }
        CallbackCommand::TestEndpoint(test) => {
            let endpoint = registered(state, test.merchant.as_ref())?;
            self::test(state, endpoint, context)
        }
        CallbackCommand::ReplayDeliveries(replay) => {
            in_use(state, replay.merchant.as_ref())?;
            let begun = replay::begin(state, &replay, context)?;
            Ok(answered(state, begun, context))
        }
        CallbackCommand::ResendDelivery(resend) => self::resend(state, &resend, context),
        CallbackCommand::RemoveEndpoint(remove) => {
            if owned(state, remove.merchant.as_ref())?.status == EndpointStatus::Removed {
                return Ok(with_view(state, None, context));
            }
            registered(state, remove.merchant.as_ref())?;
            Ok(with_view(state, Some(EndpointRemoved { at: context.now }.into()), context))
        }
        CallbackCommand::InquireEndpoint(inquire) => {
            if let Some(merchant) = &inquire.merchant {
                owned(state, Some(merchant))?;
            }
            Ok(with_view(state, None, context))
        }
    }
}

fn register(state: &CallbackState, register: RegisterEndpoint, context: &Context) -> Outcome {
    if *state != CallbackState::default() {
        return reject(ErrorCode::AlreadyExists, "there is an endpoint with this id");
    }
    let RegisterEndpoint { merchant, url, events, description, secret, settings } = register;
    checks::check(&url, &events, &description, &settings)?;
    let at = context.now;
    let event =
        EndpointRegistered { merchant, url, events, description, secret, settings, at }.into();
    Ok(with_view(state, Some(event), context))
}

fn change(state: &CallbackState, change: ChangeEndpoint, context: &Context) -> Outcome {
    let endpoint = in_use(state, change.merchant.as_ref())?;
    if change.url.is_some() || change.events.is_some() {
        registered(state, change.merchant.as_ref())?;
    }
    let mut settings = endpoint.settings.clone();
    settings.schedule = change.schedule.unwrap_or(settings.schedule);
    settings.concurrency = change.concurrency.unwrap_or(settings.concurrency);
    settings.rate_per_minute = change.rate_per_minute.unwrap_or(settings.rate_per_minute);
    settings.contact = change.contact.unwrap_or(settings.contact);
    let changed = EndpointChanged {
        url: change.url.unwrap_or_else(|| endpoint.url.clone()),
        events: change.events.unwrap_or_else(|| endpoint.events.clone()),
        description: change.description.unwrap_or_else(|| endpoint.description.clone()),
        settings,
        at: context.now,
    };
    checks::check(&changed.url, &changed.events, &changed.description, &changed.settings)?;
    let is_same = changed.url == endpoint.url
        && changed.events == endpoint.events
        && changed.description == endpoint.description
        && changed.settings == endpoint.settings;
    Ok(with_view(state, (!is_same).then(|| changed.into()), context))
}

fn rotate(state: &CallbackState, rotate: RotateSecret, context: &Context) -> Outcome {
    registered(state, rotate.merchant.as_ref())?;
    let overlap_s = rotate.overlap_s.unwrap_or(OVERLAPS_S.0);
    if overlap_s > OVERLAPS_S.1 {
        return reject(ErrorCode::InvalidField, "overlap_s: at most 604800");
    }
    let until = context.now.plus(Duration::from_secs(overlap_s.into()));
    let event = SecretRotated { secret: rotate.secret, until, at: context.now };
    Ok(with_view(state, Some(event.into()), context))
}

fn test(state: &CallbackState, endpoint: &Endpoint, context: &Context) -> Outcome {
    if endpoint.status == EndpointStatus::Disabled {
        return reject(ErrorCode::StateConflict, "the endpoint is disabled");
    }
    let id = EndpointId::from(context.id.clone());
    let (delivery, sequence) = (context.derived_id(1), state.notices + 1);
    let url = endpoint.url.clone();
    let notice = EndpointNotice { endpoint: id.clone(), url, reason: None, at: context.now };
    let notification = Notification {
        id: delivery,
        endpoint: id,
        merchant: endpoint.merchant.clone(),
        sequence,
        event: Some(NoticeType::EndpointTest),
        format: Delivery::STANDARD.to_owned(),
        url: String::new(),
        payload: encode(&notice).into(),
    };
    Ok(Effects {
        events: vec![TestQueued { delivery, sequence, at: context.now }.into()],
        notifications: vec![notification],
        reply: Reply::ok(QueuedDelivery { delivery }),
        ..Effects::default()
    })
}

fn resend(state: &CallbackState, resend: &ResendDelivery, context: &Context) -> Outcome {
    let delivery = resend.delivery;
    let Some(found) = context.facts.delivery.clone() else {
        return reject(ErrorCode::Unavailable, "the delivery could not be looked up");
    };
    let is_own = |endpoint: &EndpointId| *endpoint.entity_id() == context.id;
    let found = found?.filter(|row| {
        let of_merchant = |own: &MerchantId| row.delivery.merchant == *own;
        is_own(&row.delivery.endpoint) && resend.merchant.as_ref().is_none_or(of_merchant)
    });
    if found.is_none() {
        return reject(ErrorCode::NotFound, "there is no such delivery to this endpoint");
    }
    let status = state.endpoint.as_ref().map(|endpoint| endpoint.status);
    if status == Some(EndpointStatus::Removed) {
        return reject(ErrorCode::StateConflict, "the endpoint was removed");
    }
    Ok(Effects {
        events: vec![DeliveryResent { delivery, at: context.now }.into()],
        requeues: vec![requeue(context, vec![delivery], context.now)],
        reply: Reply::ok(QueuedDelivery { delivery }),
        ..Effects::default()
    })
}

/// The deliveries of the deciding endpoint, made anew.
pub(super) fn requeue(
    context: &Context,
    deliveries: Vec<uuid::Uuid>,
    due_at: Timestamp,
) -> Requeue {
    Requeue { endpoint: context.id.clone().into(), deliveries, due_at }
}

/// What happens, answered with the endpoint as it is then.
fn answered(state: &CallbackState, mut effects: Happens, context: &Context) -> Happens {
    let mut after = state.clone();
    effects.events.iter().for_each(|event| after.apply(event));
    effects.reply = Reply::ok(after.view(&context.id, context.now));
    effects
}

fn with_view(state: &CallbackState, event: Option<CallbackEvent>, context: &Context) -> Happens {
    let effects = Effects { events: event.into_iter().collect(), ..Effects::default() };
    answered(state, effects, context)
}
