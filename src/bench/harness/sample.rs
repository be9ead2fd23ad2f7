//! What a load came to.

use super::Distribution;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// Calls are counted by slices of this length.
pub(crate) const SLICE: Duration = Duration::from_millis(100);

/// A load as it was measured, or a part of it that one process made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// Seconds that were measured.
    pub(crate) seconds: f64,
    /// Calls that succeeded within them.
    pub(crate) done: u64,
    /// How long calls took that were due within them.
    pub(crate) latency: Distribution,
    /// What happened when, from the beginning of what was measured.
    pub(crate) slices: Vec<Slice>,
    /// Calls that were due within what was measured and failed, by kind.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Everything, with what was not measured.
    pub(crate) totals: Totals,
    /// Most calls that were under way at once.
    pub(crate) most_under_way: u64,
}

/// One [`SLICE`] of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slice {
    /// Calls that succeeded in it.
    pub(crate) done: u64,
    /// Calls that were due in it.
    pub(crate) due: u64,
    /// Those of them that failed.
    pub(crate) failed: u64,
    /// Microseconds that the slowest of them took.
    pub(crate) slowest_us: u64,
}

/// Calls of a whole load, warm-up and all: what the stored rows are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Totals {
    /// Succeeded.
    pub(crate) done: u64,
    /// Were refused; nothing was done.
    pub(crate) refused: u64,
    /// Failed in a way that does not tell whether they were done.
    pub(crate) unknown: u64,
}

impl Sample {
    /// Calls per second that succeeded.
    pub(crate) fn rate(&self) -> f64 {
        if self.seconds > 0.0 { self.done as f64 / self.seconds } else { 0.0 }
    }

    /// Calls that failed within what was measured.
    pub(crate) fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Puts in what another process made of the same load at the same time.
    pub(crate) fn add(&mut self, other: &Self) {
        self.seconds = self.seconds.max(other.seconds);
        self.done += other.done;
        self.latency.add(&other.latency);
        if self.slices.len() < other.slices.len() {
            self.slices.resize(other.slices.len(), Slice::default());
        }
        for (mine, theirs) in self.slices.iter_mut().zip(&other.slices) {
            mine.add(*theirs);
        }
        for (kind, count) in &other.errors {
            *self.errors.entry(kind.clone()).or_default() += count;
        }
        self.totals.add(other.totals);
        self.most_under_way += other.most_under_way;
    }
}

impl Slice {
    pub(super) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.due += other.due;
        self.failed += other.failed;
        self.slowest_us = self.slowest_us.max(other.slowest_us);
    }
}

impl Totals {
    /// Puts in those of another load.
    pub(crate) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.refused += other.refused;
        self.unknown += other.unknown;
    }

    /// Every call that was made.
    pub(crate) fn made(&self) -> u64 {
        self.done + self.refused + self.unknown
    }
}
