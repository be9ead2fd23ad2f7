//! Random faults, repeated by their seed.

use super::cluster::Cluster;
use crate::shops::{client::PATIENCE, plan};
use std::time::Duration;

/// How long the short form disturbs the nodes.
const SHORT: Duration = Duration::from_secs(60);

#[test]
fn what_was_answered_survives_whatever_befalls_the_nodes() {
    let time = plan::variable("PURSER_CHAOS_SECS").map_or(SHORT, Duration::from_secs);
    let seed = plan::seed("PURSER_CHAOS_SEED", "chaos");
    let mut cluster = Cluster::begin(seed, PATIENCE);
    cluster.disturb(time);
    cluster.finish();
}
