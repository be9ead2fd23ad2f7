//! What does one durable commit cost, and what does each transfer in it add? The store alone, with the
//! rows of transfers between 10,000 accounts: SQLite always, PostgreSQL if `PURSER_BENCH_DATABASE_URL`
//! names a database (an empty one, for figures that can be compared).

#[path = "support/allocator.rs"]
mod allocator;
#[path = "support/batches.rs"]
mod batches;

use batches::Batches;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main, measurement::WallTime,
};
use purser::store::{self, StoreTarget};
use purser_actors::ports::Store;
use std::{
    cell::{LazyCell, RefCell},
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ACCOUNTS: usize = 10_000;

struct Bed {
    runtime: Runtime,
    store: Arc<dyn Store>,
    batches: RefCell<Batches>,
    _folder: Option<TempDir>,
}

impl Bed {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.expect("the target folder can be written");
        Self::on(&StoreTarget::Sqlite(folder.path().join("purser.db")), Some(folder))
    }

    fn postgres(url: &str) -> Self {
        Self::on(&url.parse().expect("PURSER_BENCH_DATABASE_URL is a database"), None)
    }

    fn on(target: &StoreTarget, folder: Option<TempDir>) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let store = runtime.block_on(store::open(target)).expect("the store can be opened");
        let batches = RefCell::new(runtime.block_on(Batches::open(&*store, ACCOUNTS)));
        Self { runtime, store, batches, _folder: folder }
    }

    /// The time that the commits take; making the batches does not count.
    #[allow(clippy::disallowed_methods, reason = "a measurement needs the monotonic clock")]
    fn commit(&self, commits: u64, units: usize) -> Duration {
        let mut took = Duration::ZERO;
        for _ in 0..commits {
            let batch = self.batches.borrow_mut().transfers(units);
            let begun = Instant::now();
            self.runtime.block_on(self.store.commit(&batch)).expect("the batch is stored");
            took += begun.elapsed();
        }
        took
    }
}

fn measure(group: &mut BenchmarkGroup<'_, WallTime>, engine: &str, bed: &impl Deref<Target = Bed>) {
    for units in [1, 10, 100, 1_000] {
        group.throughput(Throughput::Elements(units));
        group.bench_function(BenchmarkId::new(engine, units), |bencher| {
            bencher.iter_custom(|commits| bed.commit(commits, units as usize));
        });
    }
}

fn group_commit_batch_size(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("group_commit_batch_size");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5));
    measure(&mut group, "sqlite", &LazyCell::new(Bed::sqlite));
    if let Ok(url) = std::env::var("PURSER_BENCH_DATABASE_URL") {
        measure(&mut group, "postgres", &LazyCell::new(|| Bed::postgres(&url)));
    }
    group.finish();
}

criterion_group!(benches, group_commit_batch_size);
criterion_main!(benches);
