//! The refunds of a payment, in the order in which they were answered first: the name of each is noted under
//! the payment's next free number. Its outcome is the stored answer of its own idempotency key, or, where that
//! says that the outcome was open, what the payment knows by now.

use super::{outcome_of, refund, status::money};
use crate::ingress::snap::{
    Snap,
    answer::{Answer, Fields},
    caller::Call,
    refusal, timestamp,
};
use purser_actors::ports::AnswerKey;
use purser_subjects::{
    Answer as Stored, TransactionId,
    transaction::{OperationOutcome, PaymentReply},
};
use serde_json::Value;

/// Refunds of one payment that are listed.
const MAX: usize = 32;

fn places(payment: &TransactionId) -> Vec<(String, String)> {
    (1..=MAX).map(|number| (format!("snap-refunds:{payment}"), number.to_string())).collect()
}

/// Notes a refund that succeeded or may have, once. What comes after [`MAX`] is not listed.
pub(super) async fn add(
    snap: &Snap,
    call: &Call,
    payment: &TransactionId,
    name: &str,
) -> Result<(), Answer> {
    let places = places(payment);
    let notes = call.notes(snap, &places).await?;
    if notes.iter().flatten().any(|had| had == name) {
        return Ok(());
    }
    for ((scope, number), had) in places.iter().zip(notes) {
        // Another refund may take the number at the same moment; then the next one is tried.
        if had.is_none() && call.note(snap, scope, number, name.to_owned()).await? {
            break;
        }
    }
    Ok(())
}

/// The refunds of a payment as `refundHistory` lists them.
pub(super) async fn list(
    snap: &Snap,
    call: &Call,
    payment: &TransactionId,
) -> Result<Vec<Value>, Answer> {
    let names: Vec<_> = call.notes(snap, &places(payment)).await?.into_iter().flatten().collect();
    let key = |name: &String| AnswerKey::of(&payment.key(), &refund::key(name));
    let keys: Vec<_> = names.iter().map(key).collect();
    let answers = snap.store.answers(&keys).await.map_err(refusal::store)?;
    let mut entries = Vec::new();
    for (name, stored) in names.into_iter().zip(answers) {
        let reply = stored.and_then(|stored| stored.answer);
        let reply = reply.map(|answer| Stored::<PaymentReply>::from_bytes(&answer));
        let Some(Ok(Stored::Ok(PaymentReply { operation, .. }))) = reply else { continue };
        let status = match outcome_of(snap, call, payment, &operation).await? {
            OperationOutcome::Approved => "00",
            OperationOutcome::Pending => "03",
            OperationOutcome::Declined(_) => "06",
        };
        let entry = Fields::new()
            .with("refundNo", operation.id.simple().to_string())
            .with("partnerRefundNo", name)
            .with("refundAmount", money(operation.amount))
            .with("refundStatus", status)
            .with("refundDate", timestamp::write(operation.begun_at));
        entries.push(entry.into());
    }
    Ok(entries)
}
