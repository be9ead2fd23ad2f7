//! Notifications of the gateway: a JSON body signed with the merchant's secure key.

use super::{FORMAT, SCHEME, answer::Object, checksum, render, status};
use crate::{
    merchants::MerchantDirectory,
    messenger::{Render, RenderError, Rendered},
};
use async_trait::async_trait;
use purser_actors::ports::DueDelivery;
use purser_subjects::{Timestamp, decode, transaction::PaymentReply};
use std::{fmt, sync::Arc};

/// Renders what the gateway tells a `notificationUrl`.
pub struct GatewayNotification {
    merchants: Arc<MerchantDirectory>,
}

impl GatewayNotification {
    /// A renderer that finds secure keys in `merchants`.
    pub fn new(merchants: Arc<MerchantDirectory>) -> Self {
        Self { merchants }
    }
}

impl fmt::Debug for GatewayNotification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GatewayNotification")
    }
}

#[async_trait]
impl Render for GatewayNotification {
    fn format(&self) -> &'static str {
        FORMAT
    }

    async fn render(&self, due: &DueDelivery, _: Timestamp) -> Result<Rendered, RenderError> {
        let delivery = &due.delivery;
        let reply: PaymentReply = decode(&delivery.payload).map_err(|error| {
            RenderError::new("the notification cannot be read").caused_by(error)
        })?;
        let unavailable = || RenderError::new("the secure key is not available at present");
        let profile = self
            .merchants
            .by_id(&delivery.merchant)
            .await
            .map_err(|error| unavailable().caused_by(error))?
            .ok_or_else(unavailable)?;
        let credential = profile.credentials.iter().find(|credential| credential.scheme == SCHEME);
        let credential = credential
            .ok_or_else(|| RenderError::new("the merchant has no secure key to sign with"))?;
        let secure_key =
            self.merchants.secret(credential).map_err(|error| unavailable().caused_by(error))?;
        let content_type =
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned());
        Ok(Rendered { headers: vec![content_type], body: body(&reply, &secure_key).to_json() })
    }
}

/// All fields, empty where there is nothing to tell. `amount` is that of the operation the
/// notification is about: what was captured or refunded by it.
fn body(reply: &PaymentReply, secure_key: &[u8]) -> Object {
    let view = &reply.payment;
    let (long, short) = status::of_operation(reply);
    let amount = render::decimal(reply.operation.amount);
    let detail = |name| render::detail(view, name).unwrap_or_default();
    let checksum = checksum::of(&[
        view.payment.as_str().as_bytes(),
        view.reference.as_bytes(),
        amount.as_bytes(),
        short.as_bytes(),
        secure_key,
    ]);
    let customer = Object::new()
        .text("email", detail("customer.email"))
        .text("id", detail("customer.customerId"));
    let card = Object::new()
        .text("bin", view.card.bin.as_str())
        .text("lastFourDigits", view.card.last4.as_str())
        .text("last4Digits", view.card.last4.as_str())
        .text("expiryMonth", format!("{:02}", view.card.expiry_month))
        .text("expiryYear", format!("{:04}", view.card.expiry_year));
    Object::new()
        .text("paymentId", view.payment.as_str())
        .text("status", long)
        .text("transactionStatus", short)
        .text("paymentBrand", view.card.brand.as_str())
        .text("paymentMode", render::mode(view))
        .text("firstName", detail("customer.givenName"))
        .text("lastName", detail("customer.surname"))
        .text("amount", amount)
        .text("currency", view.amount.currency.code())
        .text("descriptor", detail("orderDescriptor"))
        .text("merchantTransactionId", view.reference.as_str())
        .text("remark", render::remark(&reply.operation))
        .text("tmpl_amount", detail("tmpl_amount"))
        .text("tmpl_currency", detail("tmpl_currency"))
        .text("checksum", checksum)
        .object("result", render::operation_result(&reply.operation))
        .object("customer", customer)
        .object("card", card)
        .text("timestamp", render::timestamp(view.updated_at))
        .text("eci", "")
        .text("bankReferenceId", view.acquirer_reference.as_deref().unwrap_or_default())
        .text("terminalId", detail("authentication.terminalId"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingress::gateway::render::tests::{reply, view};
    use purser_subjects::transaction::{OperationKind, OperationOutcome, PaymentStatus};
    use serde_json::Value;

    #[test]
    fn the_checksum_covers_the_operation_and_the_short_status() {
        let mut refund = reply(OperationKind::Refund, OperationOutcome::Approved);
        refund.payment = view(PaymentStatus::PartlyRefunded);
        refund.operation.amount.minor = 250;
        let body: Value = serde_json::from_slice(&body(&refund, b"testkey").to_json()).unwrap();
        let parts: Vec<&str> =
            ["paymentId", "merchantTransactionId", "amount", "transactionStatus"]
                .iter()
                .map(|name| body[*name].as_str().unwrap())
                .collect();
        assert_eq!(parts[1..], ["order-1", "2.50", "Y"]);
        assert_eq!(body["status"], "reversed");
        let text = format!("{}|testkey", parts.join("|"));
        assert_eq!(body["checksum"], checksum::of(&[text.as_bytes()]));
    }

    #[test]
    fn every_field_is_there() {
        let approved = reply(OperationKind::Purchase, OperationOutcome::Approved);
        let body = String::from_utf8(body(&approved, b"testkey").to_json()).unwrap();
        assert_eq!(body, include_str!("notification/approved.json").trim());
    }

    #[test]
    fn a_failed_capture_has_a_status_of_its_own() {
        let decline = crate::ingress::gateway::render::tests::decline();
        let mut failed = reply(OperationKind::Capture, OperationOutcome::Declined(decline));
        failed.payment = view(PaymentStatus::Authorised);
        let body: Value = serde_json::from_slice(&body(&failed, b"testkey").to_json()).unwrap();
        assert_eq!(
            (&body["status"], &body["transactionStatus"]),
            (&"capturefailed".into(), &"N".into())
        );
        assert_eq!(body["result"]["bankCode"], "51");
    }
}
