//! One-time codes for payments: asked, given, mistyped, late; and codes that are asked for before.

use super::{
    cards::OTP_TO_CHARGE,
    client::{FIRST, STANDARD, SnapShop, new_state},
    customer::{WRONG_OTP, bound, bound_card},
};
use serde_json::{Value, json};

pub(crate) fn verification(shop: &SnapShop, reference: &str, token: &str, otp: &str) -> Value {
    json!({
        "originalPartnerReferenceNo": reference,
        "action": "PAYMENT",
        "merchantId": shop.merchant_id,
        "chargeToken": token,
        "otp": otp,
    })
}

on_both_platforms! {
    async fn a_payment_waits_for_the_code_where_the_bank_wants_one(platform) {
        let platform = platform.start().await;
        for (prefix, asked) in [(FIRST, "2023300"), (STANDARD, "4035413")] {
            let shop = SnapShop::open(&platform, "shop").await.speaking(prefix);
            let token = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
            let reference = new_state();
            let answer = shop.pay(&reference, &token, "10000.00").await.expect(asked);
            assert_eq!(answer.more("paymentResult"), "PENDING_USER_VERIFICATION");
            let charge = answer.text("chargeToken");
            let status = shop.status(&reference).await;
            assert_eq!(status.text("latestTransactionStatus"), "01");
            assert_eq!(status.text("transactionStatusDesc"), "PENDING_USER_VERIFICATION");
            let wrong = verification(&shop, &reference, &charge, WRONG_OTP);
            shop.post("otp-verification", &wrong).await.expect("4040415");
            let right = verification(&shop, &reference, &charge, "123456");
            let paid = shop.post("otp-verification", &right).await;
            assert_eq!(paid.status, 200, "{}", paid.body);
            assert_eq!(paid.text("referenceNo"), answer.text("referenceNo"));
            assert_eq!(shop.status(&reference).await.text("latestTransactionStatus"), "00");
        }
    }

    async fn the_standards_second_request_carries_the_code(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let token = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
        let mut body = shop.payment("order-1", &token, "10000.00");
        let path = "debit/payment-host-to-host";
        let charge = shop.post(path, &body).await.expect("4035413").text("chargeToken");
        body["otp"] = json!("123456");
        shop.post(path, &body).await.expect("4045406");
        body["chargeToken"] = json!("no-token");
        shop.post(path, &body).await.expect("4045407");
        body["chargeToken"] = json!(charge);
        body["otp"] = json!("12 456");
        shop.post(path, &body).await.refused("4005401", "otp");
        body["otp"] = json!("111111");
        shop.post(path, &body).await.expect("4035412");
        let charge = shop.pay("order-2", &token, "10000.00").await.text("chargeToken");
        let mut body = shop.payment("order-2", &token, "10000.00");
        body["otp"] = json!("123456");
        body["chargeToken"] = json!(charge);
        shop.post(path, &body).await.expect("2005400");
    }

    async fn a_code_can_be_asked_for_before_the_payment(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await.speaking(STANDARD);
        let token = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
        let ask = json!({ "journeyId": "journey-1", "bankCardToken": token });
        shop.post("otp", &json!({ "bankCardToken": token })).await.refused("4008102", "journeyId");
        shop.post("otp", &json!({ "journeyId": "j" })).await.refused("4008102", "bankCardToken");
        let charge = shop.post("otp", &ask).await.expect("2008100").text("chargeToken");
        assert_eq!(charge.len(), 32);
        let mut body = shop.payment("order-1", &token, "10000.00");
        body["otp"] = json!("123456");
        body["chargeToken"] = json!(charge);
        shop.post("debit/payment-host-to-host", &body).await.expect("2005400");
    }

    async fn three_wrong_codes_block_the_token(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
        let reference = new_state();
        let charge = shop.pay(&reference, &token, "10000.00").await.text("chargeToken");
        let wrong = verification(&shop, &reference, &charge, WRONG_OTP);
        shop.post("otp-verification", &wrong).await.expect("4040415");
        shop.post("otp-verification", &wrong).await.expect("4040415");
        shop.post("otp-verification", &wrong).await.expect("4030411");
        let right = verification(&shop, &reference, &charge, "123456");
        shop.post("otp-verification", &right).await.expect("4030407");
        shop.pay(&new_state(), &token, "10000.00").await.expect("4033307");
        let inquiry = json!({ "bankCardToken": token });
        let found = shop.post("registration-account-inquiry", &inquiry).await.expect("2000800");
        assert_eq!(found.more("tokenStatus"), "BLOCKED");
        assert_eq!(shop.status(&reference).await.text("latestTransactionStatus"), "06");
    }

    async fn the_merchant_may_want_a_code_where_the_bank_does_not(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        let mut body = shop.payment("order-1", &token, "10000.00");
        body["additionalInfo"]["otpAllowed"] = json!("YES");
        body["urlParam"] = json!([
            { "url": "https://shop.example/paid", "type": "PAY_RETURN", "isDeepLink": "N" },
        ]);
        let answer = shop.post("debit/payment-host-to-host", &body).await.expect("2023300");
        assert_eq!(answer.more("paymentResult"), "PENDING_USER_VERIFICATION WITH URL");
        let url = answer.text("webRedirectUrl");
        let base = format!("{}/dd-otp?token=", platform.base_url());
        let link = url.strip_prefix(&base).expect("a page of the platform");
        let link = purser::ingress::snap::otp_link::open(&platform.vault, link).unwrap();
        assert_eq!(link.return_url.as_deref(), Some("https://shop.example/paid"));
        assert_eq!(link.payment.as_str(), answer.text("referenceNo"));
    }

    async fn codes_are_asked_for_only_so_often(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound(&platform, &shop, "siti").await;
        let ask = json!({ "bankCardToken": token });
        for _ in 0..4 {
            shop.post("otp", &ask).await.expect("2008100");
        }
        shop.post("otp", &ask).await.expect("4038104");
    }

    async fn a_code_for_nothing_is_told_as_such(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let merchant_id = &shop.merchant_id;
        let body = |more: Value| {
            let mut body = json!({ "merchantId": merchant_id, "otp": "123456" });
            for (name, value) in more.as_object().unwrap() {
                body[name] = value.clone();
            }
            body
        };
        let path = "otp-verification";
        shop.post(path, &body(json!({}))).await.refused("4000402", "originalReferenceNo");
        shop.post(path, &body(json!({ "originalReferenceNo": "x", "otp": null })))
            .await
            .refused("4000402", "otp");
        shop.post(path, &body(json!({ "originalReferenceNo": "x" }))).await.expect("4040401");
        shop.post(path, &body(json!({ "originalReferenceNo": "0".repeat(32) })))
            .await
            .expect("4040401");
        let token = bound(&platform, &shop, "siti").await;
        let unknown = body(json!({ "bankCardToken": token, "chargeToken": "0".repeat(32) }));
        shop.post(path, &unknown).await.expect("4040407");
        shop.post(path, &body(json!({ "bankCardToken": token }))).await.expect("4040406");
    }
}
