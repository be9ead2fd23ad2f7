//! Different requests about one payment at the same time.

use super::client::{Answer, Shop};
use futures_util::future::join_all;
use purser_subjects::{
    account::Role,
    merchant::{MerchantTerms, SettlementTerms},
};

fn count(answers: &[Answer], code: &str) -> usize {
    answers.iter().filter(|answer| answer.code() == code).count()
}

on_both_platforms! {
    async fn of_200_refunds_no_more_than_was_captured_succeed(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").with_multiple_refunds().create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let id = shop.pay("DB", "order-1", "100.00", &[]).await.expect("00001").payment_id();
        platform.settled(&merchant, "EUR", 10_000).await;
        let refunds = join_all((0..200).map(|_| shop.refund(&id, "1.00"))).await;
        assert_eq!((count(&refunds, "00005"), count(&refunds, "20204")), (100, 100));
        platform.settled(&merchant, "EUR", 0).await;
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, 0);
        assert_eq!(shop.inquire(&id).await.text("refundamount"), "100.00");
    }

    async fn the_same_before_settlement(platform) {
        let platform = platform.start().await;
        let terms = MerchantTerms {
            multiple_refunds: true,
            settlement: SettlementTerms { delay_days: 30, ..SettlementTerms::default() },
            ..MerchantTerms::default()
        };
        let merchant = platform.merchant("shop").with_terms(terms).create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let id = shop.pay("DB", "order-1", "150.00", &[]).await.expect("00001").payment_id();
        let refunds = join_all((0..200).map(|_| shop.refund(&id, "1.00"))).await;
        assert_eq!((count(&refunds, "00005"), count(&refunds, "20204")), (150, 50));
        assert_eq!(platform.posted(&merchant, "EUR", Role::Pending).await, 0);
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, 0);
    }

    async fn a_capture_and_a_reversal_never_both_succeed(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let mut captured_in_all = 0;
        for (round, amount) in ["10.00", "0.10", "10.00", "0.10"].iter().enumerate() {
            let reference = format!("order-{round}");
            let id = shop.pay("PA", &reference, "10.00", &[]).await.expect("00001").payment_id();
            let (captures, reversals) = tokio::join!(
                join_all((0..50).map(|_| shop.capture(&id, amount))),
                join_all((0..50).map(|_| shop.reverse(&id)))
            );
            let (captured, reversed) = (count(&captures, "00004"), count(&reversals, "00006"));
            assert!(reversed <= 1 && (captured == 0) != (reversed == 0), "{captured} {reversed}");
            assert!(*amount != "10.00" || captured <= 1, "{captured}");
            let refused = |answers| count(answers, "20203") + count(answers, "20204");
            assert_eq!(captured + reversed + refused(&captures) + refused(&reversals), 100);
            let minor = i64::from(amount.replace('.', "").parse::<u32>().unwrap());
            captured_in_all += minor * i64::try_from(captured).unwrap();
            let status = shop.inquire(&id).await.text("transactionStatus");
            assert_eq!(status, if reversed == 1 { "C" } else { "Y" });
        }
        platform.settled(&merchant, "EUR", captured_in_all).await;
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, captured_in_all);
    }

    async fn many_payments_at_once_are_all_booked(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let references: Vec<_> = (0..200).map(|n| format!("order-{n}")).collect();
        let payments = references.iter().map(|reference| shop.pay("DB", reference, "1.01", &[]));
        for answer in join_all(payments).await {
            answer.expect("00001");
        }
        platform.settled(&merchant, "EUR", 20_200).await;
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, 20_200);
    }
}
