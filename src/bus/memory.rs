//! The bus of a single process, with the semantics of NATS: wildcards, queue groups, requests that
//! find nobody, slow consumers that lose messages, publications that are dropped when repeated, and
//! durable commands that are delivered until somebody acknowledges them.

mod durable;
mod fan_out;
mod listener;
mod recent;
mod routes;

use async_trait::async_trait;
use bytes::Bytes;
use durable::Durable;
use fan_out::FanOut;
use futures_util::future::select_ok;
use listener::Listener;
use purser_actors::ports::{Bus, BusError, Commands, Headers, Subscription};
use purser_subjects::Subject;
use recent::RecentIds;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc;

/// Messages that wait in one subscription. A request that finds no room is refused as overload.
const SUBSCRIPTION_BUFFER: usize = 4096;
/// Publications whose ids are remembered, and durable commands that are kept. JetStream remembers ids
/// for two minutes; a number of them bounds the memory too, and needs no clock.
const REMEMBERED: usize = 16_384;
/// Durable commands that wait in one taker's hands.
const TAKER_BUFFER: usize = 64;

/// Carries messages between the tasks of one process.
pub struct MemoryBus {
    fan_out: Arc<FanOut>,
    durable: Arc<Durable>,
    recent: Mutex<RecentIds>,
    buffer: usize,
}

impl Default for MemoryBus {
    fn default() -> Self {
        Self::with_limits(SUBSCRIPTION_BUFFER, REMEMBERED)
    }
}

impl MemoryBus {
    /// A bus without subscribers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A bus with other bounds than the usual ones: messages that wait in one subscription, and ids and
    /// durable commands that are kept.
    pub fn with_limits(buffer: usize, remembered: usize) -> Self {
        let fan_out = Arc::<FanOut>::default();
        let durable = Durable::new(fan_out.clone(), remembered);
        let recent = Mutex::new(RecentIds::new(remembered));
        Self { fan_out, durable, recent, buffer }
    }

    fn recent(&self) -> MutexGuard<'_, RecentIds> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut answers = self.fan_out.request(&subject.to_string(), &message)?;
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
        if self.recent().contains(id) {
            return Ok(());
        }
        // Only then, so that a publication that was given up half-way can be repeated; and what nobody heard
        // repeats nothing.
        if self.fan_out.publish(&subject.to_string(), &Headers::new(), &message).await {
            self.recent().insert(id);
        }
        Ok(())
    }

    fn hears_events(&self) -> bool {
        self.fan_out.routes().lead_below(&Subject::EVENTS)
    }

    async fn tell(&self, subject: &Subject, message: Bytes) -> Result<(), BusError> {
        self.fan_out.publish(&subject.to_string(), &Headers::new(), &message).await;
        Ok(())
    }

    async fn subscribe(
        &self,
        pattern: &str,
        queue: Option<&str>,
    ) -> Result<Subscription, BusError> {
        let (sender, messages) = mpsc::channel(self.buffer);
        self.fan_out.insert(pattern, Listener::new(pattern, queue, sender));
        Ok(Subscription::new(messages))
    }

    async fn submit(&self, subject: &Subject, id: &str, message: Bytes) -> Result<(), BusError> {
        self.durable.submit(subject.to_string(), id, message)
    }

    async fn commands(&self) -> Result<Commands, BusError> {
        let (sender, commands) = mpsc::channel(TAKER_BUFFER);
        tokio::spawn(self.durable.clone().deliver(sender));
        Ok(Commands::new(commands))
    }

    /// Nothing waits to be sent: what is published is in its subscribers' queues.
    async fn close(&self) {}
}

#[cfg(test)]
mod tests;
