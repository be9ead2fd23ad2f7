//! Requests of the card gateway, as a merchant's client sends them.

use crate::ingress::gateway::checksum;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// A card that the sandbox approves at once, for everything.
const CARD: &str = "4242424242424242";
/// What every payment is about; no rule of fees takes all of it.
pub(super) const AMOUNT: &str = "12.50";

/// A merchant, with all that its client needs.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Shop {
    pub(crate) member: String,
    pub(crate) secure_key: String,
    pub(crate) token: String,
    /// Where its notifications go: one of these, in turn. None are asked for without any.
    pub(crate) notify: Vec<String>,
}

/// Writes requests to one server.
pub(super) struct Writer {
    pub(super) host: String,
    pub(super) expiry_year: i32,
}

impl Writer {
    /// `DB` or `PA`: a payment under a name of its own.
    pub(super) fn payment(&self, shop: &Shop, kind: &str, reference: &str, number: u64) -> Vec<u8> {
        let mut form = form(shop, kind, &[reference, AMOUNT]);
        form.append_pair("merchantTransactionId", reference)
            .append_pair("amount", AMOUNT)
            .append_pair("currency", "EUR")
            .append_pair("paymentMode", "CC")
            .append_pair("paymentBrand", "VISA")
            .append_pair("card.number", CARD)
            .append_pair("card.expiryMonth", "12")
            .append_pair("card.expiryYear", &self.expiry_year.to_string())
            .append_pair("card.cvv", "123");
        if !shop.notify.is_empty() {
            let url = &shop.notify[number as usize % shop.notify.len()];
            form.append_pair("notificationUrl", url);
        }
        self.post(shop, "", &form.finish())
    }

    /// `CP` or `RF`: captures or refunds all of a payment.
    pub(super) fn change(&self, shop: &Shop, kind: &str, payment: &str) -> Vec<u8> {
        let mut form = form(shop, kind, &[payment, AMOUNT]);
        form.append_pair("amount", AMOUNT);
        self.post(shop, &format!("/{payment}"), &form.finish())
    }

    fn post(&self, shop: &Shop, path: &str, body: &str) -> Vec<u8> {
        let mut request = String::with_capacity(body.len() + 512);
        // A String takes all that is written.
        let _ = write!(
            request,
            "POST /transactionServices/REST/v1/payments{path} HTTP/1.1\r\n\
             Host: {}\r\nAuthToken: {}\r\nAccept: application/json\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            shop.token,
            body.len(),
        );
        request.into_bytes()
    }
}

/// A form with what every request has; the checksum is over member, key and `parts`.
fn form(shop: &Shop, kind: &str, parts: &[&str]) -> form_urlencoded::Serializer<'static, String> {
    let mut checked = vec![shop.member.as_bytes(), shop.secure_key.as_bytes()];
    checked.extend(parts.iter().map(|part| part.as_bytes()));
    let mut form = form_urlencoded::Serializer::new(String::with_capacity(512));
    form.append_pair("authentication.memberId", &shop.member)
        .append_pair("authentication.checksum", &checksum::of(&checked))
        .append_pair("paymentType", kind);
    form
}

/// The text of a field of a JSON answer. Enough for texts without escapes, such as ids and codes.
pub(super) fn text<'a>(body: &'a [u8], field: &str) -> Option<&'a str> {
    let body = str::from_utf8(body).ok()?;
    let (_, rest) = body.split_once(&format!("\"{field}\":\""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_has_the_checksum_of_the_documents() {
        let shop = Shop {
            member: "11344".into(),
            secure_key: "testkey".into(),
            token: "t".into(),
            notify: vec!["http://127.0.0.1:9/a".into(), "http://127.0.0.1:9/b".into()],
        };
        let writer = Writer { host: "127.0.0.1:8080".into(), expiry_year: 2040 };
        let request = String::from_utf8(writer.payment(&shop, "DB", "order-1", 3)).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len()).trim_end().to_owned())
        );
        let fields: std::collections::HashMap<_, _> =
            form_urlencoded::parse(body.as_bytes()).collect();
        let expected = checksum::of(&[b"11344", b"testkey", b"order-1", b"12.50"]);
        assert_eq!(fields["authentication.checksum"], expected);
        assert_eq!(fields["notificationUrl"], "http://127.0.0.1:9/b");
    }

    #[test]
    fn codes_and_ids_are_found_in_answers() {
        let body = br#"{"paymentId":"abc","result":{"code":"00001","description":"x"}}"#;
        assert_eq!(text(body, "paymentId"), Some("abc"));
        assert_eq!(text(body, "code"), Some("00001"));
        assert_eq!(text(body, "none"), None);
    }
}
