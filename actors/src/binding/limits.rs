//! How much may be charged. Pure.

use super::{
    checks::reject,
    state::{Charge, Token},
};
use crate::ledger::MAX_AMOUNT;
use purser_subjects::{
    ErrorCode, Money, Rejection, Timestamp,
    binding::{ChargeLimits, ChargeStage},
};

/// Charges of one card in a day, which are part of its binding's state.
const MAX_CHARGES_A_DAY: usize = 200;

/// Western Indonesia Time, in which the banks' days begin, is UTC+7 all the year round.
const JAKARTA_MS: i64 = 7 * 3_600_000;

/// Number of the day in Jakarta.
fn day(at: Timestamp) -> i64 {
    at.as_millis().saturating_add(JAKARTA_MS).div_euclid(Timestamp::DAY_MS)
}

/// Whether the limits leave room for a charge of `amount` at `now`.
pub(super) fn check_charge(token: &Token, amount: Money, now: Timestamp) -> Result<(), Rejection> {
    let today = |charge: &&Charge| day(charge.at) == day(now);
    if token.charges.values().filter(today).count() >= MAX_CHARGES_A_DAY {
        return reject(ErrorCode::TooMany, "a card is charged at most 200 times in a day");
    }
    if let Some(limit) = token.limits.per_payment
        && (limit.currency != amount.currency || amount.minor > limit.minor)
    {
        return reject(ErrorCode::PaymentLimit, format!("a payment may be at most {limit}"));
    }
    if let Some(limit) = token.limits.per_day {
        let counts = |charge: &&Charge| {
            let stands = matches!(charge.stage, ChargeStage::AwaitingOtp | ChargeStage::Accepted);
            stands && charge.amount.currency == limit.currency
        };
        let counted = token.charges.values().filter(today).filter(counts);
        // Each is at most 10^15 and there are at most 200 of them.
        let used: i64 = counted.map(|charge| charge.amount.minor).sum();
        if limit.currency != amount.currency || used + amount.minor > limit.minor {
            return reject(
                ErrorCode::DailyLimit,
                format!("a day's payments may be at most {limit}"),
            );
        }
    }
    Ok(())
}

/// Whether these can be limits.
pub(super) fn check_limits(limits: &ChargeLimits) -> Result<(), Rejection> {
    let amounts = [limits.per_payment, limits.per_day];
    let is_wrong = |limit: &Money| !(1..=MAX_AMOUNT).contains(&limit.minor);
    if amounts.iter().flatten().any(is_wrong) {
        return reject(ErrorCode::InvalidField, "a limit is 1 to 10^15 minor units");
    }
    if let [Some(payment), Some(day)] = amounts
        && (payment.currency != day.currency || payment.minor > day.minor)
    {
        let why = "the limit of a payment is at most that of a day, in one currency";
        return reject(ErrorCode::InvalidField, why);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_jakarta() {
        // 2026-01-05T16:59:59.999Z is 23:59:59.999 in Jakarta.
        let evening = Timestamp::from_millis(1_767_632_399_999);
        let midnight = Timestamp::from_millis(1_767_632_400_000);
        assert_eq!(day(evening) + 1, day(midnight));
        let morning = Timestamp::from_millis(1_767_632_400_000 - Timestamp::DAY_MS);
        assert_eq!(day(morning), day(evening));
    }
}
