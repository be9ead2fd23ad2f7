//! Many at once: refunds, and twins of one command.

use crate::support::{
    acquirer::{Plan, TestAcquirer},
    platform::{TestPlatform, eventually, transfer},
    shop::{APPROVES, Shop, is_approved, settled_at_once, terms},
};
use futures_util::future::join_all;
use purser_subjects::{
    ErrorCode, Rejection,
    account::{Freeze, Role, Unfreeze},
    merchant::MerchantTerms,
    transaction::{DeclineReason, OperationKind, OperationOutcome, PaymentReply, PaymentStatus},
};

type Outcome = Result<PaymentReply, Rejection>;

/// Fires `count` refunds of `minor` at once.
async fn refunds(shop: &Shop, platform: &TestPlatform, count: usize, minor: i64) -> Vec<Outcome> {
    join_all((0..count).map(|_| shop.refund(platform, "order", minor))).await
}

fn approved(outcomes: &[Outcome]) -> usize {
    outcomes.iter().flatten().filter(|reply| is_approved(reply)).count()
}

fn refused_with(outcomes: &[Outcome], code: ErrorCode) -> usize {
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    refused.filter(|refused| refused.code == code).count()
}

fn decline_reason(reply: &PaymentReply) -> DeclineReason {
    match &reply.operation.outcome {
        OperationOutcome::Declined(decline) => decline.reason,
        other => panic!("declined: {other:?}"),
    }
}

/// Buys for `minor` and waits until that is settled.
async fn settled(shop: &Shop, platform: &TestPlatform, reference: &str, minor: i64) {
    shop.purchase(platform, reference, minor).await;
    eventually("the payment is settled", async || {
        shop.inquire(platform, reference).await.status == PaymentStatus::Settled
    })
    .await;
}

on_both_platforms! {
    async fn concurrent_refunds_from_pending_never_exceed_the_capture(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        shop.purchase(&platform, "order", 10_000).await;
        let outcomes = refunds(&shop, &platform, 200, 60).await;
        assert_eq!(approved(&outcomes), 166, "{outcomes:?}");
        assert_eq!(refused_with(&outcomes, ErrorCode::AmountExceeded), 34);
        assert_eq!(shop.inquire(&platform, "order").await.refunded, 9_960);
        assert_eq!(shop.books(&platform).await, [40, 29, 0, 11, 0]);
        assert_eq!(acquirer.moved(OperationKind::Refund), 9_960);
    }

    async fn concurrent_refunds_from_available_never_exceed_the_capture(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        settled(&shop, &platform, "order", 10_000).await;
        // Each refund sets its share of the fee aside too, so all at once need more than it brought.
        settled(&shop, &platform, "another", 1_000).await;
        let outcomes = refunds(&shop, &platform, 200, 60).await;
        assert_eq!(approved(&outcomes), 166, "{outcomes:?}");
        assert_eq!(refused_with(&outcomes, ErrorCode::AmountExceeded), 34);
        platform.outbox_is_empty().await;
        // 29 and 965 are left of the two payments, and 11 and 35 of their fees.
        assert_eq!(shop.books(&platform).await, [1_040, 0, 994, 46, 0]);
        assert_eq!(shop.balance(&platform, Role::Available).await.held, Some(0));
        assert_eq!(acquirer.moved(OperationKind::Refund), 9_960);
    }

    async fn concurrent_refunds_beyond_what_is_available_are_declined(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        settled(&shop, &platform, "order", 10_000).await;
        platform.open_funded("alice", 0, 1).await;
        let available = shop.account(Role::Available);
        platform.ask(available.as_str(), transfer("bank", 8_000)).await.unwrap();
        let outcomes = refunds(&shop, &platform, 200, 60).await;
        let done = approved(&outcomes);
        assert!((1..=29).contains(&done), "{done} of 1,740 available");
        for reply in outcomes.iter().flatten().filter(|reply| !is_approved(reply)) {
            assert_eq!(decline_reason(reply), DeclineReason::MerchantFunds);
        }
        platform.outbox_is_empty().await;
        let refunded = shop.inquire(&platform, "order").await.refunded;
        assert_eq!(refunded, done as i64 * 60);
        assert_eq!(acquirer.moved(OperationKind::Refund), refunded);
        let [clearing, _, available, fees, _] = shop.books(&platform).await;
        assert_eq!((clearing, available + fees), (10_000 - refunded, 2_000 - refunded));
        assert_eq!(shop.balance(&platform, Role::Available).await.held, Some(0));
    }

    async fn without_multiple_refunds_one_of_many_succeeds(platform) {
        let platform = platform.start().await;
        for (id, settlement) in [("early", terms()), ("late", settled_at_once())] {
            let is_late = id == "late";
            let terms = MerchantTerms { multiple_refunds: false, ..settlement };
            let shop = Shop::open(&platform, id, terms).await;
            match is_late {
                true => settled(&shop, &platform, "order", 10_000).await,
                false => drop(shop.purchase(&platform, "order", 10_000).await),
            }
            let outcomes = refunds(&shop, &platform, 200, 60).await;
            assert_eq!(approved(&outcomes), 1);
            assert_eq!(refused_with(&outcomes, ErrorCode::StateConflict), 199);
            platform.outbox_is_empty().await;
            assert_eq!(shop.books(&platform).await[0], 9_940);
        }
    }

    async fn a_refund_that_available_does_not_cover_is_declined_and_holds_nothing(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        settled(&shop, &platform, "order", 10_000).await;
        platform.open_funded("alice", 0, 1).await;
        let available = shop.account(Role::Available);
        platform.ask(available.as_str(), transfer("bank", 9_000)).await.unwrap();
        let reply = shop.refund(&platform, "order", 1_000).await.unwrap();
        assert_eq!(decline_reason(&reply), DeclineReason::MerchantFunds);
        assert_eq!(reply.payment.status, PaymentStatus::Settled);
        let balance = shop.balance(&platform, Role::Available).await;
        assert_eq!((balance.posted, balance.held), (740, Some(0)));
        assert_eq!(acquirer.executions(), 1, "the acquirer was not asked");
        shop.refund(&platform, "order", 700).await.unwrap();
        platform.outbox_is_empty().await;
        // 17 of the fee came back with it.
        assert_eq!(shop.books(&platform).await, [9_300, 0, 57, 243, 0]);
    }

    async fn the_full_refund_of_a_lone_payment_needs_no_more_than_it_brought(platform) {
        let platform = platform.start().await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        settled(&shop, &platform, "order", 10_000).await;
        let reply = shop.refund(&platform, "order", 10_000).await.unwrap();
        assert!(is_approved(&reply), "{reply:?}");
        platform.outbox_is_empty().await;
        assert_eq!(shop.books(&platform).await, [0; 5]);
    }

    async fn a_refund_that_the_acquirer_declines_gives_the_money_back(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        settled(&shop, &platform, "order", 10_000).await;
        acquirer.plan([Plan::Decline]);
        let reply = shop.refund(&platform, "order", 1_000).await.unwrap();
        assert_eq!(decline_reason(&reply), DeclineReason::DoNotHonour);
        platform.outbox_is_empty().await;
        let balance = shop.balance(&platform, Role::Available).await;
        assert_eq!((balance.posted, balance.held), (9_740, Some(0)));
    }

    async fn a_frozen_merchant_account_funds_no_refund(platform) {
        let platform = platform.start().await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        settled(&shop, &platform, "order", 10_000).await;
        let available = shop.account(Role::Available);
        platform.ask(available.as_str(), Freeze {}).await.unwrap();
        let reply = shop.refund(&platform, "order", 1_000).await.unwrap();
        assert_eq!(decline_reason(&reply), DeclineReason::MerchantFunds);
        platform.ask(available.as_str(), Unfreeze {}).await.unwrap();
        assert!(is_approved(&shop.refund(&platform, "order", 1_000).await.unwrap()));
    }

    async fn twins_of_a_payment_have_one_effect_and_one_answer(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        for (executed, plan) in (1..).zip([Plan::Approve, Plan::Decline]) {
            let reference = format!("{plan:?}");
            acquirer.plan([plan]);
            let twin = || {
                let command = shop.authorise(&platform, &reference, APPROVES, 1_000, true);
                shop.ask_once(&platform, &reference, "key", command)
            };
            let answers = join_all((0..50).map(|_| twin())).await;
            let first = answers[0].clone().unwrap();
            assert_eq!(is_approved(&first), plan == Plan::Approve);
            assert!(answers.into_iter().all(|answer| answer.unwrap() == first));
            assert_eq!(twin().await.unwrap(), first);
            assert_eq!(acquirer.executions(), executed);
        }
        assert_eq!(shop.books(&platform).await, [1_000, 965, 0, 35, 0]);
    }

    async fn twins_of_a_refund_have_one_effect_and_one_answer(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        settled(&shop, &platform, "order", 10_000).await;
        let twin = || shop.ask_once(&platform, "order", "key", shop.to_refund(1_000));
        let answers = join_all((0..50).map(|_| twin())).await;
        let first = answers[0].clone().unwrap();
        assert!(is_approved(&first));
        assert!(answers.into_iter().all(|answer| answer.unwrap() == first));
        // A refusal is an answer too.
        let beyond = || shop.ask_once(&platform, "order", "beyond", shop.to_refund(10_000));
        let answers = join_all((0..50).map(|_| beyond())).await;
        let refused = answers[0].clone().unwrap_err();
        assert_eq!(refused.code, ErrorCode::AmountExceeded);
        assert!(answers.into_iter().all(|answer| answer.unwrap_err() == refused));
        assert_eq!(acquirer.executions(), 2);
        platform.outbox_is_empty().await;
        assert_eq!(shop.books(&platform).await[0], 9_000);
    }

    async fn of_many_payments_with_one_reference_one_is_taken(platform) {
        let platform = platform.start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        let pay = |_| {
            let command = shop.authorise(&platform, "order", APPROVES, 1_000, true);
            shop.ask(&platform, "order", command)
        };
        let outcomes = join_all((0..50).map(pay)).await;
        assert_eq!(approved(&outcomes), 1);
        assert_eq!(refused_with(&outcomes, ErrorCode::AlreadyExists), 49);
        assert_eq!(shop.books(&platform).await[0], 1_000);
    }

    async fn more_twins_than_answers_are_remembered_have_one_effect_each(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform
            .acquirer(acquirer.clone())
            .limits(|limits| limits.recent_answers = 4)
            .start()
            .await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        shop.purchase(&platform, "order", 10_000).await;
        let keys: Vec<_> = (0..40).map(|n| format!("key-{n}")).collect();
        let mut open: Vec<_> = keys.iter().chain(&keys).chain(&keys).collect();
        for _ in 0..200 {
            let asks = open.iter().map(|key| {
                shop.ask_once(&platform, "order", key, shop.to_refund(10))
            });
            let outcomes = join_all(asks).await;
            let again = open.iter().zip(&outcomes).filter(|(_, outcome)| {
                outcome.as_ref().is_err_and(|refused| refused.code.is_retryable())
            });
            let again: Vec<_> = again.map(|(key, _)| *key).collect();
            if let Some(refused) = outcomes.iter().flatten().find(|reply| !is_approved(reply)) {
                panic!("{refused:?}");
            }
            open = again;
            if open.is_empty() {
                break;
            }
        }
        assert!(open.is_empty(), "{open:?}");
        assert_eq!(acquirer.moved(OperationKind::Refund), 400);
        acquirer.assert_no_faults();
        assert_eq!(shop.inquire(&platform, "order").await.refunded, 400);
    }

    async fn a_twin_does_not_disturb_an_operation_on_its_way(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform
            .acquirer(acquirer.clone())
            .limits(|limits| limits.recent_answers = 1)
            .start()
            .await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        shop.purchase(&platform, "order", 10_000).await;
        acquirer.plan([Plan::HangBefore, Plan::Approve]);
        let twin = || shop.ask_once(&platform, "order", "slow", shop.to_refund(10));
        let others = async {
            eventually("the refund is sent", async || acquirer.executions() == 2).await;
            // Pushes the first refund out of what is remembered.
            shop.ask_once(&platform, "order", "quick", shop.to_refund(10)).await.unwrap();
            let late = async {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                assert_eq!(acquirer.queries(), 0, "it is on its way");
                acquirer.release();
            };
            tokio::join!(twin(), late).0
        };
        let (first, second) = tokio::join!(twin(), others);
        assert_eq!(first.unwrap(), second.unwrap());
    }
}
