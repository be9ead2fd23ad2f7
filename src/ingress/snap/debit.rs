//! Services 54 to 58: payments with a bound card. What may happen to a payment is decided by the core.

mod cancel;
mod history;
mod payment;
mod refund;
mod request;
mod status;

pub(crate) use cancel::cancel;
pub(crate) use payment::{after_challenge, challenge, pay};
pub(crate) use refund::refund;
pub(crate) use status::status;

use super::{
    Snap,
    answer::Answer,
    caller::Call,
    codes,
    fields::{Charset, Object, rule},
    refusal::Refused,
    service::Service,
    target,
};
use purser_subjects::{
    BindingId, ErrorCode, TransactionId,
    transaction::{Inquire, InquireOperation, OperationOutcome, OperationView, PaymentView},
};

/// Scope of the notes that say which binding a charge belongs to that waits for a one-time code.
const CHARGES: &str = "snap-charge";
/// Scope of the notes that say which answer told of a success first.
const TOLD: &str = "snap-told";
/// Days on which a payment is found by its X-EXTERNAL-ID.
const EXTERNAL_ID_DAYS: u32 = 8;

/// A payment as it stands.
async fn inquire(snap: &Snap, call: &Call, id: &TransactionId) -> Result<PaymentView, Refused> {
    let merchant = call.client.merchant.clone();
    call.ask(snap, id.entity_id(), None, Inquire { merchant }).await
}

/// What became of an operation, where its first answer may have been that this is open.
async fn outcome_of(
    snap: &Snap,
    call: &Call,
    payment: &TransactionId,
    operation: &OperationView,
) -> Result<OperationOutcome, Answer> {
    if operation.outcome != OperationOutcome::Pending {
        return Ok(operation.outcome.clone());
    }
    let merchant = call.client.merchant.clone();
    let inquire = InquireOperation { merchant, operation: operation.id };
    match call.ask(snap, payment.entity_id(), None, inquire).await {
        Ok(operation) => Ok(operation.outcome),
        // It ended so long ago that the payment has forgotten it, or before late outcomes were remembered.
        Err(refused) if refused.is(ErrorCode::NotFound) => Ok(OperationOutcome::Pending),
        Err(refused) => Err(refused.into()),
    }
}

/// The binding whose charge waits for a one-time code.
pub(crate) async fn binding_of(
    snap: &Snap,
    call: &Call,
    payment: &TransactionId,
) -> Result<Option<BindingId>, Answer> {
    let place = (CHARGES.to_owned(), payment.to_string());
    let noted = call.noted(snap, &[place]).await?;
    Ok(noted.and_then(|binding| BindingId::parse_derived(&binding)))
}

/// The payment that a request refers to, by whichever of its names.
async fn original(
    snap: &Snap,
    call: &Call,
    fields: Object<'_>,
    external_id: Option<&str>,
) -> Result<TransactionId, Answer> {
    let partner = fields.text("originalPartnerReferenceNo", target::REFERENCE)?;
    let reference = fields.text("originalReferenceNo", target::REFERENCE)?;
    let external =
        fields.text("originalExternalId", rule(1, 36, Charset::And("-")))?.or(external_id);
    let unknown = || Answer::new(codes::NOT_FOUND);
    let by_partner = partner.map(|partner| target::payment(call, partner));
    let by_reference = match reference {
        Some(reference) => Some(TransactionId::parse_derived(reference).ok_or_else(unknown)?),
        None => None,
    };
    match (by_partner, by_reference, external) {
        (Some(one), Some(other), _) if one != other => Err(Answer::new(codes::INCONSISTENT)),
        (Some(payment), ..) | (None, Some(payment), _) => Ok(payment),
        (None, None, Some(external)) => by_external_id(snap, call, external).await,
        (None, None, None) => Err(Answer::missing("originalPartnerReferenceNo")),
    }
}

async fn by_external_id(
    snap: &Snap,
    call: &Call,
    external_id: &str,
) -> Result<TransactionId, Answer> {
    let places = call.external_places(snap, Service::Payment, external_id, EXTERNAL_ID_DAYS);
    let noted = call.noted(snap, &places).await?;
    let payment = noted.as_deref().and_then(|noted| noted.strip_prefix("payment:"));
    let payment = payment.and_then(|rest| rest.split(' ').next());
    payment.and_then(TransactionId::parse_derived).ok_or_else(|| Answer::new(codes::NOT_FOUND))
}

/// Whether this is the first answer that tells of a success: a repetition of its request, under another
/// X-EXTERNAL-ID, is told that it was done before.
pub(crate) async fn is_first_told(snap: &Snap, call: &Call, what: &str) -> Result<bool, Answer> {
    call.note(snap, TOLD, what, call.own_key("told")).await
}
