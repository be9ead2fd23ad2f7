//! Hands due deliveries to their endpoints' actors. Deliveries are rows: a kill at any step loses none.

use crate::{entity::Signal, host::Services, ports::Delivery};
use purser_subjects::{EndpointId, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet};
use uuid::Uuid;

/// Longest sleep: bounds how late a delivery can be that no hint announced.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Pause after the store could not be read, or an attempt's outcome could not be stored.
const FAULT_PAUSE: Duration = Duration::from_millis(500);

#[derive(Default)]
struct UnderWay {
    deliveries: HashSet<Uuid>,
    per_endpoint: HashMap<EndpointId, usize>,
}

impl UnderWay {
    fn begin(&mut self, delivery: &Delivery, limit: (usize, usize)) -> bool {
        let endpoint = self.per_endpoint.get(&delivery.endpoint).copied().unwrap_or(0);
        let full = self.deliveries.len() >= limit.0 || endpoint >= limit.1;
        if full || !self.deliveries.insert(delivery.id) {
            return false;
        }
        self.per_endpoint.insert(delivery.endpoint.clone(), endpoint + 1);
        true
    }

    fn end(&mut self, id: Uuid, endpoint: &EndpointId) {
        self.deliveries.remove(&id);
        if let Some(count) = self.per_endpoint.get_mut(endpoint) {
            *count -= 1;
            if *count == 0 {
                self.per_endpoint.remove(endpoint);
            }
        }
    }
}

pub(super) async fn run(services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    let mut under_way = UnderWay::default();
    let mut attempts: JoinSet<(Uuid, EndpointId)> = JoinSet::new();
    while !*stop.borrow() {
        services.hints.deliveries.take();
        let now = services.clock.now();
        let next = match attempt_due(&services, now, &mut under_way, &mut attempts).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "due deliveries cannot be read");
                now.plus(FAULT_PAUSE)
            }
        };
        tokio::select! {
            () = services.clock.sleep_until(next) => {}
            () = services.hints.deliveries.changed() => {}
            Some(ended) = attempts.join_next() => {
                if let Ok((id, endpoint)) = ended { under_way.end(id, &endpoint); }
                while let Some(Ok((id, endpoint))) = attempts.try_join_next() {
                    under_way.end(id, &endpoint);
                }
            }
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Begins attempts for what is due; returns when to look again.
async fn attempt_due(
    services: &Arc<Services>,
    now: Timestamp,
    under_way: &mut UnderWay,
    attempts: &mut JoinSet<(Uuid, EndpointId)>,
) -> Result<Timestamp, crate::ports::StoreError> {
    let due = services.store.due_deliveries(now, services.limits.due_page).await?;
    for delivery in due {
        if !under_way.begin(&delivery, services.limits.deliveries) {
            continue;
        }
        let services = services.clone();
        attempts.spawn(async move {
            let (id, endpoint) = (delivery.id, delivery.endpoint.clone());
            let ended = services.signal(&endpoint.key(), Signal::Due(Box::new(delivery))).await;
            if !ended {
                tokio::time::sleep(FAULT_PAUSE).await;
            }
            (id, endpoint)
        });
    }
    let next = services.store.next_delivery(now).await?;
    let longest = now.plus(LONGEST_SLEEP);
    Ok(next.map_or(longest, |next| next.min(longest)))
}
