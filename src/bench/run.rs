//! A run: benches one after another, each examined the same way, and what they came to.

use super::{
    batches::Batches,
    figure::{Figure, Subject},
    gate::Gate,
    harness::{Load, Meter, Sample, Totals},
    limit::{Limit, Limits},
    output,
    overload::{self, Overload},
    processor::Spent,
    settings::Settings,
};
use crate::{config::Config, telemetry::Metrics, terminal::Failure};
use async_trait::async_trait;
use serde_json::{Map, Value};

/// Something that is put under load. One module each.
#[async_trait]
pub(super) trait Bench: Send {
    /// What is measured, where.
    fn subject(&self) -> Subject;

    /// What bounds it: the lowest of these.
    fn limits(&self) -> Vec<Limit>;

    /// Calls of a limit that one call of the bench takes.
    fn limit_calls(&self) -> u32 {
        1
    }

    /// Calls at work at which more are refused.
    fn queue_bound(&self) -> u64;

    /// Makes a load.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be made at all; calls that fail are part of what it came to.
    async fn load(&mut self, load: &Load, meter: &Meter) -> Result<Sample, Failure>;

    /// Compares what its calls of the last load came to, by the callers, with what is found elsewhere.
    /// Gives what is particular about the load.
    ///
    /// # Errors
    /// [`Failure`] when nothing can be found.
    async fn agree(
        &mut self,
        totals: Totals,
        gate: &mut Gate,
        meter: &Meter,
    ) -> Result<Map<String, Value>, Failure>;

    /// Looks at the books, once after all loads.
    async fn balance(&mut self, gate: &mut Gate, meter: &Meter);

    /// The node's metrics, as text, where they can be seen.
    async fn metrics(&mut self) -> Option<String>;
}

/// Benches and what they came to.
pub(super) struct Run {
    pub(super) settings: Settings,
    pub(super) config: Config,
    pub(super) metrics: Metrics,
    pub(super) figures: Vec<Figure>,
    limits: Limits,
}

impl Run {
    /// # Errors
    /// When the process records metrics already.
    pub(super) fn new(settings: Settings, config: &Config) -> Result<Self, Failure> {
        let metrics = Metrics::install().map_err(Failure::cannot_begin)?;
        let (config, figures, limits) = (config.clone(), Vec::new(), Limits::default());
        tokio::spawn(metrics.clone().upkeep());
        Ok(Self { settings, config, metrics, figures, limits })
    }

    /// A bar for what is done next.
    pub(super) fn meter(&self, subject: &Subject, about: &str) -> Meter {
        Meter::shown(&format!("{} {} {about}", subject.bench, subject.workload))
    }

    /// Puts `bench` under every load that was asked for.
    pub(super) async fn examine(&mut self, bench: &mut dyn Bench) -> Result<(), Failure> {
        let first = self.figures.len();
        for in_flight in self.settings.in_flight.clone() {
            let closed = self.closed(bench, in_flight).await?;
            let (capacity, p99_ms) = (closed.rate_per_s, closed.p99_ms);
            self.add(closed)?;
            if let Some(rate) = self.settings.rate {
                let open = self.open(bench, rate.of(capacity)).await?;
                self.add(open)?;
            }
            if self.settings.overload && capacity > 0.0 {
                let overload = self.overload(bench, capacity, p99_ms).await?;
                self.add(overload)?;
            }
        }
        let mut gate = Gate::default();
        let meter = self.meter(&bench.subject(), "");
        bench.balance(&mut gate, &meter).await;
        meter.clear();
        let reasons = gate.reasons();
        self.figures[first..].iter_mut().for_each(|figure| figure.void_for(&reasons));
        Ok(())
    }

    /// A closed loop, as often as asked for: the one with the median rate.
    async fn closed(&mut self, bench: &mut dyn Bench, in_flight: usize) -> Result<Figure, Failure> {
        let load = Load::closed(in_flight, self.settings.warm_up, self.settings.lasts);
        let mut tries = Vec::new();
        for repetition in 0..self.settings.repeat.max(1) {
            let about = format!("{in_flight} in flight");
            let mut figure = self.once(bench, &load, "closed", &about).await?;
            figure.in_flight = Some(in_flight);
            if self.settings.with_limit {
                self.bound(bench, &mut figure, in_flight, repetition).await?;
            }
            tries.push(figure);
        }
        let rates: Vec<f64> = tries.iter().map(|figure| figure.rate_per_s).collect();
        let reasons: Vec<String> = tries.iter().flat_map(|figure| figure.void.clone()).collect();
        tries.sort_by(|one, other| one.rate_per_s.total_cmp(&other.rate_per_s));
        let mut median = tries.swap_remove((tries.len() - 1) / 2);
        if rates.len() > 1 {
            median.rates_per_s = rates;
        }
        median.void.clear();
        median.void_for(&reasons);
        Ok(median)
    }

    async fn open(&mut self, bench: &mut dyn Bench, rate: f64) -> Result<Figure, Failure> {
        let load = Load::open(rate, self.settings.warm_up, self.settings.lasts);
        let mut figure = self.once(bench, &load, "open", &format!("{rate:.0}/s")).await?;
        figure.offered_per_s = Some(super::figure::rounded(rate));
        Ok(figure)
    }

    async fn overload(
        &mut self,
        bench: &mut dyn Bench,
        capacity: f64,
        p99_ms: f64,
    ) -> Result<Figure, Failure> {
        let lasts = self.settings.lasts;
        let load = overload::load(capacity, self.settings.warm_up, lasts);
        let mut figure = self.once(bench, &load, "overload", "overload").await?;
        let bound = bench.queue_bound();
        let told = Overload::of(&figure.sample, capacity, p99_ms, lasts, bound);
        (figure.offered_per_s, figure.rate_per_s) = (Some(told.offered_per_s), told.goodput_per_s);
        figure.overload = Some(told);
        Ok(figure)
    }

    /// One load, and whether it counts.
    async fn once(
        &self,
        bench: &mut dyn Bench,
        load: &Load,
        pace: &'static str,
        about: &str,
    ) -> Result<Figure, Failure> {
        let subject = bench.subject();
        let meter = self.meter(&subject, about);
        let before = bench.metrics().await;
        let begun = Spent::now();
        let sample = bench.load(load, &meter).await?;
        let processor = Spent::now().zip(begun).and_then(|(ended, begun)| ended.since(&begun));
        let after = bench.metrics().await;
        let mut gate = Gate::default();
        gate.something(sample.done);
        meter.say("counting rows");
        let particular = bench.agree(sample.totals, &mut gate, &meter).await?;
        meter.clear();
        let mut figure = Figure::new(subject, pace, sample);
        figure.particular = particular;
        figure.processor = processor;
        figure.batches = before.zip(after).and_then(|(before, after)| {
            let batches = Batches::read(&after).since(&Batches::read(&before));
            (batches.commits > 0).then_some(batches)
        });
        figure.void_for(&gate.reasons());
        Ok(figure)
    }

    /// Compares a figure with the lowest of the bench's limits, measured with as many in flight.
    async fn bound(
        &mut self,
        bench: &dyn Bench,
        figure: &mut Figure,
        in_flight: usize,
        repetition: usize,
    ) -> Result<(), Failure> {
        let mut lowest: Option<(Limit, f64)> = None;
        for limit in bench.limits() {
            let rate = self.limit(limit, in_flight, repetition).await?.rate();
            let rate = rate / f64::from(bench.limit_calls().max(1));
            if lowest.is_none_or(|(_, other)| rate < other) {
                lowest = Some((limit, rate));
            }
        }
        if let Some((limit, rate)) = lowest {
            figure.bounded_by(limit.name(), rate);
        }
        Ok(())
    }

    /// What a limit came to in this run.
    pub(super) async fn limit(
        &mut self,
        limit: Limit,
        in_flight: usize,
        repetition: usize,
    ) -> Result<Sample, Failure> {
        self.limits.get(limit, in_flight, repetition, &self.settings, &self.config).await
    }

    /// Takes a result, and tells it at once.
    pub(super) fn add(&mut self, figure: Figure) -> Result<(), Failure> {
        output::note(&figure, &self.settings);
        self.figures.push(figure);
        Ok(())
    }
}
