//! Payments that go well, from authorisation to refund, and what the books say of them.

use super::client::Shop;
use purser_subjects::{
    Money,
    account::Role,
    merchant::{FeeSchedule, MerchantTerms},
};

fn with_fees() -> MerchantTerms {
    let fixed = vec![Money::new(30, "EUR".parse().unwrap())];
    let fees = FeeSchedule { percent_bps: 290, fixed, ..FeeSchedule::default() };
    MerchantTerms { fees, multiple_refunds: true, ..MerchantTerms::default() }
}

on_both_platforms! {
    async fn a_purchase_is_answered_found_and_booked(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let changes = [
            ("orderDescriptor", "A book"),
            ("authentication.terminalId", "12"),
            ("tmpl_amount", "13.75"),
            ("tmpl_currency", "USD"),
        ];
        let answer = shop.pay("DB", "order-1", "12.50", &changes).await.expect("00001");
        let body = answer.json();
        for (name, expected) in [
            ("paymentType", "DB"),
            ("paymentBrand", "VISA"),
            ("paymentMode", "CC"),
            ("amount", "12.50"),
            ("currency", "EUR"),
            ("tmpl_amount", "13.75"),
            ("tmpl_currency", "USD"),
            ("descriptor", "A book"),
            ("merchantTransactionId", "order-1"),
            ("transactionStatus", "Y"),
        ] {
            assert_eq!(body[name], expected, "{name} of {body}");
        }
        for (name, expected) in
            [("bin", "424242"), ("last4Digits", "4242"), ("holder", "Ada Lovelace")]
        {
            assert_eq!(body["card"][name], expected, "{name} of {body}");
        }

        platform.settled(&merchant, "EUR", 1250).await;
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, 1250);
        let found = shop.inquire(&answer.payment_id()).await.expect("00026");
        assert_eq!(shop.inquire_reference("order-1").await, found);
        for (name, expected) in [
            ("status", "settled"),
            ("transactionStatus", "Y"),
            ("captureamount", "12.50"),
            ("refundamount", "0.00"),
            ("terminalId", "12"),
            ("orderDescription", "A book"),
        ] {
            assert_eq!(found.text(name), expected, "{name} of {}", found.body);
        }
        // At the payment's own path too.
        let same = shop.operation("IN", &answer.payment_id(), None);
        assert_eq!(shop.change(&answer.payment_id(), &same).await, found);
    }

    async fn an_authorisation_is_captured_in_parts_and_never_beyond(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let id = shop.pay("PA", "order-1", "10.00", &[]).await.expect("00001").payment_id();
        assert_eq!(shop.inquire(&id).await.text("status"), "authsuccessful");
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, 0);
        let captured = shop.capture(&id, "4.00").await.expect("00004");
        assert_eq!(captured.payment_id(), id);
        shop.capture(&id, "6.01").await.expect("20204");
        shop.capture(&id, "5.50").await.expect("00004");
        shop.reverse(&id).await.expect("20203");
        shop.capture(&id, "0.50").await.expect("00004");
        shop.capture(&id, "0.01").await.expect("20204");
        platform.settled(&merchant, "EUR", 1000).await;
        assert_eq!(shop.inquire(&id).await.text("captureamount"), "10.00");

        let whole = shop.pay("PA", "order-2", "3.00", &[]).await.expect("00001").payment_id();
        shop.capture(&whole, "3.00").await.expect("00004");
        platform.settled(&merchant, "EUR", 1300).await;
    }

    async fn an_authorisation_is_reversed_whole_or_not_at_all(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let id = shop.pay("PA", "order-1", "10.00", &[]).await.expect("00001").payment_id();
        shop.change(&id, &shop.operation("RV", &id, Some("9.99"))).await.expect("20107");
        shop.refund(&id, "1.00").await.expect("20203");
        shop.reverse(&id).await.expect("00006");
        let found = shop.inquire(&id).await.expect("00026");
        assert_eq!(found.text("status"), "authcancelled");
        assert_eq!(found.text("transactionStatus"), "C");
        shop.capture(&id, "10.00").await.expect("20203");
        shop.reverse(&id).await.expect("20203");
        let bought = shop.pay("DB", "order-2", "10.00", &[]).await.expect("00001").payment_id();
        shop.reverse(&bought).await.expect("20203");
    }

    async fn a_payment_is_refunded_once(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let id = shop.pay("DB", "order-1", "10.00", &[]).await.expect("00001").payment_id();
        shop.refund(&id, "10.01").await.expect("20204");
        shop.refund(&id, "4.00").await.expect("00005");
        shop.refund(&id, "4.00").await.expect("20203");
        let found = shop.inquire(&id).await;
        assert_eq!(found.text("status"), "reversed");
        assert_eq!(found.text("refundamount"), "4.00");
        platform.settled(&merchant, "EUR", 600).await;

        let captured = shop.pay("PA", "order-2", "5.00", &[]).await.expect("00001").payment_id();
        shop.capture(&captured, "5.00").await.expect("00004");
        shop.refund(&captured, "5.00").await.expect("00005");
        platform.settled(&merchant, "EUR", 600).await;
    }

    async fn fees_are_charged_and_given_back_with_refunds(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").with_terms(with_fees()).create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let id = shop.pay("DB", "order-1", "100.00", &[]).await.expect("00001").payment_id();
        // 2.90 and 0.30.
        platform.settled(&merchant, "EUR", 9_680).await;
        assert_eq!(platform.posted(&merchant, "EUR", Role::Fees).await, 320);
        // What is left costs 1.45 and 0.30.
        shop.refund(&id, "50.00").await.expect("00005");
        platform.settled(&merchant, "EUR", 4_825).await;
        // All that is left, and 1.75 of fees, are enough for the rest.
        shop.refund(&id, "50.00").await.expect("00005");
        platform.settled(&merchant, "EUR", 0).await;
        assert_eq!(platform.posted(&merchant, "EUR", Role::Fees).await, 0);
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, 0);
        assert_eq!(shop.inquire(&id).await.text("refundamount"), "100.00");
    }

    async fn a_form_does_what_json_does(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let changes = [("customer.surname", "Łö v&=+%")];
        let mut fields = shop.payment("PA", "order-1", "10.00", &changes);
        let first = shop.post_form("/payments", &fields).await.expect("00001");
        assert_eq!(first.json()["card"]["holder"], "Ada Łö v&=+%");
        fields.0.reverse();
        assert_eq!(shop.post("/payments", &fields).await, first);
        let id = first.payment_id();
        let path = format!("/payments/{id}");
        let capture = shop.operation("CP", &id, Some("4.00"));
        shop.post_form(&path, &capture).await.expect("00004");
        let inquiry = shop.operation("IN", &id, None);
        assert_eq!(shop.post_form(&path, &inquiry).await.text("captureamount"), "4.00");
        platform.settled(&merchant, "EUR", 400).await;
    }
}
