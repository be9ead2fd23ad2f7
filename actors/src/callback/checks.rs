//! What an endpoint may be told to be. Pure.

use super::{CallbackState, Endpoint, RetrySchedule};
use purser_subjects::{
    ErrorCode, MerchantId, Rejection,
    callback::{EndpointKind, EndpointSettings, EndpointStatus, NoticeType},
};

/// Longest URL, in bytes.
const MAX_URL: usize = 2_048;
/// Most entries of a filter.
const MAX_EVENTS: usize = 50;
/// Longest description, in bytes.
const MAX_DESCRIPTION: usize = 500;
/// Most deliveries of one endpoint under way at once.
const MAX_CONCURRENCY: u16 = 64;
/// Most attempts in a minute that can be asked for.
const MAX_RATE: u32 = 600_000;
/// Longest e-mail address (RFC 5321, 4.5.3.1).
const MAX_ADDRESS: usize = 254;

pub(super) fn reject<T>(code: ErrorCode, why: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection::new(code, why))
}

/// The endpoint, if it is the merchant's; an operator's question names no merchant. Another merchant's
/// endpoint is not found either, so that ids tell nothing.
pub(super) fn owned<'s>(
    state: &'s CallbackState,
    merchant: Option<&MerchantId>,
) -> Result<&'s Endpoint, Rejection> {
    let is_owned = |endpoint: &&Endpoint| merchant.is_none_or(|own| *own == endpoint.merchant);
    let endpoint = state.endpoint.as_ref().filter(is_owned);
    endpoint.ok_or_else(|| Rejection::new(ErrorCode::NotFound, "there is no such endpoint"))
}

/// The same, if it was not removed.
pub(super) fn in_use<'s>(
    state: &'s CallbackState,
    merchant: Option<&MerchantId>,
) -> Result<&'s Endpoint, Rejection> {
    match owned(state, merchant)? {
        endpoint if endpoint.status == EndpointStatus::Removed => {
            reject(ErrorCode::StateConflict, "the endpoint was removed")
        }
        endpoint => Ok(endpoint),
    }
}

/// The same, if the merchant registered it.
pub(super) fn registered<'s>(
    state: &'s CallbackState,
    merchant: Option<&MerchantId>,
) -> Result<&'s Endpoint, Rejection> {
    match in_use(state, merchant)? {
        endpoint if endpoint.kind == EndpointKind::Registered => Ok(endpoint),
        _ => reject(ErrorCode::StateConflict, "the endpoint came with a payment"),
    }
}

/// Checks what a merchant may choose. Which addresses may be reached is checked where the request
/// arrives, and again at every attempt.
pub(super) fn check(
    url: &str,
    events: &[String],
    description: &str,
    settings: &EndpointSettings,
) -> Result<(), Rejection> {
    let invalid = |why: &str| reject(ErrorCode::InvalidField, why);
    let is_web = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
    if !is_web || url.len() > MAX_URL {
        return invalid("url: begins with http:// or https:// and has at most 2048 bytes");
    }
    if events.len() > MAX_EVENTS {
        return reject(ErrorCode::TooMany, "events: at most 50");
    }
    if let Some(unknown) = events.iter().find(|entry| !NoticeType::is_filter(entry)) {
        return invalid(&format!("events: there is no notice {unknown:.60?}"));
    }
    if description.len() > MAX_DESCRIPTION {
        return invalid("description: at most 500 bytes");
    }
    if let Err(error) = RetrySchedule::try_new(&settings.schedule) {
        return invalid(&format!("schedule: {error}"));
    }
    if settings.concurrency > MAX_CONCURRENCY {
        return invalid("concurrency: at most 64");
    }
    if settings.rate_per_minute > MAX_RATE {
        return invalid("rate_per_minute: at most 600000");
    }
    if !settings.contact.is_empty() && !is_address(&settings.contact) {
        return invalid("contact: no e-mail address");
    }
    Ok(())
}

/// Whether a mail server would take it; what is behind it only a mail tells.
fn is_address(text: &str) -> bool {
    let is_plain = text.len() <= MAX_ADDRESS && text.bytes().all(|b| b.is_ascii_graphic());
    let parts = text.split_once('@');
    is_plain
        && !text.contains(['<', '>', ',', ';', '"'])
        && parts
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
}
