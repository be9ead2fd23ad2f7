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
use std::cell::LazyCell;

const ACCOUNTS: usize = 10_000;

/// Two different accounts, uniform, the same for the same number in every run.
fn uniform(number: u64, accounts: usize) -> (usize, usize) {
    let mixed = mix(number);
    let from = (mixed >> 32) as usize % accounts;
    let step = 1 + (mixed & 0xffff_ffff) as usize % (accounts - 1);
    (from, (from + step) % accounts)
}

/// The finaliser of SplitMix64.
fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn many_accounts(criterion: &mut Criterion) {
    let bed = LazyCell::new(|| Bed::with_accounts(ACCOUNTS));
    let mut group = criterion.benchmark_group("many_accounts");
    load::tune(&mut group);
    for in_flight in [1, 16, 256, 1_024] {
        load::measure(&mut group, "transfer", in_flight, &bed, |bed| bed.transfer(false, uniform));
    }
    load::measure(&mut group, "transfer_with_key", 256, &bed, |bed| bed.transfer(true, uniform));
    group.finish();
}

criterion_group!(benches, many_accounts);
criterion_main!(benches);
