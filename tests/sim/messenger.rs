//! Merchants' receivers: they accept, refuse, hang, or lose their own answer; or are never asked.

use super::life::{Life, Link};
use async_trait::async_trait;
use bytes::Bytes;
use purser_actors::ports::{Attempt, AttemptLog, AttemptOutcome, Delivery, DueDelivery, Messenger};
use purser_subjects::{EndpointId, EntityKey};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::sleep;
use uuid::Uuid;

/// A notification as it came.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) endpoint: EndpointId,
    /// Whether it came to a registered endpoint.
    pub(crate) is_notice: bool,
    pub(crate) object: EntityKey,
    pub(crate) sequence: u32,
    pub(crate) delivery: Uuid,
    pub(crate) payload: Bytes,
    /// Whether the receiver said that it has it, whether or not that was heard.
    pub(crate) is_accepted: bool,
}

/// Everything that arrived, in order.
#[derive(Default)]
pub(crate) struct Receivers {
    arrivals: Mutex<Vec<Arrival>>,
}

impl Receivers {
    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap().clone()
    }

    fn arrive(&self, delivery: &Delivery, is_accepted: bool) {
        self.arrivals.lock().unwrap().push(Arrival {
            endpoint: delivery.endpoint.clone(),
            is_notice: delivery.event.is_some(),
            object: delivery.object.clone(),
            sequence: delivery.sequence,
            delivery: delivery.id,
            payload: delivery.payload.clone(),
            is_accepted,
        });
    }
}

/// A node's way to the receivers.
pub(crate) struct SimMessenger {
    pub(crate) receivers: Arc<Receivers>,
    pub(crate) life: Arc<Life>,
}

#[async_trait]
impl Messenger for SimMessenger {
    async fn deliver(&self, due: &DueDelivery) -> Attempt {
        let world = self.life.world.clone();
        let (delivery, at) = (&due.delivery, world.now());
        self.life.note(format_args!("delivers {} of {}", delivery.sequence, delivery.object));
        let _ = self.life.step(Link::Outside).await;
        let failed = |http_status, retry_after| {
            let error = "as planned".to_owned();
            AttemptOutcome::Failed { http_status, error, retry_after }
        };
        let trouble = world.hurts(|weather| weather.receiver).then(|| world.dice.below(5));
        let outcome = match trouble {
            Some(0) => {
                self.receivers.arrive(delivery, false);
                failed(Some(503), None)
            }
            Some(1) => {
                self.receivers.arrive(delivery, false);
                failed(Some(429), Some(Duration::from_secs(world.dice.below(30))))
            }
            // Taken, and the answer is lost.
            Some(2) => {
                self.receivers.arrive(delivery, true);
                failed(None, None)
            }
            Some(3) => {
                sleep(Duration::from_secs(15)).await;
                failed(None, None)
            }
            Some(_) => {
                let _ = self.life.step(Link::Outside).await;
                return Attempt::NotMade { error: "as planned".to_owned() };
            }
            None => {
                self.receivers.arrive(delivery, true);
                AttemptOutcome::Accepted { http_status: 200 }
            }
        };
        let _ = self.life.step(Link::Outside).await;
        let log = AttemptLog {
            at,
            duration: Duration::from_millis(world.now().as_millis().abs_diff(at.as_millis())),
            request_headers: Vec::new(),
            request_body: delivery.payload.clone(),
            answer: Bytes::new(),
        };
        Attempt::Made { outcome, log }
    }
}
