//! What a session's code is redeemed for: the card token, and customer tokens. Pure.

use super::{
    checks::{check_digest, owned, reject, token},
    happening::Happening,
    session::Outcome,
    state::{BindingState, CardBinding, Token},
};
use crate::entity::{Context, Decision, Reply};
use purser_subjects::{
    ErrorCode, Rejection, Timestamp,
    binding::{
        BindingClaimed, CheckCustomerToken, ClaimBinding, CodeExchanged, CustomerToken,
        CustomerTokenDigests, ExchangeCode, RefreshToken, TokenRefreshed,
    },
};
use std::time::Duration;

/// How long a code is good after the card was bound (RFC 6749, 4.1.2 recommends at most ten minutes).
const CODE_LIFE: Duration = Duration::from_secs(600);
/// Longest life of a customer token.
const MAX_VALID_SECS: u32 = 366 * 86_400;

pub(super) fn exchange(state: &BindingState, exchange: ExchangeCode, context: &Context) -> Outcome {
    let binding = owned(state, &exchange.merchant)?;
    let token = redeemable(binding, &exchange.code, context, |token| token.exchanged)?;
    let ExchangeCode { token: new, valid_secs, refresh, refresh_valid_secs, .. } = exchange;
    let digests = digests(new, valid_secs, refresh, refresh_valid_secs, context)?;
    if !token.is_alive() {
        return reject(ErrorCode::TokenDisabled, "the card was unbound");
    }
    let reply = customer_token(binding, &digests, context);
    let mut happening = Happening::new(state, context);
    happening.push(CodeExchanged { token: digests, at: context.now });
    happening.effects.reply = Reply::ok(reply);
    Ok(happening.effects.into())
}

pub(super) fn claim(state: &BindingState, claim: &ClaimBinding, context: &Context) -> Outcome {
    let binding = owned(state, &claim.merchant)?;
    redeemable(binding, &claim.code, context, |token| token.claimed)?;
    let mut happening = Happening::new(state, context);
    happening.push(BindingClaimed { at: context.now });
    Ok(happening.with_view()?.into())
}

/// The token that the code can be redeemed for.
fn redeemable<'b>(
    binding: &'b CardBinding,
    code: &str,
    context: &Context,
    was_used: impl Fn(&Token) -> bool,
) -> Result<&'b Token, Rejection> {
    if binding.code != code {
        return reject(ErrorCode::NotFound, "there is no such code");
    }
    let token = token(binding)?;
    if was_used(token) {
        return reject(ErrorCode::CodeUsed, "the code was redeemed already");
    }
    if token.bound_at.plus(CODE_LIFE) <= context.now {
        return reject(ErrorCode::CodeUsed, "the code's time is over");
    }
    Ok(token)
}

pub(super) fn refresh(state: &BindingState, refresh: RefreshToken, context: &Context) -> Outcome {
    let binding = owned(state, &refresh.merchant)?;
    let had = valid(
        binding,
        |had| (had.refresh == refresh.refresh).then_some(had.refresh_expires_at),
        context,
    );
    had?;
    let RefreshToken { token, valid_secs, next_refresh, refresh_valid_secs, .. } = refresh;
    let digests = digests(token, valid_secs, next_refresh, refresh_valid_secs, context)?;
    let reply = customer_token(binding, &digests, context);
    let mut happening = Happening::new(state, context);
    happening.push(TokenRefreshed { token: digests, at: context.now });
    happening.effects.reply = Reply::ok(reply);
    Ok(happening.effects.into())
}

pub(super) fn check(
    state: &BindingState,
    check: &CheckCustomerToken,
    context: &Context,
) -> Outcome {
    let binding = owned(state, &check.merchant)?;
    let is_it = |had: &CustomerTokenDigests| (had.token == check.token).then_some(had.expires_at);
    let had = valid(binding, is_it, context)?;
    Ok(Decision::answer(customer_token(binding, had, context)))
}

/// The customer token of which `until` says when it ends, if it is the one asked for.
fn valid<'b>(
    binding: &'b CardBinding,
    until: impl Fn(&CustomerTokenDigests) -> Option<Timestamp>,
    context: &Context,
) -> Result<&'b CustomerTokenDigests, Rejection> {
    let missing = || Rejection::new(ErrorCode::NotFound, "there is no such customer token");
    let token = binding.token.as_ref().ok_or_else(missing)?;
    let digests = token.customer_token.as_ref().ok_or_else(missing)?;
    let until = until(digests).ok_or_else(missing)?;
    if until <= context.now {
        return reject(ErrorCode::TokenExpired, "the customer token has expired");
    }
    if !token.is_alive() {
        return reject(ErrorCode::TokenExpired, "the card of the customer token was unbound");
    }
    Ok(digests)
}

fn digests(
    token: String,
    valid_secs: u32,
    refresh: String,
    refresh_valid_secs: u32,
    context: &Context,
) -> Result<CustomerTokenDigests, Rejection> {
    check_digest(&token)?;
    check_digest(&refresh)?;
    let lives = 1..=MAX_VALID_SECS;
    if !lives.contains(&valid_secs) || !lives.contains(&refresh_valid_secs) {
        return reject(ErrorCode::InvalidField, "a token is valid for 1 second to 366 days");
    }
    let until = |secs: u32| context.now.plus(Duration::from_secs(secs.into()));
    let (expires_at, refresh_expires_at) = (until(valid_secs), until(refresh_valid_secs));
    Ok(CustomerTokenDigests { token, expires_at, refresh, refresh_expires_at })
}

fn customer_token(
    binding: &CardBinding,
    digests: &CustomerTokenDigests,
    context: &Context,
) -> CustomerToken {
    CustomerToken {
        binding: context.id.clone().into(),
        customer: binding.customer.clone(),
        expires_at: digests.expires_at,
        refresh_expires_at: digests.refresh_expires_at,
    }
}
