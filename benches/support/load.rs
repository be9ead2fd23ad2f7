//! Load in a closed loop: a fixed number of callers, each with one request at a time.

use super::bed::Bed;
use criterion::{BenchmarkGroup, BenchmarkId, SamplingMode, Throughput, measurement::WallTime};
use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Calls that one iteration makes for each caller in flight, so that the edges of a sample, where fewer
/// are in flight, weigh little.
const CALLS_PER_CALLER: u64 = 4;

/// Fewest calls of one iteration.
const LEAST_CALLS: u64 = 16;

/// Samples and times that keep a group of five below a minute.
pub(crate) fn tune(group: &mut BenchmarkGroup<'_, WallTime>) {
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_secs(2))
        .measurement_time(Duration::from_secs(6));
}

/// Measures the call that `make` gives, which is told its number, with `in_flight` callers at once. The
/// bed is made by the first measurement that is not filtered out.
pub(crate) fn measure<F, C>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    in_flight: usize,
    bed: &impl Deref<Target = Bed>,
    make: impl Fn(&Bed) -> F,
) where
    F: Fn(u64) -> C + Clone + Send + 'static,
    C: Future<Output = ()> + Send,
{
    let calls = (in_flight as u64 * CALLS_PER_CALLER).max(LEAST_CALLS);
    let mut made = 0;
    group.throughput(Throughput::Elements(calls));
    group.bench_function(BenchmarkId::new(name, in_flight), |bencher| {
        let call = make(bed);
        bencher.iter_custom(|iterations| {
            let (first, count) = (made, iterations * calls);
            made += count;
            bed.runtime.block_on(timed(in_flight, first, count, call.clone()))
        });
    });
}

#[allow(clippy::disallowed_methods, reason = "a measurement needs the monotonic clock")]
async fn timed<F, C>(in_flight: usize, first: u64, count: u64, call: F) -> Duration
where
    F: Fn(u64) -> C + Clone + Send + 'static,
    C: Future<Output = ()> + Send,
{
    let begun = Instant::now();
    closed_loop(in_flight, first, count, call).await;
    begun.elapsed()
}

/// Makes the calls numbered from `first`, `count` of them. A call that panics fails all.
pub(crate) async fn closed_loop<F, C>(in_flight: usize, first: u64, count: u64, call: F)
where
    F: Fn(u64) -> C + Clone + Send + 'static,
    C: Future<Output = ()> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..in_flight {
        let (next, call) = (next.clone(), call.clone());
        callers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                call(first + number).await;
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.expect("a call failed, so the figures would not be true");
    }
}
