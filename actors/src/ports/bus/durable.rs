//! Commands that the bus keeps until somebody says what became of them.

use super::BusError;
use async_trait::async_trait;
use bytes::Bytes;
use purser_subjects::Rejection;
use std::{fmt, time::Duration};
use tokio::sync::mpsc;

/// The durable commands as one taker gets them.
#[derive(Debug)]
pub struct Commands {
    commands: mpsc::Receiver<DurableCommand>,
}

impl Commands {
    /// What is sent into `commands`.
    pub fn new(commands: mpsc::Receiver<DurableCommand>) -> Self {
        Self { commands }
    }

    /// The next command; `None` when the bus has closed.
    pub async fn next(&mut self) -> Option<DurableCommand> {
        self.commands.recv().await
    }
}

/// One delivery of a durable command. When it is dropped without a verdict, the command is delivered
/// again.
pub struct DurableCommand {
    /// Its subject.
    pub subject: String,
    /// Its bytes.
    pub payload: Bytes,
    /// Which delivery of the command this is, from 1.
    pub attempt: u64,
    receipt: Box<dyn Receipt>,
}

/// Tells the bus what became of a delivery.
#[async_trait]
pub trait Receipt: Send + Sync {
    /// See [`DurableCommand::ack`].
    async fn ack(self: Box<Self>) -> Result<(), BusError>;
    /// See [`DurableCommand::retry_after`].
    async fn retry_after(self: Box<Self>, pause: Duration) -> Result<(), BusError>;
    /// See [`DurableCommand::bury`].
    async fn bury(self: Box<Self>, reason: &Rejection) -> Result<(), BusError>;
}

impl DurableCommand {
    /// A delivery; `receipt` takes the verdict.
    pub fn new(subject: String, payload: Bytes, attempt: u64, receipt: Box<dyn Receipt>) -> Self {
        Self { subject, payload, attempt, receipt }
    }

    /// It has happened, and its effect is stored.
    ///
    /// # Errors
    /// [`BusError`]; it is then delivered again.
    pub async fn ack(self) -> Result<(), BusError> {
        self.receipt.ack().await
    }

    /// It could not be done yet: deliver it again after `pause`.
    ///
    /// # Errors
    /// [`BusError`]; it is then delivered again at another time.
    pub async fn retry_after(self, pause: Duration) -> Result<(), BusError> {
        self.receipt.retry_after(pause).await
    }

    /// It will never be done: publishes it on `purser.dead` with the reason, and delivers it no more.
    ///
    /// # Errors
    /// [`BusError`]; it is then delivered again.
    pub async fn bury(self, reason: &Rejection) -> Result<(), BusError> {
        self.receipt.bury(reason).await
    }
}

impl fmt::Debug for DurableCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The payload may hold what must not be printed.
        f.debug_struct("DurableCommand")
            .field("subject", &self.subject)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
