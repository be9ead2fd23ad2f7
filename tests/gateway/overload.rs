//! Too much at once: what cannot be taken is refused quickly, and what was answered is true.

use super::client::{Answer, Shop};
use crate::{
    cli::process::Place,
    support::{merchant::Merchant, platform::eventually},
};
use futures_util::future::join_all;
use purser_subjects::account::Role;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// The sandbox approves it after two seconds.
const SLOW_CARD: &str = "4000000000005035";
/// Far below what the slow card takes, far above what a refusal takes on a busy machine.
const QUICK: Duration = Duration::from_millis(1500);

/// An answer, and how long it took.
async fn timed(answer: impl Future<Output = Answer>) -> (Answer, Duration) {
    let begun = Instant::now();
    (answer.await, begun.elapsed())
}

/// Sends payments at once; tells how many were made. Each of the others must be a quick 503.
async fn flood(shop: &Shop, references: &[String]) -> usize {
    let changes = [("card.number", SLOW_CARD)];
    let all = references.iter().map(|reference| timed(shop.pay("DB", reference, "1.00", &changes)));
    let mut made = 0;
    for (answer, took) in join_all(all).await {
        if answer.status == 200 {
            answer.expect("00001");
            made += 1;
        } else {
            assert_eq!((answer.status, answer.code().as_str()), (503, "20503"), "{}", answer.body);
            assert!(answer.retry_after.is_some_and(|seconds| (1..=60).contains(&seconds)));
            assert!(took < QUICK, "a refusal took {took:?}");
        }
    }
    made
}

/// Repeats a refused request until it is taken, as the documentation says.
async fn repeated(shop: &Shop, reference: &str) {
    let changes = [("card.number", SLOW_CARD)];
    eventually("a repeated request is taken", async || {
        let answer = shop.pay("DB", reference, "1.00", &changes).await;
        answer.status == 200 && answer.code() == "00001"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_use_up_the_file_handles() {
    let place = Place::new();
    let server = place.serve_after("ulimit -Sn 200");
    let merchant = Merchant::from_sandbox(&place.sandbox());
    let mut idle = Vec::new();
    for _ in 0..400 {
        idle.push(TcpStream::connect(&server.address).await.expect("one more is accepted"));
    }
    let shop = Shop::log_in(&server.url(""), &merchant).await;
    shop.pay("DB", "order-1", "1.00", &[]).await.expect("00001");
    drop(idle);
    server.stop().success();
}

on_both_platforms! {
    async fn more_requests_than_places_are_refused_quickly(platform) {
        let platform = platform.max_requests(8).start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let references: Vec<_> = (0..100).map(|n| format!("order-{n}")).collect();
        let made = flood(&shop, &references).await;
        assert!((1..100).contains(&made), "{made} were made");
        let made = i64::try_from(made).unwrap();
        platform.settled(&merchant, "EUR", 100 * made).await;
        assert_eq!(platform.posted(&merchant, "EUR", Role::Clearing).await, 100 * made);
        shop.pay("DB", "later", "1.00", &[]).await.expect("00001");
    }

    async fn more_commands_than_the_core_takes_are_refused_quickly(platform) {
        let platform = platform.limits(|limits| limits.commands = 8).start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let references: Vec<_> = (0..100).map(|n| format!("order-{n}")).collect();
        let made = flood(&shop, &references).await;
        assert!((1..100).contains(&made), "{made} were made");
        let some = &references[..4];
        join_all(some.iter().map(|reference| repeated(&shop, reference))).await;
        for reference in some {
            shop.inquire_reference(reference).await.expect("00026");
        }
    }

    async fn a_flood_of_inquiries_is_answered_or_refused(platform) {
        let platform = platform.limits(|limits| limits.commands_per_partition = 2).start().await;
        let merchant = platform.merchant("shop").create().await;
        let shop = Shop::log_in(&platform.base_url(), &merchant).await;
        let id = shop.pay("DB", "order-1", "1.00", &[]).await.expect("00001").payment_id();
        let answers = join_all((0..300).map(|_| shop.inquire(&id))).await;
        let answered = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers.iter().filter(|answer| answer.code() == "20503").count();
        assert_eq!(answered + refused, 300);
        assert!(answered > 0);
        shop.inquire(&id).await.expect("00026");
    }
}
