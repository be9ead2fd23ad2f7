//! Payments with bound cards: done once, declined in words, and found again.

use super::{
    client::{FIRST, STANDARD, SnapShop, THIRD, external_id, new_state},
    customer::{Customer, OTP, bound, bound_card, take},
};
use crate::support::{
    clock::ManualClock,
    merchant::Merchant,
    platform::{TestPlatform, eventually},
};
use purser_subjects::{account::Role, binding::SessionStage};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

const PATH: &str = "debit/payment-host-to-host";

/// What the merchant has, once it has settled.
async fn available(platform: &TestPlatform, merchant: &Merchant) -> i64 {
    let pending = async || platform.posted(merchant, "IDR", Role::Pending).await;
    eventually("it is settled", async || pending().await == 0).await;
    platform.posted(merchant, "IDR", Role::Available).await
}

on_both_platforms! {
    async fn a_payment_is_done_and_booked_in_every_form(platform) {
        let platform = platform.start().await;
        for (prefix, code) in [(FIRST, "2003330"), (STANDARD, "2005400"), (THIRD, "2005400")] {
            let shop = SnapShop::open(&platform, "shop").await.speaking(prefix);
            let token = bound(&platform, &shop, "siti").await;
            let reference = new_state();
            let answer = shop.pay(&reference, &token, "10000.00").await.expect(code);
            assert_eq!(answer.text("partnerReferenceNo"), reference);
            assert_eq!(answer.text("referenceNo").len(), 32);
            assert_eq!(answer.more("paymentResult"), "SUCCESS");
            assert_eq!(available(&platform, &shop.merchant).await, 1_000_000);
            let status = shop.status(&reference).await.expect("2005500");
            assert_eq!(status.text("latestTransactionStatus"), "00");
            assert_eq!(status.text("originalReferenceNo"), answer.text("referenceNo"));
            assert_eq!(status.text("originalResponseCode"), code);
            assert_eq!(status.json()["transAmount"], json!({ "value": "10000.00", "currency": "IDR" }));
        }
    }

    async fn a_reference_pays_once(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        let answer = shop.pay("order-1", &token, "10000.00").await.expect("2003330");
        let again = shop.pay("order-1", &token, "10000.00").await.expect("4093301");
        assert_eq!(again.text("referenceNo"), answer.text("referenceNo"));
        shop.pay("order-1", &token, "10000.01").await.expect("4093301");
        let other = bound_card(&platform, &shop, "siti", "4000000000006009").await;
        shop.pay("order-1", &other, "10000.00").await.expect("4093301");
        assert_eq!(available(&platform, &shop.merchant).await, 1_000_000);
    }

    async fn an_external_id_pays_once(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        let id = external_id();
        let send = async |reference: &str| {
            let body = shop.payment(reference, &token, "10000.00");
            let draft = shop.draft(Method::POST, PATH, Some(&body)).await.external_id(&id);
            shop.send(draft).await
        };
        send("order-1").await.expect("2003330");
        send("order-1").await.expect("4093300");
        send("order-2").await.expect("4093300");
        assert_eq!(available(&platform, &shop.merchant).await, 1_000_000);
        // A refused request burns no id.
        let id = external_id();
        let mut body = shop.payment("order-3", &token, "0.00");
        let draft = shop.draft(Method::POST, PATH, Some(&body)).await.external_id(&id);
        shop.send(draft).await.refused("4003301", "amount.value");
        body["amount"]["value"] = json!("1.00");
        let draft = shop.draft(Method::POST, PATH, Some(&body)).await.external_id(&id);
        shop.send(draft).await.expect("2003330");
    }

    async fn twins_at_the_same_time_charge_once_and_one_of_them_is_told(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        shop.token().await;
        let twins = (0..8).map(|_| {
            let (shop, token) = (shop.clone(), token.clone());
            tokio::spawn(async move { shop.pay("order-1", &token, "10000.00").await.code() })
        });
        let mut codes = Vec::new();
        for twin in twins.collect::<Vec<_>>() {
            codes.push(twin.await.unwrap());
        }
        codes.sort_unstable();
        assert_eq!(codes[0], "2003330", "{codes:?}");
        let rest: BTreeSet<_> = codes[1..].iter().map(String::as_str).collect();
        assert_eq!(rest, BTreeSet::from(["4093301"]), "{codes:?}");
        assert_eq!(available(&platform, &shop.merchant).await, 1_000_000);
    }

    async fn every_field_of_a_payment_has_its_rule(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        let good = shop.payment("order-1", &token, "10000.00");
        let url = |url: &str, kind: &str| json!([{ "url": url, "type": kind, "isDeeplink": "N" }]);
        let long = format!("https://shop.example/{}", "a".repeat(512));
        for (name, value, code, field) in [
            ("partnerReferenceNo", Value::Null, "02", "partnerReferenceNo"),
            ("partnerReferenceNo", json!("a".repeat(65)), "01", "partnerReferenceNo"),
            ("partnerReferenceNo", json!("a\u{7}b"), "01", "partnerReferenceNo"),
            ("partnerReferenceNo", json!(17), "01", "partnerReferenceNo"),
            ("bankCardToken", Value::Null, "02", "bankCardToken"),
            ("bankCardToken", json!("a".repeat(129)), "01", "bankCardToken"),
            ("merchantId", Value::Null, "02", "merchantId"),
            ("merchantId", json!("12345"), "01", "merchantId"),
            ("amount", Value::Null, "02", "amount"),
            ("amount", json!("10000.00"), "01", "amount"),
            ("amount", json!({ "currency": "IDR" }), "02", "amount.value"),
            ("amount", json!({ "value": "10000.00" }), "02", "amount.currency"),
            ("amount", json!({ "value": 10000, "currency": "IDR" }), "01", "amount.value"),
            ("amount", json!({ "value": "10000", "currency": "IDR" }), "01", "amount.value"),
            ("amount", json!({ "value": "-1.00", "currency": "IDR" }), "01", "amount.value"),
            ("amount", json!({ "value": "1e3", "currency": "IDR" }), "01", "amount.value"),
            ("amount", json!({ "value": "12345678901234567.00", "currency": "IDR" }), "01", "amount.value"),
            ("amount", json!({ "value": "1.00", "currency": "Rp" }), "01", "amount.currency"),
            ("amount", json!({ "value": "1.00", "currency": "XXX" }), "01", "amount.currency"),
            ("urlParam", json!("https://shop.example/"), "01", "urlParam"),
            ("urlParam", json!(["https://shop.example/"]), "01", "urlParam"),
            ("urlParam", json!([{ "type": "PAY_RETURN" }]), "02", "urlParam.url"),
            ("urlParam", json!([{ "url": "https://shop.example/" }]), "02", "urlParam.type"),
            ("urlParam", url("https://shop.example/", "PAY"), "01", "urlParam.type"),
            ("urlParam", url("javascript:alert(1)", "PAY_RETURN"), "01", "urlParam.url"),
            ("urlParam", url(&long, "PAY_RETURN"), "01", "urlParam.url"),
            ("urlParams", url("shop.example", "PAY_NOTIFY"), "01", "urlParams.url"),
            ("validUpTo", json!("tomorrow at eight in the"), "01", "validUpTo"),
            ("otp", json!("123"), "01", "otp"),
            ("otp", json!("123456789"), "01", "otp"),
            ("additionalInfo", json!([]), "01", "additionalInfo"),
            ("additionalInfo", json!({ "bankCode": "2" }), "01", "additionalInfo.bankCode"),
            ("additionalInfo", json!({ "otpAllowed": "PERHAPS" }), "01", "additionalInfo.otpAllowed"),
            ("additionalInfo", json!({ "remarks": "a".repeat(101) }), "01", "additionalInfo.remarks"),
        ] {
            let mut body = good.clone();
            body[name] = value;
            shop.post(PATH, &body).await.refused(&format!("40033{case}", case = code), field);
        }
        let mut late = good.clone();
        late["validUpTo"] = json!("2024-01-01T00:00:00+07:00");
        shop.post(PATH, &late).await.expect("4033300");
        let mut others = good.clone();
        others["merchantId"] = json!("OTHERS");
        shop.post(PATH, &others).await.expect("4043308");
        for body in ["", "[]", "{", r#"{"amount":1,"amount":2}"#, "null"] {
            let mut draft = shop.draft(Method::POST, PATH, Some(&good)).await;
            draft.body = body.as_bytes().to_vec();
            shop.send(draft).await.expect("4003300");
        }
        let mut draft = shop.draft(Method::POST, PATH, Some(&good)).await;
        draft.body = format!("{{\"x\":\"{}\"}}", "a".repeat(70_000)).into_bytes();
        shop.send(draft).await.expect("4003300");
        shop.post(PATH, &good).await.expect("2003330");
    }

    async fn a_decline_says_why(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        for (number, code) in [
            ("4000000000000002", "4033305"),
            ("4000000000009995", "4033314"),
            ("4100000000000019", "4033303"),
            ("4000002760003184", "4033315"),
        ] {
            let token = bound_card(&platform, &shop, "siti", number).await;
            let reference = new_state();
            let answer = shop.pay(&reference, &token, "10000.00").await.expect(code);
            assert_eq!(answer.more("paymentResult"), "FAILED");
            assert_eq!(answer.text("partnerReferenceNo"), reference);
            // The same again is the same decline; another amount under its name is not paid either.
            shop.pay(&reference, &token, "10000.00").await.expect(code);
            shop.pay(&reference, &token, "20000.00").await.expect("4043318");
            let status = shop.status(&reference).await.expect("2005500");
            assert_eq!(status.text("latestTransactionStatus"), "06");
            assert_eq!(status.text("originalResponseCode"), code);
        }
        assert_eq!(available(&platform, &shop.merchant).await, 0);
    }

    async fn cards_of_others_and_cards_that_are_none_are_not_charged(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let other = SnapShop::open(&platform, "other").await;
        let token = bound(&platform, &other, "siti").await;
        shop.pay("order-1", &token, "10000.00").await.expect("4043311");
        shop.pay("order-2", &"0".repeat(32), "10000.00").await.expect("4043311");
        shop.pay("order-3", "4242424242424242", "10000.00").await.expect("4043311");
        let own = bound(&platform, &shop, "siti").await;
        let mut body = shop.payment("order-4", &own, "10000.00");
        body["additionalInfo"]["publicUserId"] = json!("budi");
        shop.post(PATH, &body).await.expect("4043311");
    }

    async fn a_payment_is_found_by_each_of_its_names(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let other = SnapShop::open(&platform, "other").await;
        let token = bound(&platform, &shop, "siti").await;
        let id = external_id();
        let body = shop.payment("order-1", &token, "10000.00");
        let draft = shop.draft(Method::POST, PATH, Some(&body)).await.external_id(&id);
        let reference = shop.send(draft).await.expect("2003330").text("referenceNo");
        let by = |name: &str, value: &str| json!({
            name: value, "serviceCode": "54", "merchantId": shop.merchant_id,
        });
        for body in [
            by("originalPartnerReferenceNo", "order-1"),
            by("originalReferenceNo", &reference),
            by("originalExternalId", &id),
        ] {
            let found = shop.post("debit/status", &body).await.expect("2005500");
            assert_eq!(found.text("originalReferenceNo"), reference);
            assert_eq!(found.text("originalExternalId"), id);
        }
        // As the product's first version asks.
        let query = [("XExternalId", id.as_str()), ("merchantId", &shop.merchant_id)];
        let found = shop.get("debit/status", &query).await.expect("2005500");
        assert_eq!(found.text("originalReferenceNo"), reference);

        shop.status("order-2").await.expect("4045501");
        shop.post("debit/status", &by("originalReferenceNo", "x")).await.expect("4045501");
        shop.post("debit/status", &by("originalExternalId", &external_id())).await.expect("4045501");
        let mut theirs = by("originalReferenceNo", &reference);
        theirs["merchantId"] = json!(other.merchant_id);
        other.post("debit/status", &theirs).await.expect("4045501");
        let nothing = json!({ "serviceCode": "54", "merchantId": shop.merchant_id });
        shop.post("debit/status", &nothing).await.refused("4005502", "originalPartnerReferenceNo");
        let mut amount = by("originalReferenceNo", &reference);
        amount["amount"] = json!({ "value": "1.00", "currency": "IDR" });
        shop.post("debit/status", &amount).await.expect("4045518");
        let mut two = by("originalReferenceNo", &reference);
        two["originalPartnerReferenceNo"] = json!("order-2");
        shop.post("debit/status", &two).await.expect("4045518");
        let standard = shop.speaking(STANDARD);
        let no_service = json!({ "originalPartnerReferenceNo": "order-1" });
        standard.post("debit/status", &no_service).await.refused("4005502", "serviceCode");
        let refund = json!({ "originalPartnerReferenceNo": "order-1", "serviceCode": "58" });
        standard.post("debit/status", &refund).await.expect("4045501");
    }

    async fn a_payment_whose_outcome_is_not_known_is_in_progress(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let code = shop.auth_code(&new_state(), "siti").await;
        let customer = Customer::with(&platform, &code);
        customer.open().await.unwrap();
        // Its issuer is slow too.
        customer.enter("4000000000005001").await.unwrap();
        eventually("the one-time code is sent", async || {
            customer.open().await.unwrap().stage == SessionStage::OtpSent
        })
        .await;
        customer.verify(OTP).await.unwrap();
        let token = take(&shop, &code).await;
        let answer = shop.pay("order-1", &token, "10000.00").await.expect("2023300");
        assert_eq!(answer.more("paymentResult"), "PENDING");
        assert_eq!(shop.status("order-1").await.text("latestTransactionStatus"), "03");
        eventually("the payment is found", async || {
            shop.status("order-1").await.text("latestTransactionStatus") == "00"
        })
        .await;
    }

    async fn a_token_that_was_idle_for_too_long_is_dormant(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(Arc::clone(&clock) as _).start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound_card(&platform, &shop, "siti", super::cards::OTP_TO_CHARGE).await;
        clock.advance(Duration::from_secs(91 * 86_400));
        shop.renew().await;
        shop.pay("order-1", &token, "10000.00").await.expect("4033309");
        let inquiry = json!({ "bankCardToken": token });
        eventually("its time is noted", async || {
            let found = shop.post("registration-account-inquiry", &inquiry).await.expect("2000800");
            found.more("tokenStatus") == "EXPIRED"
        })
        .await;
    }

    async fn a_suspended_merchant_is_not_paid(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        let member = shop.merchant.member_id.clone();
        platform.ask(&member, purser_subjects::merchant::Suspend {}).await.unwrap();
        shop.pay("order-1", &token, "10000.00").await.expect("4033319");
    }
}
