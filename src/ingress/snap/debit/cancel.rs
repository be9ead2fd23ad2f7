//! `POST /debit/cancel`: gives a whole payment back of which nothing was given back before. One that still
//! waits for the card holder's one-time code is ended instead: no money has moved.

use super::{binding_of, inquire, is_first_told, original, outcome_of, payment::charge_view};
use crate::ingress::snap::{
    Snap,
    answer::{Answer, Fields},
    caller::Call,
    codes,
    fields::{Charset, Object, rule},
    refusal, registration, timestamp,
};
use purser_subjects::{
    ErrorCode, Money, TransactionId,
    binding::CancelCharge,
    transaction::{OperationOutcome, PaymentStatus, Refund},
};

/// The idempotency key of a cancellation: a payment is cancelled once.
pub(super) const KEY: &str = "snap:cancel";

/// Cancels a payment.
pub(crate) async fn cancel(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let fields = Object::body(&call.fields);
    registration::check_merchant_if_any(call, fields)?;
    fields.text("reason", rule(1, 256, Charset::Text))?;
    let amount = fields.amount("amount")?;
    let id = original(snap, call, fields, None).await?;
    let view = match inquire(snap, call, &id).await {
        Ok(view) => view,
        Err(refused) if refused.is(ErrorCode::NotFound) => {
            return cancel_waiting(snap, call, &id, amount).await;
        }
        Err(refused) => return Err(refused.about(codes::NOT_FOUND)),
    };
    if amount.is_some_and(|amount| amount != view.amount) {
        return Err(Answer::new(codes::AMOUNT));
    }
    if matches!(view.status, PaymentStatus::Declined | PaymentStatus::Authorising) {
        return Err(Answer::new(codes::STATE));
    }
    call.take_external_id(snap, &format!("cancel:{id}")).await?;
    // The whole amount: with anything given back before, the core refuses.
    let refund = Refund { merchant: call.client.merchant.clone(), amount: Some(view.amount) };
    let reply = call.ask_as_is(snap, id.entity_id(), KEY, refund).await.map_err(|refused| {
        match Answer::from(refused) {
            answer if answer.case == codes::AMOUNT => Answer::new(codes::STATE),
            answer => answer,
        }
    })?;
    let answer = Fields::new()
        .with("originalPartnerReferenceNo", view.reference.clone())
        .with("originalReferenceNo", id.as_str())
        .maybe("originalExternalId", view.details.get("externalId").cloned())
        .with("cancelTime", timestamp::write(reply.operation.begun_at))
        .with("transactionDate", timestamp::write(view.created_at));
    match &outcome_of(snap, call, &id, &reply.operation).await? {
        OperationOutcome::Approved => {
            let what = format!("cancel:{id}");
            if is_first_told(snap, call, &what).await? {
                Ok(Answer::ok(answer))
            } else {
                Err(Answer::new(codes::CANCELLED).with(answer))
            }
        }
        OperationOutcome::Declined(decline) => Err(Answer::new(refusal::declined(decline))),
        OperationOutcome::Pending => Ok(Answer::new(codes::IN_PROGRESS).with(answer)),
    }
}

/// Ends a payment of which the binding alone knows, since it waits for a one-time code.
async fn cancel_waiting(
    snap: &Snap,
    call: &Call,
    id: &TransactionId,
    amount: Option<Money>,
) -> Result<Answer, Answer> {
    let unknown = || Answer::new(codes::NOT_FOUND);
    let binding = binding_of(snap, call, id).await?.ok_or_else(unknown)?;
    let charge = charge_view(snap, call, &binding, id).await;
    let charge = charge.map_err(|refused| refused.about(codes::NOT_FOUND))?;
    if amount.is_some_and(|amount| amount != charge.amount) {
        return Err(Answer::new(codes::AMOUNT));
    }
    call.take_external_id(snap, &format!("cancel:{id}")).await?;
    let merchant = call.client.merchant.clone();
    let cancel = CancelCharge { merchant, payment: id.clone() };
    // What is refused while the issuer looks at a code may be done a moment later, so each request asks
    // with a key of its own; to cancel twice changes nothing.
    let key = Some(call.own_key("cancel-charge"));
    let charge = call.ask(snap, binding.entity_id(), key, cancel).await;
    let charge = charge.map_err(|refused| refused.about(codes::NOT_FOUND))?;
    let answer = Fields::new().with("originalReferenceNo", id.as_str());
    if is_first_told(snap, call, &format!("cancel:{id}")).await? {
        let answer = answer
            .with("cancelTime", timestamp::write(snap.clock.now()))
            .with("transactionDate", timestamp::write(charge.at));
        Ok(Answer::ok(answer))
    } else {
        Err(Answer::new(codes::CANCELLED).with(answer))
    }
}
