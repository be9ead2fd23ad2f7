//! One subscription as the sending side sees it.

use purser_actors::ports::BusMessage;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc::{Sender, error::TrySendError};

/// The queue of a subscription.
pub(super) struct Listener {
    pattern: String,
    /// Its queue group, if it is in one.
    pub(super) queue: Option<String>,
    messages: Sender<BusMessage>,
    /// Whether it lost the last publication; it is not waited for again until it takes one.
    slow: AtomicBool,
}

/// What became of a message that was offered to a listener.
pub(super) enum Offer {
    Taken,
    Full(BusMessage),
    Closed(BusMessage),
}

impl Listener {
    pub(super) fn new(pattern: &str, queue: Option<&str>, messages: Sender<BusMessage>) -> Self {
        let slow = AtomicBool::new(false);
        Self { pattern: pattern.to_owned(), queue: queue.map(str::to_owned), messages, slow }
    }

    /// Whether the subscription was dropped.
    pub(super) fn is_closed(&self) -> bool {
        self.messages.is_closed()
    }

    fn offer(&self, message: BusMessage) -> Offer {
        match self.messages.try_send(message) {
            Ok(()) => {
                if self.slow.load(Ordering::Relaxed) {
                    self.slow.store(false, Ordering::Relaxed);
                }
                Offer::Taken
            }
            Err(TrySendError::Full(message)) => Offer::Full(message),
            Err(TrySendError::Closed(message)) => Offer::Closed(message),
        }
    }
}

/// Offers a message to the members of a group, from a random one on, until one takes it. Sets `closed`
/// when it met a dropped subscription.
pub(super) fn offer_to_one(
    members: &[Arc<Listener>],
    message: BusMessage,
    closed: &mut bool,
) -> Offer {
    let start = if members.len() > 1 { rand::random_range(0..members.len()) } else { 0 };
    let mut any_full = false;
    let mut message = message;
    for member in members[start..].iter().chain(&members[..start]) {
        message = match member.offer(message) {
            Offer::Taken => return Offer::Taken,
            Offer::Full(message) => {
                any_full = true;
                message
            }
            Offer::Closed(message) => {
                *closed = true;
                message
            }
        };
    }
    if any_full { Offer::Full(message) } else { Offer::Closed(message) }
}

/// Waits for room, and drops the message when there is none in time.
pub(super) async fn wait_or_drop(listener: &Listener, message: BusMessage, wait: Duration) {
    if !listener.slow.load(Ordering::Relaxed) {
        let sent = tokio::time::timeout(wait, listener.messages.send(message)).await;
        match sent {
            // A subscription that was dropped meanwhile misses nothing.
            Ok(_) => return,
            Err(_) => {
                listener.slow.store(true, Ordering::Relaxed);
                tracing::warn!(pattern = listener.pattern, "slow consumer loses messages");
            }
        }
    }
    metrics::counter!("purser_bus_slow_consumer_dropped_total").increment(1);
}
