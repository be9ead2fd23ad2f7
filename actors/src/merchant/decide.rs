//! The rules of a merchant. Pure.

use super::{MerchantState, access_tokens, api_keys};
use crate::{
    entity::{Context, Decision, Effects, Reply},
    ledger::{check_fees, check_settlement},
    ports::CredentialWrite,
};
use purser_subjects::{
    ErrorCode, MerchantId, Rejection,
    merchant::{
        CreateMerchant, Credential, CredentialSet, Environment, MerchantCommand, MerchantCreated,
        MerchantEvent, MerchantStatus, MerchantStatusChanged, MerchantTerms, SetCredential,
        TermsSet,
    },
};
use std::ops::RangeInclusive;

/// Longest id: leaves room for currency and role in the ids of its system accounts.
const MAX_ID: usize = 40;

/// Most credentials of one merchant.
const MAX_CREDENTIALS: usize = 16;

pub(super) type Outcome = Result<Decision<MerchantEvent>, Rejection>;

pub(super) fn decide(
    state: &MerchantState,
    command: MerchantCommand,
    context: &Context,
) -> Outcome {
    match command {
        MerchantCommand::CreateMerchant(create) => self::create(state, create, context),
        MerchantCommand::SetTerms(set) => {
            let environment = state.profile()?.environment;
            check_terms(&set.terms, environment)?;
            with_event(state, TermsSet { terms: set.terms }.into(), Vec::new())
        }
        MerchantCommand::Suspend(_) => set_status(state, MerchantStatus::Suspended),
        MerchantCommand::Reinstate(_) => set_status(state, MerchantStatus::Active),
        MerchantCommand::ReadProfile(_) => Ok(Decision::answer(state.profile()?)),
        MerchantCommand::ReadStanding(_) => Ok(Decision::answer(state.standing()?)),
        MerchantCommand::IssueApiKey(issue) => api_keys::issue(state, issue, context),
        MerchantCommand::RevokeApiKey(revoke) => api_keys::revoke(state, revoke, context),
        MerchantCommand::ListApiKeys(_) => api_keys::list(state),
        MerchantCommand::CheckApiKey(check) => api_keys::owner(state, &check),
        MerchantCommand::SetCredential(set) => set_credential(state, set, context),
        MerchantCommand::IssueAccessToken(issue) => access_tokens::issue(state, issue, context),
        MerchantCommand::CheckAccessToken(check) => access_tokens::owner(state, &check, context),
        MerchantCommand::RevokeAccessTokens(revoke) => {
            access_tokens::revoke(state, revoke, context)
        }
        MerchantCommand::ClaimRequestId(claim) => access_tokens::claim(state, &claim, context),
    }
}

fn create(state: &MerchantState, create: CreateMerchant, context: &Context) -> Outcome {
    let reject = |code, why: &str| Err(Rejection::new(code, why));
    if state.profile.is_some() {
        return reject(ErrorCode::AlreadyExists, "the merchant exists already");
    }
    if context.id.as_str().len() > MAX_ID {
        return reject(ErrorCode::InvalidField, "a merchant's id has at most 40 characters");
    }
    let name = create.name.trim();
    if !is_text(name, 1..=100) {
        return reject(ErrorCode::InvalidField, "a name has 1 to 100 printable characters");
    }
    if create.credentials.len() > MAX_CREDENTIALS {
        return reject(ErrorCode::TooMany, "a merchant has at most 16 credentials");
    }
    check_terms(&create.terms, create.environment)?;
    let merchant = MerchantId::from(context.id.clone());
    let write = |credential: &Credential| CredentialWrite {
        scheme: credential.scheme.clone(),
        name: credential.name.clone(),
        merchant: merchant.clone(),
    };
    let credentials = create.credentials.iter().map(write).collect();
    let created = MerchantCreated {
        merchant: merchant.clone(),
        name: name.to_owned(),
        environment: create.environment,
        credentials: create.credentials,
        terms: create.terms,
        at: context.now,
    };
    with_event(state, created.into(), credentials)
}

/// A name that the merchant has already needs no new row; another one's is refused by the store.
fn set_credential(state: &MerchantState, set: SetCredential, context: &Context) -> Outcome {
    let profile = state.profile()?;
    let SetCredential { credential } = set;
    let has_it = |had: &Credential| had.scheme == credential.scheme && had.name == credential.name;
    let is_known = profile.credentials.iter().any(has_it);
    if !is_known && profile.credentials.len() >= MAX_CREDENTIALS {
        let why = "a merchant has at most 16 credentials";
        return Err(Rejection::new(ErrorCode::TooMany, why));
    }
    let write = CredentialWrite {
        scheme: credential.scheme.clone(),
        name: credential.name.clone(),
        merchant: MerchantId::from(context.id.clone()),
    };
    let new = if is_known { Vec::new() } else { vec![write] };
    with_event(state, CredentialSet { credential }.into(), new)
}

/// Whether the text has so many characters, all of them printable.
pub(super) fn is_text(text: &str, characters: RangeInclusive<usize>) -> bool {
    characters.contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn check_terms(terms: &MerchantTerms, environment: Environment) -> Result<(), Rejection> {
    if environment == Environment::Sandbox && terms.acquirer.is_some() {
        let why = "a sandbox merchant reaches the sandbox acquirer alone; name none";
        return Err(Rejection::new(ErrorCode::InvalidField, why));
    }
    if environment == Environment::Sandbox && terms.issuer.is_some() {
        let why = "a sandbox merchant reaches the sandbox issuer alone; name none";
        return Err(Rejection::new(ErrorCode::InvalidField, why));
    }
    check_fees(&terms.fees)?;
    check_settlement(&terms.settlement)
}

fn set_status(state: &MerchantState, status: MerchantStatus) -> Outcome {
    let profile = state.profile()?;
    if profile.status == status {
        return Ok(Decision::answer(profile));
    }
    with_event(state, MerchantStatusChanged { status }.into(), Vec::new())
}

/// One event, answered by the merchant as it is then.
fn with_event(
    state: &MerchantState,
    event: MerchantEvent,
    credentials: Vec<CredentialWrite>,
) -> Outcome {
    let mut after = state.clone();
    after.apply(&event);
    let reply = Reply::ok(after.profile()?);
    Ok(Effects { events: vec![event], credentials, reply, ..Effects::default() }.into())
}
