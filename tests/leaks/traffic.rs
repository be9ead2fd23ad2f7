//! Everything that a client can do with a card, rightly and wrongly.

use super::scanner::Secret;
use crate::{
    gateway::{
        client::Shop,
        hostile::{Fields, Got, PREFIX, Sent},
        wire,
    },
    support::merchant::Merchant,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

/// A card that is sent and never approved, for planting.
pub(crate) const STORED_NOWHERE: &str = "4012888888881881";

/// What was sent and what came back.
pub(crate) struct Traffic {
    /// What may stand nowhere.
    pub(crate) secrets: Vec<Secret>,
    /// Name of the request, name of a secret that the answer holds by design, and the answer.
    pub(crate) answers: Vec<(String, Option<&'static str>, Vec<u8>)>,
    /// How many notifications are to come.
    pub(crate) notified: usize,
}

pub(super) struct Client<'a> {
    pub(super) address: &'a str,
    shop: Shop,
    pub(super) traffic: Traffic,
    sent: usize,
}

/// Numbers and codes of one payment; the code is of no other.
pub(super) struct Card {
    pub(super) number: &'static str,
    pub(super) code: String,
}

const JSON: &str = "application/json";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Uses the platform at `address` as the merchant of `sandbox`, in good and in bad faith.
pub(crate) async fn run(address: &str, sandbox: &Value, notify: &str) -> Traffic {
    let merchant = Merchant::from_sandbox(sandbox);
    let shop = Shop::log_in(&format!("http://{address}"), &merchant).await;
    let key = sandbox["api"]["key"].as_str().expect("a key").to_owned();
    let signature = shop.token.rsplit('.').next().unwrap_or_default();
    let secrets = vec![
        Secret::text("secureKey", &merchant.secure_key),
        Secret::text("API key", &key),
        Secret::text("token", &shop.token),
        Secret::text("signature of the token", signature),
        Secret::text("mistyped key", MISTYPED_KEY),
    ];
    let traffic = Traffic { secrets, answers: Vec::new(), notified: 0 };
    let mut client = Client { address, shop, traffic, sent: 0 };
    client.pay_with_every_kind_of_card(notify).await;
    client.change_a_payment(notify).await;
    client.put_the_number_elsewhere().await;
    client.send_broken_requests().await;
    client.put_the_number_outside_the_body().await;
    client.log_in_wrongly().await;
    client.use_the_own_interface(&key, notify).await;
    client.bind_and_charge_cards(sandbox, notify).await;
    client.traffic
}

const ENDPOINT_SECRET: &str = "secret of an endpoint";
/// Has the shape of a key, and is none.
const MISTYPED_API_KEY: &str = "pk_sandbox_Zq81mVx0Zq81mVx0Zq81mVx0Zq81mVx0Zq81mVx0Zq8";

const MISTYPED_KEY: &str = "my-other-password-Zq81mVx0";

impl Client<'_> {
    /// A card with a code that was not used before.
    pub(super) fn card(&mut self, number: &'static str) -> Card {
        self.sent += 1;
        // 9007, 9014, …: no year, amount or end of a card number among them.
        let code = (9000 + 7 * self.sent).to_string();
        self.traffic.secrets.push(Secret::code(&code));
        self.traffic.secrets.push(Secret::card(number));
        Card { number, code }
    }

    fn payment(&mut self, number: &'static str, changes: &[(&str, &str)]) -> Fields {
        let card = self.card(number);
        let own = [("card.number", card.number), ("card.cvv", &card.code)];
        let reference = format!("leak-{}", self.sent);
        self.shop.payment("DB", &reference, "12.50", &[&own[..], changes].concat())
    }

    async fn send(&mut self, name: &str, sent: Sent, code: &str) -> Got {
        let got = wire::send(self.address, &sent).await;
        let body = String::from_utf8_lossy(&got.body).into_owned();
        assert_eq!(got.code(), code, "{name}: {} {body}", got.status);
        let answer = format!("{:?}\n{body}", got.headers).into_bytes();
        self.traffic.answers.push((name.to_owned(), None, answer));
        got
    }

    fn post(&self, path: &str, content_type: &'static str, body: Vec<u8>) -> Sent {
        let headers =
            vec![("AuthToken", self.shop.token.clone()), ("Content-Type", content_type.to_owned())];
        Sent { method: "POST", path: format!("{PREFIX}{path}"), headers, body }
    }

    async fn pay(&mut self, name: &str, fields: &Fields, code: &str) -> String {
        let sent = self.post("/payments", JSON, fields.to_json());
        let got = self.send(name, sent, code).await;
        got.json()["paymentId"].as_str().unwrap_or_default().to_owned()
    }

    async fn pay_with_every_kind_of_card(&mut self, notify: &str) {
        let notify = ("notificationUrl", notify);
        for (number, code, notified) in [
            ("4242424242424242", "00001", true),
            ("5105105105105100", "00001", true),
            ("378282246310005", "00001", true),
            ("4000000000000002", "10001", true),
            ("4000000000000127", "10001", true),
            ("4000000000003220", "10001", true),
            ("4000000000005001", "30001", true),
            (STORED_NOWHERE, "10001", true),
            ("4242424242424241", "20114", false),
        ] {
            let fields = self.payment(number, &[notify]);
            self.traffic.notified += usize::from(notified);
            self.pay(number, &fields, code).await;
            // Once more as a form: the answer is the stored one.
            let twin = self.post("/payments", FORM, fields.to_form());
            self.send(number, twin, code).await;
            let reference = fields.get("merchantTransactionId").to_owned();
            let other = self.payment(number, &[("merchantTransactionId", &reference)]);
            let code = if notified { "20202" } else { code };
            self.pay("another payment with a used reference", &other, code).await;
        }
        for (changes, code) in [
            ([("card.expiryYear", "2020")], "20115"),
            ([("card.expiryMonth", "13")], "20107"),
            ([("paymentBrand", "MC")], "20121"),
            ([("currency", "ZZZ")], "20112"),
            ([("amount", "1.005")], "20110"),
            ([("customer.email", "nobody")], "20107"),
        ] {
            let fields = self.payment("4111111111111111", &changes);
            self.pay("refused for another field", &fields, code).await;
        }
        let mut unsigned = self.payment("4111111111111111", &[]);
        unsigned.set("authentication.checksum", &"0".repeat(32));
        self.pay("wrong checksum", &unsigned, "20006").await;
    }

    async fn change_a_payment(&mut self, notify: &str) {
        let mut fields = self.payment("4444333322221111", &[("notificationUrl", notify)]);
        fields.set("paymentType", "PA");
        let id = self.pay("authorisation", &fields, "00001").await;
        self.traffic.notified += 1;
        for (kind, code) in [("CP", "00004"), ("RF", "00005")] {
            let mut operation = self.shop.operation(kind, &id, Some("12.50"));
            // Nothing asks for them here, but some client will send them.
            let card = self.card("4444333322221111");
            operation.set("card.number", card.number);
            operation.set("card.cvv", &card.code);
            let mut sent = self.post(&format!("/payments/{id}"), JSON, operation.to_json());
            sent.headers.push(("Idempotency-Key", format!("once-{kind}")));
            self.send(kind, sent, code).await;
            self.traffic.notified += 1;
        }
        let inquiry = self.shop.operation("IN", &id, None);
        let sent = self.post(&format!("/payments/{id}"), JSON, inquiry.to_json());
        self.send("inquiry", sent, "00026").await;
    }

    /// The number beside where it belongs, and in the place of other fields.
    async fn put_the_number_elsewhere(&mut self) {
        let number = "4111110000000021";
        for (field, value) in [
            ("orderDescriptor", "card 4111110000000021"),
            ("orderDescriptor", "card 4111 1100 0000 0021"),
            ("customer.customerId", "4111-1100-0000-0021"),
            ("merchantTransactionId", "4111110000000021"),
            ("customer.givenName", "4111110000000021"),
            ("customer.surname", "4111.1100.0000.0021"),
            ("notificationUrl", "http://127.0.0.1:1/?card=4111110000000021"),
            ("notificationUrl", "http://127.0.0.1:1/4111-1100-0000-0021"),
            ("x-note", "4111110000000021"),
        ] {
            let fields = self.payment(number, &[(field, value)]);
            self.pay(field, &fields, "20122").await;
        }
        for (field, code) in [
            ("amount", "20110"),
            ("currency", "20112"),
            ("paymentType", "20117"),
            ("customer.email", "20107"),
            ("card.cvv", "20116"),
            ("card.expiryYear", "20107"),
            ("authentication.memberId", "20005"),
            ("authentication.checksum", "20006"),
        ] {
            let mut fields = self.payment(number, &[(field, number)]);
            if field == "authentication.checksum" {
                fields.set(field, number);
            }
            self.pay(field, &fields, code).await;
        }
        let spaced = [("card.number", "4111 1100 0000 0021")];
        let fields = self.payment(number, &spaced);
        self.pay("number with spaces", &fields, "20114").await;
        let fields = self.payment(number, &[("4111110000000021", "1")]);
        self.pay("number as a field's name", &fields, "20122").await;
    }

    async fn send_broken_requests(&mut self) {
        let number = "3530111333300000";
        let fields = self.payment(number, &[]);
        let (json, form) = (fields.to_json(), fields.to_form());
        let nested = String::from_utf8_lossy(&json).replace('}', r#","card":{"number":"353"}}"#);
        let mut twice = fields;
        twice.0.push(("card.number".to_owned(), number.to_owned()));
        for (name, content_type, body, code) in [
            ("cut short", JSON, json[..json.len() - 1].to_vec(), "20101"),
            ("JSON as a form", FORM, json.clone(), "20101"),
            ("form as JSON", JSON, form.clone(), "20101"),
            ("nested", JSON, nested.into_bytes(), "20103"),
            ("number twice", JSON, twice.to_json(), "20102"),
            ("number twice in a form", FORM, twice.to_form(), "20102"),
            ("no UTF-8", JSON, [b"\xff", &json[..]].concat(), "20105"),
            ("broken escape", FORM, [&form[..], b"&x=%4"].concat(), "20105"),
            ("plain text", "text/plain", json.clone(), "20415"),
            ("too long", JSON, [&json[..], &[b' '; 70_000]].concat(), "20413"),
        ] {
            let sent = self.post("/payments", content_type, body);
            self.send(name, sent, code).await;
        }
        let mut early = self.post("/payments", JSON, json.clone());
        early.headers.remove(0);
        self.send("no token", early, "20002").await;
        let elsewhere = self.post("/payment", JSON, json);
        self.send("wrong path", elsewhere, "20404").await;
    }

    async fn put_the_number_outside_the_body(&mut self) {
        let number = "4000000000000051";
        let fields = self.payment(number, &[]);
        let query = self.post(&format!("/payments?card={number}"), JSON, fields.to_json());
        self.send("number in the query", query, "00001").await;
        let operation = self.shop.operation("CP", number, Some("1.00"));
        let path = self.post(&format!("/payments/{number}"), JSON, operation.to_json());
        self.send("number as a payment", path, "20201").await;
        let mut inquiry = self.shop.operation("IN", number, None);
        inquiry.set("paymentId", number);
        let inquiry_by_id = self.post("/inquiry", JSON, inquiry.to_json());
        self.send("inquiry by number", inquiry_by_id, "20201").await;
        inquiry.set("idType", "MID");
        inquiry.set("merchantTransactionId", number);
        let inquiry_by_reference = self.post("/inquiry", JSON, inquiry.to_json());
        self.send("inquiry by number as reference", inquiry_by_reference, "20201").await;
        let unknown = self.post(&format!("/{number}/{number}"), JSON, Vec::new());
        self.send("number as a path", unknown, "20404").await;
        let mut header =
            self.post("/payments", JSON, self.shop.payment("DB", "h", "1.00", &[]).to_json());
        header.headers.push(("X-Card", number.to_owned()));
        header.headers.push(("User-Agent", number.to_owned()));
        self.send("number in a header", header, "00001").await;
        let mut token = self.post("/payments", JSON, fields.to_json());
        token.headers[0].1 = number.to_owned();
        self.send("number as a token", token, "20003").await;
        for path in [format!("/{number}"), format!("/metrics?card={number}"), format!("/?{number}")]
        {
            let sent = Sent { method: "GET", path, headers: Vec::new(), body: Vec::new() };
            self.send("a page", sent, "").await;
        }
        let metrics = Sent {
            method: "GET",
            path: "/metrics".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        self.send("metrics", metrics, "").await;
    }

    /// Secrets of endpoints are shown once, to whoever asks for them, and nowhere else.
    async fn use_the_own_interface(&mut self, key: &str, notify: &str) {
        let post = |path: &str, key: &str, body: String| {
            let headers =
                vec![("Authorization", format!("Bearer {key}")), ("Content-Type", JSON.to_owned())];
            let path = format!("/v1/callback-endpoints{path}");
            Sent { method: "POST", path, headers, body: body.into_bytes() }
        };
        let register = format!(r#"{{"url":"{notify}","events":["endpoint.*"]}}"#);
        self.traffic.secrets.push(Secret::text("mistyped API key", MISTYPED_API_KEY));
        self.send("mistyped API key", post("", MISTYPED_API_KEY, register.clone()), "").await;
        self.card("5555555555554444");
        let elsewhere = r#"{"url":"http://127.0.0.1:1/","5555555555554444":1}"#.to_owned();
        self.send("number as a field's name", post("", key, elsewhere), "").await;
        let made = self.send_for_secret("endpoint", post("", key, register)).await;
        let id = made["id"].as_str().expect("an id").to_owned();
        self.send_for_secret("rotation", post(&format!("/{id}/rotate-secret"), key, String::new()))
            .await;
        self.send("test", post(&format!("/{id}/test"), key, String::new()), "").await;
        self.traffic.notified += 1;
    }

    async fn send_for_secret(&mut self, name: &str, sent: Sent) -> Value {
        let answer = self.send(name, sent, "").await.json();
        let secret = answer["secret"].as_str().unwrap_or_else(|| panic!("{name}: {answer}"));
        let secret = secret.strip_prefix("whsec_").expect("a secret");
        let key = STANDARD.decode(secret).expect("base64");
        self.traffic.secrets.push(Secret::text(ENDPOINT_SECRET, secret));
        self.traffic.secrets.push(Secret::bytes(ENDPOINT_SECRET, &key));
        self.traffic.answers.last_mut().expect("it was sent").1 = Some(ENDPOINT_SECRET);
        answer
    }

    async fn log_in_wrongly(&mut self) {
        let number = "4000000000000119";
        self.card(number);
        let merchant = self.shop.merchant.clone();
        for (name, username, key) in [
            ("mistyped key", merchant.username.as_str(), MISTYPED_KEY),
            ("mistyped user", MISTYPED_KEY, "x"),
            ("number as a user", number, "x"),
            ("number as a key", &merchant.username, number),
        ] {
            let pairs = [
                ("authentication.partnerId", merchant.partner_id.as_str()),
                ("merchant.username", username),
                ("authentication.sKey", key),
            ];
            let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let sent = self.post("/authToken", FORM, Fields(pairs.into()).to_form());
            self.send(name, sent, "20001").await;
        }
    }
}
