//! What was bound is taken, looked at and ended; the product's third form begins a session itself.

use super::{
    client::{FIRST, STANDARD, SnapShop, THIRD, new_state},
    customer::{CARD, Customer, WRONG_OTP, bound, bound_card, take},
};
use purser_subjects::binding::SessionStage;
use reqwest::Method;
use serde_json::{Value, json};

const BINDING: &str = "registration-account-binding";
const INQUIRY: &str = "registration-account-inquiry";
const UNBINDING: &str = "registration-account-unbinding";
/// A card whose bank asks for a one-time code before it is unbound.
pub(crate) const OTP_TO_UNBIND: &str = "5105105105105100";

fn with_code(shop: &SnapShop, code: &str) -> Value {
    json!({ "partnerReferenceNo": new_state(), "authCode": code, "merchantId": shop.merchant_id })
}

pub(crate) fn unbinding(shop: &SnapShop, token: &str) -> Value {
    json!({
        "partnerReferenceNo": new_state(),
        "merchantId": shop.merchant_id,
        "additionalInfo": { "accountToken": token },
    })
}

on_both_platforms! {
    async fn a_bound_card_is_taken_with_its_auth_code_once(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let code = shop.auth_code(&new_state(), "siti").await;
        let body = with_code(&shop, &code);
        // Not before the card is bound.
        shop.post(BINDING, &body).await.expect("4043100");
        Customer::with(&platform, &code).binds(CARD).await;
        let answer = shop.post(BINDING, &body).await.expect("2003100");
        let token = answer.text("bankCardToken");
        assert_eq!((token.len(), &answer.text("accountToken")), (32, &token));
        assert_eq!(answer.json()["userInfo"]["publicUserId"], "siti");
        assert_eq!(answer.more("tokenStatus"), "ACTIVE");
        assert_eq!(answer.more("bankCode"), "002");
        assert_eq!(answer.more("maskedCard"), "424242******4242");
        // The same request, whose answer may have been lost, gets it again; another one does not.
        let again = shop.post(BINDING, &body).await.expect("2003100");
        assert_eq!(again.text("bankCardToken"), token);
        shop.post(BINDING, &with_code(&shop, &code)).await.expect("4043118");
    }

    async fn a_code_that_cannot_be_taken_is_told(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let other = SnapShop::open(&platform, "other").await;
        let code = other.auth_code(&new_state(), "siti").await;
        Customer::with(&platform, &code).binds(CARD).await;
        shop.post(BINDING, &with_code(&shop, &code)).await.expect("4013102");
        shop.post(BINDING, &with_code(&shop, "x")).await.expect("4013104");
        let mut body = with_code(&shop, &code);
        body["authCode"] = Value::Null;
        shop.post(BINDING, &body).await.refused("4003102", "authCode");
        body["partnerReferenceNo"] = Value::Null;
        shop.post(BINDING, &body).await.refused("4003102", "partnerReferenceNo");
        body["partnerReferenceNo"] = json!("a".repeat(65));
        shop.post(BINDING, &body).await.refused("4003101", "partnerReferenceNo");
        body["partnerReferenceNo"] = json!("a");
        body["merchantId"] = json!("OTHERS");
        shop.post(BINDING, &body).await.expect("4043108");
        body["merchantId"] = json!("SHORT");
        shop.post(BINDING, &body).await.refused("4003101", "merchantId");
    }

    async fn a_session_that_came_to_nothing_gives_no_token(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let code = shop.auth_code(&new_state(), "siti").await;
        let customer = Customer::with(&platform, &code);
        customer.open().await.unwrap();
        customer.enter(CARD).await.unwrap();
        for _ in 0..3 {
            customer.verify(WRONG_OTP).await.unwrap();
        }
        assert_eq!(customer.open().await.unwrap().stage, SessionStage::Failed);
        shop.post(BINDING, &with_code(&shop, &code)).await.expect("4043100");
        let body = json!({ "partnerReferenceNo": "x", "bankCardToken": customer.binding.as_str() });
        let answer = shop.post(INQUIRY, &body).await.expect("2000800");
        assert_eq!(answer.more("tokenStatus"), "NOT FOUND");
        assert_eq!(answer.more("sessionStatus"), "FAILED");
    }

    async fn a_binding_is_looked_at_by_its_token(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let other = SnapShop::open(&platform, "other").await;
        let token = bound(&platform, &shop, "siti").await;
        for body in [
            json!({ "partnerReferenceNo": "x", "bankCardToken": token }),
            json!({ "accountToken": token }),
            json!({ "tokenId": token }),
            json!({ "additionalInfo": { "accountToken": token, "publicUserId": "siti" } }),
        ] {
            let answer = shop.post(INQUIRY, &body).await.expect("2000800");
            assert_eq!(answer.more("tokenStatus"), "ACTIVE");
            assert_eq!(answer.text("accountNo"), "*********4242");
            assert_eq!(answer.text("accountName"), "Siti Rahayu");
            assert_eq!(answer.text("accountCurrency"), "IDR");
        }
        let body = json!({ "bankCardToken": token });
        other.post(INQUIRY, &body).await.expect("4040811");
        let body = json!({ "bankCardToken": token, "additionalInfo": { "publicUserId": "budi" } });
        shop.post(INQUIRY, &body).await.expect("4040811");
        shop.post(INQUIRY, &json!({ "bankCardToken": "4242424242424242" })).await.expect("4040811");
        shop.post(INQUIRY, &json!({})).await.refused("4000802", "partnerReferenceNo");
    }

    async fn a_binding_is_ended_and_its_token_is_no_good_any_more(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        let answer = shop.post(UNBINDING, &unbinding(&shop, &token)).await.expect("2000900");
        assert_eq!(answer.text("unlinkResult"), "success");
        assert_eq!(answer.more("tokenStatus"), "DISABLED");
        shop.post(UNBINDING, &unbinding(&shop, &token)).await.expect("4030918");
        shop.pay("order-1", &token, "10000.00").await.expect("4033318");
        // The customer may bind the card anew.
        let next = bound(&platform, &shop, "siti").await;
        assert_ne!(next, token);
    }

    async fn where_the_bank_asks_a_code_ends_the_binding(platform) {
        let platform = platform.start().await;
        for (prefix, code, asked, verified) in [
            (FIRST, "2020900", "PENDING_USER_VERIFICATION", "2000400"),
            (STANDARD, "4030913", "PENDING_USER_VERIFICATION", "2000400"),
        ] {
            let shop = SnapShop::open(&platform, "shop").await.speaking(prefix);
            let token = bound_card(&platform, &shop, "siti", OTP_TO_UNBIND).await;
            let answer = shop.post(UNBINDING, &unbinding(&shop, &token)).await.expect(code);
            assert_eq!(answer.text("unlinkResult"), asked);
            let challenge = answer.more("unlinkOtpToken");
            let body = |otp: &str| json!({
                "originalReferenceNo": token,
                "action": "UNBINDING",
                "merchantId": shop.merchant_id,
                "chargeToken": challenge,
                "otp": otp,
            });
            shop.post("otp-verification", &body(WRONG_OTP)).await.expect("4040415");
            let done = shop.post("otp-verification", &body("123456")).await.expect(verified);
            assert_eq!(done.text("unlinkResult"), "success");
            assert_eq!(done.more("tokenStatus"), "DISABLED");
        }
    }

    async fn the_third_form_finds_the_code_by_the_flows_external_id(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(THIRD);
        let token = bound_card(&platform, &shop, "siti", OTP_TO_UNBIND).await;
        let draft = shop.draft(Method::POST, UNBINDING, Some(&unbinding(&shop, &token))).await;
        let flow = draft.get("X-EXTERNAL-ID").to_owned();
        shop.send(draft).await.expect("2020900");
        let body = json!({
            "originalPartnerReferenceNo": new_state(),
            "originalReferenceNo": token,
            "action": "UNBINDING",
            "merchantId": shop.merchant_id,
            "otp": "123456",
        });
        // Another flow waits for nothing.
        shop.post("otp-verification", &body).await.expect("4040406");
        let draft = shop.draft(Method::POST, "otp-verification", Some(&body)).await;
        shop.send(draft.external_id(&flow)).await.expect("2000400");
    }

    async fn the_third_form_begins_a_session_without_an_auth_code(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(THIRD);
        let reference = new_state();
        let body = json!({
            "partnerReferenceNo": reference,
            "lang": "EN",
            "phone": "628123456789",
            "merchantId": shop.merchant_id,
            "additionalData": { "userId": "siti" },
        });
        for (field, value, code, name) in [
            ("lang", Value::Null, "4000702", "lang"),
            ("lang", json!("X"), "4000701", "lang"),
            ("phone", json!("8123456789"), "4000701", "phone"),
            ("phone", json!("62812345"), "4000701", "phone"),
            ("additionalData", Value::Null, "4000702", "additionalData"),
            ("additionalData", json!("x"), "4000701", "additionalData"),
            ("partnerReferenceNo", json!("short"), "4000701", "partnerReferenceNo"),
        ] {
            let mut bad = body.clone();
            bad[field] = value;
            shop.post(BINDING, &bad).await.refused(code, name);
        }
        let answer = shop.post(BINDING, &body).await.expect("2000700");
        let code = answer.more("authCode");
        let url = answer.text("redirectUrl");
        assert_eq!(url, format!("{}/dd-card-binding?authCode={code}", platform.base_url()));
        Customer::with(&platform, &code).binds(CARD).await;
        let inquiry = json!({ "partnerReferenceNo": reference });
        let found = shop.post(INQUIRY, &inquiry).await.expect("2000800");
        assert_eq!(found.more("tokenStatus"), "ACTIVE");
        assert_eq!(found.text("accountToken"), take(&shop, &code).await);
        shop.post(BINDING, &body).await.refused("4090700", "state");
    }

    async fn a_session_is_begun_with_a_body_too(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let state = new_state();
        let body = json!({
            "partnerReferenceNo": "creation-1",
            "state": state,
            "lang": "id",
            "phoneNo": "628123456789",
            "customerId": "siti",
            "redirectUrl": "https://shop.example/done",
            "merchantId": shop.merchant_id,
        });
        let answer = shop.post("registration-account-creation", &body).await.expect("2000600");
        assert_eq!(answer.text("state"), state);
        let code = answer.text("authCode");
        Customer::with(&platform, &code).binds(CARD).await;
        assert_eq!(take(&shop, &code).await, answer.text("referenceNo"));
        let mut bad = body.clone();
        bad["state"] = json!("short");
        shop.post("registration-account-creation", &bad).await.refused("4000601", "state");
        bad["state"] = json!(new_state());
        bad["scopes"] = json!("OTHER");
        shop.post("registration-account-creation", &bad).await.refused("4000601", "scopes");
    }
}
