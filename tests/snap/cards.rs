//! Services 01 to 05: cards whose data the merchant has, their limits, lists and ends.

use super::{
    client::{STANDARD, SnapShop, new_state},
    customer::{WRONG_OTP, bound, bound_card},
};
use aws_lc_rs::cipher::{AES_128, DecryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

/// A card whose bank asks for a one-time code before each charge and change of limits.
pub(crate) const OTP_TO_CHARGE: &str = "4111111111111111";

/// Card data as the page says that it is encrypted.
fn encrypted(shop: &SnapShop, data: &Value) -> String {
    let mut key = [b'-'; 16];
    for (place, byte) in key.iter_mut().zip(shop.client_secret.bytes()) {
        *place = byte;
    }
    let key = UnboundCipherKey::new(&AES_128, &key).unwrap();
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap();
    let mut bytes = data.to_string().into_bytes();
    let DecryptionContext::Iv128(iv) = key.encrypt(&mut bytes).unwrap() else { panic!("an IV") };
    let iv: &[u8; 16] = iv.as_ref();
    format!("{}|{}", BASE64.encode(bytes), BASE64.encode(iv))
}

pub(crate) fn card_bind(shop: &SnapShop, reference: &str, customer: &str, number: &str) -> Value {
    json!({
        "partnerReferenceNo": reference,
        "custIdMerchant": customer,
        "accountName": "Siti Rahayu",
        "phoneNo": "628123456789",
        "cardData": encrypted(shop, &json!({ "bankCardNo": number, "expiryDate": "1235" })),
    })
}

on_both_platforms! {
    async fn a_card_is_bound_with_data_that_the_merchant_has(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let body = card_bind(&shop, "bind-1", "siti", "4242424242424242");
        let answer = shop.post("registration-card-bind", &body).await.expect("2020100");
        let token = answer.text("bankCardToken");
        assert_eq!(token.len(), 32);
        let verify = |otp: &str| json!({ "originalPartnerReferenceNo": "bind-1", "otp": otp });
        shop.post("otp-verification", &verify(WRONG_OTP)).await.expect("4040415");
        let done = shop.post("otp-verification", &verify("123456")).await.expect("2000400");
        assert_eq!(done.text("bankCardToken"), token);
        assert_eq!(done.more("tokenStatus"), "ACTIVE");
        shop.pay("order-1", &token, "10000.00").await.expect("2005400");
        shop.post("registration-card-bind", &body).await.expect("4090101");
    }

    async fn card_data_that_cannot_be_used_is_refused(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let good = card_bind(&shop, "bind-1", "siti", "4242424242424242");
        let with = |name: &str, value: Value| {
            let mut body = good.clone();
            body[name] = value;
            body
        };
        let data = |data: Value| with("cardData", json!(encrypted(&shop, &data)));
        for (body, code, field) in [
            (with("custIdMerchant", Value::Null), "4000102", "custIdMerchant"),
            (with("custIdMerchant", json!("a".repeat(19))), "4000101", "custIdMerchant"),
            (with("partnerReferenceNo", Value::Null), "4000102", "partnerReferenceNo"),
            (with("phoneNo", json!("628-123")), "4000101", "phoneNo"),
            (with("cardData", Value::Null), "4000102", "cardData"),
            (with("cardData", json!("4242424242424242")), "4000101", "cardData"),
            (data(json!({ "expiryDate": "1235" })), "4000102", "cardData.bankCardNo"),
            (data(json!({ "bankCardNo": "4242424242424241", "expiryDate": "1235" })), "4000101", "cardData.bankCardNo"),
            (data(json!({ "bankCardNo": "4242424242424242", "expiryDate": "1335" })), "4000101", "cardData.expiryDate"),
            (with("isBindAndPay", json!("YES")), "4030101", "isBindAndPay"),
            (with("sendOtpFlag", json!("NO")), "4030101", "sendOtpFlag"),
            (with("sendOtpFlag", json!("MAYBE")), "4000101", "sendOtpFlag"),
        ] {
            shop.post("registration-card-bind", &body).await.refused(code, field);
        }
        let expired = data(json!({ "bankCardNo": "4242424242424242", "expiryDate": "0120" }));
        shop.post("registration-card-bind", &expired).await.expect("4030108");
        // Those that the issuer refuses.
        for (number, code) in [
            ("4000000000000069", "4030108"),
            ("4000000000000127", "4030105"),
            ("4000000000000119", "4030107"),
            ("4000000000003220", "4030101"),
            ("5555555555554444", "4040103"),
        ] {
            let body = card_bind(&shop, &new_state(), "siti", number);
            shop.post("registration-card-bind", &body).await.expect(code);
        }
    }

    async fn a_card_is_bound_once_for_a_customer(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        bound(&platform, &shop, "siti").await;
        let body = card_bind(&shop, "bind-1", "siti", "4242424242424242");
        shop.post("registration-card-bind", &body).await.expect("4050101");
        let body = card_bind(&shop, "bind-2", "budi", "4242424242424242");
        shop.post("registration-card-bind", &body).await.expect("2020100");
    }

    async fn what_a_customer_has_bound_is_listed(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let path = |customer: &str| format!("registration-card-inquiry/custIdMerchant/{customer}");
        shop.get(&path("siti"), &[]).await.expect("4040311");
        let first = bound(&platform, &shop, "siti").await;
        let second = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
        bound(&platform, &shop, "budi").await;
        let answer = shop.get(&path("siti"), &[]).await.expect("2000300").json();
        let list = answer["accountList"].as_array().unwrap();
        let mut tokens: Vec<_> =
            list.iter().map(|card| card["accountData"]["bankCardToken"].as_str().unwrap()).collect();
        let mut bound = [first.as_str(), &second];
        tokens.sort_unstable();
        bound.sort_unstable();
        assert_eq!(tokens, bound);
        assert!(list.iter().all(|card| card["accountData"]["status"] == "ACTV"));
        let other = SnapShop::open(&platform, "other").await.speaking(STANDARD);
        other.get(&path("siti"), &[]).await.expect("4040311");
        shop.get(&path(""), &[]).await.expect("4040002");
        shop.get(&path(&"a".repeat(65)), &[]).await.refused("4000301", "custIdMerchant");
    }

    async fn a_token_has_limits_for_one_payment_and_for_a_day(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let token = bound(&platform, &shop, "siti").await;
        let path = "registration/card-bind-limit";
        let limit = |day: &str, payment: &str| json!({
            "partnerReferenceNo": "limit",
            "bankCardToken": token,
            "limit": day,
            "additionalInfo": { "transactionLimit": payment },
        });
        shop.post(path, &json!({ "bankCardToken": token })).await.refused("4000202", "limit");
        shop.post(path, &limit("1000", "1.00")).await.refused("4000201", "limit");
        shop.post(path, &limit("0.00", "1.00")).await.refused("4000201", "limit");
        shop.post(path, &limit("1.00", "2.00")).await.expect("4030222");
        shop.post(path, &limit("25000.00", "20000.00")).await.expect("2000200");
        shop.pay("order-1", &token, "20000.01").await.expect("4035402");
        shop.pay("order-2", &token, "20000.00").await.expect("2005400");
        shop.pay("order-3", &token, "5000.01").await.expect("4035417");
        shop.pay("order-4", &token, "5000.00").await.expect("2005400");
        // A card whose bank wants its holder asked.
        let token = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
        let body = json!({ "bankCardToken": token, "limit": "25000.00" });
        let asked = shop.post(path, &body).await.expect("4030213");
        let mut body = body.clone();
        body["otp"] = json!("123456");
        shop.post(path, &body).await.expect("4040206");
        let verify = json!({
            "bankCardToken": token, "chargeToken": asked.text("chargeToken"), "otp": "123456",
        });
        shop.post("otp-verification", &verify).await.expect("2000400");
        let inquiry = json!({ "bankCardToken": token });
        let answer = shop.post("registration-account-inquiry", &inquiry).await;
        assert_eq!(answer.text("accountTransactionLimit"), "25000.00");
    }

    async fn a_card_token_is_ended_by_the_cards_own_service(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let token = bound(&platform, &shop, "siti").await;
        let body = json!({ "partnerReferenceNo": "unbind-1", "token": token });
        shop.post("registration-card-unbind", &json!({})).await.refused("4000502", "token");
        shop.post("registration-card-unbind", &body).await.expect("2000500");
        shop.post("registration-card-unbind", &body).await.expect("4030518");
    }
}
