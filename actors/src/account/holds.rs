//! Money set aside. Pure.

use super::{
    AccountState,
    checks::{MAX_MEMO, amount_of, check_currency, insufficient, is_unguarded_system, reject},
};
use crate::{
    entity::{Context, Decision, Effects, PostingGroup, Reply},
    ledger::MAX_AMOUNT,
};
use purser_subjects::{
    EntityId, ErrorCode, Rejection,
    account::{
        AccountEvent, AccountStatus, HoldPlaced, HoldSettled, HoldView, HoldVoided, Leg, PlaceHold,
        SettleHold, VoidHold,
    },
};
use uuid::Uuid;

/// Most open holds of one account: they are part of its state, which is written with every change.
const MAX_HOLDS: usize = 1_000;

/// Most lines on the other side of a settled hold.
const MAX_LEGS: usize = 8;

type Outcome = Result<Decision<AccountEvent>, Rejection>;

pub(super) fn place(state: &AccountState, place: PlaceHold, context: &Context) -> Outcome {
    let terms = state.terms()?;
    state.require_open()?;
    let amount = amount_of(terms, place.amount)?;
    let Some(available) = state.available() else {
        return reject(ErrorCode::StateConflict, "only an account with a floor can hold money");
    };
    if state.holds.contains_key(&place.hold) {
        return reject(ErrorCode::AlreadyExists, "the account has an open hold of this name");
    }
    if state.holds.len() >= MAX_HOLDS {
        return reject(ErrorCode::TooMany, "the account has 1,000 open holds");
    }
    if available < amount {
        return match context.balance_is_fresh {
            true => Err(insufficient(available, amount)),
            false => Ok(Decision::Refresh),
        };
    }
    let reply = view(&place.hold, amount, None);
    let placed = HoldPlaced { hold: place.hold, amount };
    Ok(Effects { events: vec![placed.into()], held: amount, reply, ..Effects::default() }.into())
}

/// Also on a frozen account: a hold is a promise made before the freeze.
pub(super) fn settle(state: &AccountState, settle: SettleHold, context: &Context) -> Outcome {
    let terms = state.terms()?;
    if state.status == AccountStatus::Closed {
        state.require_open()?;
    }
    let amount = amount_of(terms, settle.amount)?;
    let held = open_hold(state, &settle.hold)?;
    if amount > held {
        let why = format!("the hold has {held} minor units left");
        return reject(ErrorCode::AmountExceeded, why);
    }
    if settle.memo.as_ref().is_some_and(|memo| memo.len() > MAX_MEMO) {
        return reject(ErrorCode::InvalidField, "a memo has at most 140 bytes");
    }
    check_legs(&settle.legs, amount, context)?;
    settle.legs.iter().try_for_each(|leg| check_currency(&leg.account, terms.currency))?;
    for credit in &context.facts.credits {
        credit.clone()?;
    }
    let released = if settle.release_rest { held - amount } else { 0 };
    let own = Leg { account: context.id.clone().into(), amount };
    let group = PostingGroup {
        id: context.message,
        currency: terms.currency,
        legs: std::iter::once(own).chain(settle.legs).collect(),
        effective_at: None,
        memo: settle.memo.unwrap_or_default(),
    };
    let reply = view(&settle.hold, held - amount - released, Some(group.id));
    let settled = HoldSettled { hold: settle.hold, transfer: group.id, amount, released };
    Ok(Effects {
        events: vec![settled.into()],
        groups: vec![group],
        held: -(amount + released),
        reply,
        ..Effects::default()
    }
    .into())
}

pub(super) fn void(state: &AccountState, void: &VoidHold) -> Outcome {
    state.terms()?;
    let amount = open_hold(state, &void.hold)?;
    let voided = HoldVoided { hold: void.hold.clone(), amount };
    let reply = view(&void.hold, 0, None);
    Ok(Effects { events: vec![voided.into()], held: -amount, reply, ..Effects::default() }.into())
}

fn open_hold(state: &AccountState, hold: &EntityId) -> Result<i64, Rejection> {
    let why = "no such open hold: never placed, or settled or voided already";
    state.holds.get(hold).copied().ok_or_else(|| Rejection::new(ErrorCode::StateConflict, why))
}

/// The other side of the posting: balanced, not this account, debits only where anybody may debit.
fn check_legs(legs: &[Leg], amount: i64, context: &Context) -> Result<(), Rejection> {
    let invalid = |why: &str| reject(ErrorCode::InvalidField, why);
    if legs.is_empty() || legs.len() > MAX_LEGS {
        return invalid("a settled hold has 1 to 8 lines on its other side");
    }
    if legs.iter().any(|leg| leg.amount == 0 || leg.amount.saturating_abs() > MAX_AMOUNT) {
        return invalid("a line is 1 to 10^15 minor units");
    }
    if legs.iter().any(|leg| leg.account.entity_id() == &context.id) {
        return invalid("the held account cannot be on the other side too");
    }
    if legs.iter().any(|leg| leg.amount > 0 && !is_unguarded_system(&leg.account)) {
        return invalid("only system accounts without a floor can be debited along");
    }
    if legs.iter().map(|leg| i128::from(leg.amount)).sum::<i128>() != -i128::from(amount) {
        return invalid("the posting does not sum to zero");
    }
    Ok(())
}

fn view(hold: &EntityId, remaining: i64, transfer: Option<Uuid>) -> Reply {
    Reply::ok(HoldView { hold: hold.clone(), remaining, transfer })
}
