//! When captured money becomes the merchant's, and how much of it is withheld.

use purser_subjects::{ErrorCode, Rejection, Timestamp, merchant::SettlementTerms};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);

/// When something captured at `captured_at` settles. The rule stands at [`SettlementTerms`].
pub fn settle_at(terms: &SettlementTerms, captured_at: Timestamp) -> Timestamp {
    if terms.delay_days == 0 {
        return captured_at;
    }
    captured_at
        .start_of_day()
        .plus(DAY * u32::from(terms.delay_days))
        .plus(HOUR * u32::from(terms.hour_utc))
}

/// How much of `amount`, which is not negative, is withheld at settlement.
pub fn reserve(terms: &SettlementTerms, amount: i64) -> i64 {
    let withheld = i128::from(amount) * i128::from(terms.reserve_bps) / 10_000;
    i64::try_from(withheld).unwrap_or(amount)
}

/// When what was withheld at `settled_at` is released.
pub fn release_at(terms: &SettlementTerms, settled_at: Timestamp) -> Timestamp {
    settled_at.plus(DAY * u32::from(terms.reserve_days))
}

/// Whether the terms can be used.
///
/// # Errors
/// `invalid_field` when a number is out of its range.
pub fn check_settlement(terms: &SettlementTerms) -> Result<(), Rejection> {
    let fits = terms.delay_days <= 365
        && terms.hour_utc <= 23
        && terms.reserve_bps <= 10_000
        && terms.reserve_days <= 730;
    let why = "settlement takes at most 365 days and hour 23, a reserve at most 100 % and 730 days";
    if fits { Ok(()) } else { Err(Rejection::new(ErrorCode::InvalidField, why)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settlement_is_whole_days_later_at_the_hour() {
        let captured = Timestamp::from_millis(1_700_000_000_000); // 2023-11-14T22:13:20Z
        let terms = SettlementTerms { delay_days: 2, hour_utc: 6, ..SettlementTerms::default() };
        assert_eq!(settle_at(&terms, captured).as_millis(), 1_700_114_400_000); // 2023-11-16T06:00Z
        assert_eq!(settle_at(&SettlementTerms::default(), captured), captured);
    }

    #[test]
    fn a_reserve_is_rounded_down() {
        let terms = SettlementTerms { reserve_bps: 1_000, ..SettlementTerms::default() };
        assert_eq!([reserve(&terms, 99), reserve(&terms, 100), reserve(&terms, 0)], [9, 10, 0]);
    }
}
