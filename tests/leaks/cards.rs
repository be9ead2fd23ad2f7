//! A customer binds cards over SNAP, and the merchant charges one and ends its binding: everything that holds
//! a card, a one-time code or a token on the way.

use super::{
    scanner::Secret,
    traffic::{Client, FORM},
};
use crate::{
    gateway::{
        hostile::{Fields, Got, Sent},
        wire,
    },
    snap::{
        cards::card_bind,
        client::{Answer, STANDARD, SnapShop, new_state},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

/// Each charge of this card needs a one-time code.
const CARD: &str = "4111111111111111";
/// A card that the merchant itself sends, encrypted.
const SENT_BY_MERCHANT: &str = "4242424242424242";
/// One-time codes that are wrong, and so told to nobody by design.
const WRONG_OTP: &str = "90817263";
const RIGHT_OTP: &str = "123456";

/// What is excused where an answer holds it by design.
const TOKEN: &str = "SNAP access token";
const AUTH_CODE: &str = "auth code";
const CUSTOMER: &str = "customer token";
const LINK: &str = "token of a page";

impl Client<'_> {
    pub(super) async fn bind_and_charge_cards(&mut self, sandbox: &Value, notify: &str) {
        let shop = SnapShop::from_sandbox(&format!("http://{}", self.address), sandbox);
        self.note_keys(&shop);
        let token = shop.token().await;
        self.traffic.secrets.push(Secret::text(TOKEN, &token));

        let code = shop.auth_code(&new_state(), "siti").await;
        self.traffic.secrets.push(Secret::text(AUTH_CODE, &code));
        self.bind_in_the_page(&code).await;
        let body = json!({
            "partnerReferenceNo": new_state(), "authCode": code, "merchantId": shop.merchant_id,
        });
        let answer = shop.post("registration-account-binding", &body).await.expect("2003100");
        let card = answer.text("bankCardToken");
        self.keep("account binding", None, &answer);
        let customer = self.customer_token(&shop, &code).await;

        self.charge(&shop, &card, &customer, notify).await;
        self.bind_with_data(&shop.speaking(STANDARD)).await;
        let body = json!({
            "partnerReferenceNo": new_state(),
            "merchantId": shop.merchant_id,
            "additionalInfo": { "accountToken": card },
        });
        let answer = shop.post("registration-account-unbinding", &body).await;
        self.keep("unbinding", None, &answer.expect("2000900"));
    }

    fn note_keys(&mut self, shop: &SnapShop) {
        let lines: Vec<_> = shop.private_key.lines().filter(|line| line.len() == 64).collect();
        let der = BASE64
            .decode(shop.private_key.lines().filter(|l| !l.starts_with('-')).collect::<String>());
        let der = der.expect("base64");
        let secrets = &mut self.traffic.secrets;
        secrets.push(Secret::text("SNAP client secret", &shop.client_secret));
        secrets.push(Secret::text("SNAP private key", lines[lines.len() / 2]));
        secrets.push(Secret::bytes("SNAP private key", &der[der.len() / 2..][..48]));
        secrets.push(Secret::text("one-time code", WRONG_OTP));
    }

    fn keep(&mut self, name: &str, excused: Option<&'static str>, answer: &Answer) {
        let text = format!("{:?}\n{}", answer.headers, answer.body).into_bytes();
        self.traffic.answers.push((name.to_owned(), excused, text));
    }

    /// Through the page: a mistyped number, a card, a wrong code, and the right one. Pages of the sandbox show
    /// its cards and codes, so what they say is looked at elsewhere.
    async fn bind_in_the_page(&mut self, code: &str) {
        let card = self.card(CARD);
        let fields = |number: &str, code: &str| {
            vec![
                ("number", number.to_owned()),
                ("holder", "Siti Rahma".to_owned()),
                ("expiry", "0835".to_owned()),
                ("code", code.to_owned()),
            ]
        };
        let query = format!("authCode={code}");
        self.visit("/dd-card-binding", &query, None, 200).await;
        let mistyped = fields("4111111111111112", &card.code);
        self.visit("/dd-card-binding/card", &query, Some(mistyped), 422).await;
        let good = fields(card.number, &card.code);
        self.visit("/dd-card-binding/card", &query, Some(good), 303).await;
        for otp in [WRONG_OTP, RIGHT_OTP] {
            let fields = vec![("otp", otp.to_owned())];
            self.visit("/dd-card-binding/otp", &query, Some(fields), 303).await;
        }
        self.visit("/dd-card-binding", &query, None, 200).await;
    }

    /// A page, or a form of one.
    async fn visit(
        &mut self,
        path: &str,
        query: &str,
        fields: Option<Vec<(&'static str, String)>>,
        status: u16,
    ) -> Got {
        let method = if fields.is_some() { "POST" } else { "GET" };
        let pairs = fields.unwrap_or_default().into_iter();
        let attempt = [("attempt".to_owned(), new_state())];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value)).chain(attempt);
        let sent = Sent {
            method,
            path: format!("{path}?{query}"),
            headers: vec![("Content-Type", FORM.to_owned())],
            body: if method == "GET" { Vec::new() } else { Fields(pairs.collect()).to_form() },
        };
        let got = wire::send(self.address, &sent).await;
        assert_eq!(got.status, status, "{path}: {}", String::from_utf8_lossy(&got.body));
        got
    }

    async fn customer_token(&mut self, shop: &SnapShop, code: &str) -> String {
        let body = json!({ "grantType": "AUTHORIZATION_CODE", "authCode": code });
        let draft = shop.token_draft("access-token/b2b2c", &body, &shop.now());
        let answer = shop.send(draft).await.expect("2007400");
        let token = answer.text("accessToken");
        for token in [&token, &answer.text("refreshToken")] {
            self.traffic.secrets.push(Secret::text(CUSTOMER, token));
        }
        self.keep("customer token", Some(CUSTOMER), &answer);
        token
    }

    async fn charge(&mut self, shop: &SnapShop, card: &str, customer: &str, notify: &str) {
        let mut body = shop.payment("snap-1", card, "10000.00");
        body["urlParam"] = json!([
            { "url": "https://shop.example/paid", "type": "PAY_RETURN", "isDeepLink": "N" },
            { "url": notify, "type": "PAY_NOTIFY", "isDeepLink": "N" },
        ]);
        let path = "debit/payment-host-to-host";
        let draft = shop.draft(reqwest::Method::POST, path, Some(&body)).await;
        let answer = shop.send(draft.customer(customer)).await.expect("2023300");
        let url = answer.text("webRedirectUrl");
        let (_, link) = url.split_once("token=").expect("a page");
        self.traffic.secrets.push(Secret::text(LINK, link));
        self.keep("payment", Some(LINK), &answer);
        let query = format!("token={link}");
        self.visit("/dd-otp", &query, None, 200).await;
        let wrong = vec![("otp", WRONG_OTP.to_owned())];
        self.visit("/dd-otp/code", &query, Some(wrong), 303).await;
        let verify = json!({
            "originalPartnerReferenceNo": "snap-1",
            "action": "PAYMENT",
            "merchantId": shop.merchant_id,
            "otp": RIGHT_OTP,
        });
        let answer = shop.post("otp-verification", &verify).await.expect("2000430");
        self.keep("one-time code", None, &answer);
        let refund = json!({
            "originalPartnerReferenceNo": "snap-1",
            "partnerRefundNo": "snap-refund-1",
            "merchantId": shop.merchant_id,
        });
        let answer = shop.post("debit/refund", &refund).await.expect("2005800");
        self.keep("refund", None, &answer);
        self.keep("status", None, &shop.status("snap-1").await);
        self.traffic.notified += 2;
        // The number where a token belongs.
        let answer = shop.post(path, &shop.payment("snap-2", CARD, "10000.00")).await;
        self.keep("a number as a token", None, &answer.expect("4043311"));
    }

    async fn bind_with_data(&mut self, shop: &SnapShop) {
        self.traffic.secrets.push(Secret::card(SENT_BY_MERCHANT));
        let body = card_bind(shop, "snap-bind-1", "budi", SENT_BY_MERCHANT);
        let answer = shop.post("registration-card-bind", &body).await.expect("2020100");
        self.keep("card bind", None, &answer);
        for (otp, code) in [(WRONG_OTP, "4040415"), (RIGHT_OTP, "2000400")] {
            let verify = json!({ "originalPartnerReferenceNo": "snap-bind-1", "otp": otp });
            let answer = shop.post("otp-verification", &verify).await.expect(code);
            self.keep("code of a card bind", None, &answer);
        }
    }
}
