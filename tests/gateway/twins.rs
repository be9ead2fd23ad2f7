//! Equal requests at the same time have one effect and one answer.

use super::{
    client::{Answer, Shop},
    hostile::Fields,
};
use crate::support::{
    acquirer::{Plan, TestAcquirer},
    platform::TestPlatform,
};
use futures_util::future::join_all;
use purser_subjects::account::Role;

const TWINS: usize = 50;

/// Sends `request` many times at once; all answers must be the same bytes.
async fn one_answer(shop: &Shop, request: &Fields) -> Answer {
    let twins = (0..TWINS).map(|_| shop.post("/payments", request));
    let answers = join_all(twins).await;
    for answer in &answers {
        assert_eq!(*answer, answers[0]);
    }
    answers[0].clone()
}

async fn events(platform: &TestPlatform) -> i64 {
    platform.store.journal_head(1).await.unwrap().event
}

on_both_platforms! {
    async fn approved_twins_are_charged_once(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let request = shop.payment("DB", "order-1", "12.50", &[]);
        let answer = one_answer(&shop, &request).await.expect("00001");
        assert_eq!(acquirer.executions(), 1);
        platform.settled(&merchant, "EUR", 1250).await;
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, 1250);
        assert_eq!(one_answer(&shop, &request).await, answer);
        shop.pay("DB", "order-1", "12.50", &[("card.cvv", "321")]).await.expect("20202");
        assert_eq!(acquirer.executions(), 1);
    }

    async fn declined_twins_are_declined_once(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        acquirer.plan([Plan::Decline]);
        let request = shop.payment("DB", "order-1", "12.50", &[]);
        let answer = one_answer(&shop, &request).await.expect("10001");
        assert_eq!(answer.json()["result"]["bankCode"], "05");
        assert_eq!(acquirer.executions(), 1);
        let before = events(&platform).await;
        assert_eq!(one_answer(&shop, &request).await, answer);
        shop.pay("DB", "order-1", "12.51", &[]).await.expect("20202");
        assert_eq!((acquirer.executions(), events(&platform).await), (1, before));
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, 0);
    }

    async fn refused_twins_have_no_effect_at_all(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let before = events(&platform).await;
        let changes = [("card.number", "4242424242424241")];
        let request = shop.payment("DB", "order-1", "12.50", &changes);
        one_answer(&shop, &request).await.expect("20114");
        assert_eq!((acquirer.executions(), events(&platform).await), (0, before));
        // A refusal does not use the reference up.
        shop.pay("DB", "order-1", "12.50", &[]).await.expect("00001");
    }

    async fn of_rivals_for_one_reference_one_wins_and_keeps_its_answer(platform) {
        let acquirer = TestAcquirer::new();
        let platform = platform.acquirer(acquirer.clone()).start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let amounts: Vec<_> = (1..=TWINS).map(|euros| format!("{euros}.00")).collect();
        let rivals = amounts.iter().map(|amount| shop.pay("DB", "order-1", amount, &[]));
        let answers = join_all(rivals).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.code() == "00001").collect();
        assert_eq!(won.len(), 1);
        assert!(answers.iter().all(|answer| matches!(answer.code().as_str(), "00001" | "20202")));
        assert_eq!(acquirer.executions(), 1);
        let amount = won[0].text("amount");
        assert_eq!(shop.pay("DB", "order-1", &amount, &[]).await, *won[0]);
        let minor = amount.replace('.', "").parse().unwrap();
        platform.settled(&merchant, "EUR", minor).await;
    }

    async fn one_reference_of_two_merchants_is_two_payments(platform) {
        let platform = platform.start().await;
        let (first, second) =
            (platform.merchant("first").create().await, platform.merchant("second").create().await);
        let shop = Shop::log_in(&platform.base_url(), &first).await;
        let other = Shop::log_in(&platform.base_url(), &second).await;
        let (one, two) = tokio::join!(
            shop.pay("DB", "order-1", "1.00", &[]),
            other.pay("DB", "order-1", "2.00", &[])
        );
        assert_ne!(one.expect("00001").payment_id(), two.expect("00001").payment_id());
        platform.settled(&first, "EUR", 100).await;
        platform.settled(&second, "EUR", 200).await;
    }
}
