//! What `purser verify` prints.

use crate::store::StoreTarget;
use purser_actors::{Difference, VerifyReport};
use std::time::Duration;

pub(super) fn clean(target: &StoreTarget, report: &VerifyReport, elapsed: Duration) -> String {
    let rows = [
        ("journals", report.journals),
        ("batches", report.batches),
        ("events", report.events),
        ("postings", report.postings),
        ("entities", report.entities),
        ("accounts", report.accounts),
    ];
    let mut text = format!("{target}: no difference found.\n\n");
    for (name, count) in rows {
        text += &format!("  {name:<10} {:>14}\n", grouped(count));
    }
    let seconds = format!("{}.{:03}", elapsed.as_secs(), elapsed.subsec_millis());
    let rate = grouped(per_second(report.events.saturating_add(report.postings), elapsed));
    text + &format!("\n{seconds} s, {rate} events and postings per second")
}

pub(super) fn difference(target: &StoreTarget, difference: &Difference) -> String {
    format!(
        "{target} differs from what its journal says\n  what      {}\n  where     {}\n  expected  {}\n  found     {}",
        difference.what, difference.place, difference.expected, difference.found
    )
}

/// Rounded down; a time too short to measure counts as a millisecond.
fn per_second(count: u64, elapsed: Duration) -> u64 {
    let ms = elapsed.as_millis().max(1);
    u64::try_from(u128::from(count) * 1000 / ms).unwrap_or(u64::MAX)
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1 234 567");
    }

    #[test]
    fn throughput_survives_short_and_long_runs() {
        assert_eq!(per_second(5, Duration::ZERO), 5000);
        assert_eq!(per_second(1_000_000, Duration::from_secs(4)), 250_000);
    }
}
