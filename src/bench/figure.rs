//! One result: a load of a bench as scripts and people read it.

use super::{batches::Batches, harness::Sample, overload::Overload, processor::Shares};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What was measured, where.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Subject {
    /// Which bench.
    pub(crate) bench: String,
    /// What it had its callers do.
    pub(crate) workload: String,
    /// Where rows went, if any were written.
    pub(crate) store: &'static str,
    /// What carried messages.
    pub(crate) bus: &'static str,
}

/// A load and what it came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    #[serde(flatten)]
    pub(crate) subject: Subject,
    /// `closed`, `open` or `overload`.
    pub(crate) pace: &'static str,
    /// Callers of a closed loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_flight: Option<usize>,
    /// Arrivals per second of an open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offered_per_s: Option<f64>,
    /// Seconds that were measured.
    pub(crate) seconds: f64,
    /// Calls that succeeded within them.
    pub(crate) calls: u64,
    pub(crate) rate_per_s: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) p9999_ms: f64,
    pub(crate) max_ms: f64,
    /// Calls that failed.
    pub(crate) errors: u64,
    pub(crate) errors_by_kind: BTreeMap<String, u64>,
    /// Whether all counts agree and the books balance.
    pub(crate) valid: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) void: Vec<String>,
    /// What bounds it.
    pub(crate) limit: Option<&'static str>,
    pub(crate) limit_rate_per_s: Option<f64>,
    pub(crate) limit_ratio: Option<f64>,
    /// The rates of all repetitions, of which this is the median.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rates_per_s: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) overload: Option<Overload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) batches: Option<Batches>,
    /// Where the processors' time went, from the load's begin to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) processor: Option<Shares>,
    /// What is this bench's own.
    #[serde(flatten)]
    pub(crate) particular: Map<String, Value>,
    /// What people are told besides the table.
    #[serde(skip)]
    pub(crate) notes: Vec<String>,
    /// For plots.
    #[serde(skip)]
    pub(crate) sample: Sample,
}

impl Figure {
    /// The figure of one load. It counts until something is found to be wrong.
    pub(crate) fn new(subject: Subject, pace: &'static str, sample: Sample) -> Self {
        let ms = |share| rounded(sample.latency.ms_at(share));
        Self {
            subject,
            pace,
            in_flight: None,
            offered_per_s: None,
            seconds: rounded(sample.seconds),
            calls: sample.done,
            rate_per_s: rounded(sample.rate()),
            p50_ms: ms(0.5),
            p90_ms: ms(0.9),
            p99_ms: ms(0.99),
            p999_ms: ms(0.999),
            p9999_ms: ms(0.9999),
            max_ms: rounded(sample.latency.most_ms()),
            errors: sample.failed(),
            errors_by_kind: sample.errors.clone(),
            valid: true,
            void: Vec::new(),
            limit: None,
            limit_rate_per_s: None,
            limit_ratio: None,
            rates_per_s: Vec::new(),
            overload: None,
            batches: None,
            processor: None,
            particular: Map::new(),
            notes: Vec::new(),
            sample,
        }
    }

    /// Compares it with what bounds it.
    pub(crate) fn bounded_by(&mut self, limit: &'static str, rate: f64) {
        self.limit = Some(limit);
        self.limit_rate_per_s = Some(rounded(rate));
        self.limit_ratio = (rate > 0.0).then(|| rounded(self.rate_per_s / rate));
    }

    /// It does not count, for these reasons, if there are any.
    pub(crate) fn void_for(&mut self, reasons: &[String]) {
        self.valid &= reasons.is_empty();
        self.void.extend_from_slice(reasons);
    }
}

/// Three decimals: no clock here tells more, and people read it.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_finds_what_it_needs_and_nothing_is_void_by_itself() {
        let mut figure = Figure::new(Subject::default(), "closed", Sample::default());
        figure.rate_per_s = 600.0;
        figure.bounded_by("append", 1_000.0);
        let json = serde_json::to_value(&figure).unwrap();
        for name in ["bench", "rate_per_s", "p50_ms", "p99_ms", "p999_ms", "errors"] {
            assert!(!json[name].is_null(), "{name}: {json}");
        }
        assert_eq!((&json["valid"], &json["limit_ratio"]), (&true.into(), &0.6.into()));
        figure.void_for(&["rows: 1 instead of 2".to_owned()]);
        assert!(!figure.valid);
    }
}
