//! The only source of time.

use async_trait::async_trait;
use purser_subjects::Timestamp;
use uuid::Uuid;

/// Tells and waits for the time, so that tests can run years in a second.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Returns when the present is `at` or later.
    async fn sleep_until(&self, at: Timestamp);

    /// A new id that sorts by time: a UUID version 7. Retry times and the like are derived from such ids,
    /// so a simulation that is to go the same way twice makes them itself.
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}
