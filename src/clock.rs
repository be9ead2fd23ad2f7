//! The clock of a running node. Nothing else reads the time of the system.

#[cfg(test)]
pub(crate) mod jump;

use async_trait::async_trait;
use purser_actors::ports::Clock;
use purser_subjects::Timestamp;
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use uuid::{ContextV7, Uuid};

/// Longest single sleep; after it the time of the system is looked at again, so that a sleeper notices
/// within a minute that somebody set the clock.
const SLEEP_SLICE: Duration = Duration::from_secs(60);
/// When the system's clock was set back, time goes on at one part in this many of its speed until the
/// system has caught up. It neither runs backwards nor stands still, which would stop every timer.
const CATCH_UP_DIVISOR: i64 = 2;

/// The time of the system, made never to run backwards.
#[derive(Debug, Default)]
pub struct SystemClock {
    last: Mutex<Option<Reading>>,
    /// What was told last. Most look more than once in a millisecond, and need no lock then.
    told_ms: AtomicI64,
}

/// One look at the clock.
#[derive(Clone, Copy, Debug)]
struct Reading {
    told_ms: i64,
    at: Instant,
}

impl SystemClock {
    /// A clock.
    pub fn new() -> Self {
        Self::default()
    }
}

/// What to tell when the system says `system_ms` at the moment `at`.
fn tell(last: Option<Reading>, system_ms: i64, at: Instant) -> Reading {
    let Some(last) = last else { return Reading { told_ms: system_ms, at } };
    let elapsed = at.saturating_duration_since(last.at).as_millis();
    let elapsed_ms = i64::try_from(elapsed).unwrap_or(i64::MAX);
    let least_ms = last.told_ms.saturating_add(elapsed_ms / CATCH_UP_DIVISOR);
    match system_ms >= least_ms {
        true => Reading { told_ms: system_ms, at: at.max(last.at) },
        // Readings less than a step apart keep the older moment, or their parts would be lost.
        false if least_ms == last.told_ms => last,
        false => Reading { told_ms: least_ms, at },
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let system_ms = i64::try_from(system.as_millis()).unwrap_or(i64::MAX);
        if self.told_ms.load(Ordering::Acquire) == system_ms {
            return Timestamp::from_millis(system_ms);
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = tell(*last, system_ms, Instant::now());
        *last = Some(reading);
        self.told_ms.store(reading.told_ms, Ordering::Release);
        Timestamp::from_millis(reading.told_ms)
    }

    fn new_id(&self) -> Uuid {
        thread_local! {
            static ORDER: ContextV7 = const { ContextV7::new() };
        }
        ORDER.with(|order| Uuid::new_v7(uuid::Timestamp::now(order)))
    }

    #[allow(clippy::disallowed_methods, reason = "this is the clock")]
    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = at.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(SLEEP_SLICE)).await;
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests of the clock")]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn tell_all(readings: &[(i64, u64)]) -> Vec<i64> {
        let start = Instant::now();
        let mut last = None;
        let told = readings.iter().map(|(system_ms, after_ms)| {
            let reading = tell(last, *system_ms, start + Duration::from_millis(*after_ms));
            last = Some(reading);
            reading.told_ms
        });
        told.collect()
    }

    #[test]
    fn time_follows_the_system() {
        assert_eq!(tell_all(&[(1000, 0), (1010, 10), (1020, 20)]), [1000, 1010, 1020]);
        assert_eq!(tell_all(&[(1000, 0), (901_000, 10), (901_010, 20)]), [1000, 901_000, 901_010]);
    }

    #[test]
    fn time_goes_on_slower_after_a_step_back_until_the_system_has_caught_up() {
        let told = tell_all(&[(9000, 0), (8010, 10), (8020, 20), (9990, 1990), (10_100, 2100)]);
        assert_eq!(told, [9000, 9005, 9010, 9995, 10_100]);
    }

    #[test]
    fn time_goes_on_when_it_is_read_often() {
        let readings: Vec<_> = (0..=100).map(|ms| (ms as i64 - 5000, ms)).collect();
        let readings = [&[(1000, 0)], readings.as_slice()].concat();
        assert_eq!(tell_all(&readings).last(), Some(&1050));
    }

    #[test]
    fn time_is_later_than_the_writing_of_this_test() {
        assert!(SystemClock::new().now().as_millis() > 1_700_000_000_000);
    }

    #[test]
    fn time_never_runs_backwards_between_threads() {
        let clock = Arc::new(SystemClock::new());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let clock = clock.clone();
                std::thread::spawn(move || {
                    let mut last = clock.now();
                    for _ in 0..10_000 {
                        let now = clock.now();
                        assert!(now >= last);
                        last = now;
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }

    #[tokio::test]
    async fn sleep_ends_at_its_time() {
        let clock = SystemClock::new();
        let at = clock.now().plus(Duration::from_millis(30));
        clock.sleep_until(at).await;
        assert!(clock.now() >= at);
        clock.sleep_until(Timestamp::from_millis(0)).await;
    }
}
