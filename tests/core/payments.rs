//! Payments from authorisation to refund, and what the books say at each step.

use crate::support::{
    platform::{TestPlatform, eur},
    shop::{APPROVES, DECLINES, Shop, is_approved, terms},
};
use futures_util::future::join_all;
use purser_subjects::{
    ErrorCode, Money,
    merchant::{Reinstate, SetTerms, Suspend},
    transaction::{Authorise, Capture, DeclineReason, Inquire, OperationOutcome, PaymentStatus},
};

async fn shop(platform: &TestPlatform) -> Shop {
    Shop::open(platform, "shop", terms()).await
}

on_both_platforms! {
    async fn a_purchase_is_captured_and_refunded(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        let reply = shop.purchase(&platform, "order", 10_000).await;
        assert!(is_approved(&reply));
        assert_eq!(reply.payment.status, PaymentStatus::Captured);
        assert_eq!(shop.books(&platform).await, [10_000, 9_740, 0, 260, 0]);
        let reply = shop.refund(&platform, "order", 4_000).await.unwrap();
        assert_eq!(reply.payment.status, PaymentStatus::PartlyRefunded);
        assert_eq!(shop.books(&platform).await, [6_000, 5_840, 0, 160, 0]);
        let reply = shop.refund(&platform, "order", 6_000).await.unwrap();
        assert_eq!(reply.payment.status, PaymentStatus::Refunded);
        assert_eq!(shop.books(&platform).await, [0; 5]);
        let over = shop.refund(&platform, "order", 1).await.unwrap_err();
        assert_eq!(over.code, ErrorCode::AmountExceeded);
    }

    async fn an_authorisation_is_captured_in_parts(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        let reply = shop.preauthorise(&platform, "order", 10_000).await;
        assert_eq!(reply.payment.status, PaymentStatus::Authorised);
        assert_eq!(shop.books(&platform).await, [0; 5]);
        shop.capture(&platform, "order", 4_000).await.unwrap();
        assert_eq!(shop.books(&platform).await, [4_000, 3_890, 0, 110, 0]);
        let over = shop.capture(&platform, "order", 6_001).await.unwrap_err();
        assert_eq!(over.code, ErrorCode::AmountExceeded);
        let rest = Capture { merchant: shop.merchant.clone(), amount: None };
        let reply = shop.ask(&platform, "order", rest).await.unwrap();
        assert_eq!((reply.operation.amount, reply.payment.captured), (eur(6_000), 10_000));
        assert_eq!(shop.books(&platform).await, [10_000, 9_740, 0, 260, 0]);
        let late = shop.void(&platform, "order").await.unwrap_err();
        assert_eq!(late.code, ErrorCode::StateConflict);
    }

    async fn a_voided_authorisation_costs_nothing(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        shop.preauthorise(&platform, "order", 10_000).await;
        let reply = shop.void(&platform, "order").await.unwrap();
        assert_eq!(reply.payment.status, PaymentStatus::Voided);
        assert_eq!(shop.books(&platform).await, [0; 5]);
        for refused in [
            shop.capture(&platform, "order", 1).await,
            shop.void(&platform, "order").await,
            shop.refund(&platform, "order", 1).await,
        ] {
            assert_eq!(refused.unwrap_err().code, ErrorCode::StateConflict);
        }
    }

    async fn declines_leave_the_books_alone(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        let pay = |reference, card, capture| {
            shop.ask(
                &platform,
                reference,
                shop.authorise(&platform, reference, card, 10_000, capture),
            )
        };
        let declined = pay("declined", DECLINES, true).await.unwrap();
        assert_eq!(declined.payment.status, PaymentStatus::Declined);
        assert_eq!(declined.payment.decline.unwrap().reason, DeclineReason::DoNotHonour);
        // Approved, but captures are declined.
        pay("uncaptured", "4000000000006017", false).await.unwrap();
        let reply = shop.capture(&platform, "uncaptured", 10_000).await.unwrap();
        assert!(matches!(reply.operation.outcome, OperationOutcome::Declined(_)));
        assert_eq!(reply.payment.status, PaymentStatus::Authorised);
        assert_eq!(shop.books(&platform).await, [0; 5]);
        // Approved, but refunds are declined.
        pay("unrefunded", "4000000000006009", true).await.unwrap();
        let reply = shop.refund(&platform, "unrefunded", 10_000).await.unwrap();
        assert!(matches!(reply.operation.outcome, OperationOutcome::Declined(_)));
        assert_eq!(reply.payment.status, PaymentStatus::Captured);
        assert_eq!(shop.books(&platform).await, [10_000, 9_740, 0, 260, 0]);
    }

    async fn captures_and_voids_at_once_exclude_each_other(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        for n in 0..10 {
            let reference = format!("order-{n}");
            shop.preauthorise(&platform, &reference, 100).await;
            let (capture, void) = tokio::join!(
                shop.capture(&platform, &reference, 100),
                shop.void(&platform, &reference)
            );
            assert_ne!(capture.is_ok(), void.is_ok(), "{capture:?} {void:?}");
        }
    }

    async fn concurrent_captures_never_exceed_the_authorisation(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        shop.preauthorise(&platform, "order", 1_000).await;
        let captures = (0..100).map(|_| shop.capture(&platform, "order", 30));
        let outcomes = join_all(captures).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 33);
        assert_eq!(shop.inquire(&platform, "order").await.captured, 990);
        assert_eq!(shop.books(&platform).await[0], 990);
    }

    async fn a_suspended_merchant_takes_no_new_payments_but_finishes_the_old(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        shop.preauthorise(&platform, "old", 1_000).await;
        platform.ask("shop", Suspend {}).await.unwrap();
        let command = shop.authorise(&platform, "new", APPROVES, 1_000, true);
        let refused = shop.ask(&platform, "new", command.clone()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::MerchantSuspended);
        shop.capture(&platform, "old", 1_000).await.unwrap();
        shop.refund(&platform, "old", 1_000).await.unwrap();
        platform.ask("shop", Reinstate {}).await.unwrap();
        shop.ask(&platform, "new", command).await.unwrap();
    }

    async fn payments_of_others_are_not_found(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        let other = Shop::open(&platform, "other", terms()).await;
        shop.purchase(&platform, "order", 1_000).await;
        let id = shop.payment("order");
        let theirs = platform.ask(id.as_str(), other.to_refund(1_000)).await.unwrap_err();
        let inquire = Inquire { merchant: other.merchant.clone() };
        let hidden = platform.ask(id.as_str(), inquire).await.unwrap_err();
        let missing = other.refund(&platform, "order", 1_000).await.unwrap_err();
        for refused in [&theirs, &hidden, &missing] {
            assert_eq!(*refused, missing, "the answer tells whether the payment exists");
            assert_eq!(refused.code, ErrorCode::NotFound);
        }
        let nobody = Shop { merchant: "nobody".parse().unwrap(), notify: None };
        let command = nobody.authorise(&platform, "order", APPROVES, 1_000, true);
        let refused = nobody.ask(&platform, "order", command).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotFound);
    }

    async fn senseless_payments_are_refused(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        let good = || shop.authorise(&platform, "order", APPROVES, 1_000, true);
        for bad in [
            Authorise { amount: eur(0), ..good() },
            Authorise { amount: eur(-1), ..good() },
            Authorise { amount: eur(i64::MAX), ..good() },
            Authorise { reference: "another".into(), ..good() },
        ] {
            let refused = shop.ask(&platform, "order", bad).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::InvalidField);
        }
        shop.ask(&platform, "order", good()).await.unwrap();
        let dollars = Money::new(10, "USD".parse().unwrap());
        let refund = purser_subjects::transaction::Refund {
            merchant: shop.merchant.clone(),
            amount: Some(dollars),
        };
        let refused = shop.ask(&platform, "order", refund).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::CurrencyMismatch);
        assert_eq!(shop.books(&platform).await, [1_000, 965, 0, 35, 0]);
    }

    async fn new_terms_are_for_new_payments(platform) {
        let platform = platform.start().await;
        let shop = shop(&platform).await;
        shop.preauthorise(&platform, "old", 1_000).await;
        let free = purser_subjects::merchant::MerchantTerms::default();
        platform.ask("shop", SetTerms { terms: free }).await.unwrap();
        shop.capture(&platform, "old", 1_000).await.unwrap();
        assert_eq!(shop.books(&platform).await, [1_000, 965, 0, 35, 0]);
    }
}
