//! When calls are made.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How calls follow each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pace {
    /// A closed loop: so many callers, each with one call at a time.
    Closed {
        /// Callers.
        in_flight: usize,
    },
    /// An open loop: calls arrive at constant rates, one after another, whatever becomes of those before.
    /// Their latency counts from when they were meant to start.
    Open {
        /// The rates.
        steps: Vec<Step>,
    },
}

/// A constant rate of arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// Arrivals per second.
    pub(crate) per_second: f64,
    /// For how long.
    pub(crate) lasts: Duration,
}

/// A load from its beginning to its end. It stops by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Load {
    /// How calls follow each other.
    pub(crate) pace: Pace,
    /// What is made at first and not measured.
    pub(crate) warm_up: Duration,
    /// What is measured after it.
    pub(crate) lasts: Duration,
    /// Calls after which it ends in any case.
    pub(crate) most_calls: u64,
}

/// Calls of one load, whatever its pace: what their rows take must fit on a disk.
const MOST_CALLS: u64 = 20_000_000;

impl Load {
    /// A closed loop.
    pub(crate) fn closed(in_flight: usize, warm_up: Duration, lasts: Duration) -> Self {
        Self { pace: Pace::Closed { in_flight }, warm_up, lasts, most_calls: MOST_CALLS }
    }

    /// An open loop at one rate.
    pub(crate) fn open(per_second: f64, warm_up: Duration, lasts: Duration) -> Self {
        let steps = vec![Step { per_second, lasts: warm_up + lasts }];
        Self { pace: Pace::Open { steps }, warm_up, lasts, most_calls: MOST_CALLS }
    }

    /// An open loop whose rate changes, measured as a whole after its first step.
    pub(crate) fn stepped(steps: [Step; 3]) -> Self {
        let [first, ..] = steps;
        let all: Duration = steps.iter().map(|step| step.lasts).sum();
        Self {
            pace: Pace::Open { steps: steps.to_vec() },
            warm_up: first.lasts,
            lasts: all.saturating_sub(first.lasts),
            most_calls: MOST_CALLS,
        }
    }

    /// The same load as one of `parts` that are made at the same time.
    pub(crate) fn part(&self, number: usize, parts: usize) -> Self {
        let pace = match &self.pace {
            Pace::Closed { in_flight } => {
                let more = usize::from(number < in_flight % parts);
                Pace::Closed { in_flight: in_flight / parts + more }
            }
            Pace::Open { steps } => {
                let part =
                    |step: &Step| Step { per_second: step.per_second / parts as f64, ..*step };
                Pace::Open { steps: steps.iter().map(part).collect() }
            }
        };
        Self { pace, most_calls: self.most_calls / parts as u64, ..self.clone() }
    }

    /// From the first call to the last.
    pub(crate) fn whole(&self) -> Duration {
        self.warm_up + self.lasts
    }
}

/// When the call with this number is meant to start, after the first one; `None` after the last step.
pub(super) fn arrival(steps: &[Step], number: u64) -> Option<Duration> {
    let mut before = 0.0;
    let mut begins = Duration::ZERO;
    for step in steps {
        let within = number as f64 - before;
        let holds = step.per_second * step.lasts.as_secs_f64();
        if within < holds {
            return Some(begins + Duration::from_secs_f64(within / step.per_second));
        }
        before += holds;
        begins += step.lasts;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn arrivals_are_evenly_spaced_within_each_step() {
        let steps =
            [Step { per_second: 10.0, lasts: SECOND }, Step { per_second: 100.0, lasts: SECOND }];
        assert_eq!(arrival(&steps, 0), Some(Duration::ZERO));
        assert_eq!(arrival(&steps, 5), Some(Duration::from_millis(500)));
        assert_eq!(arrival(&steps, 10), Some(SECOND));
        assert_eq!(arrival(&steps, 60), Some(Duration::from_millis(1_500)));
        assert_eq!(arrival(&steps, 110), None);
    }

    #[test]
    fn the_parts_of_a_load_come_to_the_whole() {
        let closed = Load::closed(10, SECOND, SECOND);
        let parts: Vec<_> = (0..3).map(|part| closed.part(part, 3).pace).collect();
        let of = |in_flight| Pace::Closed { in_flight };
        assert_eq!(parts, [of(4), of(3), of(3)]);
        let open = Load::open(900.0, SECOND, SECOND).part(0, 3);
        let Pace::Open { steps } = open.pace else { panic!("still open") };
        assert_eq!(steps[0].per_second, 300.0);
    }
}
