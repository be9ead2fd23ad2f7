//! What a merchant is told at its `notificationUrl`.

use super::{
    client::{DECLINED_CARD, Shop},
    hostile::md5,
};
use crate::support::{
    merchant::Merchant,
    receiver::{Received, TestReceiver},
};

/// A text of the body; empty when it is not there.
fn text(told: &Received, name: &str) -> String {
    told.json()[name].as_str().unwrap_or_default().to_owned()
}

/// `status`, `transactionStatus` and `result.code`.
fn outcome(told: &Received) -> [String; 3] {
    let code = told.json()["result"]["code"].as_str().unwrap().to_owned();
    [text(told, "status"), text(told, "transactionStatus"), code]
}

/// Asserts that the checksum is the one of these fields and the merchant's key.
#[track_caller]
fn verify(told: &Received, merchant: &Merchant) {
    let parts = ["paymentId", "merchantTransactionId", "amount", "transactionStatus"];
    let parts = parts.map(|name| text(told, name)).join("|");
    let expected = md5(&format!("{parts}|{}", merchant.secure_key));
    assert_eq!(text(told, "checksum"), expected, "{}", told.json());
}

on_both_platforms! {
    async fn success_and_decline_are_told_with_a_checksum_that_verifies(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let url = receiver.url("/notify");
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let notify = ("notificationUrl", url.as_str());
        shop.pay("DB", "bought", "12.50", &[notify]).await.expect("00001");
        let told = receiver.wait_for(1).await;
        assert_eq!(outcome(&told[0]), ["capturesuccess", "Y", "00001"]);
        let declined = [notify, ("card.number", DECLINED_CARD)];
        let answer = shop.pay("DB", "declined", "7.00", &declined).await.expect("10001");
        let told = receiver.wait_for(2).await;
        assert_eq!(outcome(&told[1]), ["authfailed", "N", "10001"]);
        assert_eq!(text(&told[1], "paymentId"), answer.payment_id());
        assert_eq!(text(&told[1], "amount"), "7.00");
        assert_eq!(text(&told[1], "merchantTransactionId"), "declined");
        for notification in &told {
            verify(notification, &merchant);
            assert!(notification.header("content-type").starts_with("application/json"));
        }
    }

    async fn every_operation_is_told_in_order(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let url = receiver.url("/notify");
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let notify = ("notificationUrl", url.as_str());
        let id = shop.pay("PA", "order-1", "10.00", &[notify]).await.expect("00001").payment_id();
        shop.capture(&id, "4.00").await.expect("00004");
        shop.capture(&id, "6.00").await.expect("00004");
        shop.refund(&id, "5.00").await.expect("00005");
        let other = shop.pay("PA", "order-2", "3.00", &[notify]).await.expect("00001").payment_id();
        shop.reverse(&other).await.expect("00006");
        let told = receiver.wait_for(6).await;
        for notification in &told {
            verify(notification, &merchant);
        }
        let of = |id: &str| -> Vec<_> {
            let own = told.iter().filter(|one| text(one, "paymentId") == id);
            own.map(|one| (text(one, "amount"), outcome(one)[2].clone())).collect()
        };
        let expected = |pairs: &[(&str, &str)]| -> Vec<_> {
            pairs.iter().map(|&(amount, code)| (amount.to_owned(), code.to_owned())).collect()
        };
        let operations =
            [("10.00", "00001"), ("4.00", "00004"), ("6.00", "00004"), ("5.00", "00005")];
        assert_eq!(of(&id), expected(&operations));
        assert_eq!(of(&other), expected(&[("3.00", "00001"), ("3.00", "00006")]));
    }

    async fn an_outcome_found_later_is_told_then(platform) {
        let platform = platform.start().await;
        let receiver = TestReceiver::start().await;
        let url = receiver.url("/notify");
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let changes =
            [("notificationUrl", url.as_str()), ("card.number", "4000000000005001")];
        let answer = shop.pay("DB", "order-1", "10.00", &changes).await.expect("30001");
        assert_eq!(receiver.count(), 0);
        let told = receiver.wait_for(1).await;
        assert_eq!(outcome(&told[0]), ["capturesuccess", "Y", "00001"]);
        verify(&told[0], &merchant);
        // The answer to the request itself stays what it was.
        assert_eq!(shop.pay("DB", "order-1", "10.00", &changes).await, answer);
        platform.settled(&merchant, "EUR", 1000).await;
    }
}
