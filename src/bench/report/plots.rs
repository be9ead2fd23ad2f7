//! The plots of one bench.

use super::{
    axis::Scale,
    chart::{COLOURS, Chart, Series},
};
use crate::bench::{figure::Figure, harness::SLICE};

/// Points of a curve of percentiles, between two lines of its axis.
const STEPS: u32 = 12;
/// Slices that are put together in the plot over time.
const TOGETHER: usize = 5;

/// All of them, as far as there is something to show.
pub(super) fn of(figures: &[&Figure]) -> String {
    let charts = [over_time(figures), percentiles(figures), against_rate(figures), sizes(figures)];
    charts.iter().map(Chart::html).collect()
}

fn name(figure: &Figure) -> String {
    let load = match (figure.in_flight, figure.offered_per_s) {
        (Some(in_flight), _) => format!("{in_flight} in flight"),
        (None, Some(rate)) => format!("{} {rate:.0}/s", figure.pace),
        (None, None) => figure.pace.to_owned(),
    };
    format!("{}, {load}", figure.subject.workload)
}

/// As many figures as there are colours: the last ones, of which a sweep has the largest loads.
fn series(figures: &[&Figure], points: impl Fn(&Figure) -> Vec<(f64, f64)>) -> Vec<Series> {
    let all = figures.iter().map(|figure| Series { name: name(figure), points: points(figure) });
    let shown: Vec<_> = all.filter(|series| !series.points.is_empty()).collect();
    let left_out = shown.len().saturating_sub(COLOURS);
    shown.into_iter().skip(left_out).collect()
}

fn over_time(figures: &[&Figure]) -> Chart {
    let points = |figure: &Figure| {
        let slices = &figure.sample.slices;
        let seconds = SLICE.as_secs_f64() * TOGETHER as f64;
        let whole = slices.chunks_exact(TOGETHER).enumerate();
        let rates = whole.map(|(place, some)| {
            let done: u64 = some.iter().map(|slice| slice.done).sum();
            ((place + 1) as f64 * seconds, done as f64 / seconds)
        });
        rates.collect()
    };
    Chart {
        title: "Throughput over time",
        about: "calls that succeeded, by half seconds",
        x: (Scale::Linear, "seconds"),
        y: (Scale::Linear, "per second"),
        dots: false,
        series: series(figures, points),
    }
}

fn percentiles(figures: &[&Figure]) -> Chart {
    let points = |figure: &Figure| {
        let latency = &figure.sample.latency;
        if latency.count() == 0 {
            return Vec::new();
        }
        let distances = (0..=4 * STEPS).map(|step| f64::from(step) / f64::from(STEPS));
        let enough = distances.filter(|distance| latency.count() as f64 >= 10_f64.powf(*distance));
        enough.map(|distance| (distance, latency.ms_at(1.0 - 10_f64.powf(-distance)))).collect()
    };
    Chart {
        title: "Latency percentiles",
        about: "this share of the calls took no longer",
        x: (Scale::Shares, "share of calls"),
        y: (Scale::Log, "milliseconds"),
        dots: false,
        series: series(figures, points),
    }
}

/// Of each workload that was put under several loads, p50 and p99.
fn against_rate(figures: &[&Figure]) -> Chart {
    let mut workloads: Vec<&str> = Vec::new();
    for figure in figures {
        if !workloads.contains(&&figure.subject.workload[..]) {
            workloads.push(&figure.subject.workload);
        }
    }
    let mut all = Vec::new();
    for workload in workloads {
        let of: Vec<_> = figures
            .iter()
            .filter(|one| one.subject.workload == workload && one.pace == "closed")
            .collect();
        if of.len() < 2 {
            continue;
        }
        let points = |ms: fn(&Figure) -> f64| {
            of.iter().map(|figure| (figure.rate_per_s, ms(figure))).collect()
        };
        all.push(Series { name: format!("{workload}, p50"), points: points(|one| one.p50_ms) });
        all.push(Series { name: format!("{workload}, p99"), points: points(|one| one.p99_ms) });
    }
    Chart {
        title: "Latency against rate",
        about: "one point for each number of calls in flight",
        x: (Scale::Linear, "per second"),
        y: (Scale::Log, "milliseconds"),
        dots: true,
        series: all,
    }
}

fn sizes(figures: &[&Figure]) -> Chart {
    let points = |figure: &Figure| {
        let Some(batches) = &figure.batches else { return Vec::new() };
        let bounded =
            batches.sizes.iter().filter_map(|(bound, commits)| Some(((*bound)?, *commits)));
        let largest =
            bounded.clone().filter(|(_, commits)| *commits > 0).map(|(bound, _)| bound).max();
        let shares = bounded.map_while(|(bound, commits)| {
            let share = 100.0 * commits as f64 / batches.commits.max(1) as f64;
            (Some(bound) <= largest).then_some((bound as f64, share))
        });
        shares.collect()
    };
    Chart {
        title: "Batch sizes",
        about: "units of work in one commit, up to this many",
        x: (Scale::Log, "units"),
        y: (Scale::Linear, "percent of commits"),
        dots: true,
        series: series(figures, points),
    }
}
