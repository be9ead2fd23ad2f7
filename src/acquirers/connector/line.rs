//! The way to one connector over the bus, for whatever it stands for.

use bytes::Bytes;
use purser_actors::ports::{Bus, BusError, Clock};
use purser_subjects::{Envelope, Subject, connector::ConnectorName, encode};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};
use uuid::Uuid;

/// Requests to one connector under way at once; more wait within their time limit.
const MAX_IN_FLIGHT: usize = 1_024;

/// Pauses before a request that nobody was there to take is repeated: a connector that restarts is back
/// by then. 3.1 s in all.
const ABSENT_PAUSES_MS: [u64; 5] = [100, 200, 400, 800, 1_600];

/// Asks one connector.
pub struct ConnectorLine {
    name: ConnectorName,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    /// For how long an answer is waited for.
    time_limit: Duration,
    in_flight: Semaphore,
}

/// How a request to a connector ended, before anybody has looked at the answer.
pub enum Reached {
    /// It was answered.
    Answered(Bytes),
    /// It reached nobody, for certain.
    NotSent,
    /// Nobody can tell what became of it.
    Unknown,
}

impl ConnectorLine {
    /// The way to `name`; an answer that takes longer than `time_limit` does not count.
    pub fn new(
        name: ConnectorName,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        time_limit: Duration,
    ) -> Self {
        Self { name, bus, clock, time_limit, in_flight: Semaphore::new(MAX_IN_FLIGHT) }
    }

    /// The connector's name.
    pub fn name(&self) -> &ConnectorName {
        &self.name
    }

    /// The clock that deadlines are by.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Sends `payload` about the operation `id` to `subject`, and waits for the answer.
    pub async fn ask<P: Serialize>(&self, subject: &Subject, id: Uuid, payload: P) -> Reached {
        let mut message = Envelope::new("purser", payload);
        message.key = Some(id.to_string());
        // Also what waits for room, or is repeated, is not begun after nobody waits for it any more.
        message.deadline = Some(self.clock.now().plus(self.time_limit));
        let asked = timeout(self.time_limit, self.send(subject, encode(&message).into()));
        asked.await.unwrap_or(Reached::Unknown)
    }

    async fn send(&self, subject: &Subject, message: Bytes) -> Reached {
        let Ok(_permit) = self.in_flight.acquire().await else { return Reached::Unknown };
        for pause in ABSENT_PAUSES_MS.map(Some).into_iter().chain([None]) {
            match self.bus.ask(subject, message.clone(), self.time_limit).await {
                Ok(answer) => return Reached::Answered(answer),
                Err(BusError::NoResponder | BusError::Overloaded) => {}
                Err(BusError::TooLarge) => return Reached::NotSent,
                Err(BusError::Timeout | BusError::Disconnected) => return Reached::Unknown,
            }
            match pause {
                Some(ms) => self.pause(Duration::from_millis(ms)).await,
                None => break,
            }
        }
        tracing::warn!(connector = %self.name, "nobody answers for the connector");
        Reached::NotSent
    }

    async fn pause(&self, pause: Duration) {
        self.clock.sleep_until(self.clock.now().plus(pause)).await;
    }

    /// Notes how a request ended.
    pub fn count(&self, operation: &'static str, outcome: &'static str) {
        metrics::counter!(
            "purser_connector_requests_total",
            "connector" => self.name.to_string(),
            "operation" => operation,
            "outcome" => outcome,
        )
        .increment(1);
    }

    /// Tells operators that an answer is none. What it said is not logged: nobody knows what stands in it.
    pub fn complain(&self, operation: &'static str, fault: &str) {
        tracing::error!(connector = %self.name, operation, fault, "a connector's answer is no answer");
    }
}
