//! When a card has expired.

use purser_subjects::Timestamp;
use time::OffsetDateTime;

/// Whether the month of expiry, which counts as valid to its last moment in UTC, lies behind `now`.
pub fn is_over(month: u8, year: u16, now: Timestamp) -> bool {
    let seconds = now.as_millis().div_euclid(1000);
    let present =
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    (i32::from(year), month) < (present.year(), u8::from(present.month()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_expires_with_its_month() {
        // 2026-02-28T23:59:59.999Z.
        let now = Timestamp::from_millis(1_772_323_199_999);
        assert!(!is_over(2, 2026, now));
        assert!(is_over(2, 2026, Timestamp::from_millis(now.as_millis() + 1)));
    }
}
