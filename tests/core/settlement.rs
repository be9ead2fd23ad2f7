//! Settlement by the schedule, and the release of the reserve, as the clock goes.

use crate::support::{
    clock::ManualClock,
    platform::{TestPlatform, eventually},
    shop::{Shop, is_approved, settled_at_once, terms},
};
use purser_actors::ports::Clock;
use purser_subjects::{
    account::{Freeze, Role, Unfreeze},
    merchant::{MerchantTerms, SettlementTerms},
    transaction::PaymentStatus,
};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// Enough real time for what is due to be done, where nothing should be.
const MOMENT: Duration = Duration::from_millis(100);

/// As [`terms`], with a reserve of a tenth for two days.
fn reserving() -> MerchantTerms {
    let settlement = SettlementTerms { reserve_bps: 1_000, reserve_days: 2, ..terms().settlement };
    MerchantTerms { settlement, ..terms() }
}

async fn books_become(shop: &Shop, platform: &TestPlatform, books: [i64; 5]) {
    let what = format!("the books are {books:?}");
    eventually(&what, async || shop.books(platform).await == books).await;
}

on_both_platforms! {
    async fn what_is_captured_settles_at_its_hour_and_the_reserve_later(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let shop = Shop::open(&platform, "shop", reserving()).await;
        shop.purchase(&platform, "order", 10_000).await;
        let pending = [10_000, 9_740, 0, 260, 0];
        let six_tomorrow = clock.now().start_of_day().plus(DAY + 6 * HOUR);
        clock.advance(six_tomorrow.since(clock.now()) - MS);
        tokio::time::sleep(MOMENT).await;
        assert_eq!(shop.books(&platform).await, pending);
        clock.advance(MS);
        let settled = [10_000, 0, 8_766, 260, 974];
        books_become(&shop, &platform, settled).await;
        assert_eq!(shop.inquire(&platform, "order").await.status, PaymentStatus::Settled);
        clock.advance(2 * DAY - MS);
        tokio::time::sleep(MOMENT).await;
        assert_eq!(shop.books(&platform).await, settled);
        clock.advance(MS);
        books_become(&shop, &platform, [10_000, 0, 9_740, 260, 0]).await;
    }

    async fn captures_of_several_days_settle_and_are_released_each_in_its_time(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let shop = Shop::open(&platform, "shop", reserving()).await;
        shop.preauthorise(&platform, "order", 10_000).await;
        shop.capture(&platform, "order", 4_000).await.unwrap();
        clock.advance(DAY);
        books_become(&shop, &platform, [4_000, 0, 3_501, 110, 389]).await;
        shop.capture(&platform, "order", 6_000).await.unwrap();
        clock.advance(DAY);
        books_become(&shop, &platform, [10_000, 0, 8_766, 260, 974]).await;
        // At 10:00 on the second day after the first settlement.
        clock.advance(DAY);
        books_become(&shop, &platform, [10_000, 0, 9_155, 260, 585]).await;
        clock.advance(DAY);
        books_become(&shop, &platform, [10_000, 0, 9_740, 260, 0]).await;
    }

    async fn a_part_refunded_before_settlement_is_not_settled(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let shop = Shop::open(&platform, "shop", reserving()).await;
        shop.purchase(&platform, "part", 10_000).await;
        shop.purchase(&platform, "whole", 5_000).await;
        shop.refund(&platform, "part", 4_000).await.unwrap();
        shop.refund(&platform, "whole", 5_000).await.unwrap();
        clock.advance(DAY);
        books_become(&shop, &platform, [6_000, 0, 5_256, 160, 584]).await;
        let whole = shop.inquire(&platform, "whole").await;
        assert_eq!(whole.status, PaymentStatus::Refunded);
    }

    async fn refunds_after_settlement_come_from_available(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        shop.purchase(&platform, "order", 10_000).await;
        clock.advance(DAY);
        books_become(&shop, &platform, [10_000, 0, 9_740, 260, 0]).await;
        let reply = shop.refund(&platform, "order", 4_000).await.unwrap();
        assert!(is_approved(&reply));
        platform.outbox_is_empty().await;
        assert_eq!(shop.books(&platform).await, [6_000, 0, 5_840, 160, 0]);
        shop.refund(&platform, "order", 6_000).await.unwrap();
        platform.outbox_is_empty().await;
        assert_eq!(shop.books(&platform).await, [0; 5]);
    }

    async fn a_frozen_merchant_account_is_settled_when_it_is_open_again(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let shop = Shop::open(&platform, "shop", settled_at_once()).await;
        let available = shop.account(Role::Available);
        platform.ask(available.as_str(), Freeze {}).await.unwrap();
        shop.purchase(&platform, "order", 10_000).await;
        clock.advance(Duration::from_secs(10));
        tokio::time::sleep(MOMENT).await;
        assert_eq!(shop.books(&platform).await, [10_000, 9_740, 0, 260, 0]);
        platform.ask(available.as_str(), Unfreeze {}).await.unwrap();
        let settled = async || shop.books(&platform).await == [10_000, 0, 9_740, 260, 0];
        clock.advance_until(Duration::from_secs(10), "it is settled", settled).await;
    }

    async fn many_payments_settle_at_one_moment(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        let references: Vec<_> = (0..600).map(|n| format!("order-{n}")).collect();
        let purchases = references.iter().map(|reference| shop.purchase(&platform, reference, 100));
        futures_util::future::join_all(purchases).await;
        assert_eq!(shop.books(&platform).await, [60_000, 52_200, 0, 7_800, 0]);
        clock.advance(DAY);
        books_become(&shop, &platform, [60_000, 0, 52_200, 7_800, 0]).await;
    }

    async fn a_settlement_that_was_due_while_the_node_was_down_is_made_up_for(platform) {
        let clock = ManualClock::new();
        let platform = platform.clock(clock.clone()).start().await;
        let shop = Shop::open(&platform, "shop", terms()).await;
        shop.purchase(&platform, "order", 10_000).await;
        let down = platform.kill().await;
        clock.advance(3 * DAY);
        let platform = down.start().await;
        books_become(&shop, &platform, [10_000, 0, 9_740, 260, 0]).await;
    }
}
