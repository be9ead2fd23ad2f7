//! Deletes deliveries, their attempts and e-mails once they are older than the retention period.

use crate::host::Services;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How often what has become too old is looked for.
const EVERY: Duration = Duration::from_secs(3_600);

/// Deliveries deleted in one transaction, and the pause between two, so that commits get through.
const PAGE: u32 = 500;
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn run(services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let now = services.clock.now();
        let before = now.before(services.limits.retention);
        loop {
            match services.store.prune_deliveries(before, PAGE).await {
                Ok(pruned) if pruned >= u64::from(PAGE) && !*stop.borrow() => {
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(_) => break,
                Err(error) => {
                    tracing::error!(%error, "old deliveries cannot be deleted");
                    break;
                }
            }
        }
        tokio::select! {
            biased;
            () = services.clock.sleep_until(now.plus(EVERY)) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}
