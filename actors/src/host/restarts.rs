//! How often an entity may fail before it is taken out of service.

use purser_subjects::Timestamp;
use std::{collections::VecDeque, time::Duration};

/// Pause before the first restart; doubles with every further one in the window.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// Recent failures of one entity.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    failures: VecDeque<Timestamp>,
}

/// What follows a failure.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Restart after this pause.
    Restart(Duration),
    /// Out of service until the operator releases it.
    Quarantine,
}

impl Restarts {
    /// Notes a failure at `now`; more than `budget` of them within `window` end in quarantine. `spread`
    /// (any number) lengthens the pause by up to half, so that entities that failed together do not
    /// come back together.
    pub(super) fn failed(
        &mut self,
        now: Timestamp,
        budget: usize,
        window: Duration,
        spread: u64,
    ) -> Verdict {
        self.forget(now, window);
        self.failures.push_back(now);
        let count = self.failures.len();
        if count > budget {
            return Verdict::Quarantine;
        }
        let doublings = u32::try_from(count - 1).unwrap_or(0).min(8);
        let pause = FIRST_PAUSE * 2u32.pow(doublings);
        Verdict::Restart(pause + pause * u32::try_from(spread % 512).unwrap_or(0) / 1_024)
    }

    /// Forgets failures older than `window`; true when none is left.
    pub(super) fn forget(&mut self, now: Timestamp, window: Duration) -> bool {
        while self.failures.front().is_some_and(|at| now.since(*at) >= window) {
            self.failures.pop_front();
        }
        self.failures.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fourth_failure_within_the_window_quarantines() {
        let window = Duration::from_secs(10);
        let mut restarts = Restarts::default();
        for second in 0..3 {
            let verdict = restarts.failed(Timestamp::from_millis(second * 1_000), 3, window, 7);
            assert!(matches!(verdict, Verdict::Restart(_)));
        }
        let fourth = restarts.failed(Timestamp::from_millis(3_000), 3, window, 7);
        assert_eq!(fourth, Verdict::Quarantine);
    }

    #[test]
    fn old_failures_are_forgotten() {
        let window = Duration::from_secs(10);
        let mut restarts = Restarts::default();
        for second in 0..20 {
            let now = Timestamp::from_millis(second * 4_000);
            assert!(matches!(restarts.failed(now, 3, window, 0), Verdict::Restart(_)));
        }
        assert!(restarts.forget(Timestamp::from_millis(1_000_000), window));
    }

    #[test]
    fn pauses_double_and_are_spread_by_up_to_half() {
        let window = Duration::from_secs(3_600);
        for (spread, longest) in [(0, false), (511, true)] {
            let mut restarts = Restarts::default();
            for n in 0..12u32 {
                let now = Timestamp::from_millis(n.into());
                let Verdict::Restart(pause) = restarts.failed(now, 12, window, spread) else {
                    panic!("within the budget")
                };
                let least = FIRST_PAUSE * 2u32.pow(n.min(8));
                assert!(pause >= least && pause < least * 3 / 2, "{n}: {pause:?}");
                assert_eq!(pause > least, longest);
            }
        }
    }

    #[test]
    fn without_a_budget_the_first_failure_quarantines() {
        let window = Duration::from_secs(10);
        let first = Restarts::default().failed(Timestamp::from_millis(0), 0, window, 0);
        assert_eq!(first, Verdict::Quarantine);
    }

    #[test]
    fn a_failure_counts_until_the_window_has_passed() {
        let window = Duration::from_secs(10);
        let mut restarts = Restarts::default();
        restarts.failed(Timestamp::from_millis(0), 3, window, 0);
        assert!(!restarts.forget(Timestamp::from_millis(9_999), window));
        assert!(restarts.forget(Timestamp::from_millis(10_000), window));
    }
}
