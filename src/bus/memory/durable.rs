//! Durable commands within one process: they outlive their takers, not the process.

use super::{fan_out::FanOut, recent::RecentIds};
use crate::bus::burial;
use async_trait::async_trait;
use bytes::Bytes;
use purser_actors::ports::{BusError, DurableCommand, Receipt};
use purser_subjects::Rejection;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep_until},
};

/// Pause before a command is delivered again whose taker dropped it without a verdict.
const DROPPED_PAUSE: Duration = Duration::from_secs(1);

/// The commands that nobody has acknowledged.
pub(super) struct Durable {
    queue: Mutex<Queue>,
    changed: Notify,
    fan_out: Arc<FanOut>,
    limit: usize,
}

struct Queue {
    /// By when they may be delivered, then by their order.
    waiting: BTreeMap<(Instant, u64), Kept>,
    under_way: usize,
    submitted: u64,
    recent: RecentIds,
}

struct Kept {
    subject: String,
    payload: Bytes,
    deliveries: u64,
}

impl Durable {
    /// Keeps at most `limit` commands, and remembers as many ids.
    pub(super) fn new(fan_out: Arc<FanOut>, limit: usize) -> Arc<Self> {
        let queue = Queue {
            waiting: BTreeMap::new(),
            under_way: 0,
            submitted: 0,
            recent: RecentIds::new(limit),
        };
        Arc::new(Self { queue: Mutex::new(queue), changed: Notify::new(), fan_out, limit })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a command until it is acknowledged or buried.
    pub(super) fn submit(&self, subject: String, id: &str, payload: Bytes) -> Result<(), BusError> {
        let mut queue = self.queue();
        if queue.recent.contains(id) {
            return Ok(());
        }
        if queue.waiting.len() + queue.under_way >= self.limit {
            return Err(BusError::Overloaded);
        }
        queue.recent.insert(id);
        queue.keep(Kept { subject, payload, deliveries: 0 }, Instant::now());
        drop(queue);
        self.changed.notify_one();
        Ok(())
    }

    /// Delivers commands into `taker` until it is closed.
    pub(super) async fn deliver(self: Arc<Self>, taker: mpsc::Sender<DurableCommand>) {
        while let Ok(room) = taker.reserve().await {
            let next = self.queue().next(Instant::now());
            match next {
                Next::Command(mut kept) => {
                    kept.deliveries += 1;
                    let (subject, payload) = (kept.subject.clone(), kept.payload.clone());
                    let attempt = kept.deliveries;
                    let receipt =
                        Held { durable: self.clone(), kept: Some(kept), pause: DROPPED_PAUSE };
                    room.send(DurableCommand::new(subject, payload, attempt, Box::new(receipt)));
                    // There may be more, for another taker.
                    self.changed.notify_one();
                }
                Next::At(due) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = self.changed.notified() => {}
                    () = taker.closed() => return,
                },
                Next::Nothing => tokio::select! {
                    () = self.changed.notified() => {}
                    () = taker.closed() => return,
                },
            }
        }
    }

    /// A delivery ended; the command is kept on if it is given back with a time.
    fn ended(&self, again: Option<(Kept, Instant)>) {
        let mut queue = self.queue();
        queue.under_way -= 1;
        if let Some((kept, due)) = again {
            queue.keep(kept, due);
        }
        drop(queue);
        self.changed.notify_one();
    }
}

enum Next {
    Command(Kept),
    /// The first command is due then.
    At(Instant),
    Nothing,
}

impl Queue {
    fn keep(&mut self, kept: Kept, due: Instant) {
        self.submitted += 1;
        self.waiting.insert((due, self.submitted), kept);
    }

    fn next(&mut self, now: Instant) -> Next {
        match self.waiting.first_entry() {
            None => Next::Nothing,
            Some(first) if first.key().0 > now => Next::At(first.key().0),
            Some(first) => {
                self.under_way += 1;
                Next::Command(first.remove())
            }
        }
    }
}

/// A command in the hands of its taker.
struct Held {
    durable: Arc<Durable>,
    /// None when it is done with.
    kept: Option<Kept>,
    /// Until it is delivered again, if it is not done with.
    pause: Duration,
}

#[async_trait]
impl Receipt for Held {
    async fn ack(mut self: Box<Self>) -> Result<(), BusError> {
        self.kept = None;
        Ok(())
    }

    async fn retry_after(mut self: Box<Self>, pause: Duration) -> Result<(), BusError> {
        self.pause = pause;
        Ok(())
    }

    async fn bury(mut self: Box<Self>, reason: &Rejection) -> Result<(), BusError> {
        if let Some(kept) = &self.kept {
            let headers = burial::headers(reason, kept.deliveries);
            let subject = burial::subject(&kept.subject);
            self.durable.fan_out.publish(&subject, &headers, &kept.payload).await;
        }
        self.kept = None;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let again = self.kept.take().map(|kept| (kept, Instant::now() + self.pause));
        self.durable.ended(again);
    }
}
