//! What a payment does on its own: finding out unknown outcomes, settling, releasing. Pure.

use super::{
    finish::reply,
    money, notices, requests,
    state::{FIRST_CHECK, Operation, Payment, Stage, TransactionState},
};
use crate::{
    entity::{Call, CallTarget, Context, Effects, PostingGroup, answer_ok},
    ledger,
};
use purser_subjects::{
    Timestamp,
    callback::NoticeType,
    transaction::{
        OperationOutcome, OperationUnknown, PaymentSettled, ReserveReleased, TransactionEvent,
    },
};
use std::time::Duration;
use uuid::Uuid;

type Happens = Effects<TransactionEvent>;

/// Bounds of the pause between a status query that did not tell the outcome and the next.
const CHECK_PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(7_200));

/// An outcome that stays unknown for so long counts as not done, and the operator must reconcile it.
const GIVE_UP: Duration = Duration::from_secs(7 * 86_400);

/// Whether an outcome that a status query did not tell will not be asked for again.
pub(super) fn is_given_up(operation: &Operation, context: &Context) -> bool {
    context.now.since(operation.begun_at) > GIVE_UP
}

/// The acquirer does not know, or did not answer.
pub(super) fn unknown(
    state: &TransactionState,
    id: Uuid,
    operation: &Operation,
    context: &Context,
) -> Happens {
    let pause = check_pause(context.now.since(operation.begun_at));
    let notice = if operation.told { 0 } else { state.payment.as_ref().map_or(0, notices::next) };
    let event = check_after(id, pause, !operation.told, notice, context.now);
    let mut after = state.clone();
    after.apply(&event);
    let mut effects = Effects { events: vec![event], ..Effects::default() };
    // Whoever waits is told that the outcome is open; the notification follows when it is known.
    if !operation.told
        && let Some(reply) = reply(state, &after, id, OperationOutcome::Pending, context)
    {
        effects.notices.extend(notices::about(&after, reply.operation.clone(), context));
        effects.completions.push((id, answer_ok(reply)));
    }
    effects
}

fn check_after(
    id: Uuid,
    pause: Duration,
    told: bool,
    notice: u32,
    now: Timestamp,
) -> TransactionEvent {
    OperationUnknown { operation: id, next_check: now.plus(pause), told, at: now, notice }.into()
}

/// Half the operation's age, within bounds. It does not depend on how often was asked, so that a node
/// that is restarted again and again, and asks each time, does not put the answer off by that.
fn check_pause(age: Duration) -> Duration {
    (age / 2).clamp(CHECK_PAUSES.0, CHECK_PAUSES.1)
}

/// The wake-up time has come.
pub(super) fn woken(state: &TransactionState, context: &Context) -> Happens {
    let Some(payment) = &state.payment else { return Effects::none() };
    if !payment.running.is_empty() {
        return look_after(payment, context, |operation| operation.next_check <= context.now);
    }
    if payment.settle_at.is_some_and(|at| at <= context.now) {
        return settle(state, payment, context);
    }
    match payment.releasable(context.now) {
        0 => Effects::none(),
        amount => {
            let notice = notices::next(payment);
            let event = ReserveReleased { amount, at: context.now, notice };
            let groups = vec![money::release(payment, context.message, amount)];
            moved(state, event.into(), NoticeType::ReserveReleased, groups, context)
        }
    }
}

/// Money moved on by itself.
fn moved(
    state: &TransactionState,
    event: TransactionEvent,
    notice: NoticeType,
    groups: Vec<PostingGroup>,
    context: &Context,
) -> Happens {
    let mut after = state.clone();
    after.apply(&event);
    let notices = notices::moved(&after, notice, context).into_iter().collect();
    Effects { events: vec![event], groups, notices, ..Effects::default() }
}

/// An earlier process may have begun calls whose answers nobody will get.
pub(super) fn restarted(state: &TransactionState, context: &Context) -> Happens {
    match &state.payment {
        Some(payment) => look_after(payment, context, |_| true),
        None => Effects::none(),
    }
}

/// Somebody waits for an operation that this process did not begin.
pub(super) fn resumed(state: &TransactionState, id: Uuid, context: &Context) -> Happens {
    let Some(payment) = &state.payment else { return Effects::none() };
    match payment.running.get(&id) {
        Some(operation) => Effects {
            calls: vec![look_into(payment, id, operation, context)],
            ..Effects::default()
        },
        None => Effects::none(),
    }
}

fn look_after(payment: &Payment, context: &Context, which: impl Fn(&Operation) -> bool) -> Happens {
    let mut effects = Effects::none();
    for (id, operation) in payment.running.iter().filter(|(_, operation)| which(operation)) {
        effects.events.push(check_after(*id, FIRST_CHECK, false, 0, context.now));
        effects.calls.push(look_into(payment, *id, operation, context));
    }
    effects
}

fn look_into(payment: &Payment, id: Uuid, operation: &Operation, context: &Context) -> Call {
    let target = match operation.stage {
        Stage::Funding => {
            CallTarget::Entity(requests::place_hold(payment, id, operation.set_aside))
        }
        Stage::Sent => CallTarget::Status(requests::status(payment, context, id, operation)),
    };
    Call { id, target }
}

fn settle(state: &TransactionState, payment: &Payment, context: &Context) -> Happens {
    let reserved = ledger::reserve(&payment.terms.settlement, payment.pending);
    let available = payment.pending - reserved;
    let release_at =
        (reserved > 0).then(|| ledger::release_at(&payment.terms.settlement, context.now));
    let (at, notice) = (context.now, notices::next(payment));
    let event = PaymentSettled { available, reserved, release_at, at, notice };
    let group = (payment.pending > 0)
        .then(|| money::settlement(payment, context.message, available, reserved));
    let groups = group.into_iter().collect();
    moved(state, event.into(), NoticeType::PaymentSettled, groups, context)
}
