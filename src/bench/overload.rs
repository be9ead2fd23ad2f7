//! A load that offers twice what is possible, and what it does.

use super::{
    figure::rounded,
    harness::{Load, SLICE, Sample, Slice, Step},
};
use serde::Serialize;
use std::time::Duration;

/// How much more than possible is offered.
const TIMES: f64 = 2.0;
/// What is offered before and after it, as a share of what is possible.
const CALM: f64 = 0.5;
/// How long it may take to recover, at least.
const AFTER: Duration = Duration::from_secs(4);
/// Consecutive slices that must be well: then it has recovered.
const WELL_FOR: usize = 5;
/// A call that takes no longer than this many times the usual p99 is well.
const WELL_TIMES: f64 = 2.0;
/// One that takes no longer than this is well in any case.
const WELL_US: u64 = 50_000;

/// What became of twice the capacity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Overload {
    /// What a closed loop reached before.
    pub(crate) capacity_per_s: f64,
    pub(crate) offered_per_s: f64,
    /// Calls that succeeded meanwhile.
    pub(crate) goodput_per_s: f64,
    /// Calls that were refused, or failed otherwise.
    pub(crate) refused_per_s: f64,
    /// Most calls that waited at once.
    pub(crate) most_under_way: u64,
    /// Calls at which the server refuses more.
    pub(crate) queue_bound: u64,
    /// From the end of the overload until all was as usual again; none if it never was.
    pub(crate) recover_ms: Option<u64>,
}

/// Half of the capacity, twice of it, and half again.
pub(crate) fn load(capacity: f64, warm_up: Duration, lasts: Duration) -> Load {
    let calm = Step { per_second: capacity * CALM, lasts: warm_up };
    let much = Step { per_second: capacity * TIMES, lasts };
    let after = Step { lasts: lasts.max(AFTER), ..calm };
    Load::stepped([calm, much, after])
}

impl Overload {
    /// Reads it off such a load.
    pub(crate) fn of(
        sample: &Sample,
        capacity: f64,
        usual_p99_ms: f64,
        lasts: Duration,
        queue_bound: u64,
    ) -> Self {
        let until = usize::try_from(lasts.as_millis() / SLICE.as_millis()).unwrap_or(0);
        let (much, after) = sample.slices.split_at(until.min(sample.slices.len()));
        let per_second = |count: fn(&Slice) -> u64| {
            let all: u64 = much.iter().map(count).sum();
            rounded(all as f64 / (SLICE * much.len().max(1) as u32).as_secs_f64())
        };
        let well_us = ((usual_p99_ms * 1_000.0 * WELL_TIMES) as u64).max(WELL_US);
        let is_well = |slice: &Slice| slice.failed == 0 && slice.slowest_us <= well_us;
        let recovered = after.windows(WELL_FOR).position(|some| some.iter().all(is_well));
        Self {
            capacity_per_s: rounded(capacity),
            offered_per_s: per_second(|slice| slice.due),
            goodput_per_s: per_second(|slice| slice.done),
            refused_per_s: per_second(|slice| slice.failed),
            most_under_way: sample.most_under_way,
            queue_bound,
            recover_ms: recovered.map(|slices| slices as u64 * SLICE.as_millis() as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goodput_refusals_and_recovery_are_read_off() {
        let busy = Slice { done: 100, due: 200, failed: 100, slowest_us: 400_000 };
        let slow = Slice { done: 50, due: 50, failed: 0, slowest_us: 300_000 };
        let calm = Slice { slowest_us: 9_000, ..slow };
        let slices = [vec![busy; 10], vec![slow; 3], vec![calm; 20]].concat();
        let sample = Sample { slices, most_under_way: 640, ..Sample::default() };
        let told = Overload::of(&sample, 1_000.0, 10.0, Duration::from_secs(1), 2_048);
        assert_eq!((told.offered_per_s, told.goodput_per_s), (2_000.0, 1_000.0));
        assert_eq!((told.refused_per_s, told.recover_ms), (1_000.0, Some(300)));
        let never = Sample { slices: vec![busy; 30], ..Sample::default() };
        let told = Overload::of(&never, 1_000.0, 10.0, Duration::from_secs(1), 2_048);
        assert_eq!(told.recover_ms, None);
    }
}
