//! The rules of access tokens, and of the ids that clients give their requests. Pure.

use super::{MerchantState, decide::Outcome};
use crate::entity::{Context, Decision, Effects, Reply};
use purser_subjects::{
    ErrorCode, Rejection,
    merchant::{
        AccessToken, AccessTokenIssued, AccessTokenOwner, AccessTokensEnded, AccessTokensRevoked,
        CheckAccessToken, ClaimRequestId, IssueAccessToken, RequestIdClaimed, RevokeAccessTokens,
    },
};
use std::time::Duration;

/// Longest life of a token.
const MAX_VALID_SECS: u32 = 86_400;
/// Longest name of a client.
const MAX_CLIENT: usize = 64;

fn invalid<T>(why: &str) -> Result<T, Rejection> {
    Err(Rejection::new(ErrorCode::InvalidField, why))
}

pub(super) fn issue(state: &MerchantState, issue: IssueAccessToken, context: &Context) -> Outcome {
    state.profile()?;
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if issue.digest.len() != 64 || !issue.digest.bytes().all(digit) {
        return invalid("a digest has 64 lower-case hexadecimal digits");
    }
    if !(1..=MAX_CLIENT).contains(&issue.client.len()) {
        return invalid("a client's name has 1 to 64 bytes");
    }
    if !(1..=MAX_VALID_SECS).contains(&issue.valid_secs) {
        return invalid("an access token is valid for 1 to 86,400 seconds");
    }
    if state.access_tokens.iter().any(|had| had.digest == issue.digest) {
        return Err(Rejection::new(ErrorCode::AlreadyExists, "the token was issued before"));
    }
    let expires_at = context.now.plus(Duration::from_secs(issue.valid_secs.into()));
    let issued = AccessToken { digest: issue.digest, client: issue.client, expires_at };
    let reply = Reply::ok(&issued);
    let events = vec![AccessTokenIssued { issued, at: context.now }.into()];
    Ok(Effects { events, reply, ..Effects::default() }.into())
}

/// The digest is compared as it is: it tells nothing of the token to whoever measures the time.
pub(super) fn owner(state: &MerchantState, check: &CheckAccessToken, context: &Context) -> Outcome {
    let profile = state.profile()?;
    let token = state.access_tokens.iter().find(|had| had.digest == check.digest);
    let missing = || Rejection::new(ErrorCode::NotFound, "there is no such access token");
    let token = token.ok_or_else(missing)?;
    if token.expires_at <= context.now {
        return Err(Rejection::new(ErrorCode::TokenExpired, "the access token has expired"));
    }
    let owner = AccessTokenOwner {
        client: token.client.clone(),
        expires_at: token.expires_at,
        environment: profile.environment,
        status: profile.status,
    };
    Ok(Decision::answer(owner))
}

pub(super) fn revoke(
    state: &MerchantState,
    revoke: RevokeAccessTokens,
    context: &Context,
) -> Outcome {
    state.profile()?;
    let goes = |had: &&AccessToken| revoke.client.as_ref().is_none_or(|of| *of == had.client);
    let count = state.access_tokens.iter().filter(goes).count();
    let reply = Reply::ok(AccessTokensRevoked { count: u32::try_from(count).unwrap_or(u32::MAX) });
    let ended = AccessTokensEnded { client: revoke.client, at: context.now };
    let events = if count == 0 { Vec::new() } else { vec![ended.into()] };
    Ok(Effects { events, reply, ..Effects::default() }.into())
}

/// The claim is the row that the idempotency key leaves, so it grows no state and outlives no answer.
pub(super) fn claim(state: &MerchantState, claim: &ClaimRequestId, context: &Context) -> Outcome {
    state.profile()?;
    if claim.scope.len() > 100 || claim.id.len() > 64 || claim.used_for.len() > 255 {
        return invalid("a claim has at most 100, 64 and 255 bytes");
    }
    // Without a key the operation is named after the message, and nothing would be claimed.
    if context.operation == context.message {
        return invalid("a claim is sent with its idempotency key");
    }
    Ok(Decision::answer(RequestIdClaimed { used_for: claim.used_for.clone() }))
}
