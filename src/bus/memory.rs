//! The bus of a single process, with the semantics of NATS: wildcards, queue groups, requests that
//! find nobody, slow consumers that lose messages, and publications that are dropped when repeated.

mod listener;
mod recent;
mod routes;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::select_ok;
use listener::{Listener, Offer};
use purser_actors::ports::{Bus, BusError, BusMessage, Responder, Subscription};
use purser_subjects::Subject;
use recent::RecentIds;
use routes::Routes;
use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// Messages that wait in one subscription. A request that finds no room is refused as overload.
const SUBSCRIPTION_BUFFER: usize = 4096;
/// How long a publication waits for room in a subscription before that one loses it.
const SLOW_CONSUMER_WAIT: Duration = Duration::from_millis(250);
/// Publications whose ids are remembered. JetStream remembers them for two minutes; a number of them
/// bounds the memory too, and needs no clock.
const REMEMBERED_IDS: usize = 16_384;

/// Carries messages between the tasks of one process.
pub struct MemoryBus {
    routes: RwLock<Routes>,
    recent: Mutex<RecentIds>,
    buffer: usize,
}

impl Default for MemoryBus {
    fn default() -> Self {
        Self::with_limits(SUBSCRIPTION_BUFFER, REMEMBERED_IDS)
    }
}

impl MemoryBus {
    /// A bus without subscribers.
    pub fn new() -> Self {
        Self::default()
    }

    fn with_limits(buffer: usize, remembered_ids: usize) -> Self {
        let recent = Mutex::new(RecentIds::new(remembered_ids));
        Self { routes: RwLock::default(), recent, buffer }
    }

    /// Who must get a message: each entry is a queue group or one plain subscriber; groups first.
    fn receivers(&self, subject: &str) -> Vec<Vec<Arc<Listener>>> {
        self.routes.read().unwrap_or_else(PoisonError::into_inner).find(subject)
    }

    /// Forgets subscriptions that were dropped.
    fn forget_closed(&self) {
        self.routes.write().unwrap_or_else(PoisonError::into_inner).forget_closed();
    }

    /// Puts a request into one queue of each receiver and returns where the answers will arrive.
    fn hand_out(
        &self,
        subject: &str,
        payload: &Bytes,
    ) -> Result<Vec<oneshot::Receiver<Bytes>>, BusError> {
        let mut answers = Vec::new();
        let (mut full, mut closed) = (false, false);
        for members in self.receivers(subject) {
            // A plain subscriber may only be watching: it does not make up for a group that is full.
            if full && answers.is_empty() && members[0].queue.is_none() {
                break;
            }
            let (sender, answer) = oneshot::channel();
            let responder = Some(Responder::new(sender));
            let message =
                BusMessage { subject: subject.to_owned(), payload: payload.clone(), responder };
            match listener::offer_to_one(&members, message, &mut closed) {
                Offer::Taken => answers.push(answer),
                Offer::Full(_) => full = true,
                Offer::Closed(_) => {}
            }
        }
        if closed {
            self.forget_closed();
        }
        match (answers.is_empty(), full) {
            (false, _) => Ok(answers),
            (true, true) => Err(BusError::Overloaded),
            (true, false) => Err(BusError::NoResponder),
        }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn ask(
        &self,
        subject: &Subject,
        message: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, BusError> {
        let mut answers = self.hand_out(&subject.to_string(), &message)?;
        let first = async {
            match answers.len() {
                1 => answers.remove(0).await,
                _ => select_ok(answers).await.map(|(answer, _)| answer),
            }
        };
        match tokio::time::timeout(timeout, first).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(BusError::Disconnected),
            Err(_) => Err(BusError::Timeout),
        }
    }

    async fn publish(&self, subject: &Subject, id: &str, message: Bytes) -> Result<(), BusError> {
        let recent = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent().contains(id) {
            return Ok(());
        }
        let subject = subject.to_string();
        let mut closed = false;
        for members in self.receivers(&subject) {
            let payload = message.clone();
            let message = BusMessage { subject: subject.clone(), payload, responder: None };
            if let Offer::Full(message) = listener::offer_to_one(&members, message, &mut closed) {
                listener::wait_or_drop(&members[0], message, SLOW_CONSUMER_WAIT).await;
            }
        }
        if closed {
            self.forget_closed();
        }
        // Only now, so that a publication that was given up half-way can be repeated.
        recent().insert(id);
        Ok(())
    }

    async fn subscribe(
        &self,
        pattern: &str,
        queue: Option<&str>,
    ) -> Result<Subscription, BusError> {
        let (sender, messages) = mpsc::channel(self.buffer);
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        routes.forget_closed();
        routes.insert(pattern, Arc::new(Listener::new(pattern, queue, sender)));
        Ok(Subscription::new(messages))
    }
}

#[cfg(test)]
mod tests;
