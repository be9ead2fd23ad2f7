//! Outcomes that come later than the first answer: whoever asks again is told them.

use super::{
    client::SnapShop,
    customer::{Customer, OTP, bound_card, take},
    refunds::{cancel, refund},
};
use crate::support::platform::eventually;
use purser_subjects::binding::SessionStage;
use serde_json::Value;

/// A card whose refunds get no answer, and are found approved later.
const LATE_REFUNDS: &str = "4000000000006025";
/// A card whose payments and enrolment get no answer, and are found approved later.
const LATE_PAYMENTS: &str = "4000000000005001";

fn history(status: &super::client::Answer) -> Vec<(String, String)> {
    let history = status.json()["refundHistory"].clone();
    let entries = history.as_array().cloned().unwrap_or_default();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    entries.iter().map(|e| (text(e, "partnerRefundNo"), text(e, "refundStatus"))).collect()
}

on_both_platforms! {
    async fn a_refund_that_was_pending_is_in_the_history_and_told_when_it_is_known(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound_card(&platform, &shop, "siti", LATE_REFUNDS).await;
        shop.pay("order-1", &token, "10000.00").await.expect("2003330");
        refund(&shop, "order-1", "refund-1", Some("4000.00")).await.expect("2025800");
        let status = shop.status("order-1").await.expect("2005500");
        assert_eq!(history(&status), [("refund-1".to_owned(), "03".to_owned())]);
        assert_eq!(status.text("latestTransactionStatus"), "00");
        eventually("the refund is found", async || {
            history(&shop.status("order-1").await) == [("refund-1".to_owned(), "00".to_owned())]
        })
        .await;
        let status = shop.status("order-1").await;
        assert_eq!(status.more("settlementStatus"), "PARTIALLY REFUNDED");
        // Its first success is told once, whenever somebody asks.
        refund(&shop, "order-1", "refund-1", Some("4000.00")).await.expect("2005800");
        refund(&shop, "order-1", "refund-1", Some("4000.00")).await.expect("4095801");
        assert_eq!(history(&shop.status("order-1").await).len(), 1);
    }

    async fn a_cancellation_that_was_pending_is_told_when_it_is_known(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let token = bound_card(&platform, &shop, "siti", LATE_REFUNDS).await;
        shop.pay("order-1", &token, "10000.00").await.expect("2003330");
        cancel(&shop, "order-1").await.expect("2025700");
        eventually("the payment is cancelled", async || {
            shop.status("order-1").await.text("latestTransactionStatus") == "05"
        })
        .await;
        cancel(&shop, "order-1").await.expect("2005700");
        cancel(&shop, "order-1").await.expect("4045704");
    }

    async fn a_payment_that_was_pending_is_told_when_it_is_known(platform) {
        let platform = platform.start().await;
        let shop = SnapShop::open(&platform, "shop").await;
        let code = shop.auth_code(&super::client::new_state(), "siti").await;
        let customer = Customer::with(&platform, &code);
        customer.open().await.unwrap();
        customer.enter(LATE_PAYMENTS).await.unwrap();
        eventually("the one-time code is sent", async || {
            customer.open().await.unwrap().stage == SessionStage::OtpSent
        })
        .await;
        customer.verify(OTP).await.unwrap();
        let token = take(&shop, &code).await;
        shop.pay("order-1", &token, "10000.00").await.expect("2023300");
        eventually("the payment is found", async || {
            shop.status("order-1").await.text("latestTransactionStatus") == "00"
        })
        .await;
        shop.pay("order-1", &token, "10000.00").await.expect("2003330");
        shop.pay("order-1", &token, "10000.00").await.expect("4093301");
    }
}
