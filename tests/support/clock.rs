//! A clock that stands still until a test moves it. Whoever sleeps until a time that has come wakes.

use async_trait::async_trait;
use purser_actors::ports::Clock;
use purser_subjects::Timestamp;
use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Longest real time that a test waits for what moving the clock should bring about.
const PATIENCE: Duration = Duration::from_secs(30);

/// A settable clock. Limits on real waiting (of calls, sockets and askers) are not moved with it.
pub(crate) struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl ManualClock {
    /// A clock that stands at Monday, 2026-01-05T10:00:00Z.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { now: watch::Sender::new(Timestamp::from_millis(1_767_607_200_000)) })
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now = now.plus(by));
    }

    /// Moves the clock to a later time; does nothing if it is past that.
    pub(crate) fn advance_to(&self, at: Timestamp) {
        self.now.send_modify(|now| *now = at.max(*now));
    }

    /// Moves the clock by `step` again and again until `work` has ended.
    pub(crate) async fn advance_while<T>(
        &self,
        step: Duration,
        work: impl Future<Output = T>,
    ) -> T {
        let mut work = pin!(work);
        let begun = Instant::now();
        loop {
            tokio::select! {
                result = &mut work => return result,
                () = tokio::time::sleep(Duration::from_millis(10)) => self.advance(step),
            }
            assert!(begun.elapsed() < PATIENCE, "the work does not end");
        }
    }

    /// Moves the clock by `step` again and again until `check` says yes. Between two steps there is a
    /// little real time, in which what became due is done.
    pub(crate) async fn advance_until(
        &self,
        step: Duration,
        what: &str,
        mut check: impl AsyncFnMut() -> bool,
    ) {
        let begun = Instant::now();
        while !check().await {
            assert!(begun.elapsed() < PATIENCE, "never came true: {what}");
            self.advance(step);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        // The sender is this clock, so it is there as long as somebody sleeps.
        let _ = self.now.subscribe().wait_for(|now| *now >= at).await;
    }
}
