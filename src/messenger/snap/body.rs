//! The body of a notification (SNAP service 56, *direct debit payment notify*). Those about a binding have
//! the same head, and tell what it is in `additionalInfo`.

use crate::messenger::RenderError;
use purser_actors::ports::Delivery;
use purser_subjects::{
    EntityKind, Money, Timestamp,
    binding::{BindingView, SessionStage, TokenStatus},
    callback::BindingNotice,
    decode,
    transaction::{OperationKind, OperationOutcome, PaymentReply, PaymentStatus},
};
use serde::Serialize;
use std::collections::BTreeMap;
use time::{OffsetDateTime, UtcOffset};

/// The body for a delivery; `merchant_id` is what the merchant is called in SNAP, where its payment does
/// not say.
pub(super) fn of(delivery: &Delivery, merchant_id: Option<&str>) -> Result<Vec<u8>, RenderError> {
    let unreadable = |error| RenderError::new("the notification cannot be read").caused_by(error);
    let body = if delivery.object.kind == EntityKind::Binding {
        let notice: BindingNotice = decode(&delivery.payload).map_err(unreadable)?;
        of_binding(&notice.binding, merchant_id)
    } else {
        let reply: PaymentReply = decode(&delivery.payload).map_err(unreadable)?;
        of_payment(&reply, merchant_id)
    };
    serde_json::to_vec(&body)
        .map_err(|error| RenderError::new("the notification cannot be written").caused_by(error))
}

/// In the order of the standard's table.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    original_partner_reference_no: String,
    original_reference_no: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    latest_transaction_status: &'static str,
    transaction_status_desc: &'static str,
    created_time: String,
    finished_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_store_id: Option<String>,
    additional_info: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Amount {
    value: String,
    currency: String,
}

fn of_payment(reply: &PaymentReply, merchant_id: Option<&str>) -> Body {
    let (view, operation) = (&reply.payment, &reply.operation);
    let (status, words) = of_operation(reply);
    let detail = |name: &str| view.details.get(name).cloned();
    let mut more = BTreeMap::from([("event", event(operation.kind).to_owned())]);
    if operation.kind == OperationKind::Refund {
        more.insert("refundAmount", operation.amount.to_decimal(2));
    }
    if view.refunded > 0 {
        let refunded = Money::new(view.refunded, view.amount.currency);
        more.insert("refundedAmount", refunded.to_decimal(2));
    }
    if let OperationOutcome::Declined(decline) = &operation.outcome {
        more.insert("declineCode", decline.code.clone());
    }
    more.extend(view.binding.as_ref().map(|binding| ("bankCardToken", binding.to_string())));
    for name in ["publicUserId", "remarks", "bankCode"] {
        more.extend(detail(name).map(|value| (name, value)));
    }
    Body {
        original_partner_reference_no: view.reference.clone(),
        original_reference_no: view.payment.to_string(),
        original_external_id: detail("externalId"),
        merchant_id: detail("merchantId").or_else(|| merchant_id.map(str::to_owned)),
        amount: Some(Amount {
            value: view.amount.to_decimal(2),
            currency: view.amount.currency.to_string(),
        }),
        latest_transaction_status: status,
        transaction_status_desc: words,
        created_time: time(view.created_at),
        finished_time: time(view.updated_at),
        external_store_id: detail("externalStoreId"),
        additional_info: more,
    }
}

fn event(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Authorise | OperationKind::Purchase | OperationKind::Capture => "PAYMENT",
        OperationKind::Void => "CANCEL",
        OperationKind::Refund => "REFUND",
    }
}

/// Where the payment stands after the operation, as the status inquiry tells it.
fn of_operation(reply: &PaymentReply) -> (&'static str, &'static str) {
    let kind = reply.operation.kind;
    let begins = matches!(kind, OperationKind::Authorise | OperationKind::Purchase);
    match (&reply.operation.outcome, reply.payment.status) {
        (OperationOutcome::Pending, _) if begins => ("03", "PENDING"),
        (OperationOutcome::Declined(_), _) if begins => ("06", "FAILED"),
        (_, PaymentStatus::Voided) => ("05", "CANCELED"),
        (_, PaymentStatus::Refunded) => ("04", "REFUNDED"),
        (_, PaymentStatus::Declined) => ("06", "FAILED"),
        (_, PaymentStatus::Authorising) => ("03", "PENDING"),
        _ => ("00", "SUCCESS"),
    }
}

fn of_binding(view: &BindingView, merchant_id: Option<&str>) -> Body {
    let detail = |name: &str| view.details.get(name).cloned();
    let (status, words) = of_session(view);
    let mut more =
        BTreeMap::from([("event", "CARD_BINDING".to_owned()), ("state", view.state.clone())]);
    if let Some(token) = &view.token {
        more.insert("bankCardToken", view.binding.to_string());
        more.insert("tokenStatus", token_status(token.status).to_owned());
        more.extend(token.expires_at.map(|at| ("tokenExpiryTime", time(at))));
    }
    if let Some(card) = view.card.as_ref().filter(|_| view.token.is_some()) {
        more.insert("cardBrand", card.brand.clone());
        more.insert("maskedCard", format!("{}******{}", card.bin, card.last4));
    }
    if let Some(failure) = view.failure.as_ref().filter(|_| view.token.is_none()) {
        more.insert("reason", failure.message.clone());
    }
    more.extend(view.customer.clone().map(|customer| ("publicUserId", customer)));
    more.extend(view.bank_code.clone().map(|bank| ("bankCode", bank)));
    Body {
        original_partner_reference_no: detail("partnerReferenceNo")
            .unwrap_or_else(|| view.state.clone()),
        original_reference_no: view.binding.to_string(),
        original_external_id: detail("externalId"),
        merchant_id: detail("merchantId").or_else(|| merchant_id.map(str::to_owned)),
        amount: None,
        latest_transaction_status: status,
        transaction_status_desc: words,
        created_time: time(view.created_at),
        finished_time: time(view.updated_at),
        external_store_id: None,
        additional_info: more,
    }
}

fn of_session(view: &BindingView) -> (&'static str, &'static str) {
    match (view.stage, view.token.as_ref().map(|token| token.status)) {
        (SessionStage::Bound, Some(TokenStatus::Disabled)) => ("05", "UNBOUND"),
        (SessionStage::Bound, Some(TokenStatus::Blocked)) => ("00", "BLOCKED"),
        (SessionStage::Bound, Some(TokenStatus::Expired)) => ("05", "TOKEN EXPIRED"),
        (SessionStage::Bound, _) => ("00", "SUCCESS"),
        (SessionStage::Cancelled, _) => ("05", "CANCELED"),
        (SessionStage::Expired, _) => ("06", "EXPIRED"),
        (SessionStage::Failed, _) => ("06", "FAILED"),
        _ => ("03", "PENDING"),
    }
}

fn token_status(status: TokenStatus) -> &'static str {
    match status {
        TokenStatus::Active => "ACTIVE",
        TokenStatus::Blocked => "BLOCKED",
        TokenStatus::Disabled => "DISABLED",
        TokenStatus::Expired => "EXPIRED",
    }
}

/// ISO 8601 with the offset of Jakarta, to the second: 25 characters.
pub(super) fn time(at: Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at.as_millis().div_euclid(1_000));
    let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let at = at.to_offset(UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+07:00",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingress::gateway::sample_reply;
    use purser_subjects::transaction::Decline;
    use serde_json::{Value, json};

    fn told(kind: OperationKind, outcome: OperationOutcome, status: PaymentStatus) -> Value {
        let mut reply = sample_reply(kind, outcome);
        reply.payment.status = status;
        reply.payment.refunded = 0;
        serde_json::to_value(of_payment(&reply, Some("MERCH1"))).unwrap()
    }

    #[test]
    fn a_payment_is_told_with_the_fields_of_service_56() {
        let told =
            told(OperationKind::Purchase, OperationOutcome::Approved, PaymentStatus::Captured);
        let reference = told["originalReferenceNo"].clone();
        assert_eq!(
            told,
            json!({
                "originalPartnerReferenceNo": "order-1",
                "originalReferenceNo": reference,
                "merchantId": "MERCH1",
                "amount": { "value": "12.50", "currency": "EUR" },
                "latestTransactionStatus": "00",
                "transactionStatusDesc": "SUCCESS",
                "createdTime": "2026-11-20T19:34:56+07:00",
                "finishedTime": "2026-11-20T19:34:56+07:00",
                "additionalInfo": { "event": "PAYMENT" },
            })
        );
    }

    #[test]
    fn the_status_is_that_of_the_payment_after_the_operation() {
        use OperationKind::{Purchase, Refund, Void};
        use OperationOutcome::{Approved, Declined, Pending};
        let decline = || {
            let reason = purser_subjects::transaction::DeclineReason::InsufficientFunds;
            Declined(Decline { reason, code: "51".to_owned(), message: String::new() })
        };
        for (kind, outcome, status, expected) in [
            (Purchase, Approved, PaymentStatus::Captured, "00"),
            (Purchase, Pending, PaymentStatus::Authorising, "03"),
            (Purchase, decline(), PaymentStatus::Declined, "06"),
            (Refund, Approved, PaymentStatus::PartlyRefunded, "00"),
            (Refund, Approved, PaymentStatus::Refunded, "04"),
            (Refund, decline(), PaymentStatus::Captured, "00"),
            (Void, Approved, PaymentStatus::Voided, "05"),
        ] {
            let told = told(kind, outcome, status);
            assert_eq!(told["latestTransactionStatus"], expected, "{kind:?} {status:?}");
        }
    }
}
