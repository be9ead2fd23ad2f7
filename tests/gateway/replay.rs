//! A repeated request gets the same bytes, also from another process, and has no second effect.

use super::client::{DECLINED_CARD, Shop};
use crate::support::platform::{Engine, TestPlatform};

async fn replayed_after_a_restart(engine: Engine) {
    let platform = TestPlatform::on(engine).start().await;
    let merchant = platform.merchant("shop").create().await;
    let shop = Shop::log_in(&platform.base_url(), &merchant).await;
    let requests = [
        shop.payment("DB", "bought", "12.50", &[]),
        shop.payment("PA", "held", "10.00", &[]),
        shop.payment("DB", "declined", "12.50", &[("card.number", DECLINED_CARD)]),
        shop.payment("DB", "refused", "12.505", &[]),
    ];
    let mut answers = Vec::new();
    for request in &requests {
        answers.push(shop.post("/payments", request).await);
    }
    let codes: Vec<_> = answers.iter().map(super::client::Answer::code).collect();
    assert_eq!(codes, ["00001", "00001", "10001", "20110"]);
    // A later change of the payment does not change the answer to its request.
    shop.capture(&answers[1].payment_id(), "10.00").await.expect("00004");
    platform.settled(&merchant, "EUR", 2250).await;
    let before = platform.store.journal_head().await.unwrap();

    let platform = platform.restart(TestPlatform::on(engine)).await;
    let shop = Shop::log_in(&platform.base_url(), &merchant).await;
    for (request, answer) in requests.iter().zip(&answers) {
        assert_eq!(shop.post("/payments", request).await, *answer);
    }
    for answer in &answers[..3] {
        shop.inquire(&answer.payment_id()).await.expect("00026");
    }
    let other = shop.payment("DB", "bought", "12.51", &[]);
    shop.post("/payments", &other).await.expect("20202");
    let after = platform.store.journal_head().await.unwrap();
    assert_eq!((before.event, before.posting), (after.event, after.posting));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_outlive_the_process_on_sqlite() {
    replayed_after_a_restart(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_outlive_the_process_on_postgresql() {
    replayed_after_a_restart(Engine::Postgres).await;
}

on_both_platforms! {
    async fn an_idempotency_key_makes_a_repeated_refund_one(platform) {
        let platform = platform.start().await;
        let merchant = platform.merchant("shop").with_multiple_refunds().create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let id = shop.pay("DB", "order-1", "10.00", &[]).await.expect("00001").payment_id();
        let refund = shop.operation("RF", &id, Some("3.00"));
        let first = shop.change_once(&id, &refund, "refund-1").await.expect("00005");
        assert_eq!(shop.change_once(&id, &refund, "refund-1").await, first);
        let other = shop.operation("RF", &id, Some("2.00"));
        shop.change_once(&id, &other, "refund-1").await.expect("20209");
        shop.change_once(&id, &refund, "refund-2").await.expect("00005");
        platform.settled(&merchant, "EUR", 400).await;
    }
}
