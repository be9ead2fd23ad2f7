//! Merchants with different terms, and the requests that their shops send.

use super::{
    client::{Client, Request},
    history::Kind,
};
use crate::cli::process::Place;
use md5::{Digest, Md5};
use serde_json::Value;

/// A merchant with its credentials and what was agreed about fees.
#[derive(Clone, Debug)]
pub(crate) struct Merchant {
    pub(crate) id: String,
    pub(crate) secure_key: String,
    token: String,
    fees: Fees,
}

/// The fee: percent plus fixed, within bounds. Amounts count in euros only.
#[derive(Clone, Copy, Debug)]
struct Fees {
    percent_bps: i64,
    fixed: i64,
    min: i64,
    max: i64,
}

const FREE: Fees = Fees { percent_bps: 0, fixed: 0, min: 0, max: i64::MAX };

/// Name, terms as an operator types them, and the same terms for the test's own reckoning.
const TERMS: &[(&str, &str, Fees)] = &[
    ("Free", "--multiple-refunds", FREE),
    (
        "Usual",
        "--multiple-refunds --fee-percent 2.9 --fee-fixed 0.30EUR --reserve-percent 10",
        Fees { percent_bps: 290, fixed: 30, ..FREE },
    ),
    (
        "Later",
        "--settlement-days 2 --fee-percent 1.5 --fee-min 0.20EUR --fee-max 1.00EUR",
        Fees { percent_bps: 150, min: 20, max: 100, ..FREE },
    ),
];

impl Merchant {
    /// Makes one merchant for each kind of terms, and logs it in.
    pub(crate) async fn all(place: &Place, client: &Client) -> Vec<Self> {
        let mut merchants = Vec::new();
        for &(name, terms, fees) in TERMS {
            let mut words = vec!["merchant", "create", "--json", "--name", name];
            words.extend(terms.split(' '));
            let made: Value = serde_json::from_str(&place.run(&words).success()).expect("JSON");
            merchants.push(Self::log_in(&made, fees, client).await);
        }
        merchants
    }

    async fn log_in(made: &Value, fees: Fees, client: &Client) -> Self {
        let credential = |name: &str| made["gateway"][name].as_str().expect(name).to_owned();
        let secure_key = credential("secureKey");
        let fields = vec![
            ("authentication.partnerId", credential("partnerId")),
            ("merchant.username", credential("username")),
            ("authentication.sKey", secure_key.clone()),
        ];
        let (path, token) = ("/authToken".to_owned(), String::new());
        let request = Request { path, fields, token, key: None, as_form: true };
        let answer = client.ask(&request).await;
        assert_eq!(answer.code(), "200", "{answer}");
        let token = answer.text("AuthToken");
        Self { id: credential("memberId"), secure_key, token, fees }
    }

    /// The fee on what is captured and not refunded.
    pub(crate) fn fee(&self, net: i64, currency: &str) -> i64 {
        let in_euros = currency == "EUR";
        let Fees { percent_bps, fixed, min, max } = self.fees;
        let (fixed, min, max) = if in_euros { (fixed, min, max) } else { (0, 0, i64::MAX) };
        let percent = (net * percent_bps + 5_000) / 10_000;
        (percent + fixed).max(min).min(max).min(net)
    }

    /// A DB or PA.
    pub(crate) fn pay(&self, kind: Kind, order: &Order<'_>) -> Request {
        let amount = decimal(order.amount, order.currency);
        let text = |text: &str| text.to_owned();
        let fields = vec![
            ("merchantTransactionId", text(order.reference)),
            ("paymentType", text(kind.code())),
            ("amount", amount.clone()),
            ("currency", text(order.currency)),
            ("paymentMode", text("CC")),
            ("card.number", text(order.card)),
            ("card.expiryMonth", text("12")),
            ("card.expiryYear", text("2035")),
            ("card.cvv", text("123")),
            ("customer.email", format!("{}@shop.example", order.reference)),
            ("notificationUrl", text(order.notify)),
        ];
        self.request("/payments".to_owned(), fields, &[order.reference, &amount])
    }

    /// A CP or RF of `amount`, or an RV, of the payment `id`.
    pub(crate) fn change(
        &self,
        kind: Kind,
        id: &str,
        amount: i64,
        currency: &str,
        key: String,
    ) -> Request {
        let amount = decimal(amount, currency);
        let mut fields = vec![("paymentType", kind.code().to_owned())];
        let mut signed = vec![id];
        if kind != Kind::Void {
            fields.push(("amount", amount.clone()));
            signed.push(&amount);
        }
        Request { key: Some(key), ..self.request(format!("/payments/{id}"), fields, &signed) }
    }

    /// An inquiry by the merchant's own id.
    pub(crate) fn inquire(&self, reference: &str) -> Request {
        let text = |text: &str| text.to_owned();
        let fields = vec![
            ("paymentType", text("IN")),
            ("idType", text("MID")),
            ("merchantTransactionId", text(reference)),
        ];
        self.request("/inquiry".to_owned(), fields, &[reference])
    }

    fn request(
        &self,
        path: String,
        mut fields: Vec<(&'static str, String)>,
        signed: &[&str],
    ) -> Request {
        let mut parts = vec![self.id.as_str(), self.secure_key.as_str()];
        parts.extend(signed);
        fields.push(("authentication.memberId", self.id.clone()));
        fields.push(("authentication.checksum", md5(&parts)));
        Request { path, fields, token: self.token.clone(), key: None, as_form: false }
    }
}

/// What a customer buys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    pub(crate) reference: &'a str,
    pub(crate) amount: i64,
    pub(crate) currency: &'a str,
    pub(crate) card: &'a str,
    pub(crate) notify: &'a str,
}

/// Lower-case hex of the MD5 of the parts, joined by `|`.
pub(crate) fn md5(parts: &[&str]) -> String {
    hex::encode(Md5::digest(parts.join("|")))
}

/// An amount as the gateway has it, with two decimals in every currency.
pub(crate) fn decimal(minor: i64, currency: &str) -> String {
    match currency {
        "JPY" => format!("{minor}.00"),
        _ => format!("{}.{:02}", minor / 100, minor % 100),
    }
}
