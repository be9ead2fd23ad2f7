//! Currencies without decimals and with three: what is written is what is booked.

use super::client::Shop;
use purser_subjects::account::Role;

on_both_platforms! {
    async fn amounts_follow_the_currency(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").with_multiple_refunds().create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        for (currency, amount, minor, refund, left) in [
            ("JPY", "100.00", 100, "30.00", 70),
            ("KWD", "1.25", 1_250, "0.05", 1_200),
            ("EUR", "99999999.99", 9_999_999_999, "0.01", 9_999_999_998),
            ("CLP", "99999999.00", 99_999_999, "99999999.00", 0),
            ("BHD", "99999999.99", 99_999_999_990, "99999999.00", 990),
        ] {
            let changes = [("currency", currency)];
            let answer = shop.pay("DB", currency, amount, &changes).await.expect("00001");
            assert_eq!(answer.text("amount"), amount);
            assert_eq!(answer.text("currency"), currency);
            platform.settled(&merchant, currency, minor).await;
            let id = answer.payment_id();
            assert_eq!(shop.inquire(&id).await.text("captureamount"), amount);
            shop.refund(&id, refund).await.expect("00005");
            platform.settled(&merchant, currency, left).await;
            assert_eq!(platform.posted(&merchant, currency, Role::Clearing).await, left);
        }
    }

    async fn decimals_that_the_currency_lacks_are_refused(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        shop.pay("DB", "order-1", "100.50", &[("currency", "JPY")]).await.expect("20113");
        shop.pay("DB", "order-1", "1.255", &[("currency", "KWD")]).await.expect("20110");
        let id = shop.pay("PA", "order-1", "100.00", &[("currency", "JPY")]).await.expect("00001");
        let id = id.payment_id();
        shop.capture(&id, "0.50").await.expect("20113");
        shop.capture(&id, "100.50").await.expect("20113");
        shop.capture(&id, "100.00").await.expect("00004");
        platform.settled(&merchant, "JPY", 100).await;
    }
}
