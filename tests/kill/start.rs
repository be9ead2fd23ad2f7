//! Kills during the start, the very first one included: the next start goes on from whatever is there.

use super::{SEED, site::Site};
use crate::{
    shops::plan::{self, say},
    support::platform::Engine,
};
use rand::RngExt;
use serde_json::Value;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Longest time that a start is given, in milliseconds.
const LONGEST_MS: u64 = 300;
/// Empty places that are begun in.
const PLACES: u32 = 8;
/// Starts killed in each.
const KILLS: u32 = 3;

fn starts(engine: Engine) {
    let name = format!("kills during the start on {engine:?}");
    let mut random = plan::random(plan::seed(SEED, &name), 0);
    let runtime = Runtime::new().expect("threads can be started");
    for number in 1..=PLACES {
        let site = runtime.block_on(Site::new(engine));
        let after: Vec<u64> = (0..KILLS).map(|_| random.random_range(0..=LONGEST_MS)).collect();
        say(&format!("{name}: place {number}, killed after {after:?} ms"));
        for &ms in &after {
            site.start_and_kill(Duration::from_millis(ms));
        }
        starts_as_if_nothing_had_been(&site);
    }
}

fn starts_as_if_nothing_had_been(site: &Site) {
    let server = site.place.serve();
    let sandbox = site.place.sandbox();
    let credential = |name: &str| sandbox["gateway"][name].as_str().unwrap_or_default().to_owned();
    assert!(["partnerId", "username", "secureKey"].iter().all(|name| !credential(name).is_empty()));
    let list = || -> Value {
        let listed = site.place.run(&["merchant", "list", "--json"]).success();
        serde_json::from_str(&listed).expect("JSON")
    };
    let listed = list();
    let merchants = listed.as_array().expect("a list");
    assert_eq!(merchants.len(), 1, "{listed}");
    assert!(listed.to_string().contains(&credential("memberId")), "{listed}");
    server.stop().success();
    site.verify();
}

#[test]
fn a_killed_start_is_no_obstacle_on_sqlite() {
    starts(Engine::Sqlite);
}

#[test]
fn a_killed_start_is_no_obstacle_on_postgresql() {
    starts(Engine::Postgres);
}
