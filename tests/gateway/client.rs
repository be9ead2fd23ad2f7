//! A merchant's client of the gateway, which knows of the platform only what its page tells.

use super::hostile::{Fields, PREFIX, md5};
use crate::support::merchant::Merchant;
use reqwest::RequestBuilder;
use serde_json::Value;
use std::time::Duration;

/// Approved whatever is done with it.
pub(crate) const GOOD_CARD: &str = "4242424242424242";
/// Always declined, with bank code 05.
pub(crate) const DECLINED_CARD: &str = "4000000000000002";

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// Longer than any wait inside the platform.
const TIMEOUT: Duration = Duration::from_secs(90);

/// A logged-in client of one merchant. Clones share their connections.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) merchant: Merchant,
    pub(crate) token: String,
    base: String,
    http: reqwest::Client,
}

/// An answer of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// `result.code`.
    pub(crate) fn code(&self) -> String {
        self.json()["result"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A text of the body; empty when it is not there.
    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn payment_id(&self) -> String {
        self.text("paymentId")
    }

    /// The same answer, after a look at its code.
    #[track_caller]
    pub(crate) fn expect(self, code: &str) -> Self {
        assert_eq!((self.status, self.code().as_str()), (200, code), "{}", self.body);
        self
    }
}

impl Shop {
    /// Logs `merchant` in at the platform whose URL is `base`.
    pub(crate) async fn log_in(base: &str, merchant: &Merchant) -> Self {
        let http = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build().unwrap();
        let (merchant, token) = (merchant.clone(), String::new());
        let mut shop = Self { merchant, token, base: base.to_owned(), http };
        let fields = fields(&[
            ("authentication.partnerId", &shop.merchant.partner_id),
            ("merchant.username", &shop.merchant.username),
            ("authentication.sKey", &shop.merchant.secure_key),
        ]);
        let answer = shop.post_form("/authToken", &fields).await.expect("200");
        shop.token = answer.text("AuthToken");
        shop
    }

    /// A signed payment request: `paymentType` DB or PA, with `changes` to its other fields.
    pub(crate) fn payment(
        &self,
        kind: &str,
        reference: &str,
        amount: &str,
        changes: &[(&str, &str)],
    ) -> Fields {
        let mut fields = fields(&[
            ("authentication.memberId", &self.merchant.member_id),
            ("merchantTransactionId", reference),
            ("amount", amount),
            ("currency", "EUR"),
            ("paymentType", kind),
            ("paymentMode", "CC"),
            ("card.number", GOOD_CARD),
            ("card.expiryMonth", "12"),
            ("card.expiryYear", "2035"),
            ("card.cvv", "123"),
            ("customer.givenName", "Ada"),
            ("customer.surname", "Lovelace"),
            ("customer.email", "ada@shop.example"),
        ]);
        for (name, value) in changes {
            fields.set(name, value);
        }
        let rest = format!("{}|{}", fields.get("merchantTransactionId"), fields.get("amount"));
        self.sign(&mut fields, &rest);
        fields
    }

    /// Sends a payment request as JSON.
    pub(crate) async fn pay(
        &self,
        kind: &str,
        reference: &str,
        amount: &str,
        changes: &[(&str, &str)],
    ) -> Answer {
        self.post("/payments", &self.payment(kind, reference, amount, changes)).await
    }

    /// The signed request of an operation on a payment: CP, RF, RV or IN.
    pub(crate) fn operation(&self, kind: &str, payment: &str, amount: Option<&str>) -> Fields {
        let mut fields =
            fields(&[("authentication.memberId", &self.merchant.member_id), ("paymentType", kind)]);
        if let Some(amount) = amount {
            fields.set("amount", amount);
        }
        let rest = match amount.filter(|_| matches!(kind, "CP" | "RF")) {
            Some(amount) => format!("{payment}|{amount}"),
            None => payment.to_owned(),
        };
        self.sign(&mut fields, &rest);
        fields
    }

    pub(crate) async fn capture(&self, payment: &str, amount: &str) -> Answer {
        self.change(payment, &self.operation("CP", payment, Some(amount))).await
    }

    pub(crate) async fn refund(&self, payment: &str, amount: &str) -> Answer {
        self.change(payment, &self.operation("RF", payment, Some(amount))).await
    }

    pub(crate) async fn reverse(&self, payment: &str) -> Answer {
        self.change(payment, &self.operation("RV", payment, None)).await
    }

    pub(crate) async fn change(&self, payment: &str, fields: &Fields) -> Answer {
        self.post(&format!("/payments/{payment}"), fields).await
    }

    /// Inquires by the payment's own id.
    pub(crate) async fn inquire(&self, payment: &str) -> Answer {
        let mut fields = self.operation("IN", payment, None);
        fields.set("idType", "PID");
        fields.set("paymentId", payment);
        self.post("/inquiry", &fields).await
    }

    /// Inquires by the merchant's own id.
    pub(crate) async fn inquire_reference(&self, reference: &str) -> Answer {
        let mut fields = self.operation("IN", reference, None);
        fields.set("idType", "MID");
        fields.set("merchantTransactionId", reference);
        self.post("/inquiry", &fields).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &Fields) -> Answer {
        answer(self.request(path).header("Content-Type", JSON).body(fields.to_json())).await
    }

    pub(crate) async fn post_form(&self, path: &str, fields: &Fields) -> Answer {
        answer(self.request(path).header("Content-Type", FORM).body(fields.to_form())).await
    }

    /// The same under an Idempotency-Key.
    pub(crate) async fn change_once(&self, payment: &str, fields: &Fields, key: &str) -> Answer {
        let request = self.request(&format!("/payments/{payment}")).header("Idempotency-Key", key);
        answer(request.header("Content-Type", JSON).body(fields.to_json())).await
    }

    fn request(&self, path: &str) -> RequestBuilder {
        let request = self.http.post(format!("{}{PREFIX}{path}", self.base));
        if self.token.is_empty() { request } else { request.header("AuthToken", &self.token) }
    }

    fn sign(&self, fields: &mut Fields, rest: &str) {
        let Merchant { member_id, secure_key, .. } = &self.merchant;
        fields.set("authentication.checksum", &md5(&format!("{member_id}|{secure_key}|{rest}")));
    }
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    Fields(pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the platform answers");
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.map(|value| value.to_str().unwrap().parse().unwrap());
    let status = response.status().as_u16();
    Answer { status, retry_after, body: response.text().await.expect("a whole answer") }
}
