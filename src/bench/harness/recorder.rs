//! Where calls are noted while a load runs.

use super::{Distribution, Fault, Outcome, SLICE, Sample, Slice, load::Load};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Callers are spread over so many places to note in, so that they seldom wait for each other, and
/// thousands of callers do not take a histogram each.
const LANES: usize = 8;

/// Notes the calls of one load.
pub(crate) struct Recorder {
    begun: Instant,
    warm_up: Duration,
    ends: Duration,
    lanes: [Mutex<Lane>; LANES],
    done: AtomicU64,
    under_way: AtomicU64,
    most_under_way: AtomicU64,
}

#[derive(Default)]
struct Lane {
    latency: Distribution,
    done: u64,
    slices: Vec<Slice>,
    errors: BTreeMap<String, u64>,
    totals: super::Totals,
}

impl Recorder {
    /// A recorder of a load that begins now.
    #[expect(clippy::disallowed_methods, reason = "measures; decides nothing")]
    pub(crate) fn new(load: &Load) -> Self {
        Self {
            begun: Instant::now(),
            warm_up: load.warm_up,
            ends: load.whole(),
            lanes: Default::default(),
            done: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            most_under_way: AtomicU64::new(0),
        }
    }

    /// Time since the load began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Time until the end of the load.
    pub(super) fn left(&self) -> Duration {
        self.ends.saturating_sub(self.elapsed())
    }

    /// Whether the time of the load is over.
    pub(super) fn is_over(&self) -> bool {
        self.elapsed() >= self.ends
    }

    /// Calls that have succeeded so far.
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Calls under way.
    pub(super) fn under_way(&self) -> u64 {
        self.under_way.load(Ordering::Relaxed)
    }

    /// A call begins.
    pub(super) fn enter(&self) {
        let now = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        if now > self.most_under_way.load(Ordering::Relaxed) {
            self.most_under_way.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// The call of `caller` that was due at `due`, counted from the beginning, has ended. Each counts as
    /// `weight` messages.
    pub(super) fn leave(&self, caller: usize, due: Duration, weight: u64, outcome: &Outcome) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        self.note(caller, due, weight, outcome);
    }

    /// A call ended, or could not even begin.
    pub(super) fn note(&self, caller: usize, due: Duration, weight: u64, outcome: &Outcome) {
        let now = self.elapsed();
        let took = now.saturating_sub(due);
        let mut lane = self.lock(caller);
        match outcome {
            Ok(()) => lane.totals.done += weight,
            Err(Fault { is_refusal: true, .. }) => lane.totals.refused += weight,
            Err(_) => lane.totals.unknown += weight,
        }
        if outcome.is_ok() {
            self.done.fetch_add(weight, Ordering::Relaxed);
            if let Some(slice) = self.slice(&mut lane, now) {
                slice.done += weight;
                lane.done += weight;
            }
        }
        let Some(slice) = self.slice(&mut lane, due) else { return };
        slice.due += weight;
        slice.slowest_us =
            slice.slowest_us.max(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        match outcome {
            Ok(()) => lane.latency.note(took),
            Err(fault) => {
                slice.failed += weight;
                *lane.errors.entry(fault.kind.clone().into_owned()).or_default() += weight;
            }
        }
    }

    /// The slice of a moment, unless that is not measured.
    fn slice<'l>(&self, lane: &'l mut Lane, at: Duration) -> Option<&'l mut Slice> {
        let within = at.checked_sub(self.warm_up).filter(|_| at < self.ends)?;
        let position = usize::try_from(within.as_nanos() / SLICE.as_nanos()).ok()?;
        if lane.slices.len() <= position {
            lane.slices.resize(position + 1, Slice::default());
        }
        lane.slices.get_mut(position)
    }

    fn lock(&self, caller: usize) -> MutexGuard<'_, Lane> {
        self.lanes[caller % LANES].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was noted. A load that ended before its time is measured up to its end.
    pub(super) fn sample(&self) -> Sample {
        let measured = self.elapsed().min(self.ends).saturating_sub(self.warm_up);
        let mut sample = Sample { seconds: measured.as_secs_f64(), ..Sample::default() };
        for caller in 0..LANES {
            let lane = self.lock(caller);
            sample.add(&Sample {
                seconds: sample.seconds,
                done: lane.done,
                latency: lane.latency.clone(),
                slices: lane.slices.clone(),
                errors: lane.errors.clone(),
                totals: lane.totals,
                most_under_way: 0,
            });
        }
        sample.most_under_way = self.most_under_way.load(Ordering::Relaxed);
        sample
    }
}
