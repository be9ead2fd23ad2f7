//! The rules of a merchant's API keys. Pure.
//!
//! Whose a key is stands in the store under its digest, for good, so that no key is ever another
//! merchant's; whether it is valid is known here alone, so that a revocation takes effect at once.

use super::{
    MerchantState,
    decide::{Outcome, is_text},
};
use crate::{
    entity::{Context, Decision, Effects, Reply},
    ports::CredentialWrite,
};
use purser_subjects::{
    EntityId, ErrorCode, MerchantId, Rejection,
    merchant::{
        ApiKey, ApiKeyIssued, ApiKeyList, ApiKeyOwner, ApiKeyRevoked, CheckApiKey, IssueApiKey,
        RevokeApiKey,
    },
};

/// Scheme under which the digests of keys stand among the log-in names.
pub const API_KEY_SCHEME: &str = "api-key";

/// Most keys that are valid at a time.
const MAX_KEYS: usize = 16;
/// Digits of a digest.
const DIGEST_LENGTH: usize = 64;
/// Longest name of a key.
const MAX_NAME: usize = 32;
/// Most characters of a key that may be told.
const MAX_HINT: usize = 4;
/// Longest label, in characters.
const MAX_LABEL: usize = 100;

pub(super) fn issue(state: &MerchantState, issue: IssueApiKey, context: &Context) -> Outcome {
    state.profile()?;
    check(&issue)?;
    if state.api_keys.len() >= MAX_KEYS {
        return Err(Rejection::new(ErrorCode::TooMany, "a merchant has at most 16 keys"));
    }
    if state.api_keys.iter().any(|had| had.key == issue.key) {
        return Err(Rejection::new(ErrorCode::AlreadyExists, "the key's name is taken"));
    }
    let IssueApiKey { key, digest, hint, label } = issue;
    let credential = CredentialWrite {
        scheme: API_KEY_SCHEME.to_owned(),
        name: digest.clone(),
        merchant: MerchantId::from(context.id.clone()),
    };
    let issued = ApiKey { key, digest, hint, label, created_at: context.now };
    let reply = Reply::ok(&issued);
    let events = vec![ApiKeyIssued { issued }.into()];
    Ok(Effects { events, credentials: vec![credential], reply, ..Effects::default() }.into())
}

fn check(issue: &IssueApiKey) -> Result<(), Rejection> {
    let invalid = |why: &str| Err(Rejection::new(ErrorCode::InvalidField, why));
    if issue.key.len() > MAX_NAME || issue.key.parse::<EntityId>().is_err() {
        return invalid("a key's name has 1 to 32 characters of A-Z a-z 0-9 _ -");
    }
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if issue.digest.len() != DIGEST_LENGTH || !issue.digest.bytes().all(digit) {
        return invalid("a digest has 64 lower-case hexadecimal digits");
    }
    if issue.hint.len() > MAX_HINT || !issue.hint.bytes().all(|byte| byte.is_ascii_graphic()) {
        return invalid("a hint has at most 4 visible characters");
    }
    if !is_text(&issue.label, 0..=MAX_LABEL) {
        return invalid("a label has at most 100 printable characters");
    }
    Ok(())
}

pub(super) fn revoke(state: &MerchantState, revoke: RevokeApiKey, context: &Context) -> Outcome {
    state.profile()?;
    let key = state.api_keys.iter().find(|had| had.key == revoke.key);
    let missing = || Rejection::new(ErrorCode::NotFound, "the merchant has no such key");
    let reply = Reply::ok(key.ok_or_else(missing)?);
    let events = vec![ApiKeyRevoked { key: revoke.key, at: context.now }.into()];
    Ok(Effects { events, reply, ..Effects::default() }.into())
}

pub(super) fn list(state: &MerchantState) -> Outcome {
    state.profile()?;
    Ok(Decision::answer(ApiKeyList { keys: state.api_keys.clone() }))
}

/// The digest is compared as it is: it tells nothing of the key to whoever measures the time.
pub(super) fn owner(state: &MerchantState, check: &CheckApiKey) -> Outcome {
    let profile = state.profile()?;
    let key = state.api_keys.iter().find(|had| had.digest == check.digest);
    let key = key.ok_or_else(|| Rejection::new(ErrorCode::Forbidden, "the key is not valid"))?;
    let owner = ApiKeyOwner {
        key: key.key.clone(),
        environment: profile.environment,
        status: profile.status,
    };
    Ok(Decision::answer(owner))
}
