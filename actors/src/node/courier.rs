//! Hands due deliveries to their endpoints' actors. Deliveries are rows: a kill at any step loses none.

use crate::{
    entity::Signal,
    host::Services,
    ports::{Delivery, StoreError},
};
use purser_subjects::{EndpointId, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet, time::timeout};
use uuid::Uuid;

/// Longest sleep: bounds how late a delivery can be that no hint announced.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Pause after the store could not be read, or an attempt's outcome could not be stored; the latter
/// doubles with every further failure of the endpoint.
const FAULT_PAUSE: Duration = Duration::from_millis(500);

/// Attempts under way when the node stops have so long to end and be stored.
const LAST_ATTEMPTS: Duration = Duration::from_secs(3);

/// How an attempt ended: whether its outcome was stored.
struct Ended {
    delivery: Uuid,
    endpoint: EndpointId,
    is_stored: bool,
}

#[derive(Default)]
struct Courier {
    deliveries: HashSet<Uuid>,
    endpoints: HashMap<EndpointId, usize>,
    /// Failures in a row to store an outcome.
    faults: HashMap<EndpointId, u32>,
    attempts: JoinSet<Ended>,
}

pub(super) async fn run(services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    let mut courier = Courier::default();
    while !*stop.borrow() {
        services.hints.deliveries.take();
        let now = services.clock.now();
        let next = match courier.attempt_due(&services, now).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "due deliveries cannot be read");
                now.plus(FAULT_PAUSE)
            }
        };
        tokio::select! {
            () = services.clock.sleep_until(next) => {}
            () = services.hints.deliveries.changed() => {}
            Some(ended) = courier.attempts.join_next() => courier.ended(ended.ok()),
            _ = stop.wait_for(|stop| *stop) => {}
        }
        while let Some(ended) = courier.attempts.try_join_next() {
            courier.ended(ended.ok());
        }
    }
    let last = async { while courier.attempts.join_next().await.is_some() {} };
    // What does not end in time is attempted again after the next start.
    let _ = timeout(LAST_ATTEMPTS, last).await;
}

impl Courier {
    /// Begins attempts for what is due; returns when to look again. Endpoints that have all the attempts
    /// they may have are left out, so that their backlog holds nobody else up.
    async fn attempt_due(
        &mut self,
        services: &Arc<Services>,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let (limit, per_endpoint) = services.limits.deliveries;
        while self.deliveries.len() < limit {
            let is_full = |(_, count): &(&EndpointId, &usize)| **count >= per_endpoint;
            let full = self.endpoints.iter().filter(is_full).map(|(id, _)| id.clone());
            let full: Vec<_> = full.collect();
            let page = services.limits.due_page;
            let due = services.store.due_deliveries(now, &full, page).await?;
            let mut begun = 0;
            for delivery in due {
                let of_endpoint = self.endpoints.get(&delivery.endpoint).copied().unwrap_or(0);
                let has_room = self.deliveries.len() < limit && of_endpoint < per_endpoint;
                if has_room && !self.deliveries.contains(&delivery.id) {
                    self.attempt(services, delivery);
                    begun += 1;
                }
            }
            if begun == 0 {
                break;
            }
        }
        let next = services.store.next_delivery(now).await?;
        let longest = now.plus(LONGEST_SLEEP);
        Ok(next.map_or(longest, |next| next.min(longest)))
    }

    fn attempt(&mut self, services: &Arc<Services>, delivery: Delivery) {
        self.deliveries.insert(delivery.id);
        *self.endpoints.entry(delivery.endpoint.clone()).or_default() += 1;
        let faults = self.faults.get(&delivery.endpoint).copied().unwrap_or(0);
        let services = services.clone();
        self.attempts.spawn(async move {
            let (id, endpoint) = (delivery.id, delivery.endpoint.clone());
            let due = Signal::Due(Box::new(delivery));
            let is_stored = services.signal(&endpoint.key(), due).await;
            if !is_stored {
                let pause = FAULT_PAUSE * 2u32.pow(faults.min(10));
                tokio::time::sleep(pause.min(services.limits.retry_pause)).await;
            }
            Ended { delivery: id, endpoint, is_stored }
        });
    }

    fn ended(&mut self, ended: Option<Ended>) {
        let Some(Ended { delivery, endpoint, is_stored }) = ended else { return };
        self.deliveries.remove(&delivery);
        if let Some(count) = self.endpoints.get_mut(&endpoint) {
            *count -= 1;
            if *count == 0 {
                self.endpoints.remove(&endpoint);
            }
        }
        if is_stored {
            self.faults.remove(&endpoint);
        } else {
            *self.faults.entry(endpoint).or_default() += 1;
        }
    }
}
