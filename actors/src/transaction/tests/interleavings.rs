//! Random commands and outcomes in random order. [`World`] checks after every one.

use super::{
    given::eur,
    world::{Fate, World},
};
use proptest::prelude::*;
use purser_subjects::merchant::{FeeSchedule, MerchantTerms, SettlementTerms};
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Capture(i64),
    Void,
    Refund(Option<i64>),
    End(usize, Fate),
    Deliver(usize),
    Pass(Duration),
    Restart(u64),
}

/// Amounts small enough that bounds, rounding and each other are met often.
fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![1i64..400, 1i64..20]
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        5 => Just(Fate::Approve),
        1 => Just(Fate::Decline),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
    ]
}

fn pause() -> impl Strategy<Value = Duration> {
    let hours = |hours: u64| Duration::from_secs(3_600 * hours);
    prop_oneof![
        3 => (1u64..60).prop_map(Duration::from_secs),
        2 => (1u64..60).prop_map(hours),
        1 => Just(hours(24 * 8)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => amount().prop_map(Step::Capture),
        1 => Just(Step::Void),
        4 => proptest::option::of(amount()).prop_map(Step::Refund),
        8 => (any::<usize>(), fate()).prop_map(|(position, fate)| Step::End(position, fate)),
        2 => any::<usize>().prop_map(Step::Deliver),
        4 => pause().prop_map(Step::Pass),
        1 => any::<u64>().prop_map(Step::Restart),
    ]
}

fn terms() -> impl Strategy<Value = MerchantTerms> {
    let fees = (0u32..=10_000, 0i64..100, 0i64..100, proptest::option::of(0i64..100));
    let settlement = (0u16..3, 0u8..24, prop_oneof![Just(0), 0u32..=10_000], 0u16..3);
    (fees, settlement, prop::bool::weighted(0.9)).prop_map(
        |((percent_bps, fixed, min, over), (delay_days, hour_utc, reserve_bps, days), many)| {
            let max = over.map(|over| eur(min + over)).into_iter().collect();
            let (fixed, min) = (vec![eur(fixed)], vec![eur(min)]);
            let reserve_days = days;
            MerchantTerms {
                fees: FeeSchedule { percent_bps, fixed, min, max },
                settlement: SettlementTerms { delay_days, hour_utc, reserve_bps, reserve_days },
                multiple_refunds: many,
                acquirer: None,
                issuer: None,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_interleaving_breaks_a_payment(
        terms in terms(),
        funds in prop_oneof![Just(0i64), 0i64..500],
        authorised in 1i64..600,
        is_purchase in any::<bool>(),
        first in fate(),
        steps in proptest::collection::vec(step(), 0..80),
    ) {
        let mut world = World::new(terms, funds);
        world.authorise(authorised, is_purchase);
        if first == Fate::Approve {
            world.end(0, first);
        }
        for step in steps {
            match step {
                Step::Capture(amount) => world.capture(amount),
                Step::Void => world.void(),
                Step::Refund(amount) => world.refund(amount),
                Step::End(position, fate) => world.end(position, fate),
                Step::Deliver(position) => world.deliver(position),
                Step::Pass(by) => world.pass(by),
                Step::Restart(had_arrived) => world.restart(had_arrived),
            }
        }
        world.finish();
    }
}
