//! How many transfers a second can one account make, each its own command and durable when answered?
//! Through bus, intake, host, actor, journal and SQLite.

#[path = "support/allocator.rs"]
mod allocator;
#[path = "support/bed.rs"]
mod bed;
#[path = "support/load.rs"]
mod load;

use bed::Bed;
use criterion::{Criterion, criterion_group, criterion_main};
use purser::bench::Spread::Hot;
use std::cell::LazyCell;

/// Accounts: the hot one and those that it pays.
const ACCOUNTS: usize = 1_000;

fn one_hot_account(criterion: &mut Criterion) {
    let bed = LazyCell::new(|| Bed::with_accounts(ACCOUNTS));
    let mut group = criterion.benchmark_group("one_hot_account");
    load::tune(&mut group);
    for in_flight in [1, 16, 256, 1_024] {
        load::measure(&mut group, "transfer", in_flight, &bed, |bed| bed.transfer(Hot, false));
    }
    load::measure(&mut group, "transfer_with_key", 256, &bed, |bed| bed.transfer(Hot, true));
    group.finish();
}

criterion_group!(benches, one_hot_account);
criterion_main!(benches);
