//! What a payment costs the merchant. The rule stands at [`FeeSchedule`].

use super::MAX_AMOUNT;
use purser_subjects::{Currency, ErrorCode, Money, Rejection, merchant::FeeSchedule};

/// Hundredths of a percent in one.
const BPS: i128 = 10_000;

/// By how much, in minor units, rounding can hide the least of several falls of a fee: each fee is off by
/// up to a half and the place between two minor units by up to one.
const ROUNDING: i64 = 3;

/// The fee on `amount`, which is not negative, in its currency.
///
/// `amount - fee` never falls as `amount` grows, so a payment that takes its fee back in part with each
/// refund never owes more than it brought.
pub fn fee(schedule: &FeeSchedule, amount: Money) -> i64 {
    let of = |list: &[Money]| {
        list.iter().find(|money| money.currency == amount.currency).map(|money| money.minor)
    };
    let percent = (i128::from(amount.minor) * i128::from(schedule.percent_bps) + BPS / 2) / BPS;
    let percent = i64::try_from(percent).unwrap_or(i64::MAX);
    let sum = percent.saturating_add(of(&schedule.fixed).unwrap_or(0));
    let least = of(&schedule.min).unwrap_or(0);
    let most = of(&schedule.max).unwrap_or(i64::MAX);
    sum.max(least).min(most).min(amount.minor)
}

/// The least by which the fee can fall when `part` is taken from some amount between `part` and `whole`.
///
/// A refund that waits for its outcome does not know which others will have ended before it, and so from
/// what it is taken. Exact where that is certain; else at most [`ROUNDING`] too low.
pub fn least_fee_back(schedule: &FeeSchedule, part: Money, whole: i64) -> i64 {
    let of = |amount: i64| fee(schedule, Money::new(amount, part.currency));
    let back = |from: i64| of(from) - of(from - part.minor);
    if whole <= part.minor {
        return back(part.minor);
    }
    // Without rounding the fee is made of straight pieces, so its fall is least at an end of one.
    let ends = kinks(schedule, part.currency).into_iter().flat_map(|at| [at, at + 1]);
    let froms = ends.flat_map(|end| [end, end.saturating_add(part.minor)]);
    let froms = froms.chain([part.minor, whole]);
    let least = froms.map(|from| back(from.clamp(part.minor, whole))).min().unwrap_or(0);
    (least - ROUNDING).max(0)
}

/// Amounts, rounded down, at which one straight piece of the fee meets the next.
fn kinks(schedule: &FeeSchedule, currency: Currency) -> Vec<i64> {
    let of = |list: &[Money]| {
        list.iter().find(|money| money.currency == currency).map(|money| i128::from(money.minor))
    };
    let (fixed, min, max) =
        (of(&schedule.fixed).unwrap_or(0), of(&schedule.min), of(&schedule.max));
    let bps = i128::from(schedule.percent_bps);
    let mut kinks: Vec<i128> = min.into_iter().chain(max).collect();
    // The fee stops being all there is.
    kinks.extend((fixed * BPS).checked_div(BPS - bps));
    // The sum of both parts reaches a bound.
    let reached = |bound: i128| ((bound - fixed) * BPS).checked_div(bps);
    kinks.extend(min.into_iter().chain(max).filter_map(reached));
    kinks.into_iter().filter_map(|at| i64::try_from(at.max(0)).ok()).collect()
}

/// Whether the schedule can be used.
///
/// # Errors
/// `invalid_field` for more than 100 %, a negative amount, a currency named twice, or a minimum above
/// the maximum.
pub fn check_fees(schedule: &FeeSchedule) -> Result<(), Rejection> {
    let invalid = |why: &str| Err(Rejection::new(ErrorCode::InvalidField, why));
    if i128::from(schedule.percent_bps) > BPS {
        return invalid("a fee is at most 100 %");
    }
    for list in [&schedule.fixed, &schedule.min, &schedule.max] {
        let mut currencies: Vec<Currency> = list.iter().map(|money| money.currency).collect();
        currencies.sort_unstable();
        if currencies.windows(2).any(|pair| pair[0] == pair[1]) {
            return invalid("a fee names a currency twice");
        }
        if list.iter().any(|money| !(0..=MAX_AMOUNT).contains(&money.minor)) {
            return invalid("a fee is not negative and at most 10^15 minor units");
        }
    }
    let crossed = schedule.min.iter().any(|min| {
        schedule.max.iter().any(|max| max.currency == min.currency && max.minor < min.minor)
    });
    if crossed { invalid("a least fee is above the most") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, "EUR".parse().unwrap())
    }

    fn schedule(bps: u32, fixed: i64, min: i64, max: i64) -> FeeSchedule {
        FeeSchedule {
            percent_bps: bps,
            fixed: vec![eur(fixed)],
            min: vec![eur(min)],
            max: vec![eur(max)],
        }
    }

    #[test]
    fn percent_and_fixed_add_up_within_their_bounds() {
        for (terms, amount, expected) in [
            (schedule(290, 30, 0, 100_000), 10_000, 320),
            (schedule(290, 0, 0, 100_000), 50, 1),
            (schedule(250, 0, 0, 100_000), 20, 1),
            (schedule(250, 0, 0, 100_000), 19, 0),
            (schedule(100, 0, 50, 100_000), 100, 50),
            (schedule(100, 0, 0, 10), 100_000, 10),
            (schedule(0, 30, 0, 100_000), 10, 10),
            (schedule(290, 30, 0, 100_000), 0, 0),
        ] {
            assert_eq!(fee(&terms, eur(amount)), expected, "{terms:?} on {amount}");
        }
        let other = Money::new(1000, "USD".parse().unwrap());
        assert_eq!(fee(&schedule(0, 30, 5, 100), other), 0);
    }

    #[test]
    fn unusable_schedules_are_refused() {
        assert!(check_fees(&schedule(290, 30, 0, 100)).is_ok());
        assert!(check_fees(&schedule(10_001, 0, 0, 100)).is_err());
        assert!(check_fees(&schedule(0, -1, 0, 100)).is_err());
        assert!(check_fees(&schedule(0, 0, 101, 100)).is_err());
        let twice = FeeSchedule { fixed: vec![eur(1), eur(2)], ..FeeSchedule::default() };
        assert!(check_fees(&twice).is_err());
    }

    proptest! {
        #[test]
        fn what_is_left_after_the_fee_never_falls(
            bps in 0u32..=10_000, fixed in 0i64..500, min in 0i64..500, extra in 0i64..5_000,
            amount in 0i64..1_000_000, more in 0i64..1_000,
        ) {
            let terms = schedule(bps, fixed, min, min + extra);
            let left = |amount| amount - fee(&terms, eur(amount));
            prop_assert!(left(amount) >= 0);
            prop_assert!(left(amount + more) >= left(amount));
        }

        #[test]
        fn the_least_fee_back_is_a_bound_and_a_close_one(
            bps in 0u32..=10_000, fixed in 0i64..300, min in 0i64..300, extra in 0i64..900,
            part in 1i64..700, more in 0i64..1_500,
        ) {
            let terms = schedule(bps, fixed, min, min + extra);
            let of = |amount| fee(&terms, eur(amount));
            let least = (part..=part + more).map(|from| of(from) - of(from - part)).min().unwrap();
            let bound = least_fee_back(&terms, eur(part), part + more);
            prop_assert!(bound <= least, "{} is more than {}", bound, least);
            prop_assert!(bound + 2 * ROUNDING >= least, "{} is far below {}", bound, least);
            prop_assert_eq!(least_fee_back(&terms, eur(part), part), of(part));
        }
    }
}
