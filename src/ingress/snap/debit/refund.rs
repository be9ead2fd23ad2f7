//! `POST /debit/refund`: gives money back, whole or in parts.

use super::{history, inquire, is_first_told, original, outcome_of, status::money};
use crate::ingress::snap::{
    Snap,
    answer::{Answer, Fields},
    caller::Call,
    codes,
    fields::{Charset, Object, rule},
    refusal, registration, target, timestamp,
};
use purser_subjects::{
    ErrorCode,
    transaction::{OperationOutcome, Refund},
};

/// The idempotency key of a refund: one of a name is made once.
pub(super) fn key(name: &str) -> String {
    format!("snap:refund:{name}")
}

/// Gives money back.
pub(crate) async fn refund(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    registration::check_merchant_if_any(call, fields)?;
    let name = fields.required("partnerRefundNo", target::REFERENCE)?;
    fields.text("reason", rule(1, 256, Charset::Text))?;
    let amount = fields.amount("refundAmount")?;
    let id = original(snap, call, fields, None).await?;
    let view = inquire(snap, call, &id).await;
    let view = view.map_err(|refused| refused.about(codes::NOT_FOUND))?;
    call.take_external_id(snap, &format!("refund:{id}")).await?;
    let refund = Refund { merchant: call.client.merchant.clone(), amount };
    let reply = call.ask_as_is(snap, id.entity_id(), &key(name), refund).await;
    let reply = reply.map_err(|refused| match refused.0.code {
        // The same partnerRefundNo with another amount.
        ErrorCode::IdempotencyConflict => Answer::new(codes::INCONSISTENT),
        ErrorCode::StateConflict if view.refunded > 0 && view.refunded < view.captured => {
            Answer::new(codes::OPERATION).describe(refused.0.message)
        }
        _ => refused.into(),
    })?;
    let operation = &reply.operation;
    let answer = Fields::new()
        .with("originalPartnerReferenceNo", view.reference.clone())
        .with("originalReferenceNo", id.as_str())
        .maybe("originalExternalId", view.details.get("externalId").cloned())
        .with("refundNo", operation.id.simple().to_string())
        .with("partnerRefundNo", name)
        .with("refundAmount", money(operation.amount))
        .with("refundTime", timestamp::write(operation.begun_at));
    if !matches!(operation.outcome, OperationOutcome::Declined(_)) {
        history::add(snap, call, &id, name).await?;
    }
    match &outcome_of(snap, call, &id, operation).await? {
        OperationOutcome::Approved => {
            let what = format!("refund:{}", operation.id.simple());
            if is_first_told(snap, call, &what).await? {
                Ok(Answer::ok(answer))
            } else {
                Err(Answer::new(codes::DUPLICATE).with(answer))
            }
        }
        OperationOutcome::Declined(decline) => {
            Err(Answer::new(refusal::declined(decline)).describe(&decline.message).with(answer))
        }
        OperationOutcome::Pending => Ok(Answer::new(codes::IN_PROGRESS).with(answer)),
    }
}
