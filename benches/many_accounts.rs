//! How many transfers a second can 10,000 accounts make among each other, each its own command and
//! durable when answered? Through bus, intake, hosts, actors, journal and SQLite.

#[path = "support/allocator.rs"]
mod allocator;
#[path = "support/bed.rs"]
mod bed;
#[path = "support/load.rs"]
mod load;

use bed::Bed;
use criterion::{Criterion, criterion_group, criterion_main};
use purser::bench::Spread::Uniform;
use std::cell::LazyCell;

const ACCOUNTS: usize = 10_000;

fn many_accounts(criterion: &mut Criterion) {
    let bed = LazyCell::new(|| Bed::with_accounts(ACCOUNTS));
    let mut group = criterion.benchmark_group("many_accounts");
    load::tune(&mut group);
    for in_flight in [1, 16, 256, 1_024] {
        load::measure(&mut group, "transfer", in_flight, &bed, |bed| bed.transfer(Uniform, false));
    }
    load::measure(&mut group, "transfer_with_key", 256, &bed, |bed| bed.transfer(Uniform, true));
    group.finish();
}

criterion_group!(benches, many_accounts);
criterion_main!(benches);
