//! A node's clock: the true time, and what it is wrong by.

use super::world::World;
use async_trait::async_trait;
use purser_actors::ports::Clock;
use purser_subjects::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;
use uuid::Uuid;

/// Longest time between two looks at the clock: it may have been set back meanwhile.
const LOOK: Duration = Duration::from_secs(3_600);

pub(crate) struct SimClock {
    world: Arc<World>,
    wrong_by_ms: AtomicI64,
}

impl SimClock {
    pub(crate) fn new(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self { world: world.clone(), wrong_by_ms: AtomicI64::new(0) })
    }

    /// From now on it is wrong by so much.
    pub(crate) fn set_wrong_by(&self, ms: i64) {
        self.wrong_by_ms.store(ms, Ordering::Relaxed);
        self.world.clocks_jumped();
    }
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let wrong_by = self.wrong_by_ms.load(Ordering::Relaxed);
        Timestamp::from_millis(self.world.now().as_millis() + wrong_by)
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            // Listens before it looks, so that no jump is missed.
            let jump = self.world.jumps().notified();
            let left = at.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                biased;
                () = jump => {}
                () = sleep(left.min(LOOK)) => {}
            }
        }
    }

    fn new_id(&self) -> Uuid {
        self.world.new_id(self.now())
    }
}
