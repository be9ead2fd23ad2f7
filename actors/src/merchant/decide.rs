//! The rules of a merchant. Pure.

use super::MerchantState;
use crate::{
    entity::{Context, Decision, Effects, Reply},
    ledger::{check_fees, check_settlement},
    ports::CredentialWrite,
};
use purser_subjects::{
    ErrorCode, MerchantId, Rejection,
    merchant::{
        CreateMerchant, MerchantCommand, MerchantCreated, MerchantEvent, MerchantStatus,
        MerchantStatusChanged, MerchantTerms, TermsSet,
    },
};

/// Longest id: leaves room for currency and role in the ids of its system accounts.
const MAX_ID: usize = 40;

/// Most credentials of one merchant.
const MAX_CREDENTIALS: usize = 16;

type Outcome = Result<Decision<MerchantEvent>, Rejection>;

pub(super) fn decide(
    state: &MerchantState,
    command: MerchantCommand,
    context: &Context,
) -> Outcome {
    match command {
        MerchantCommand::CreateMerchant(create) => self::create(state, create, context),
        MerchantCommand::SetTerms(set) => {
            check_terms(&set.terms)?;
            with_event(state, TermsSet { terms: set.terms }.into(), Vec::new())
        }
        MerchantCommand::Suspend(_) => set_status(state, MerchantStatus::Suspended),
        MerchantCommand::Reinstate(_) => set_status(state, MerchantStatus::Active),
        MerchantCommand::ReadProfile(_) => Ok(Effects::reply(state.profile()?).into()),
        MerchantCommand::ReadStanding(_) => Ok(Effects::reply(state.standing()?).into()),
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
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return reject(ErrorCode::InvalidField, "a name has 1 to 100 printable characters");
    }
    if create.credentials.len() > MAX_CREDENTIALS {
        return reject(ErrorCode::TooMany, "a merchant has at most 16 credentials");
    }
    check_terms(&create.terms)?;
    let merchant = MerchantId::from(context.id.clone());
    let write = |credential: &purser_subjects::merchant::Credential| CredentialWrite {
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

fn check_terms(terms: &MerchantTerms) -> Result<(), Rejection> {
    check_fees(&terms.fees)?;
    check_settlement(&terms.settlement)
}

fn set_status(state: &MerchantState, status: MerchantStatus) -> Outcome {
    let profile = state.profile()?;
    if profile.status == status {
        return Ok(Effects::reply(profile).into());
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
