//! The only source of time.

use async_trait::async_trait;
use purser_subjects::Timestamp;

/// Tells and waits for the time, so that tests can run years in a second.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Returns when the present is `at` or later.
    async fn sleep_until(&self, at: Timestamp);
}
