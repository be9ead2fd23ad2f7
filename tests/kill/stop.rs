//! The clean stop under load.

use super::campaign::Campaign;
use crate::support::platform::Engine;

/// Longest time before the stop, in milliseconds.
const LONGEST_MS: u64 = 2_000;

fn stops(engine: Engine) {
    let mut campaign = Campaign::begin("stops under load", engine);
    for _ in 0..2 {
        campaign.run_for_up_to(LONGEST_MS);
        campaign.stop();
        campaign.site.verify();
        campaign.start();
    }
    campaign.finish();
}

#[test]
fn a_stop_under_load_loses_nothing_on_sqlite() {
    stops(Engine::Sqlite);
}

#[test]
fn a_stop_under_load_loses_nothing_on_postgresql() {
    stops(Engine::Postgres);
}
