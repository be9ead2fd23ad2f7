//! A repeated request gets the same bytes, also from another process, and has no second effect.

use super::client::{Answer, DECLINED_CARD, Shop};
use crate::{
    cli::process::Place,
    support::{merchant::Merchant, platform::eventually, postgres::new_database},
};
use purser::store;
use purser_actors::{VerifyReport, verify};

/// Replays what is stored at `target`.
async fn books(target: &str) -> VerifyReport {
    let audit = store::audit(&target.parse().unwrap()).await.unwrap();
    verify(audit, |_| {}).await.unwrap_or_else(|error| panic!("the books are wrong: {error}"))
}

/// The real binary in `place`, which keeps its state at `target`, is ended by `signal` and started again.
async fn answers_outlive_the_process(place: &Place, target: &str, signal: &str) {
    let server = place.serve();
    let merchant = Merchant::from_sandbox(&place.sandbox());
    let shop = Shop::log_in(&server.url(""), &merchant).await;
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
    let codes: Vec<_> = answers.iter().map(Answer::code).collect();
    assert_eq!(codes, ["00001", "00001", "10001", "20110"]);
    // A later change of the payment does not change the answer to its request.
    let held = answers[1].payment_id();
    let capture = shop.operation("CP", &held, Some("10.00"));
    let captured = shop.change_once(&held, &capture, "once").await.expect("00004");
    for payment in [&answers[0].payment_id(), &held] {
        eventually("it is settled", async || {
            shop.inquire(payment).await.text("status") == "settled"
        })
        .await;
    }
    server.signal(signal);
    server.wait();
    let before = books(target).await;

    let server = place.serve();
    let shop = Shop::log_in(&server.url(""), &merchant).await;
    for (request, answer) in requests.iter().zip(&answers) {
        assert_eq!(shop.post("/payments", request).await, *answer);
    }
    assert_eq!(shop.change_once(&held, &capture, "once").await, captured);
    let other = shop.payment("DB", "bought", "12.51", &[]);
    shop.post("/payments", &other).await.expect("20202");
    server.stop().success();
    assert_eq!(books(target).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_outlive_the_process_on_sqlite() {
    for signal in ["TERM", "KILL"] {
        let place = Place::new();
        let target = place.data("purser.db").display().to_string();
        answers_outlive_the_process(&place, &target, signal).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_outlive_the_process_on_postgresql() {
    for signal in ["TERM", "KILL"] {
        let url = new_database().await;
        let place = Place::new().with_env("PURSER_DATABASE_URL", &url);
        answers_outlive_the_process(&place, &url, signal).await;
    }
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
