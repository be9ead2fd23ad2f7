//! Transfers that go on while nodes come and go.

use crate::support::{
    cluster::TestCluster,
    platform::{TestPlatform, entity, transfer},
};
use purser_actors::{AskOptions, Client};
use purser_subjects::Rejection;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Callers at work at the same time, each with two accounts of its own.
const CALLERS: usize = 24;

/// How long a caller waits for one answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Pause of a caller who was told to try again.
const PAUSE: Duration = Duration::from_millis(20);

/// Callers at work.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    callers: JoinSet<Tally>,
}

/// What callers were answered.
#[derive(Default)]
pub(super) struct Tally {
    /// Transfers that were answered with success, by caller.
    done: Vec<(usize, i64)>,
    /// What callers were told that had to try again.
    pub(super) refusals: Vec<Rejection>,
    /// Longest time from a first try to the answer.
    pub(super) slowest: Duration,
}

fn payer(caller: usize) -> String {
    format!("payer-{caller}")
}

fn payee(caller: usize) -> String {
    format!("payee-{caller}")
}

impl Load {
    /// Opens the accounts and begins.
    pub(super) async fn on(platform: &TestPlatform) -> Self {
        for caller in 0..CALLERS {
            platform.open_funded(&payer(caller), 0, 1_000_000).await;
            platform.open_funded(&payee(caller), 0, 0).await;
        }
        let stop = Arc::<AtomicBool>::default();
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            callers.spawn(call(platform.client.clone(), caller, stop.clone()));
        }
        Self { stop, callers }
    }

    /// Lets it go on for so long.
    pub(super) async fn goes_on(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Ends it when every caller has its last answer.
    pub(super) async fn end(mut self) -> Tally {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Tally::default();
        while let Some(tally) = self.callers.join_next().await {
            let tally = tally.unwrap();
            all.done.extend(tally.done);
            all.refusals.extend(tally.refusals);
            all.slowest = all.slowest.max(tally.slowest);
        }
        all
    }
}

impl Tally {
    /// Transfers that were answered with success.
    pub(super) fn count(&self) -> i64 {
        self.done.iter().map(|(_, done)| done).sum()
    }

    /// Every transfer that was answered is booked, once, and nothing else is.
    pub(super) async fn is_booked(&self, cluster: &TestCluster) {
        assert_eq!(self.done.len(), CALLERS);
        for (caller, done) in &self.done {
            assert!(*done > 0, "caller {caller} got nothing done");
            let paid = cluster.any().balance(&payer(*caller)).await.posted;
            let received = cluster.any().balance(&payee(*caller)).await.posted;
            assert_eq!((1_000_000 - paid, received), (*done, *done), "caller {caller}");
        }
    }

    /// Nobody had to try again.
    pub(super) fn nothing_failed(&self) {
        assert!(self.refusals.is_empty(), "{:?}", self.refusals);
    }
}

/// One transfer after the other, each repeated under its key until there is a definite answer.
async fn call(client: Client, caller: usize, stop: Arc<AtomicBool>) -> Tally {
    let mut tally = Tally::default();
    let mut done = 0;
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        loop {
            let key = Some(format!("transfer-{done}"));
            let options = AskOptions { key, timeout: TIMEOUT, ..AskOptions::default() };
            let command = transfer(&payee(caller), 1);
            match client.ask(&entity(&payer(caller)), command, options).await {
                Ok(_) => break,
                Err(refusal) if refusal.code.is_retryable() => tally.refusals.push(refusal),
                Err(refusal) => panic!("refused for good: {refusal}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
        done += 1;
        tally.slowest = tally.slowest.max(begun.elapsed());
    }
    tally.done.push((caller, done));
    tally
}
