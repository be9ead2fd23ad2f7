//! Whose a binding is, and what may stand in a command. Pure.

use super::state::{BindingState, CardBinding, Token};
use crate::entity::Context;
use purser_subjects::{
    BindingId, EntityId, ErrorCode, MerchantId, Rejection,
    binding::{IssueSession, TokenStatus},
    merchant::{MerchantStanding, MerchantStatus},
    transaction::CardSummary,
};

/// Longest time in which a card can be bound.
const MAX_VALID_SECS: u32 = 3_600;
/// Longest URL.
const MAX_URL: usize = 2_048;

pub(super) fn reject<T>(code: ErrorCode, why: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection::new(code, why))
}

fn missing() -> Rejection {
    Rejection::new(ErrorCode::NotFound, "there is no such card binding")
}

pub(super) fn begun(binding: Option<&CardBinding>) -> Result<&CardBinding, Rejection> {
    binding.ok_or_else(missing)
}

/// The binding, if the customer's code is its own.
pub(super) fn by_code<'s>(
    state: &'s BindingState,
    code: &str,
) -> Result<&'s CardBinding, Rejection> {
    // A digest is compared as it is: it tells nothing of the code to whoever measures the time.
    let binding = state.binding.as_deref().filter(|binding| binding.code == code);
    binding.ok_or_else(missing)
}

/// The binding, if it is the merchant's. Another merchant's is not found either, so that ids tell nothing.
pub(super) fn owned<'s>(
    state: &'s BindingState,
    merchant: &MerchantId,
) -> Result<&'s CardBinding, Rejection> {
    let owned = state.binding.as_deref().filter(|binding| &binding.merchant == merchant);
    owned.ok_or_else(missing)
}

/// The token of a bound card, whatever may be done with it.
pub(super) fn token(binding: &CardBinding) -> Result<&Token, Rejection> {
    let unbound = || Rejection::new(ErrorCode::StateConflict, "no card is bound yet");
    binding.token.as_ref().ok_or_else(unbound)
}

/// The token of a card that can be charged. What has run out is not left to its timer.
pub(super) fn active<'b>(
    binding: &'b CardBinding,
    context: &Context,
) -> Result<&'b Token, Rejection> {
    let token = alive(binding, context)?;
    match token.status {
        TokenStatus::Blocked => reject(ErrorCode::TokenBlocked, "the card's token is blocked"),
        TokenStatus::Active | TokenStatus::Disabled | TokenStatus::Expired => Ok(token),
    }
}

/// The token of a card that is bound, although it may be blocked.
pub(super) fn alive<'b>(
    binding: &'b CardBinding,
    context: &Context,
) -> Result<&'b Token, Rejection> {
    let token = token(binding)?;
    let is_over = token.lapses_at().is_some_and(|at| at <= context.now);
    match token.status {
        TokenStatus::Disabled => reject(ErrorCode::TokenDisabled, "the card was unbound"),
        TokenStatus::Expired => reject(ErrorCode::TokenLapsed, "the card's token has expired"),
        TokenStatus::Active | TokenStatus::Blocked if is_over => {
            reject(ErrorCode::TokenLapsed, "the card's token has expired")
        }
        TokenStatus::Active | TokenStatus::Blocked => Ok(token),
    }
}

/// The standing that was asked for, of a merchant that may do business.
pub(super) fn standing(context: &Context) -> Result<MerchantStanding, Rejection> {
    let Some(standing) = context.facts.standing.clone() else {
        return reject(ErrorCode::Unavailable, "the merchant's standing is not known");
    };
    let standing = standing?;
    if standing.status == MerchantStatus::Suspended {
        return reject(ErrorCode::MerchantSuspended, "the merchant is suspended");
    }
    Ok(standing)
}

pub(super) fn check_issue(issue: &IssueSession, id: &EntityId) -> Result<(), Rejection> {
    let invalid = |why: &str| reject(ErrorCode::InvalidField, why);
    if BindingId::derive(&issue.merchant, &issue.state).entity_id() != id {
        return invalid("the binding's id is not the one derived from merchant and state");
    }
    if !(1..=100).contains(&issue.state.chars().count()) {
        return invalid("a state has 1 to 100 characters");
    }
    check_digest(&issue.code)?;
    if !(1..=MAX_VALID_SECS).contains(&issue.valid_secs) {
        return invalid("a session is valid for 1 to 3,600 seconds");
    }
    if issue.scopes.len() > 8 || issue.scopes.iter().any(|scope| scope.len() > 64) {
        return invalid("there are at most 8 scopes of at most 64 bytes");
    }
    let urls = issue.redirect_url.iter().chain(&issue.failure_redirect_url);
    if urls.into_iter().any(|url| url.len() > MAX_URL) {
        return invalid("a redirect URL has at most 2,048 bytes");
    }
    if issue.customer.as_ref().is_some_and(|name| name.is_empty() || name.len() > 64) {
        return invalid("a customer's name has 1 to 64 bytes");
    }
    if issue.phone.as_ref().is_some_and(|phone| !has_digits(phone, 9, 16)) {
        return invalid("a phone number has 9 to 16 digits");
    }
    if issue.bank_code.as_ref().is_some_and(|code| !has_digits(code, 3, 3)) {
        return invalid("the code of a bank has 3 digits");
    }
    let too_long = |text: &String| text.len() > 255;
    let details = &issue.details;
    if details.len() > 40 || details.iter().any(|(name, text)| too_long(name) || too_long(text)) {
        return invalid("there are at most 40 details of at most 255 bytes");
    }
    if issue.notify.as_ref().is_some_and(|to| too_long(&to.url) || too_long(&to.format)) {
        return invalid("a notification URL has at most 255 bytes");
    }
    Ok(())
}

fn has_digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn check_digest(digest: &str) -> Result<(), Rejection> {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digest.len() == 64 && digest.bytes().all(digit) {
        return Ok(());
    }
    reject(ErrorCode::InvalidField, "a digest has 64 lower-case hexadecimal digits")
}

pub(super) fn check_card(card: &CardSummary) -> Result<(), Rejection> {
    let too_long = |text: &String| text.len() > 255;
    let masked = card.bin.len() <= 6 && card.last4.len() <= 4;
    if !masked || too_long(&card.holder) || too_long(&card.brand) {
        let why = "a card is shown by at most its first six and last four digits";
        return reject(ErrorCode::InvalidField, why);
    }
    Ok(())
}
