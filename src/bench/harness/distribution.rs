//! Latencies, as they are told from process to process and read off.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Longest latency that is told apart, in microseconds; what took longer counts as this.
const LONGEST_US: u64 = 120_000_000;
/// Three digits: no figure is off by more than a thousandth.
const DIGITS: u8 = 3;

/// How long calls took, to the microsecond and at least to a thousandth.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub(crate) struct Distribution(Histogram<u64>);

impl Default for Distribution {
    fn default() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST_US, DIGITS);
        Self(histogram.expect("the bounds are in order"))
    }
}

impl Distribution {
    /// Notes one call.
    pub(crate) fn note(&mut self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(LONGEST_US);
        self.0.saturating_record(us.max(1));
    }

    /// Adds those of another part of the same load.
    pub(crate) fn add(&mut self, other: &Self) {
        for value in other.0.iter_recorded() {
            self.0.saturating_record_n(value.value_iterated_to(), value.count_at_value());
        }
    }

    /// Calls noted.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// Milliseconds that this share of the calls did not exceed; 0 without calls.
    pub(crate) fn ms_at(&self, share: f64) -> f64 {
        if self.0.is_empty() { 0.0 } else { self.0.value_at_quantile(share) as f64 / 1_000.0 }
    }

    /// Milliseconds of the slowest call.
    pub(crate) fn most_ms(&self) -> f64 {
        self.0.max() as f64 / 1_000.0
    }
}

impl From<Vec<(u64, u64)>> for Distribution {
    fn from(values: Vec<(u64, u64)>) -> Self {
        let mut new = Self::default();
        for (us, count) in values {
            new.0.saturating_record_n(us, count);
        }
        new
    }
}

impl From<Distribution> for Vec<(u64, u64)> {
    fn from(distribution: Distribution) -> Self {
        let recorded = distribution.0.iter_recorded();
        recorded.map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_off_and_survive_the_way_between_processes() {
        let mut some = Distribution::default();
        (1..=10_000).for_each(|ms| some.note(Duration::from_millis(ms)));
        let text = serde_json::to_string(&some).unwrap();
        let told: Distribution = serde_json::from_str(&text).unwrap();
        for (share, ms) in [(0.5, 5_000.0), (0.99, 9_900.0), (0.9999, 9_999.0)] {
            let found = told.ms_at(share);
            assert!((found / ms - 1.0).abs() < 0.002, "{share}: {found}");
            assert_eq!(some.ms_at(share), found);
        }
        some.add(&told);
        assert_eq!(some.count(), 20_000);
    }

    #[test]
    fn nothing_is_lost_at_the_edges() {
        let mut some = Distribution::default();
        assert_eq!(some.ms_at(0.99), 0.0);
        some.note(Duration::ZERO);
        some.note(Duration::from_secs(100_000));
        assert_eq!(some.count(), 2);
        assert!(some.most_ms() >= 120_000.0);
    }
}
