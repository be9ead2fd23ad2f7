//! The circuit breaker of an endpoint: too many failures among the last attempts pause its deliveries,
//! then one at a time is tried until the receiver works again. Pure.

use purser_subjects::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Attempts that are looked back at.
const WINDOW: u32 = 20;
/// Fewer attempts tell nothing.
const LEAST: u32 = 10;
/// First pause, and the longest; each failed try doubles it.
const PAUSES: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(900));

/// Whether deliveries pause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// The last attempts: a leading one, then a bit for each, 1 for a failure; 0 stands for none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub recent: u32,
    /// The pause, and what follows it until a try succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Open>,
}

/// Deliveries pause, or have paused and are tried one at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// When the next is tried.
    pub until: Timestamp,
    /// How often the pause began.
    pub times: u32,
}

/// What an attempt does to the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing.
    Stays,
    /// A pause until then begins.
    Opens(Timestamp),
    /// The receiver works again.
    Closes,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Breaker {
    /// Whether nothing was ever attempted.
    pub fn is_new(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nothing may be attempted at `now`.
    pub fn pauses(&self, now: Timestamp) -> bool {
        self.open.as_ref().is_some_and(|open| now < open.until)
    }

    /// The last attempts with one more.
    pub(super) fn with(&self, failed: bool) -> u32 {
        let next = (self.recent.max(1) << 1) | u32::from(failed);
        if next >> (WINDOW + 1) == 0 { next } else { (next & ((1 << WINDOW) - 1)) | (1 << WINDOW) }
    }

    /// What follows an attempt that ended at `now`.
    pub(super) fn turn(&self, failed: bool, now: Timestamp) -> Turn {
        match &self.open {
            Some(_) if !failed => Turn::Closes,
            // One that was under way when the pause began.
            Some(open) if now < open.until => Turn::Stays,
            Some(open) => Turn::Opens(now.plus(pause(open.times))),
            None if failed && is_too_much(self.with(true)) => Turn::Opens(now.plus(pause(0))),
            None => Turn::Stays,
        }
    }

    pub(super) fn open(&mut self, until: Timestamp) {
        let times = self.open.as_ref().map_or(0, |open| open.times);
        self.open = Some(Open { until, times: times.saturating_add(1) });
    }
}

/// At least half of enough attempts failed.
fn is_too_much(recent: u32) -> bool {
    let attempts = recent.checked_ilog2().unwrap_or(0);
    let failures = recent.count_ones().saturating_sub(1);
    attempts >= LEAST && failures * 2 >= attempts
}

fn pause(times: u32) -> Duration {
    PAUSES.0.saturating_mul(1 << times.min(10)).min(PAUSES.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn after(attempts: &[bool]) -> Breaker {
        let mut breaker = Breaker::default();
        for failed in attempts {
            breaker.recent = breaker.with(*failed);
        }
        breaker
    }

    #[test]
    fn it_opens_when_half_of_at_least_ten_attempts_failed() {
        let opens = |attempts: &[bool]| after(attempts).turn(true, NOW) != Turn::Stays;
        assert!(!opens(&[true; 8]));
        assert!(opens(&[true; 9]));
        assert!(opens(&[true, false, true, false, true, false, true, false, false]));
        assert!(!opens(&[true, false, true, false, true, false, false, false, false]));
        // Attempts before the last twenty are forgotten.
        let mut long_ago = vec![true; 30];
        long_ago.extend([false; 19]);
        assert!(!opens(&long_ago));
    }

    #[test]
    fn pauses_grow_until_a_try_succeeds() {
        let mut breaker = after(&[true; 9]);
        let mut now = NOW;
        for pause in [30, 60, 120, 240, 480, 900, 900, 900] {
            let Turn::Opens(until) = breaker.turn(true, now) else { panic!("it opens") };
            assert_eq!(until, now.plus(Duration::from_secs(pause)));
            breaker.open(until);
            assert!(breaker.pauses(now) && !breaker.pauses(until));
            assert_eq!(breaker.turn(true, now), Turn::Stays);
            now = until;
        }
        assert_eq!(breaker.turn(false, now), Turn::Closes);
    }

    proptest! {
        #[test]
        fn the_window_holds_the_last_twenty(attempts in prop::collection::vec(any::<bool>(), 0..60)) {
            let recent = after(&attempts).recent.max(1);
            let last: Vec<_> = attempts.iter().rev().take(20).collect();
            prop_assert_eq!(recent.ilog2() as usize, last.len());
            for (n, failed) in last.into_iter().enumerate() {
                prop_assert_eq!((recent >> n) & 1 == 1, *failed);
            }
        }

        #[test]
        fn successes_alone_never_open_it(attempts in 0usize..60) {
            prop_assert_eq!(after(&vec![false; attempts]).turn(false, NOW), Turn::Stays);
        }
    }
}
