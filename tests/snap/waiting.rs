//! Payments that wait for the card holder's one-time code: given up, forgotten, or asked for again.

use super::{
    cards::OTP_TO_CHARGE,
    client::{SnapShop, new_state},
    customer::bound_card,
    one_time_codes::verification,
    refunds::cancel,
};
use crate::support::{clock::ManualClock, platform::eventually};
use purser_subjects::account::Role;
use serde_json::json;
use std::{sync::Arc, time::Duration};

on_both_platforms! {
    async fn a_payment_that_waits_for_its_code_is_cancelled_and_never_paid(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
        let asked = shop.pay("order-1", &token, "10000.00").await.expect("2023300");
        let wrong = json!({
            "originalPartnerReferenceNo": "order-1",
            "amount": { "value": "1.00", "currency": "IDR" },
        });
        shop.post("debit/cancel", &wrong).await.expect("4045713");
        let cancelled = cancel(&shop, "order-1").await.expect("2005700");
        assert_eq!(cancelled.text("originalReferenceNo"), asked.text("referenceNo"));
        assert!(cancelled.text("cancelTime").ends_with("+07:00"));
        let status = shop.status("order-1").await.expect("2005500");
        assert_eq!(status.text("latestTransactionStatus"), "05");
        assert_eq!(status.text("transactionStatusDesc"), "CANCELED");
        // The code comes too late, as does the same payment again, and a second cancellation.
        let right = verification(&shop, "order-1", &asked.text("chargeToken"), "123456");
        shop.post("otp-verification", &right).await.expect("4040407");
        shop.pay("order-1", &token, "10000.00").await.expect("4043304");
        cancel(&shop, "order-1").await.expect("4045704");
        assert_eq!(platform.posted(&shop.merchant, "IDR", Role::Clearing).await, 0);
        // Its place among the codes that are out is free again.
        for _ in 0..4 {
            shop.pay(&new_state(), &token, "10000.00").await.expect("2023300");
        }
    }

    async fn a_cancelled_payment_gives_the_days_limit_back(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = super::customer::bound(&platform, &shop, "siti").await;
        let limit = json!({ "bankCardToken": token, "limit": "10000.00" });
        shop.post("registration/card-bind-limit", &limit).await.expect("2000200");
        let mut body = shop.payment("order-1", &token, "10000.00");
        body["additionalInfo"]["otpAllowed"] = json!("YES");
        shop.post("debit/payment-host-to-host", &body).await.expect("2023300");
        shop.pay("order-2", &token, "10000.00").await.expect("4033317");
        cancel(&shop, "order-1").await.expect("2005700");
        shop.pay("order-3", &token, "10000.00").await.expect("2003330");
    }

    async fn a_payment_whose_code_was_given_is_told_as_paid_when_it_is_asked_for_again(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
        let asked = shop.pay("order-1", &token, "10000.00").await.expect("2023300");
        // As long as it waits, the same request finds the same code.
        let again = shop.pay("order-1", &token, "10000.00").await.expect("2023300");
        assert_eq!(again.text("chargeToken"), asked.text("chargeToken"));
        let right = verification(&shop, "order-1", &asked.text("chargeToken"), "123456");
        shop.post("otp-verification", &right).await.expect("2000430");
        let again = shop.pay("order-1", &token, "10000.00").await.expect("4093301");
        assert_eq!(again.text("referenceNo"), asked.text("referenceNo"));
        // It is given back as any other payment.
        cancel(&shop, "order-1").await.expect("2005700");
        assert_eq!(shop.status("order-1").await.text("latestTransactionStatus"), "05");
    }

    async fn a_payment_whose_code_nobody_gave_is_over(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(Arc::clone(&clock) as _).start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound_card(&platform, &shop, "siti", OTP_TO_CHARGE).await;
        shop.pay("order-1", &token, "10000.00").await.expect("2023300");
        clock.advance(Duration::from_secs(301));
        eventually("the payment is over", async || {
            shop.status("order-1").await.text("latestTransactionStatus") == "06"
        })
        .await;
        shop.pay("order-1", &token, "10000.00").await.expect("4033300");
        cancel(&shop, "order-1").await.expect("4045700");
    }
}
