//! A clock for tests: whoever sleeps moves it to the end of the sleep.

use async_trait::async_trait;
use purser_actors::ports::Clock;
use purser_subjects::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

pub(crate) struct JumpClock(AtomicI64);

impl JumpClock {
    pub(crate) fn at(ms: i64) -> Self {
        Self(AtomicI64::new(ms))
    }
}

#[async_trait]
impl Clock for JumpClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.0.fetch_max(at.as_millis(), Ordering::SeqCst);
    }
}
