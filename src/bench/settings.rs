//! What a bench is asked to do, whichever it is.

use super::http::Mix;
use std::{path::PathBuf, str::FromStr, time::Duration};
use url::Url;

/// Callers at once that a sweep goes through.
pub const SWEEP: [usize; 6] = [1, 16, 64, 256, 1_024, 4_096];

/// What a bench is asked to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Callers at once, one load for each number.
    pub in_flight: Vec<usize>,
    /// Also a constant rate of arrivals.
    pub rate: Option<Rate>,
    /// Also twice what was found to be possible.
    pub overload: bool,
    /// What is dropped at the beginning of each load.
    pub warm_up: Duration,
    /// What is measured of each load.
    pub lasts: Duration,
    /// How often each load is repeated; the median counts.
    pub repeat: usize,
    /// Whether the limit that bounds the bench is measured too.
    pub with_limit: bool,
    /// Client processes.
    pub clients: usize,
    /// Accounts that transfers go between.
    pub accounts: usize,
    /// Postings that the database gets before it is measured.
    pub grown: Option<u64>,
    /// Accounts that are brought into memory; a tenth of them where there is no number.
    pub active: Option<usize>,
    /// Whether transfers have idempotency keys.
    pub keyed: bool,
    /// What is sold over HTTP; all of them where there is none.
    pub mix: Option<Mix>,
    /// When notifications of payments are delivered; where nothing is said, during loads, and once after.
    pub deliver: Option<Deliver>,
    /// Endpoints of the bench of callbacks.
    pub endpoints: usize,
    /// A running server to sell at.
    pub url: Option<Url>,
    /// Where temporary folders are made.
    pub folder: Option<PathBuf>,
    /// Whether results are printed as JSON.
    pub json: bool,
    /// Where a report is written.
    pub report: Option<PathBuf>,
}

/// When notifications of payments are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Deliver {
    /// As they come, by the same node to a receiver on the same machine
    During,
    /// Queued during the load, and delivered when it is over
    After,
    /// Payments ask for none
    Never,
}

/// A rate of arrivals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// Calls per second.
    PerSecond(f64),
    /// A share of what a closed loop reached just before.
    Share(f64),
}

/// The text is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a number of calls per second such as 5000, or a share such as 50%")]
pub struct RateError;

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (number, is_share) = match text.strip_suffix('%') {
            Some(number) => (number, true),
            None => (text, false),
        };
        let number = number.trim().parse::<f64>().map_err(|_| RateError)?;
        match (number.is_finite() && number > 0.0, is_share) {
            (true, true) if number <= 1_000.0 => Ok(Self::Share(number / 100.0)),
            (true, false) if number <= 10_000_000.0 => Ok(Self::PerSecond(number)),
            _ => Err(RateError),
        }
    }
}

impl Rate {
    /// Calls per second, where a closed loop reached `capacity`.
    pub(super) fn of(self, capacity: f64) -> f64 {
        match self {
            Self::PerSecond(rate) => rate,
            Self::Share(share) => capacity * share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_numbers_or_shares() {
        assert_eq!("5000".parse(), Ok(Rate::PerSecond(5_000.0)));
        assert_eq!("50%".parse(), Ok(Rate::Share(0.5)));
        assert_eq!("50%".parse::<Rate>().unwrap().of(8_000.0), 4_000.0);
        for odd in ["", "fast", "0", "-5", "NaN", "inf", "%", "5001%", "1e12"] {
            assert_eq!(odd.parse::<Rate>(), Err(RateError), "{odd}");
        }
    }
}
