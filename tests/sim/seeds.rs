//! Many seeds, none of which may break a promise.

use super::run::{Plan, Report, run};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Seeds of a run without `PURSER_SIM_SEEDS`.
const SEEDS: u64 = 100;

/// After so many failed seeds there is enough to look into.
const FAILURES: u64 = 20;

/// Seeds that are run twice.
const TWICE: u64 = 12;

fn variable(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number, not {value:?}")))
}

fn plan(seed: u64) -> Plan {
    Plan { seed, sabotage: None, is_printed: false }
}

/// Runs `seeds` on all processors; panics when any of them fails, and prints each that does.
fn run_all(seeds: std::ops::Range<u64>) -> Vec<Report> {
    let (next, reports) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let failures = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let worker = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds.end || failures.load(Ordering::Relaxed) >= FAILURES {
            return;
        }
        match run(plan(seed)) {
            Ok(report) => reports.lock().unwrap().push(report),
            Err(failure) => {
                failures.fetch_add(1, Ordering::Relaxed);
                println!("{failure}");
            }
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(worker))));
    let failures = failures.into_inner();
    assert!(failures == 0, "{failures} seeds failed; each is printed above");
    reports.into_inner().unwrap()
}

#[test]
fn promises_hold_whatever_goes_wrong() {
    if let Some(seed) = variable("PURSER_SIM_SEED") {
        let one = Plan { is_printed: true, ..plan(seed) };
        println!("{:?}", run(one).unwrap_or_else(|failure| panic!("{failure}")));
        return;
    }
    let (first, seeds) =
        (variable("PURSER_SIM_FIRST").unwrap_or(0), variable("PURSER_SIM_SEEDS").unwrap_or(SEEDS));
    let begun = Instant::now();
    let reports = run_all(first..first + seeds);
    let sum = |part: fn(&Report) -> u64| reports.iter().map(part).sum::<u64>();
    println!(
        "{seeds} seeds from {first} in {:.1?}: {} commands, {} events, {} lives, {} steps",
        begun.elapsed(),
        sum(|report| report.commands),
        sum(|report| report.events),
        sum(|report| report.lives),
        sum(|report| report.steps),
    );
    // A simulation in which nothing happens would find nothing.
    assert!(sum(|report| report.events) > seeds * 30 && sum(|report| report.lives) > seeds);
}

#[test]
fn a_seed_goes_the_same_way_every_time() {
    for seed in 0..TWICE {
        let once = run(plan(seed)).unwrap_or_else(|failure| panic!("{failure}"));
        let again = run(plan(seed)).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(once, again, "seed {seed}");
    }
}
