//! What merchants pay, by their schedules.

use crate::support::{
    platform::eur,
    shop::{APPROVES, Shop, terms},
};
use purser_subjects::{
    ErrorCode, Money,
    account::SystemAccount,
    merchant::{FeeSchedule, MerchantTerms, SetTerms},
};

fn schedule(bps: u32, fixed: i64, min: Option<i64>, max: Option<i64>) -> FeeSchedule {
    let list = |amount: Option<i64>| amount.map(eur).into_iter().collect();
    FeeSchedule { percent_bps: bps, fixed: vec![eur(fixed)], min: list(min), max: list(max) }
}

on_both_platforms! {
    async fn fees_follow_the_schedule_up_and_down(platform) {
        let platform = platform.start().await;
        for (n, (fees, amount, charged, refunded, left)) in [
            (schedule(0, 0, None, None), 1_000, 0, 1_000, 0),
            (schedule(0, 30, None, None), 1_000, 30, 400, 30),
            (schedule(250, 0, None, None), 20, 1, 1, 0),
            (schedule(290, 30, None, None), 10_000, 320, 5_000, 175),
            (schedule(100, 0, Some(50), None), 1_000, 50, 999, 1),
            (schedule(1_000, 0, None, Some(200)), 10_000, 200, 9_000, 100),
            (schedule(10_000, 0, None, None), 1_000, 1_000, 300, 700),
        ]
        .into_iter()
        .enumerate()
        {
            let terms = MerchantTerms { fees: fees.clone(), ..terms() };
            let shop = Shop::open(&platform, &format!("shop-{n}"), terms).await;
            shop.purchase(&platform, "order", amount).await;
            let books = [amount, amount - charged, 0, charged, 0];
            assert_eq!(shop.books(&platform).await, books, "{fees:?}");
            shop.refund(&platform, "order", refunded).await.unwrap();
            let rest = amount - refunded;
            let books = [rest, rest - left, 0, left, 0];
            assert_eq!(shop.books(&platform).await, books, "{fees:?}");
        }
    }

    async fn each_currency_has_its_own_fixed_fee_and_its_own_accounts(platform) {
        let platform = platform.start().await;
        let yen = |minor| Money::new(minor, "JPY".parse().unwrap());
        let fixed = vec![eur(30), yen(5)];
        let fees = FeeSchedule { fixed, percent_bps: 1_000, ..FeeSchedule::default() };
        let shop = Shop::open(&platform, "shop", MerchantTerms { fees, ..terms() }).await;
        let mut command = shop.authorise(&platform, "order", APPROVES, 1, true);
        command.amount = yen(100);
        shop.ask(&platform, "order", command).await.unwrap();
        shop.purchase(&platform, "other", 100).await;
        assert_eq!(shop.books(&platform).await, [100, 60, 0, 40, 0]);
        for (role, posted) in purser_subjects::account::Role::ALL.into_iter().zip([100, 85, 0, 15, 0]) {
            let (merchant, currency) = (shop.merchant.clone(), yen(0).currency);
            let account = SystemAccount { merchant, currency, role }.id();
            assert_eq!(platform.balance(account.as_str()).await.posted, posted, "{account}");
        }
    }

    async fn unusable_terms_are_refused(platform) {
        let platform = platform.start().await;
        Shop::open(&platform, "shop", terms()).await;
        let mut twice = terms();
        twice.fees.fixed = vec![eur(1), eur(2)];
        let mut crossed = terms();
        (crossed.fees.min, crossed.fees.max) = (vec![eur(2)], vec![eur(1)]);
        let mut late = terms();
        late.settlement.hour_utc = 24;
        let mut all = terms();
        all.settlement.reserve_bps = 10_001;
        for terms in [twice, crossed, late, all] {
            let refused = platform.ask("shop", SetTerms { terms }).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::InvalidField);
        }
    }
}
