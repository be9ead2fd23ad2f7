//! Broker or database away for all nodes at once, while requests come in: answers are honest, memory is
//! bounded, and everything goes on by itself.
//!
//! ```text
//! PURSER_OUTAGE_SECS=600 cargo test --test purser chaos::outages -- --nocapture --test-threads=1
//! ```

use super::{cluster::Cluster, fault::What, proxy::Link};
use crate::shops::{client::PATIENCE, plan};
use std::time::Duration;

/// How long the short form takes a part away.
const SHORT: Duration = Duration::from_secs(3);
/// By how much a node may grow while everything waits: its queues have bounds.
const GROWTH_KIB: u64 = 256 * 1024;

fn outage(what: What) {
    let time = plan::variable("PURSER_OUTAGE_SECS").map_or(SHORT, Duration::from_secs);
    let mut cluster = Cluster::begin(plan::seed("PURSER_CHAOS_SEED", "outage"), time + PATIENCE);
    cluster.run_for(Duration::from_secs(2));
    let before = cluster.memory_kib();
    cluster.strike_all(what, time);
    let grown = cluster.memory_kib().saturating_sub(before);
    assert!(grown <= GROWTH_KIB, "the nodes grew by {grown} KiB");
    cluster.goes_on();
    cluster.run_for(Duration::from_secs(2));
    cluster.finish();
}

#[test]
fn everything_goes_on_after_the_broker_was_away() {
    outage(What::Broker(Link::Closed));
}

#[test]
fn everything_goes_on_after_the_database_was_away() {
    outage(What::Database(Link::Closed));
}
