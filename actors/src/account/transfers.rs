//! Transfers out of an account. Pure.

use super::{
    AccountState,
    checks::{MAX_MEMO, above_ceiling, amount_of, check_currency, insufficient, reject},
};
use crate::entity::{Context, Decision, Effects, PostingGroup, Reply};
use purser_subjects::{
    AccountId, Answer, ErrorCode, Rejection,
    account::{
        AccountEvent, Leg, Transfer, TransferBatch, TransferBatchResult, TransferBooked,
        Transferred,
    },
};
use std::collections::HashMap;
use uuid::Uuid;

/// Most transfers in one batch.
const MAX_BATCH: usize = 1_000;

type Outcome = Result<Decision<AccountEvent>, Rejection>;

/// Why a transfer cannot be decided now.
enum Refused {
    For(Rejection),
    /// It seems not covered; a credit may have arrived that this actor was not told of yet.
    Stale,
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::For(rejection)
    }
}

pub(super) fn transfer(state: &AccountState, transfer: Transfer, context: &Context) -> Outcome {
    let credit = context.facts.credits.first().cloned().unwrap_or(Ok(None));
    match plan(state, &transfer, credit.map(|_| ()), context.message, context) {
        Ok((event, group)) => Ok(Effects {
            events: vec![event],
            groups: vec![group],
            reply: Reply::ok(Transferred { transfer: context.message }),
            ..Effects::default()
        }
        .into()),
        Err(Refused::Stale) => Ok(Decision::Refresh),
        Err(Refused::For(rejection)) => Err(rejection),
    }
}

pub(super) fn batch(state: &AccountState, batch: TransferBatch, context: &Context) -> Outcome {
    if batch.transfers.is_empty() || batch.transfers.len() > MAX_BATCH {
        return reject(ErrorCode::InvalidField, "a batch has 1 to 1,000 transfers");
    }
    let mut state = state.clone();
    let mut effects = Effects::default();
    let mut results = Vec::with_capacity(batch.transfers.len());
    let mut credited: HashMap<&AccountId, i64> = HashMap::new();
    for (n, transfer) in batch.transfers.iter().enumerate() {
        let credit = context.facts.credits.get(n).cloned().unwrap_or(Ok(None));
        // What was asked about one by one must also fit together.
        let sum = credited.entry(&transfer.to).or_default();
        let wanted = sum.saturating_add(transfer.amount.minor);
        let credit = credit.and_then(|headroom| match headroom {
            Some(headroom) if wanted > headroom => Err(above_ceiling()),
            _ => Ok(()),
        });
        let id = context.derived_id(n);
        match plan(&state, transfer, credit, id, context) {
            Ok((event, group)) => {
                state.apply(&event);
                *sum = wanted;
                effects.events.push(event);
                effects.groups.push(group);
                results.push(Answer::Ok(Transferred { transfer: id }));
            }
            Err(Refused::Stale) => return Ok(Decision::Refresh),
            Err(Refused::For(rejection)) if rejection.code.is_retryable() => return Err(rejection),
            Err(Refused::For(rejection)) => results.push(Answer::Error(rejection)),
        }
    }
    effects.reply = Reply::ok(TransferBatchResult { results });
    Ok(effects.into())
}

fn plan(
    state: &AccountState,
    transfer: &Transfer,
    credit: Result<(), Rejection>,
    id: Uuid,
    context: &Context,
) -> Result<(AccountEvent, PostingGroup), Refused> {
    let terms = state.terms()?;
    state.require_open()?;
    let amount = amount_of(terms, transfer.amount)?;
    check_currency(&transfer.to, terms.currency)?;
    if transfer.to.entity_id() == &context.id {
        reject(ErrorCode::InvalidField, "an account cannot transfer to itself")?;
    }
    if transfer.memo.as_ref().is_some_and(|memo| memo.len() > MAX_MEMO) {
        reject(ErrorCode::InvalidField, "a memo has at most 140 bytes")?;
    }
    if transfer.effective.is_some_and(|at| at > context.now) {
        reject(ErrorCode::TimeInFuture, "a transfer cannot take effect later than it is booked")?;
    }
    credit?;
    require_funds(state, amount, context)?;
    let leg = |account, amount| Leg { account, amount };
    let group = PostingGroup {
        id,
        currency: terms.currency,
        legs: vec![leg(context.id.clone().into(), amount), leg(transfer.to.clone(), -amount)],
        effective_at: transfer.effective,
        memo: transfer.memo.clone().unwrap_or_default(),
    };
    let event = TransferBooked { transfer: id, to: transfer.to.clone(), amount };
    Ok((event.into(), group))
}

fn require_funds(state: &AccountState, amount: i64, context: &Context) -> Result<(), Refused> {
    match state.available() {
        Some(available) if available < amount && !context.balance_is_fresh => Err(Refused::Stale),
        Some(available) if available < amount => Err(insufficient(available, amount).into()),
        _ => Ok(()),
    }
}
