//! Who gets a message, and what happens to those who are too slow.

use super::{
    listener::{self, Listener, Offer},
    routes::Routes,
};
use bytes::Bytes;
use purser_actors::ports::{BusError, BusMessage, Headers, Responder};
use std::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};
use tokio::sync::oneshot;

/// How long a publication waits for room in a subscription before that one loses it.
pub(super) const SLOW_CONSUMER_WAIT: Duration = Duration::from_millis(250);

/// The subscriptions of the bus.
#[derive(Default)]
pub(super) struct FanOut {
    routes: RwLock<Routes>,
}

impl FanOut {
    pub(super) fn routes(&self) -> RwLockReadGuard<'_, Routes> {
        self.routes.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a subscription, and forgets those that were dropped.
    pub(super) fn insert(&self, pattern: &str, listener: Listener) {
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        routes.forget_closed();
        routes.insert(pattern, Arc::new(listener));
    }

    /// Who must get a message: each entry is a queue group or one plain subscriber; groups first.
    fn receivers(&self, subject: &str) -> Vec<Vec<Arc<Listener>>> {
        self.routes().find(subject)
    }

    fn forget_closed(&self) {
        self.routes.write().unwrap_or_else(PoisonError::into_inner).forget_closed();
    }

    /// Puts a request into one queue of each receiver and returns where the answers will arrive.
    pub(super) fn request(
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
            let message = BusMessage {
                subject: subject.to_owned(),
                headers: Headers::new(),
                payload: payload.clone(),
                responder: Some(Responder::new(sender)),
            };
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

    /// Gives a message to one of each receiver; those that have no room lose it after a while. False when
    /// nobody listens.
    pub(super) async fn publish(&self, subject: &str, headers: &Headers, payload: &Bytes) -> bool {
        let receivers = self.receivers(subject);
        let is_heard = !receivers.is_empty();
        let mut closed = false;
        for members in receivers {
            let message = BusMessage {
                subject: subject.to_owned(),
                headers: headers.clone(),
                payload: payload.clone(),
                responder: None,
            };
            if let Offer::Full(message) = listener::offer_to_one(&members, message, &mut closed) {
                listener::wait_or_drop(&members[0], message, SLOW_CONSUMER_WAIT).await;
            }
        }
        if closed {
            self.forget_closed();
        }
        is_heard
    }
}
