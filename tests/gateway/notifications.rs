//! What a merchant is told at its `notificationUrl`.

use super::{
    client::{DECLINED_CARD, Shop},
    receiver::{Notification, Receiver},
};

/// `status`, `transactionStatus` and `result.code` of a notification.
fn outcome(notification: &Notification) -> [String; 3] {
    let code = notification.json()["result"]["code"].as_str().unwrap().to_owned();
    [notification.text("status"), notification.text("transactionStatus"), code]
}

on_both_platforms! {
    async fn success_and_decline_are_told_with_a_checksum_that_verifies(platform) {
        let platform = platform.start().await;
        let receiver = Receiver::start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let notify = ("notificationUrl", receiver.url.as_str());
        shop.pay("DB", "bought", "12.50", &[notify]).await.expect("00001");
        let told = receiver.wait_for(1).await;
        assert_eq!(outcome(&told[0]), ["capturesuccess", "Y", "00001"]);
        let declined = [notify, ("card.number", DECLINED_CARD)];
        let answer = shop.pay("DB", "declined", "7.00", &declined).await.expect("10001");
        let told = receiver.wait_for(2).await;
        assert_eq!(outcome(&told[1]), ["authfailed", "N", "10001"]);
        assert_eq!(told[1].text("paymentId"), answer.payment_id());
        assert_eq!(told[1].text("amount"), "7.00");
        assert_eq!(told[1].text("merchantTransactionId"), "declined");
        for notification in &told {
            notification.verify(&merchant);
            assert!(notification.headers.contains("application/json"), "{notification:?}");
        }
    }

    async fn every_operation_is_told_in_order(platform) {
        let platform = platform.start().await;
        let receiver = Receiver::start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let notify = ("notificationUrl", receiver.url.as_str());
        let id = shop.pay("PA", "order-1", "10.00", &[notify]).await.expect("00001").payment_id();
        shop.capture(&id, "4.00").await.expect("00004");
        shop.capture(&id, "6.00").await.expect("00004");
        shop.refund(&id, "5.00").await.expect("00005");
        let other = shop.pay("PA", "order-2", "3.00", &[notify]).await.expect("00001").payment_id();
        shop.reverse(&other).await.expect("00006");
        let told = receiver.wait_for(6).await;
        for notification in &told {
            notification.verify(&merchant);
        }
        let of = |id: &str| -> Vec<_> {
            let own = told.iter().filter(|one| one.text("paymentId") == id);
            own.map(|one| (one.text("amount"), outcome(one)[2].clone())).collect()
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
        let receiver = Receiver::start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let changes =
            [("notificationUrl", receiver.url.as_str()), ("card.number", "4000000000005001")];
        let answer = shop.pay("DB", "order-1", "10.00", &changes).await.expect("30001");
        assert_eq!(receiver.all().len(), 0);
        let told = receiver.wait_for(1).await;
        assert_eq!(outcome(&told[0]), ["capturesuccess", "Y", "00001"]);
        told[0].verify(&merchant);
        // The answer to the request itself stays what it was.
        assert_eq!(shop.pay("DB", "order-1", "10.00", &changes).await, answer);
        platform.settled(&merchant, "EUR", 1000).await;
    }
}
