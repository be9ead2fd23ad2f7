//! A node that is killed in the middle of operations, and the next one, which finds out what became of
//! them.

use crate::support::{
    acquirer::{Plan, TestAcquirer},
    platform::{PlatformBuilder, TestPlatform, eur, eventually},
    shop::{APPROVES, Shop, is_approved, settled_at_once, terms},
};
use futures_util::future::join_all;
use purser_actors::ports::{AnswerKey, Store};
use purser_subjects::{
    EntityKind, Rejection,
    account::{PlaceHold, Role},
    transaction::{DeclineReason, OperationKind, OperationOutcome, PaymentReply, PaymentStatus},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Under this key every operation of these tests is begun.
const KEY: &str = "key";

async fn pay(shop: &Shop, platform: &TestPlatform) -> Result<PaymentReply, Rejection> {
    let command = shop.authorise(platform, "order", APPROVES, 1_000, true);
    shop.ask_until_answered(platform, "order", KEY, command).await
}

async fn give_back(shop: &Shop, platform: &TestPlatform) -> Result<PaymentReply, Rejection> {
    shop.ask_until_answered(platform, "order", KEY, shop.to_refund(400)).await
}

/// Runs `work` until `cut` is true, and drops it.
async fn until(
    what: &str,
    work: impl Future<Output = Result<PaymentReply, Rejection>>,
    cut: impl AsyncFnMut() -> bool,
) {
    tokio::select! {
        answer = work => panic!("answered before the cut: {answer:?}"),
        () = eventually(what, cut) => {}
    }
}

/// Kills the node while the acquirer has a payment that goes by `plan`; the payment on the next node.
async fn killed_during(
    platform: PlatformBuilder,
    plan: Plan,
) -> (TestPlatform, Shop, Arc<TestAcquirer>) {
    let acquirer = TestAcquirer::new();
    let platform = platform.acquirer(acquirer.clone()).start().await;
    let shop = Shop::open(&platform, "shop", terms()).await;
    acquirer.plan([plan]);
    let called = async || acquirer.executions() == 1;
    until("the acquirer is called", pay(&shop, &platform), called).await;
    let platform = platform.kill().await.start().await;
    (platform, shop, acquirer)
}

/// A settled payment whose refund was begun by a node with this acquirer.
async fn refunding(
    platform: PlatformBuilder,
    acquirer: &Arc<TestAcquirer>,
) -> (TestPlatform, Shop) {
    let platform = platform.acquirer(acquirer.clone()).start().await;
    let shop = Shop::open(&platform, "shop", settled_at_once()).await;
    shop.purchase(&platform, "order", 1_000).await;
    eventually("it is settled", async || {
        shop.inquire(&platform, "order").await.status == PaymentStatus::Settled
    })
    .await;
    (platform, shop)
}

/// Panics in the merchant's available account at `verb`, for as long as the switch is on.
fn fault_at(verb: &'static str) -> (purser_actors::FaultHook, Arc<AtomicBool>) {
    let switch = Arc::new(AtomicBool::new(true));
    let on = switch.clone();
    let hook = move |entity: &purser_subjects::EntityKey, asked: &str| {
        let is_it = entity.kind == EntityKind::Account && asked == verb;
        assert!(!is_it || !on.load(Ordering::SeqCst), "forced by the test");
    };
    (Arc::new(hook), switch)
}

/// The refund took effect, once, and nothing is held any more.
async fn is_refunded(shop: &Shop, platform: &TestPlatform, acquirer: &TestAcquirer) {
    let reply = give_back(shop, platform).await.unwrap();
    assert!(is_approved(&reply), "{reply:?}");
    assert_eq!(acquirer.moved(OperationKind::Refund), 400);
    assert_eq!(acquirer.executions(), 2, "the purchase and one refund");
    acquirer.assert_no_faults();
    platform.outbox_is_empty().await;
    assert_eq!(shop.books(platform).await, [600, 0, 575, 25, 0]);
    assert_eq!(shop.balance(platform, Role::Available).await.held, Some(0));
}

on_both_platforms! {
    async fn a_payment_that_never_reached_the_acquirer_is_declined(platform) {
        let (platform, shop, acquirer) = killed_during(platform, Plan::HangBefore).await;
        let reply = pay(&shop, &platform).await.unwrap();
        let OperationOutcome::Declined(decline) = &reply.operation.outcome else {
            panic!("declined: {reply:?}")
        };
        assert_eq!(decline.reason, DeclineReason::NeverReceived);
        assert_eq!(acquirer.executions(), 1);
        assert_eq!(shop.books(&platform).await, [0; 5]);
    }

    async fn a_payment_that_the_acquirer_had_approved_is_captured(platform) {
        let (platform, shop, acquirer) = killed_during(platform, Plan::HangAfter).await;
        let reply = pay(&shop, &platform).await.unwrap();
        assert!(is_approved(&reply), "{reply:?}");
        assert_eq!(acquirer.executions(), 1);
        assert_eq!(acquirer.moved(OperationKind::Purchase), 1_000);
        assert_eq!(shop.books(&platform).await, [1_000, 965, 0, 35, 0]);
        acquirer.assert_no_faults();
    }

    async fn nobody_needs_to_ask_for_an_outcome_to_be_found_out(platform) {
        let (platform, shop, _) = killed_during(platform, Plan::HangAfter).await;
        eventually("it is found out", async || {
            shop.inquire(&platform, "order").await.status == PaymentStatus::Captured
        })
        .await;
    }

    async fn an_answer_that_was_not_stored_any_more_is_asked_for_again(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        acquirer.plan([Plan::HangAfter]);
        let store: Arc<dyn Store> = platform.store.clone();
        let other = platform.node_info();
        let cut = async || {
            if acquirer.executions() == 0 {
                return false;
            }
            // Another writer takes the journal over, so that the outcome cannot be stored.
            store.join(&other, Duration::from_secs(4)).await.unwrap();
            acquirer.release();
            true
        };
        until("the answer comes too late", pay(&shop, &platform), cut).await;
        tokio::time::timeout(Duration::from_secs(20), platform.node().failed()).await.unwrap();
        let platform = platform.kill().await.start().await;
        let reply = pay(&shop, &platform).await.unwrap();
        assert!(is_approved(&reply), "{reply:?}");
        assert_eq!(acquirer.executions(), 1);
        assert_eq!(shop.books(&platform).await, [1_000, 965, 0, 35, 0]);
    }

    async fn a_refund_that_was_not_funded_yet_is_funded_and_sent(platform) {
        let acquirer = TestAcquirer::new();
        let (fault, switch) = fault_at("hold");
        let (platform, shop) = refunding(platform.fault(fault), &acquirer).await;
        let begun = async || shop.inquire(&platform, "order").await.status == PaymentStatus::Refunding;
        until("the refund is begun", give_back(&shop, &platform), begun).await;
        let platform = platform.kill().await;
        switch.store(false, Ordering::SeqCst);
        let platform = platform.start().await;
        is_refunded(&shop, &platform, &acquirer).await;
    }

    async fn a_refund_whose_money_was_set_aside_unnoticed_sets_it_aside_once(platform) {
        let acquirer = TestAcquirer::new();
        let (fault, switch) = fault_at("hold");
        let (platform, shop) = refunding(platform.fault(fault), &acquirer).await;
        let begun = async || shop.inquire(&platform, "order").await.status == PaymentStatus::Refunding;
        until("the refund is begun", give_back(&shop, &platform), begun).await;
        let platform = platform.kill().await;
        switch.store(false, Ordering::SeqCst);
        // The next node does not get to ask for the hold before this test has.
        let platform = platform.start().await;
        let operation = AnswerKey::of(&shop.payment("order").key(), KEY).operation();
        // Of 400 a fee of 10 comes back; up to 3 of it may be lost to rounding.
        let hold = PlaceHold { hold: operation.to_string().parse().unwrap(), amount: eur(393) };
        let available = shop.account(Role::Available);
        let placed = platform.ask_once(available.as_str(), &format!("hold-{operation}"), hold).await;
        assert!(placed.is_ok(), "the same request as the payment's: {placed:?}");
        is_refunded(&shop, &platform, &acquirer).await;
    }

    async fn a_funded_refund_that_never_reached_the_acquirer_gives_the_money_back(platform) {
        let acquirer = TestAcquirer::new();
        let (platform, shop) = refunding(platform, &acquirer).await;
        acquirer.plan([Plan::HangBefore]);
        let called = async || acquirer.executions() == 2;
        until("the acquirer is called", give_back(&shop, &platform), called).await;
        let platform = platform.kill().await.start().await;
        let reply = give_back(&shop, &platform).await.unwrap();
        assert!(matches!(reply.operation.outcome, OperationOutcome::Declined(_)), "{reply:?}");
        platform.outbox_is_empty().await;
        assert_eq!(shop.books(&platform).await, [1_000, 0, 965, 35, 0]);
        assert_eq!(shop.balance(&platform, Role::Available).await.held, Some(0));
    }

    async fn a_funded_refund_that_the_acquirer_had_approved_is_settled(platform) {
        let acquirer = TestAcquirer::new();
        let (platform, shop) = refunding(platform, &acquirer).await;
        acquirer.plan([Plan::HangAfter]);
        let called = async || acquirer.executions() == 2;
        until("the acquirer is called", give_back(&shop, &platform), called).await;
        let platform = platform.kill().await.start().await;
        is_refunded(&shop, &platform, &acquirer).await;
    }

    async fn an_approved_refund_whose_money_was_not_posted_yet_is_posted(platform) {
        let acquirer = TestAcquirer::new();
        let (fault, switch) = fault_at("settle");
        let (platform, shop) = refunding(platform.fault(fault), &acquirer).await;
        assert!(is_approved(&give_back(&shop, &platform).await.unwrap()));
        let platform = platform.kill().await;
        switch.store(false, Ordering::SeqCst);
        let platform = platform.start().await;
        is_refunded(&shop, &platform, &acquirer).await;
    }

    async fn a_node_that_is_killed_again_and_again_loses_and_doubles_nothing(platform) {
        let acquirer = TestAcquirer::new();
        let plans = [
            Plan::HangAfter,
            Plan::Approve,
            Plan::HangBefore,
            Plan::AnswerLost,
            Plan::Decline,
            Plan::ApproveAfter(Duration::from_millis(30)),
            Plan::Approve,
        ];
        acquirer.plan(plans.into_iter().cycle().take(90));
        let mut platform = platform
            .acquirer(acquirer.clone())
            .limits(|limits| limits.acquirer_timeout = Duration::from_millis(500))
            .start()
            .await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        let references: Vec<_> = (0..30).map(|n| format!("order-{n}")).collect();
        for round in 0..4 {
            let work = references.iter().map(async |reference| {
                let command = shop.authorise(&platform, reference, APPROVES, 1_000, true);
                let _ = shop.ask_once(&platform, reference, "pay", command).await;
                let key = format!("refund-{round}");
                let _ = shop.ask_once(&platform, reference, &key, shop.to_refund(100)).await;
            });
            let moment = Duration::from_millis(30 + 40 * round);
            let _ = tokio::time::timeout(moment, join_all(work)).await;
            platform = platform.kill().await.start().await;
        }
        eventually("every operation has ended", async || {
            let statuses = references.iter().map(async |reference| {
                let inquire = purser_subjects::transaction::Inquire { merchant: shop.merchant.clone() };
                match shop.ask(&platform, reference, inquire).await {
                    Ok(payment) => !matches!(
                        payment.status,
                        PaymentStatus::Authorising | PaymentStatus::Refunding | PaymentStatus::Captured
                    ),
                    // Killed before it was begun.
                    Err(_) => true,
                }
            });
            join_all(statuses).await.into_iter().all(|has_ended| has_ended)
        })
        .await;
        platform.outbox_is_empty().await;
        acquirer.assert_no_faults();
        let kept = acquirer.moved(OperationKind::Purchase) - acquirer.moved(OperationKind::Refund);
        let [clearing, pending, available, fees, reserve] = shop.books(&platform).await;
        assert_eq!((clearing, pending, reserve), (kept, 0, 0));
        assert_eq!(available + fees, kept);
        assert_eq!(shop.balance(&platform, Role::Available).await.held, Some(0));
    }
}
