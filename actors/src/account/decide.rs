//! The rules of an account. Pure.

use super::{
    AccountState,
    checks::{above_ceiling, amount_of, is_unguarded_system, reject},
    holds, transfers,
};
use crate::{
    entity::{Context, Decision, Effects, Read, Reply},
    ledger::MAX_POSTED,
};
use purser_subjects::{
    AccountId, ErrorCode, Rejection, Timestamp,
    account::{
        AccountCommand, AccountEvent, AccountStatus, AccountTerms, CreditAccepted, CreditCheck,
        LimitsSet, OpenAccount, Opened, ReadBalance, ReadStatement, SetLimits, Side, StatusChanged,
        SystemAccount,
    },
};

type Outcome = Result<Decision<AccountEvent>, Rejection>;

pub(super) fn decide(state: &AccountState, command: AccountCommand, context: &Context) -> Outcome {
    match command {
        AccountCommand::OpenAccount(open) => self::open(state, open, context),
        AccountCommand::Transfer(transfer) => transfers::transfer(state, transfer, context),
        AccountCommand::TransferBatch(batch) => transfers::batch(state, batch, context),
        AccountCommand::PlaceHold(place) => holds::place(state, place, context),
        AccountCommand::SettleHold(settle) => holds::settle(state, settle, context),
        AccountCommand::VoidHold(void) => holds::void(state, &void),
        AccountCommand::Freeze(_) => set_status(state, context, AccountStatus::Frozen),
        AccountCommand::Unfreeze(_) => set_status(state, context, AccountStatus::Open),
        AccountCommand::Close(_) => close(state, context),
        AccountCommand::SetLimits(limits) => set_limits(state, limits, context),
        AccountCommand::CreditCheck(check) => credit_check(state, &check),
        AccountCommand::ReadBalance(read) => read_balance(state, read, context),
        AccountCommand::ReadStatement(read) => read_statement(state, read, context),
    }
}

fn open(state: &AccountState, open: OpenAccount, context: &Context) -> Outcome {
    let id = AccountId::from(context.id.clone());
    if SystemAccount::parse(&id).is_some() {
        return reject(ErrorCode::AlreadyExists, "the chart of accounts has this account already");
    }
    if state.terms.is_some() {
        return reject(ErrorCode::AlreadyExists, "the account is open already");
    }
    check_limits(open.side, open.floor, open.ceiling)?;
    if open.floor.is_some_and(|floor| floor > 0) {
        return reject(ErrorCode::InvalidField, "an empty account would be below that floor");
    }
    let terms = AccountTerms {
        currency: open.currency,
        side: open.side,
        floor: open.floor,
        ceiling: open.ceiling,
    };
    with_event(state, context, Opened { terms, at: context.now }.into())
}

fn check_limits(side: Side, floor: Option<i64>, ceiling: Option<i64>) -> Result<(), Rejection> {
    let invalid = |why: &str| reject(ErrorCode::InvalidField, why);
    if side == Side::Debit && (floor.is_some() || ceiling.is_some()) {
        return invalid("only an account with normal side credit can have a floor or a ceiling");
    }
    if [floor, ceiling].iter().flatten().any(|limit| limit.abs() > MAX_POSTED) {
        return invalid("a limit is at most 2^61 minor units");
    }
    match (floor, ceiling) {
        (Some(floor), Some(ceiling)) if floor > ceiling => {
            invalid("the floor is above the ceiling")
        }
        _ => Ok(()),
    }
}

/// System accounts without a floor take whatever belongs there: what the acquirer has done must be booked.
fn require_own_rules(context: &Context) -> Result<(), Rejection> {
    if is_unguarded_system(&context.id.clone().into()) {
        let why = "a system account of the chart cannot be frozen, closed or limited";
        return reject(ErrorCode::StateConflict, why);
    }
    Ok(())
}

fn set_limits(state: &AccountState, limits: SetLimits, context: &Context) -> Outcome {
    let terms = state.terms()?;
    require_own_rules(context)?;
    check_limits(terms.side, limits.floor, limits.ceiling)?;
    if limits.floor.is_some() != terms.floor.is_some() {
        return reject(ErrorCode::StateConflict, "an account stays guarded or unguarded for good");
    }
    if state.status == AccountStatus::Closed {
        state.require_open()?;
    }
    if limits.floor.is_some_and(|floor| state.posted - state.held() < floor) {
        if !context.balance_is_fresh {
            return Ok(Decision::Refresh);
        }
        let why = "the account has less than that floor";
        return reject(ErrorCode::InsufficientFunds, why);
    }
    let set = LimitsSet { floor: limits.floor, ceiling: limits.ceiling };
    with_event(state, context, set.into())
}

fn set_status(state: &AccountState, context: &Context, status: AccountStatus) -> Outcome {
    let terms = state.terms()?;
    require_own_rules(context)?;
    if state.status == AccountStatus::Closed {
        state.require_open()?;
    }
    if state.status == status {
        return Ok(Decision::answer(state.view(&context.id, terms)));
    }
    with_event(state, context, StatusChanged { status }.into())
}

fn close(state: &AccountState, context: &Context) -> Outcome {
    state.terms()?;
    if SystemAccount::parse(&context.id.clone().into()).is_some() {
        let why = "a system account of the chart cannot be closed";
        return reject(ErrorCode::StateConflict, why);
    }
    state.require_open()?;
    if !state.holds.is_empty() {
        return reject(ErrorCode::AccountNotEmpty, "the account has open holds");
    }
    if !context.balance_is_fresh {
        return Ok(Decision::Refresh);
    }
    if state.posted != 0 {
        return reject(ErrorCode::AccountNotEmpty, "the account's balance is not zero");
    }
    let closed = StatusChanged { status: AccountStatus::Closed };
    match with_event(state, context, closed.into())? {
        Decision::Do(mut effects) => {
            effects.must_be_empty = true;
            Ok(Decision::Do(effects))
        }
        other => Ok(other),
    }
}

/// One event, answered by the account as it is then.
fn with_event(state: &AccountState, context: &Context, event: AccountEvent) -> Outcome {
    let mut after = state.clone();
    after.apply(&event);
    let reply = Reply::ok(after.view(&context.id, after.terms()?));
    Ok(Effects { events: vec![event], reply, ..Effects::default() }.into())
}

fn credit_check(state: &AccountState, check: &CreditCheck) -> Outcome {
    let terms = state.terms()?;
    state.require_open()?;
    let amount = amount_of(terms, check.amount)?;
    let headroom = terms.ceiling.map(|ceiling| ceiling.saturating_sub(state.posted));
    if headroom.is_some_and(|headroom| amount > headroom) {
        return Err(above_ceiling());
    }
    Ok(Decision::answer(CreditAccepted { headroom }))
}

fn read_balance(state: &AccountState, read: ReadBalance, context: &Context) -> Outcome {
    state.terms()?;
    if let Some(at) = read.at {
        require_past(at, context)?;
    }
    Ok(Decision::Read(Read::Balance(read)))
}

fn read_statement(state: &AccountState, read: ReadStatement, context: &Context) -> Outcome {
    state.terms()?;
    require_past(read.to, context)?;
    if read.from > read.to {
        return reject(ErrorCode::InvalidField, "the statement ends before it begins");
    }
    if !(1..=1_000).contains(&read.limit) {
        return reject(ErrorCode::InvalidField, "a page has 1 to 1,000 lines");
    }
    Ok(Decision::Read(Read::Statement(read)))
}

/// A millisecond that has not passed could still get postings, so what is said about it would not last.
fn require_past(at: Timestamp, context: &Context) -> Result<(), Rejection> {
    if at < context.now {
        Ok(())
    } else {
        reject(ErrorCode::TimeInFuture, "only milliseconds that have passed can be asked about")
    }
}
