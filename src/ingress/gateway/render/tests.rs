use super::*;
use purser_subjects::{
    TransactionId,
    transaction::{Decline, DeclineReason, PaymentStatus},
};
use uuid::Uuid;

/// 2026-11-20T12:34:56.789Z.
const AT: Timestamp = Timestamp::from_millis(1_795_178_096_789);

pub(crate) fn view(status: PaymentStatus) -> PaymentView {
    let merchant = "10001".parse().unwrap();
    PaymentView {
        payment: TransactionId::derive(&merchant, "order-1"),
        merchant,
        reference: "order-1".to_owned(),
        amount: Money::new(1250, "EUR".parse().unwrap()),
        status,
        capture: true,
        captured: 1250,
        refunded: 250,
        decline: None,
        card: CardSummary {
            brand: "VISA".to_owned(),
            bin: "411111".to_owned(),
            last4: "1111".to_owned(),
            expiry_month: 5,
            expiry_year: 2030,
            holder: "Ada Lovelace".to_owned(),
        },
        details: [("orderDescriptor", "A \"book\""), ("customer.givenName", "Ada")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        notify: None,
        binding: None,
        acquirer_reference: Some("ref-1".to_owned()),
        created_at: AT,
        updated_at: AT,
    }
}

pub(crate) fn reply(kind: OperationKind, outcome: OperationOutcome) -> PaymentReply {
    let payment = view(PaymentStatus::Captured);
    let operation =
        OperationView { id: Uuid::nil(), kind, amount: payment.amount, outcome, begun_at: AT };
    PaymentReply { payment, operation }
}

pub(crate) fn decline() -> Decline {
    Decline {
        reason: DeclineReason::InsufficientFunds,
        code: "A51".to_owned(),
        message: "No money\r\nleft".to_owned(),
    }
}

fn json(object: &Object) -> String {
    String::from_utf8(object.to_json()).unwrap()
}

#[test]
fn a_payment_is_answered_with_the_documented_fields_in_order() {
    let approved = reply(OperationKind::Purchase, OperationOutcome::Approved);
    assert_eq!(json(&payment(&approved)), include_str!("approved.json").trim());
    let mut declined = reply(OperationKind::Authorise, OperationOutcome::Declined(decline()));
    declined.payment.capture = false;
    assert_eq!(json(&payment(&declined)), include_str!("declined.json").trim());
}

#[test]
fn an_inquiry_is_answered_with_the_documented_fields_in_order() {
    let body = json(&inquiry(&view(PaymentStatus::PartlyRefunded)));
    assert_eq!(body, include_str!("inquiry.json").trim());
}

#[test]
fn operations_have_their_own_success_codes() {
    for (kind, code) in [
        (OperationKind::Authorise, "00001"),
        (OperationKind::Purchase, "00001"),
        (OperationKind::Capture, "00004"),
        (OperationKind::Refund, "00005"),
        (OperationKind::Void, "00006"),
    ] {
        let body = json(&operation(&reply(kind, OperationOutcome::Approved)));
        assert!(body.contains(&format!("\"code\":\"{code}\"")), "{body}");
        let body = json(&operation(&reply(kind, OperationOutcome::Pending)));
        assert!(body.contains("\"code\":\"30001\""), "{body}");
    }
}

#[test]
fn a_refund_that_the_merchant_cannot_fund_is_no_bank_decline() {
    let decline = Decline { reason: DeclineReason::MerchantFunds, ..decline() };
    let body = json(&operation(&reply(OperationKind::Refund, OperationOutcome::Declined(decline))));
    assert!(body.contains("\"code\":\"20207\"") && !body.contains("bankCode"), "{body}");
}

#[test]
fn amounts_have_two_decimals() {
    for (minor, code, text) in [
        (1250, "EUR", "12.50"),
        (100, "JPY", "100.00"),
        (1250, "KWD", "1.25"),
        (1000, "KWD", "1.00"),
        (1251, "KWD", "1.251"),
        (0, "EUR", "0.00"),
    ] {
        assert_eq!(decimal(Money::new(minor, code.parse().unwrap())), text, "{minor} {code}");
    }
}

#[test]
fn times_are_utc_without_fractions() {
    assert_eq!(timestamp(AT), "2026-11-20 12:34:56");
    assert_eq!(timestamp(Timestamp::from_millis(0)), "1970-01-01 00:00:00");
}
