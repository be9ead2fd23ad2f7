//! Kills at random moments, most of them under load, some during the start.

use super::campaign::Campaign;
use crate::{
    shops::plan::{self, say},
    support::platform::Engine,
};
use rand::RngExt;

/// Kills in the short form.
const ROUNDS: u32 = 5;
/// Longest time between a start and the kill after it, in milliseconds.
const LONGEST_MS: u64 = 2_500;
/// Just after the start, while what the last kill left is being looked into.
const SHORT_MS: u64 = 300;

fn kills(engine: Engine) {
    let mut campaign = Campaign::begin("rounds of kills", engine);
    let mut killed = 0;
    let rounds = plan::variable("PURSER_KILL_ROUNDS").unwrap_or(ROUNDS);
    while killed < rounds {
        let longest = if campaign.random.random_ratio(1, 4) { SHORT_MS } else { LONGEST_MS };
        let ms = campaign.run_for_up_to(longest);
        campaign.kill();
        killed += 1;
        say(&format!("{engine:?}, kill {killed}: {ms} ms after the start"));
        // Every second store is replayed as the kill left it, the others while they are served again.
        let at_rest = killed % 2 == 0;
        if at_rest {
            campaign.site.verify();
        }
        while killed < rounds && campaign.random.random_ratio(1, 6) {
            let ms = campaign.kill_starting(SHORT_MS);
            killed += 1;
            say(&format!("{engine:?}, kill {killed}: {ms} ms into the start"));
        }
        campaign.start();
        if !at_rest {
            campaign.site.verify();
        }
    }
    campaign.finish();
}

#[test]
fn what_was_answered_survives_kills_on_sqlite() {
    kills(Engine::Sqlite);
}

#[test]
fn what_was_answered_survives_kills_on_postgresql() {
    kills(Engine::Postgres);
}
