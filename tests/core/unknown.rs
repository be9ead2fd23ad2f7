//! Outcomes that the acquirer does not tell at first.

use crate::support::{
    acquirer::{Plan, TestAcquirer},
    clock::ManualClock,
    platform::{PlatformBuilder, TestPlatform, eventually},
    shop::{APPROVES, Shop, settled_at_once, terms},
};
use purser_actors::ports::Clock;
use purser_subjects::{
    account::Role,
    transaction::{DeclineReason, OperationKind, OperationOutcome, PaymentReply, PaymentStatus},
};
use std::{sync::Arc, time::Duration};

const SECOND: Duration = Duration::from_secs(1);

/// A payment of 10.00 by `card` at the sandbox, whose answer does not come; until it has ended.
async fn found_out(platform: PlatformBuilder, card: &str) -> (TestPlatform, Shop) {
    let clock = ManualClock::new();
    let platform = platform.clock(clock.clone()).start().await;
    let shop = Shop::open(&platform, "shop", terms()).await;
    let command = shop.authorise(&platform, "order", card, 1_000, true);
    let asked = shop.ask(&platform, "order", command);
    let reply = clock.advance_while(Duration::from_millis(100), asked).await.unwrap();
    assert_eq!(reply.operation.outcome, OperationOutcome::Pending);
    assert_eq!(reply.payment.status, PaymentStatus::Authorising);
    assert_eq!(shop.books(&platform).await, [0; 5]);
    let ended = async || status(&shop, &platform).await != PaymentStatus::Authorising;
    clock.advance_until(SECOND / 2, "the outcome is found out", ended).await;
    (platform, shop)
}

async fn status(shop: &Shop, platform: &TestPlatform) -> PaymentStatus {
    shop.inquire(platform, "order").await.status
}

async fn waiting(platform: PlatformBuilder) -> (TestPlatform, Arc<ManualClock>, Arc<TestAcquirer>) {
    let (clock, acquirer) = (ManualClock::new(), TestAcquirer::new());
    let platform = platform
        .clock(clock.clone())
        .acquirer(acquirer.clone())
        .limits(|limits| limits.acquirer_timeout = Duration::from_millis(100))
        .start()
        .await;
    (platform, clock, acquirer)
}

async fn purchase(shop: &Shop, platform: &TestPlatform) -> PaymentReply {
    shop.purchase(platform, "order", 1_000).await
}

on_both_platforms! {
    async fn a_lost_answer_is_found_approved(platform) {
        let (platform, shop) = found_out(platform, "4000000000005001").await;
        assert_eq!(status(&shop, &platform).await, PaymentStatus::Captured);
        assert_eq!(shop.books(&platform).await, [1_000, 965, 0, 35, 0]);
    }

    async fn a_lost_answer_is_found_declined(platform) {
        let (platform, shop) = found_out(platform, "4000000000005019").await;
        let payment = shop.inquire(&platform, "order").await;
        assert_eq!(payment.decline.unwrap().reason, DeclineReason::DoNotHonour);
        assert_eq!(shop.books(&platform).await, [0; 5]);
    }

    async fn a_payment_that_never_arrived_is_declined(platform) {
        let (platform, shop) = found_out(platform, "4000000000005027").await;
        let payment = shop.inquire(&platform, "order").await;
        assert_eq!(payment.decline.unwrap().reason, DeclineReason::NeverReceived);
        assert_eq!(shop.books(&platform).await, [0; 5]);
    }

    async fn a_refund_with_a_lost_answer_is_found_out_and_takes_its_money_once(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        // Everything is approved; refunds get no answer.
        let command = shop.authorise(&platform, "order", "4000000000006025", 1_000, true);
        shop.ask(&platform, "order", command).await.unwrap();
        eventually("it is settled", async || {
            status(&shop, &platform).await == PaymentStatus::Settled
        })
        .await;
        let asked = shop.refund(&platform, "order", 1_000);
        let reply = clock.advance_while(Duration::from_millis(100), asked).await.unwrap();
        assert_eq!(reply.operation.outcome, OperationOutcome::Pending);
        assert_eq!(reply.payment.status, PaymentStatus::Refunding);
        assert_eq!(shop.balance(&platform, Role::Available).await.held, Some(965));
        let ended = async || status(&shop, &platform).await == PaymentStatus::Refunded;
        clock.advance_until(SECOND, "the refund is found out", ended).await;
        platform.outbox_is_empty().await;
        assert_eq!(shop.books(&platform).await, [0; 5]);
        assert_eq!(shop.balance(&platform, Role::Available).await.held, Some(0));
    }

    async fn an_approval_after_the_time_limit_counts(platform) {
        let (platform, clock, acquirer) = waiting(platform).await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        acquirer.plan([Plan::ApproveAfter(Duration::from_millis(400))]);
        let reply = purchase(&shop, &platform).await;
        assert_eq!(reply.operation.outcome, OperationOutcome::Pending);
        let ended = async || status(&shop, &platform).await == PaymentStatus::Captured;
        clock.advance_until(SECOND, "the approval is found", ended).await;
        assert_eq!(acquirer.executions(), 1);
        assert_eq!(acquirer.moved(OperationKind::Purchase), 1_000);
        assert_eq!(shop.books(&platform).await, [1_000, 965, 0, 35, 0]);
        acquirer.assert_no_faults();
    }

    async fn an_open_outcome_is_asked_for_less_and_less_often(platform) {
        let (platform, clock, acquirer) = waiting(platform).await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        acquirer.set_silent(true);
        acquirer.plan([Plan::AnswerLost]);
        purchase(&shop, &platform).await;
        for (asked, pause) in (0..).zip([2, 5, 10, 30, 60, 300, 1_800, 7_200]) {
            clock.advance(SECOND * pause - Duration::from_millis(1));
            tokio::time::sleep(Duration::from_millis(60)).await;
            assert_eq!(acquirer.queries(), asked, "before {pause} s");
            clock.advance(Duration::from_millis(1));
            eventually("the acquirer is asked", async || acquirer.queries() == asked + 1).await;
            // Its answer is stored before the next pause begins.
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        acquirer.set_silent(false);
        clock.advance(SECOND * 7_200);
        eventually("it is found", async || {
            status(&shop, &platform).await == PaymentStatus::Captured
        })
        .await;
    }

    async fn an_outcome_that_stays_open_for_a_week_counts_as_not_done(platform) {
        let (platform, clock, acquirer) = waiting(platform).await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        purchase(&shop, &platform).await;
        eventually("it is settled", async || {
            status(&shop, &platform).await == PaymentStatus::Settled
        })
        .await;
        acquirer.set_silent(true);
        acquirer.plan([Plan::Lost]);
        shop.refund(&platform, "order", 400).await.unwrap();
        assert_ne!(shop.balance(&platform, Role::Available).await.held, Some(0));
        let begun = clock.now();
        let ended = async || status(&shop, &platform).await == PaymentStatus::Settled;
        clock.advance_until(SECOND * 7_000, "it is given up", ended).await;
        assert!(clock.now().since(begun) > SECOND * 7 * 86_400);
        platform.outbox_is_empty().await;
        let balance = shop.balance(&platform, Role::Available).await;
        assert_eq!((balance.posted, balance.held), (965, Some(0)));
    }

    async fn twins_are_told_the_same_while_the_outcome_is_open_and_after(platform) {
        let (platform, clock, acquirer) = waiting(platform).await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        acquirer.plan([Plan::AnswerLost]);
        let twin = || {
            let command = shop.authorise(&platform, "order", APPROVES, 1_000, true);
            shop.ask_once(&platform, "order", "key", command)
        };
        let (first, second) = tokio::join!(twin(), twin());
        let first = first.unwrap();
        assert_eq!(first.operation.outcome, OperationOutcome::Pending);
        assert_eq!(second.unwrap(), first);
        let ended = async || status(&shop, &platform).await == PaymentStatus::Captured;
        clock.advance_until(SECOND, "it is found", ended).await;
        assert_eq!(twin().await.unwrap(), first);
        assert_eq!(acquirer.executions(), 1);
    }
}
